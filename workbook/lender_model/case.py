"""The inputs of a case: its figures, monthly plan and actuals, and the market files, read and checked."""

from __future__ import annotations

import csv
import datetime as dt
import importlib.metadata
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from drawstop.facility import Facility, load
from lender_model.grid import INPUT, Values
from lender_model.model import MONTHS
from lender_model.sheets import certificate, daily

CASE = Path(str(resources.files("lender_model"))) / "cases" / "usmx_1996"

MARKET_FILES = {
    "metals_monthly_lbma.csv": {
        "market.gold_actual": ("gold_pm_avg_usd_per_troy_oz", 1.0),
        "market.silver_actual": ("silver_avg_usd_per_troy_oz", 1.0),
    },
    "usd_libor_monthly.csv": {"market.libor_actual": ("libor_3m_month_end_pct", 0.01)},
    "us_cpi_u_monthly.csv": {"market.cpi_actual": ("cpi_u_nsa_1982_84_100", 1.0)},
}


class CaseError(ValueError):
    """A case file that cannot be read: one line that names file, line and what is wrong."""


def terms(facility: Facility) -> Values:
    """The terms of a facility by key, as the model takes them."""
    return {key: as_value(term.value) for key, term in facility.terms.items()}


def as_value(value: Any) -> Any:
    """An input as the model takes it: dates as datetime64, lists as arrays."""
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
            raise CaseError(f"{path.name}, line {line}: month_end {row['month_end']} is no month-end of the model")
        for key in keys:
            if row[key]:
                out[key][position[row["month_end"]], 0] = float(row[key])
    return out


def market(folder: Path = CASE / "market") -> Values:
    """Published prices and rates by month of the model; NaN after the files' end."""
    position = {end[:7]: i for i, end in enumerate(months())}
    out: Values = {}
    for name, columns in MARKET_FILES.items():
        rows = _market_rows(folder / name)
        for key, (column, unit) in columns.items():
            out[key] = np.full((MONTHS, 1), np.nan)
            for line, row in enumerate(rows, start=2):
                month = row.get("month") or ""
                if column not in row:
                    raise CaseError(f"{folder / name}: no column {column}")
                if month in position and row[column]:
                    out[key][position[month], 0] = _price(folder / name, line, column, row[column]) * unit
    return out


def _market_rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    except FileNotFoundError:
        known = ", ".join(MARKET_FILES)
        raise CaseError(f"{path}: no such file; a market folder holds {known}") from None
    except UnicodeDecodeError:
        raise CaseError(f"{path}: must be UTF-8 text") from None


def _price(path: Path, line: int, column: str, text: str) -> float:
    try:
        price = float(text)
    except ValueError:
        price = -1.0
    if not 0 < price < 1e5:
        raise CaseError(f"{path}, line {line}: {column} {text!r} must be a positive number with a decimal point")
    return price


def inputs() -> tuple[Values, Mapping[str, str]]:
    """All inputs of the case, and the source or reason of each."""
    values, notes = figures()
    values |= terms(load())
    values |= monthly(CASE / "plan_monthly.csv")
    values |= monthly(CASE / "actuals_monthly.csv")
    values |= market()
    values |= {row.key: "" for row in certificate.SHEET.rows if row.value is INPUT}
    values["cover.version"] = version()
    values["daily.actual"] = np.full(daily.DAYS, np.nan)
    values["daily.closes"] = np.full(daily.DAYS, np.nan)
    return values, notes


def version() -> str:
    """This drawstop, as the Cover names the one that built the workbook.

    >>> version().startswith("drawstop ")
    True
    """
    return f"drawstop {importlib.metadata.version('drawstop')}"
