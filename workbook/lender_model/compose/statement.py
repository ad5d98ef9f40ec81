"""A bank's statement, a CSV, read into the ledger of a deal's workbook; and the entries that the ledger has."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from drawstop.serials import day_of
from lender_model import statement
from lender_model.compose import ledger
from lender_model.compose.found import Lines
from lender_model.formulas.syntax import column_name
from lender_model.links import without_addin_path
from lender_model.locate import WorkbookError
from lender_model.package import Package
from lender_model.statement import Entered, LineError, StatementError

COLUMNS = ("tranche", "date", "what", "amount", "note")
"""Columns of a statement, in the order of the sheet's; tranche may be missing where there is one, note always."""
Entry: TypeAlias = tuple[str, dt.date | None, str, float, str]
_LAST_DAY = 2958465  # of a spreadsheet: 31-Dec-9999


def entered(package: Package, path: Path) -> Entered:
    """A deal's workbook with the entries of a statement; what its ledger has already is left out.

    Args:
        package: the workbook.
        path: CSV in UTF-8 with the columns date, what, amount, with several tranches also tranche, and if needed note.

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
        read = tranches.get(name.casefold(), name), day, text["what"].lower(), amount, text["note"]
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
                raise WorkbookError(f"{cell.sheet}!{column_name(cell.column)}{cell.row + 1}: {words}")


def _faults(lines: Lines, entry: Entry) -> Iterator[tuple[str, str]]:
    """What is wrong with an entry, if anything: the key of its column, and words."""
    tranche, day, what, amount, _ = entry
    ends = lines.figures.values(["time.end"])["time.end"][:, 0].tolist()
    names = list(dict.fromkeys(_tranches(lines).values()))
    found = ledger.fault(day, tranche, what, amount, names, (ends[0].replace(day=1), ends[-1]))
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
        tranche, day, what, amount, note = (calculation[cell] for cell in row)
        for cell, value, must in ((row[1], day, "a date, as 30-Sep-2021"), (row[3], amount, "a number")):
            is_day = value is None or (isinstance(value, float) and value.is_integer() and 1 <= value <= _LAST_DAY)
            if not (is_day if cell is row[1] else value is None or isinstance(value, float)):
                raise WorkbookError(f"{cell.sheet}!{column_name(cell.column)}{cell.row + 1}: {value!r} must be {must}")
        yield (
            str(tranche or ""), None if day is None else day_of(day).item(), str(what or ""),
            math.nan if amount is None else float(amount), str(note or ""),
        )  # fmt: skip
