"""Read a bank's statement, a CSV, into a workbook's ledger: what both kinds of workbook share, and the 1996 one's."""

from __future__ import annotations

import csv
import datetime as dt
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from lender_model.locate import Places
from lender_model.sheets import ledger
from lender_model.xlsx.cells import NewValue
from lender_model.xlsx.package import Package

COLUMNS = ("date", "what", "amount", "due", "until", "note")
"""Columns of a statement; the last three may be missing."""
_NEEDED = COLUMNS[:3]
Entry: TypeAlias = tuple[dt.date, str, float, dt.date | None, dt.date | None, str]


class StatementError(ValueError):
    """A statement that cannot be entered: a line for each fault, each with file, line and what would be right."""


@dataclass(frozen=True)
class Entered:
    """What came of a statement.

    Attributes:
        package: the workbook with the entries.
        added: how many are new.
        known: how many the ledger had already.
    """

    package: Package
    added: int
    known: int


def read(path: Path) -> list[Entry]:
    """The entries of a statement for the 1996 workbook, in the order of the file.

    Args:
        path: CSV in UTF-8 with the columns date, what, amount and, if needed, due, until, note; dates as 1997-09-30.

    Raises:
        StatementError: anything in it is not in order; every fault is named.
        OSError: the file cannot be read.
    """
    return parsed(path, COLUMNS, _NEEDED, _entry)


_Read = TypeVar("_Read")


def parsed(
    path: Path, columns: Sequence[str], needed: Sequence[str], entry: Callable[[dict[str, str]], _Read]
) -> list[_Read]:
    """The entries of a statement, in the order of the file.

    Args:
        path: CSV in UTF-8.
        columns: that it may have.
        needed: of these, those that it must have.
        entry: makes one of a line, given by column without blanks around it; a :class:`LineError` says what is wrong.

    Raises:
        StatementError: anything in it is not in order; every fault is named.
        OSError: the file cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True, skipinitialspace=True)
            names = list(reader.fieldnames or ())
            rows = [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise StatementError(f"{path}: must be a CSV table in UTF-8, with commas ({error})") from None
    missing = [name for name in needed if name not in names]
    unknown = [name for name in names if name not in columns]
    if missing or unknown or len(set(names)) < len(names):
        raise StatementError(f"{path}, line 1: columns must be {', '.join(columns)}, not {', '.join(map(repr, names))}")
    entries, faults = list[_Read](), list[str]()
    for line, row in rows:
        try:
            entries.append(entry(_fields(row, columns)))
        except LineError as fault:
            faults.append(f"{path}, line {line}: {fault}")
    if faults:
        raise StatementError("\n".join(faults))
    return entries


class LineError(ValueError):
    """What is wrong with a line."""


def _fields(row: dict[str, str], columns: Sequence[str]) -> dict[str, str]:
    """A line's texts by column, empty for one that the file does not have."""
    if None in row or None in row.values():
        raise LineError("must have as many fields as line 1")
    return {name: (row.get(name) or "").strip() for name in columns}


def _entry(text: dict[str, str]) -> Entry:
    what, amount = text["what"].lower(), amount_of(text["amount"])
    day, due, until = (day_of(name, text[name]) for name in ("date", "due", "until"))
    if fault := ledger.fault(day, what, amount, due, until):
        key, words = fault
        raise LineError(f"{key.partition('.')[2]} {words}")
    if day is None:
        raise LineError("date is blank; an entry must have its date")
    return day, what, amount, due, until, text["note"]


def amount_of(text: str) -> float:
    """An amount of a line, NaN for a blank."""
    if not text:
        return math.nan
    if not re.fullmatch(r"-?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?", text):
        raise LineError(f"amount {text!r} must be a number of dollars, as 2437500.00")
    return float(text.replace(",", ""))


def day_of(name: str, text: str) -> dt.date | None:
    """A date of a line, None for a blank."""
    if not text:
        return None
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or str(day) != text:
        raise LineError(f"{name} {text!r} must be a date, as 1997-09-30")
    return day


def entered(package: Package, entries: list[Entry]) -> Entered:
    """A workbook with entries put below those that its ledger has; what it has already is left out.

    Raises:
        StatementError: the ledger has too few blank rows.
        WorkbookError: the workbook is not this model's, or an input is wrong.
    """
    places = Places(package)
    inputs = places.inputs()
    columns = [inputs[key].tolist() for key in ledger.INPUTS]
    cells = [list(places.ledger_at(key)) for key in ledger.INPUTS]
    return put(package, entries, list(zip(*columns, strict=True)), cells)


def put(
    package: Package,
    entries: Sequence[tuple[Any, ...]],
    there: Sequence[tuple[Any, ...]],
    cells: Sequence[Sequence[tuple[str, str]]],
) -> Entered:
    """A workbook with entries put into the blank rows of its ledger; what it has already is left out.

    Args:
        package: the workbook.
        entries: of a statement: what goes into each column.
        there: the ledger's rows, alike.
        cells: sheet and references of each column.

    Raises:
        StatementError: the ledger has too few blank rows.
    """
    rest = [_comparable(entry) for entry in there]
    blank = [n for n, entry in enumerate(rest) if not any(x is not None for x in entry)]
    new: list[tuple[Any, ...]] = []
    for entry in entries:  # two alike on one statement are two
        if _comparable(entry) in rest:
            rest.remove(_comparable(entry))
        else:
            new.append(entry)
    if len(new) > len(blank):
        raise StatementError(
            f"{package.name}: {len(new)} new entries, but sheet Ledger has {len(blank)} blank rows left"
        )
    values: dict[str, dict[str, NewValue]] = {}
    for n, entry in zip(blank, new, strict=False):
        for column, value in zip(cells, _comparable(entry), strict=True):
            sheet, reference = column[n]
            values.setdefault(sheet, {})[reference] = value
    return Entered(package.patch(values), len(new), len(entries) - len(new))


def _comparable(entry: tuple[Any, ...]) -> tuple[Any, ...]:
    """An entry with None for NaN and empty texts, so that two can be compared."""
    return tuple(None if x == "" or (isinstance(x, float) and math.isnan(x)) else x for x in entry)
