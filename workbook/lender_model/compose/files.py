"""The CSV files beside a deal: figures by month, and holidays."""

from __future__ import annotations

import calendar
import csv
import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from drawstop.deal import DealError, Fault


def month_end(year: int, month: int) -> dt.date:
    """The last day of a month, counted from 0.

    >>> month_end(2024, 1)
    datetime.date(2024, 2, 29)
    """
    return dt.date(year, month + 1, calendar.monthrange(year, month + 1)[1])


@dataclass
class Figures:
    """Monthly figures of a CSV file.

    Args:
        file: its name.
        columns: by column, month-end to figure.
    """

    file: str
    columns: dict[str, dict[dt.date, float]] = field(default_factory=dict)


def read_figures(path: Path) -> Figures:
    """A CSV file with a column ``month`` and a column for each line; a blank cell means no figure.

    Raises:
        DealError: its faults, a line each.
    """
    out = Figures(str(path))
    if not path.is_file():
        return out
    rows = _rows(path)
    names = [name.strip() for name in rows[0]] if rows else []
    if not names or names[0] != "month":
        raise DealError([Fault(str(path), 1, "", "the first column must be month")])
    twice = sorted({name for name in names if names.count(name) > 1})
    faults = [Fault(str(path), 1, name, "duplicated column") for name in twice]
    out.columns |= {name: {} for name in names[1:]}
    seen: dict[dt.date, int] = {}
    for number, row in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in row):
            faults += _read_row(out, names, number, row, seen)
    if faults:
        raise DealError(faults)
    return out


def _rows(path: Path) -> list[list[str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return list(csv.reader(file))
    except OSError as error:
        raise DealError([Fault(str(path), 0, "", f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise DealError([Fault(str(path), 0, "", "is not UTF-8; save it as UTF-8")]) from error
    except csv.Error as error:
        raise DealError([Fault(str(path), 0, "", f"is not a CSV file: {error}")]) from error


def _read_row(out: Figures, names: list[str], number: int, row: list[str], seen: dict[dt.date, int]) -> Iterator[Fault]:
    """Put a line's figures into their columns; yields its faults."""
    day = _day(row[0])
    if day is None:
        yield Fault(out.file, number, "month", f"{row[0]!r} is not a valid date; write it as 2024-06-30")
        return
    end = month_end(day.year, day.month - 1)
    if end in seen:
        yield Fault(out.file, number, "month", f"{row[0]} is in the month of line {seen[end]}")
    if len(row) > len(names):
        yield Fault(out.file, number, "", f"has {len(row)} cells, the header {len(names)}")
    seen[end] = number
    yield from _cells(out, names, number, row, end)


def _cells(out: Figures, names: list[str], number: int, row: list[str], day: dt.date) -> Iterator[Fault]:
    for name, cell in zip(names[1:], row[1:], strict=False):
        figure = _figure(cell)
        if figure is not None:
            out.columns[name][day] = figure
        elif cell.strip():
            yield Fault(out.file, number, name, f"{cell!r} is not a number")


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        return None


def _figure(cell: str) -> float | None:
    text = cell.strip()
    if not text or "_" in text:
        return None
    try:
        figure = float(text)
    except ValueError:
        return None
    return figure if math.isfinite(figure) else None


def read_holidays(path: Path) -> list[dt.date]:
    """The dates of a file of holidays, one a line; a heading ``date`` may stand above them.

    Raises:
        DealError: a line that is not a date.
    """
    days, faults = list[dt.date](), list[Fault]()
    for number, row in enumerate(_rows(path), start=1):
        text = row[0].strip() if row else ""
        day = _day(text)
        if day is not None:
            days.append(day)
        elif text and not (number == 1 and text == "date"):
            faults.append(Fault(str(path), number, "", f"{text!r} is not a valid date; write it as 2024-12-25"))
    if faults:
        raise DealError(faults)
    return sorted(set(days))


def read_fixings(path: Path) -> Figures:
    """A CSV file with a column ``date``, a business day a line, and a column of fixings for each base rate.

    Raises:
        DealError: what is wrong with it, a line each.
    """
    out = Figures(str(path))
    if not path.is_file():
        return out
    rows = _rows(path)
    names = [name.strip() for name in rows[0]] if rows else []
    if not names or names[0] != "date":
        raise DealError([Fault(str(path), 1, "", "the first column must be date")])
    out.columns |= {name: {} for name in names[1:]}
    faults, last = list[Fault](), dt.date.min
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        day = _day(row[0])
        if day is None:
            faults.append(Fault(out.file, number, "date", f"{row[0]!r} is not a valid date; write it as 2024-06-28"))
            continue
        if day <= last:
            faults.append(Fault(out.file, number, "date", f"{day} is not after {last}: the dates must ascend"))
        last = day
        faults += _cells(out, names, number, row, day)
    if faults:
        raise DealError(faults)
    return out
