"""Read a bank's statement, a CSV, into a workbook's ledger."""

from __future__ import annotations

import csv
import datetime as dt
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from lender_model.locate import Places
from lender_model.package import NewValue, Package
from lender_model.sheets import ledger

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
    """The entries of a statement, in the order of the file.

    Args:
        path: CSV in UTF-8 with the columns date, what, amount and, if needed, due, until, note; dates as 1997-09-30.

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
    missing = [name for name in _NEEDED if name not in names]
    unknown = [name for name in names if name not in COLUMNS]
    if missing or unknown or len(set(names)) < len(names):
        raise StatementError(f"{path}, line 1: columns must be {', '.join(COLUMNS)}, not {', '.join(map(repr, names))}")
    entries, faults = list[Entry](), list[str]()
    for line, row in rows:
        try:
            entries.append(_entry(row))
        except _LineError as fault:
            faults.append(f"{path}, line {line}: {fault}")
    if faults:
        raise StatementError("\n".join(faults))
    return entries


class _LineError(ValueError):
    """What is wrong with a line."""


def _entry(row: dict[str, str]) -> Entry:
    if None in row or None in row.values():
        raise _LineError("must have as many fields as line 1")
    text = {name: (row.get(name) or "").strip() for name in COLUMNS}
    what, amount = text["what"].lower(), _amount(text["amount"])
    day, due, until = (_day(name, text[name]) for name in ("date", "due", "until"))
    if fault := ledger.fault(day, what, amount, due, until):
        key, words = fault
        raise _LineError(f"{key.partition('.')[2]} {words}")
    if day is None:
        raise _LineError("date is blank; an entry must have its date")
    return day, what, amount, due, until, text["note"]


def _amount(text: str) -> float:
    if not text:
        return math.nan
    if not re.fullmatch(r"-?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?", text):
        raise _LineError(f"amount {text!r} must be a number of dollars, as 2437500.00")
    return float(text.replace(",", ""))


def _day(name: str, text: str) -> dt.date | None:
    if not text:
        return None
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or str(day) != text:
        raise _LineError(f"{name} {text!r} must be a date, as 1997-09-30")
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
    there = [_comparable(entry) for entry in zip(*columns, strict=True)]
    blank = [n for n, entry in enumerate(there) if entry == _BLANK]
    new: list[Entry] = []
    rest = list(there)
    for entry in entries:  # two alike on one statement are two
        if _comparable(entry) in rest:
            rest.remove(_comparable(entry))
        else:
            new.append(entry)
    if len(new) > len(blank):
        raise StatementError(
            f"{package.name}: {len(new)} new entries, but sheet Ledger has {len(blank)} blank rows left"
        )
    cells = [list(places.ledger_at(key)) for key in ledger.INPUTS]
    values: dict[str, dict[str, NewValue]] = {}
    for n, entry in zip(blank, new, strict=False):
        for column, value in zip(cells, entry, strict=True):
            sheet, reference = column[n]
            nothing = value is None or value == "" or (isinstance(value, float) and math.isnan(value))
            values.setdefault(sheet, {})[reference] = None if nothing else value
    return Entered(package.patch(values), len(new), len(entries) - len(new))


_BLANK = (None, "", None, None, None, "")


def _comparable(entry: tuple[object, ...]) -> tuple[object, ...]:
    """An entry with nothing for NaN, so that two can be compared."""
    return tuple(None if isinstance(x, float) and math.isnan(x) else x for x in entry)
