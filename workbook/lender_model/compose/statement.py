"""A bank's statement, a CSV, read into the ledger of a deal's workbook; and the entries that the ledger has."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from drawstop.serials import day_of
from lender_model import statement
from lender_model.compose import ledger
from lender_model.compose.found import Lines
from lender_model.compose.ledger import Entry
from lender_model.formulas.syntax import Cell, column_name
from lender_model.formulas.values import CellValue
from lender_model.links import without_addin_path
from lender_model.locate import WorkbookError
from lender_model.statement import Entered, LineError, StatementError
from lender_model.xlsx.package import Package

COLUMNS = ("tranche", "date", "what", "amount", "until", "note")
"""Columns of a statement, in the order of the sheet's; tranche may be missing where there is one, until and note always."""
_LAST_DAY = 2958465  # of a spreadsheet: 31-Dec-9999


def entered(package: Package, path: Path) -> Entered:
    """A deal's workbook with the entries of a statement; what its ledger has already is left out.

    Args:
        package: the workbook.
        path: CSV in UTF-8 with the columns date, what, amount, with several tranches also tranche, and if needed until, note.

    Raises:
        StatementError: anything in the statement is not in order, or the ledger has too few blank rows.
        WorkbookError: the workbook has no ledger, or an entry in it is wrong.
        OSError: the file cannot be read.
    """
    lines = Lines(without_addin_path(package))
    lines.workbook.calculation.run()
    tranches = _tranches(lines)
    if not tranches:
        raise StatementError(f"{package.name}: has no sheet Ledger; build the workbook again")
    only = next(iter(tranches.values())) if len(set(tranches.values())) == 1 else ""
    needed = COLUMNS[1:4] if only else COLUMNS[:4]

    def entry(text: dict[str, str]) -> Entry:
        name = text["tranche"] or only
        day = statement.day_of("date", text["date"])
        amount = statement.amount_of(text["amount"])
        until = statement.day_of("until", text["until"])
        read = Entry(tranches.get(name.casefold(), name), day, text["what"].lower(), amount, until, text["note"])
        for key, words in _faults(lines, read):
            raise LineError(f"{key.partition('.')[2]} {words}")
        return read

    entries = statement.parsed(path, COLUMNS, needed, entry)
    check(lines)
    cells = [[(cell.sheet, f"{column_name(cell.column)}{cell.row + 1}") for cell in column] for column in _cells(lines)]
    return statement.put(package, entries, list(_entries(lines)), cells)


def check(lines: Lines) -> None:
    """Refuse a ledger with an entry that is wrong, by its cell.

    Raises:
        WorkbookError: the first such entry.
    """
    for n, entry in enumerate(_entries(lines)):
        if any(x != "" and x is not None and not (isinstance(x, float) and math.isnan(x)) for x in entry[:-1]):
            for key, words in _faults(lines, entry):
                cell = lines.figures.cells(key)[n]
                raise WorkbookError(f"{_named(cell)}: {words}")


def _faults(lines: Lines, entry: Entry) -> Iterator[tuple[str, str]]:
    """What is wrong with an entry, if anything: the key of its column, and words."""
    ends = lines.figures.values(["time.end"])["time.end"][:, 0].tolist()
    names = list(dict.fromkeys(_tranches(lines).values()))
    found = ledger.fault(entry, names, (ends[0].replace(day=1), ends[-1]))
    return iter([found] if found else [])


def _tranches(lines: Lines) -> dict[str, str]:
    """The tranches' names by name and key, whatever the case."""
    names = {
        key: str(lines.figures.values([f"ledger.{key}.name"])[f"ledger.{key}.name"])
        for key in lines.keys(r"ledger\.(\w+)\.name")
    }
    return {key.casefold(): name for key, name in names.items()} | {name.casefold(): name for name in names.values()}


def _cells(lines: Lines) -> list[Any]:
    return [lines.figures.cells(key) if key in lines.figures.spots else [] for key in ledger.ENTRY]


def _entries(lines: Lines) -> Iterator[Entry]:
    """The ledger's rows, blank ones too.

    Raises:
        WorkbookError: a cell holds what its column does not take.
    """
    calculation = lines.workbook.calculation
    for row in zip(*_cells(lines), strict=True):
        tranche, date, what, amount, until, note = (calculation[cell] for cell in row)
        if not (amount is None or isinstance(amount, float)):
            raise WorkbookError(f"{_named(row[3])}: {amount!r} must be a number")
        yield Entry(
            str(tranche or ""), _day(row[1], date), str(what or ""), math.nan if amount is None else amount,
            _day(row[4], until), str(note or ""),
        )  # fmt: skip


def _day(cell: Cell, value: CellValue) -> dt.date | None:
    if value is None:
        return None
    if not isinstance(value, float) or not value.is_integer() or not 1 <= value <= _LAST_DAY:
        raise WorkbookError(f"{_named(cell)}: {value!r} must be a date, as 30-Sep-2021")
    day: dt.date = day_of(value).item()
    return day


def _named(cell: Cell) -> str:
    return f"{cell.sheet}!{column_name(cell.column)}{cell.row + 1}"
