"""The inputs of a case: its figures, monthly plan and actuals, and the market files, read and checked."""

from __future__ import annotations

import csv
import datetime as dt
import importlib.metadata
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from drawstop.core.dates import MONTH
from drawstop.core.tolerance import RELATIVE
from drawstop.facility import Facility, load
from lender_model.grid import INPUT, Values
from lender_model.model import MONTHS, NO_RESULTS
from lender_model.sheets import certificate, daily

CASE = Path(str(resources.files("lender_model"))) / "cases" / "usmx_1996"

MARKET_FILES: dict[str, dict[str, tuple[str, float, float, float]]] = {
    "metals_monthly_lbma.csv": {
        "market.gold_actual": ("gold_pm_avg_usd_per_troy_oz", 1.0, 20, 50_000),
        "market.silver_actual": ("silver_avg_usd_per_troy_oz", 1.0, 0.5, 1_000),
    },
    "usd_libor_monthly.csv": {"market.libor_actual": ("libor_3m_month_end_pct", 0.01, 0.1, 50)},
    "us_cpi_u_monthly.csv": {"market.cpi_actual": ("cpi_u_nsa_1982_84_100", 1.0, 10, 1_000)},
}
"""By file, the lines it gives: its column, that column's unit, and the lowest and highest plausible figure; a rate in
per cent below the lowest was given as a fraction."""


DAILY_FILES: dict[str, tuple[str, str, float, float]] = {
    "gold": ("gold_daily_lbma.csv", "gold_pm_fix_usd_per_troy_oz", 20, 50_000),
    "silver": ("silver_daily_lbma.csv", "silver_fix_usd_per_troy_oz", 0.5, 1_000),
    "libor": ("usd_libor_daily.csv", "libor_3m_pct", 0.1, 50),
}
"""By series of daily fixings, its file and column, and the lowest and highest plausible figure."""


MOST_TIMES, TYPICAL_MOVES = 1.5, 20
"""A price counts as a typing error if it differs from the one before by more than half of it, and by more than twenty
of its own typical moves. Gold's largest monthly move of 1994 to 2001 is 12 typical ones."""
MOST_POINTS = 0.03
"""A rate does if it moves by more than three percentage points at once; near zero, a rate can double within a month."""

_LARGEST_FILE = 64 * 2**20  # bytes; a century of daily fixings has five
_FEW = 12  # the fewest moves that show what is typical
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


class CaseError(ValueError):
    """A case file that cannot be read: one line with the file, the line and the fault."""


def terms(facility: Facility) -> Values:
    """The terms of a facility by key, as the model uses them."""
    return {key: as_value(term.value) for key, term in facility.terms.items()}


def as_value(value: Any) -> Any:
    """An input as the model uses it: dates as datetime64, lists as arrays."""
    if isinstance(value, dt.date):
        return np.datetime64(value, "D")
    return np.array(value) if isinstance(value, tuple | list) else value


def figures(folder: Path = CASE) -> tuple[Values, Mapping[str, str]]:
    """The single figures of a case, the scenarios' changes, and the source or reason of each line."""
    data = tomllib.loads((folder / "plan.toml").read_text(encoding="utf-8"))
    values: Values = {}
    notes: dict[str, str] = dict(data["lines"])
    for key, entry in data["figures"].items():
        values[key] = as_value(entry["value"])
        notes[key] = entry.get("source") or f"assumption: {entry['assumption']}"
    for key, changes in data["scenarios"].items():
        values[f"{key}@across"] = np.array(changes, dtype=np.float64)
    return values, notes


def months() -> list[str]:
    """The month-ends of the model as ISO dates."""
    signing: Any = load().value("facility.effective_date")
    first = np.datetime64(signing, "M")
    ends = (first + np.arange(1, MONTHS + 1)).astype("datetime64[D]") - np.timedelta64(1, "D")
    return [str(end) for end in ends]


def monthly(path: Path) -> Values:
    """Lines by month from a CSV file whose first column is the month-end; a blank is NaN."""
    position = {end: i for i, end in enumerate(months())}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    keys = [key for key in rows[0] if key != "month_end"]
    out = {key: np.full((MONTHS, 1), np.nan) for key in keys}
    for line, row in enumerate(rows, start=2):
        if row["month_end"] not in position:
            raise CaseError(f"{path.name}, line {line}: month_end {row['month_end']} is not a month-end of the model")
        for key in keys:
            if row[key]:
                if not _NUMBER.fullmatch(row[key].removeprefix("-")):
                    raise CaseError(f"{path.name}, line {line}: {key} {row[key]!r} must be a number such as 35277.5")
                out[key][position[row["month_end"]], 0] = float(row[key])
    return out


def market(folder: Path = CASE / "market") -> Values:
    """Published prices and rates by month of the model; NaN after the files' end.

    Raises:
        CaseError: a file is missing or is not a table, its months have gaps or duplicates or are out of order, or a
            figure is not a number or not in its unit.
    """
    position = {end[:7]: i for i, end in enumerate(months())}
    out: Values = {}
    for name, columns in MARKET_FILES.items():
        path, before = folder / name, None
        known: dict[str, dict[int, float]] = {key: {} for key in columns}
        out |= {key: np.full((MONTHS, 1), np.nan) for key in columns}
        for line, row in _market_rows(path, ["month", *(column for column, *_ in columns.values())]):
            before = month = _next_month(path, line, row["month"], before)
            for key, (column, unit, low, high) in columns.items():
                if row[column]:
                    price = _price(f"{path}, line {line}", column, row[column], (low, high))
                    known[key][line] = price
                    if month in position:
                        out[key][position[month], 0] = price * unit
        for key, (column, unit, *_) in columns.items():
            _check_moves(path, column, known[key], unit)
            _check_reach(path, column, out[key][:, 0])
    return out


def slip(prices: Sequence[float] | np.ndarray, *, is_rate: bool) -> int | None:
    """The position of the first figure that its own history does not explain, or None.

    Args:
        prices: in order of time, without blanks; a rate as a decimal.
        is_rate: whether it moves by points (`MOST_POINTS`) or in proportion (`MOST_TIMES`, `TYPICAL_MOVES`).

    Example:
        Three months of gold, the last typed ten times too high:

        >>> slip([387.25, 383.06, 3819.0], is_rate=False)
        2
        >>> slip([0.055625, 0.05625, 0.5625], is_rate=True)
        2
    """
    figures = np.asarray(prices, dtype=np.float64)
    if is_rate:
        moves, most = np.abs(np.diff(figures)), MOST_POINTS
    else:
        moves = np.abs(np.diff(np.log(figures)))
        usual = np.median(moves[moves > 0]) if len(moves) > _FEW and moves.any() else 0.0
        most = max(float(np.log(MOST_TIMES)), TYPICAL_MOVES * float(usual))
    found = np.flatnonzero(moves > most + RELATIVE)
    return int(found[0]) + 1 if len(found) else None


def _check_moves(path: Path, column: str, known: Mapping[int, float], unit: float) -> None:
    """Figures by line of a file, none of which may be a typing error."""
    lines, prices = list(known), np.array(list(known.values())) * unit
    at = slip(prices, is_rate=unit != 1.0) if lines else None
    if at is not None:
        raise CaseError(
            f"{path}, line {lines[at]}: {column} {known[lines[at]]:g} follows {known[lines[at - 1]]:g}, a move "
            "that its history does not explain; is the decimal point right?"
        )


def _market_rows(path: Path, columns: Iterable[str]) -> list[tuple[int, dict[str, str]]]:
    """The rows of a market file with these columns, each with its line."""
    try:
        _refuse_unfit(path)
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            twice = [name for name, count in Counter(reader.fieldnames or ()).items() if count > 1]
            if twice:
                raise CaseError(f"{path}, line 1: column {twice[0]} is duplicated; remove one")
            missing = set(columns) - set(reader.fieldnames or ())
            if missing:
                hint = "; its fields must be separated by commas" if ";" in "".join(reader.fieldnames or ()) else ""
                raise CaseError(f"{path}, line 1: no column {', '.join(sorted(missing))}{hint}")
            rows = [(reader.line_num, row) for row in reader]
    except (FileNotFoundError, NotADirectoryError):
        known = [*MARKET_FILES, *(name for name, *_ in DAILY_FILES.values())]
        raise CaseError(f"{path}: no such file; a market folder holds {', '.join(known)}") from None
    except UnicodeDecodeError:
        raise CaseError(f"{path}: must be UTF-8 text") from None
    except csv.Error as error:
        raise CaseError(f"{path}: is not a table separated by commas ({error}); save it as CSV, UTF-8") from None
    for line, row in rows:
        if None in row or None in row.values():
            raise CaseError(f"{path}, line {line}: must have {len(reader.fieldnames or ())} fields between commas")
    return rows


def _refuse_unfit(path: Path) -> None:
    """A pipe or a device might never end."""
    if path.exists() and not path.is_file():
        raise CaseError(f"{path}: is not a file; a market file is a CSV file")
    if path.exists() and path.stat().st_size > _LARGEST_FILE:
        raise CaseError(f"{path}: is larger than {_LARGEST_FILE >> 20} MB; a market file is a CSV file")


def _next_month(path: Path, line: int, month: str, before: str | None) -> str:
    """The month of a row, which must follow the one before."""
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", month):
        raise CaseError(f"{path}, line {line}: month {month!r} must be written as 1996-09")
    expected = month if before is None else str(np.datetime64(before, "M") + MONTH)
    if month != expected:
        raise CaseError(f"{path}, line {line}: month {month} found where {expected} must follow {before}")
    return month


def fixings(series: str, folder: Path = CASE / "market") -> dict[str, float]:
    """Daily fixings of a series of `DAILY_FILES` by ISO date; a day without one is left out.

    Raises:
        CaseError: the file is missing or is not a table, its days have duplicates or are out of order, or a figure
            is not a number or not in its unit.
    """
    name, column, low, high = DAILY_FILES[series]
    path, before = folder / name, ""
    out, known = dict[str, float](), dict[int, float]()
    for line, row in _market_rows(path, ["date", column]):
        before = day = _later_day(path, line, row["date"], before)
        if row[column]:
            known[line] = out[day] = _price(f"{path}, line {line}", column, row[column], (low, high))
    _check_moves(path, column, known, 0.01 if column.endswith("_pct") else 1.0)
    return out


def _later_day(path: Path, line: int, day: str, before: str) -> str:
    """The day of a row, which must be later than that of the one before."""
    try:
        good = str(dt.date.fromisoformat(day)) == day
    except ValueError:
        good = False
    if not good:
        raise CaseError(f"{path}, line {line}: date {day!r} must be written as 1996-09-30")
    if day <= before:
        raise CaseError(f"{path}, line {line}: date {day} comes after {before}; dates must ascend")
    return day


def _price(where: str, column: str, text: str, limits: tuple[float, float]) -> float:
    """A figure of a market file, within its limits."""
    price, (low, high) = float(text) if _NUMBER.fullmatch(text) else -1.0, limits
    if not low <= price <= high:
        fit = f"must be a positive number with a decimal point, from {low:g} to {high:g}"
        raise CaseError(f"{where}: {column} {text!r} {fit}")
    return price


def _check_reach(path: Path, column: str, prices: np.ndarray) -> None:
    """A column may end early, but must not have gaps before that."""
    known = np.flatnonzero(~np.isnan(prices))
    if not len(known):
        raise CaseError(f"{path}: holds no {column} for any month of the model")
    gaps = np.flatnonzero(np.isnan(prices[: known[-1]]))
    if len(gaps):
        raise CaseError(f"{path}: {column} is missing for {months()[gaps[0]][:7]}, though later months have it")


def inputs() -> tuple[Values, Mapping[str, str]]:
    """All inputs of the case, and the source or reason of each."""
    values, notes = figures()
    values |= terms(load())
    values |= monthly(CASE / "plan_monthly.csv")
    values |= monthly(CASE / "actuals_monthly.csv")
    values |= market()
    stated = [row for row in certificate.SHEET.rows if row.value is INPUT]
    values |= {row.key: "" for row in stated}
    values |= {f"{row.key}@start": np.nan for row in stated if row.start is INPUT}
    values["cover.version"] = version()
    values |= NO_RESULTS
    values["daily.actual"] = np.full(daily.DAYS, np.nan)
    values["daily.closes"] = np.full(daily.DAYS, np.nan)
    return values, notes


def version() -> str:
    """This version of drawstop, in the form that the Cover shows.

    >>> version().startswith("drawstop ")
    True
    """
    return f"drawstop {importlib.metadata.version('drawstop')}"
