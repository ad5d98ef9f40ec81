"""The inputs of the deal of 1996, read from its own files: terms of the filing, plan, actuals, market."""

from __future__ import annotations

import csv
import datetime as dt
import math
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .days import month_end, month_ends

ROOT = Path(__file__).resolve().parents[2]
FACILITY = ROOT / "addin" / "drawstop" / "facilities" / "usmx_1996.toml"
CASE = ROOT / "workbook" / "lender_model" / "cases" / "usmx_1996"
MONTHS = 90
SCENARIOS = (
    "Base", "Low price", "High cost", "Late completion", "Drought", "Unhedged", "Combined downside", "Tight funding",
    "Last price held",
)  # fmt: skip
TOGETHER = {
    **dict.fromkeys(("gold", "libor", "delay"), lambda found, _: sum(found)),  # shifts, and months one after the other
    **dict.fromkeys(("costs", "capex"), lambda found, _: math.prod(1 + change for change in found) - 1),
    **dict.fromkeys(("hedge", "standby"), lambda found, _: math.prod(found)),  # a part of a part
    "water": lambda found, _: 1 - math.prod(1 - lost for lost in found),  # a loss of what another leaves
    "price": lambda found, base: next((choice for choice in found if choice != base), base),
}  # fmt: skip
"""What several scenarios together change: their own changes in the order of their columns, and the base's."""
MARKET = (
    ("metals_monthly_lbma.csv", "gold_pm_avg_usd_per_troy_oz", "market.gold_actual", 1),
    ("metals_monthly_lbma.csv", "silver_avg_usd_per_troy_oz", "market.silver_actual", 1),
    ("usd_libor_monthly.csv", "libor_3m_month_end_pct", "market.libor_actual", 100),
    ("us_cpi_u_monthly.csv", "cpi_u_nsa_1982_84_100", "market.cpi_actual", 1),
)


@dataclass
class Results:
    """What refreshes and runs have noted: the fingerprint of the inputs now, and by run that of its own and its sum."""

    now: str = ""
    runs: dict[str, tuple[str, float]] = field(default_factory=dict)
    chances: dict[str, dict[dt.date, float]] = field(default_factory=dict)
    prices: dict[str, dict[dt.date, float]] = field(default_factory=dict)
    sums: list[float] = field(default_factory=list)
    changes: list[float] = field(default_factory=list)
    together: float = 0.0
    readings: list[float] = field(default_factory=list)
    version: str = "drawstop 0.1.0"
    refreshed: str = ""


@dataclass(frozen=True)
class Entry:
    """What happened to the loan on a day, as the bank's statement has it."""

    date: dt.date
    what: str
    amount: float | None = None
    due: dt.date | None = None
    until: dt.date | None = None

    @property
    def month(self) -> dt.date:
        return month_end(self.date)


@dataclass
class Given:
    """What the deal's files say: single figures and lines by key, and what each scenario changes."""

    figures: dict[str, Any] = field(default_factory=dict)
    by_month: dict[str, dict[dt.date, float]] = field(default_factory=dict)
    scenarios: dict[str, list[float]] = field(default_factory=dict)
    by_day: dict[str, dict[dt.date, float]] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    results: Results = field(default_factory=Results)

    def __getitem__(self, key: str) -> Any:
        return self.figures[key]

    @property
    def months(self) -> list[dt.date]:
        """The month-ends of the model, from that of signing on."""
        return month_ends(self["facility.effective_date"], MONTHS)

    @property
    def as_of(self) -> dt.date:
        return self["cover.as_of"]

    @property
    def in_use(self) -> list[str]:
        """The scenarios in use, one or several together, in the order of their columns."""
        return sorted(self["cover.scenario"].split(" + "), key=SCENARIOS.index)

    def changed(self, change: str) -> float:
        """What the scenario in use changes; of several, by :data:`TOGETHER`."""
        by_name = dict(zip(SCENARIOS, self.scenarios[f"scenario.{change}"], strict=True))
        found = [by_name[name] for name in self.in_use]
        return TOGETHER[change](found, by_name["Base"]) if len(found) > 1 else found[0]

    def is_past(self, month: dt.date) -> bool:
        """Whether a month has ended by the as-of date."""
        return month <= self.as_of

    def plan(self, key: str, month: dt.date) -> float:
        return self.by_month[key].get(month, 0.0)

    def actual(self, key: str, month: dt.date, otherwise: float) -> float:
        """What happened, if the month is past and the figure known; else something else."""
        return self.by_month[key].get(month, otherwise) if self.is_past(month) else otherwise

    def day(self, key: str) -> dt.date | None:
        """A date that may be blank."""
        day = self[key]
        return day if isinstance(day, dt.date) else None

    def reported(self, key: str) -> dt.date | None:
        """A date that was reported by the as-of date."""
        day = self.day(key)
        return day if day and day <= self.as_of else None

    def known(self, key: str, month: dt.date) -> bool:
        """Whether a past month's figure is known."""
        return self.is_past(month) and month in self.by_month[key]

    def number(self, month: dt.date) -> int:
        """Which month of the model it is, from 1."""
        return self.months.index(month) + 1


def read() -> Given:
    """The case as it stands in its files."""
    given = Given()
    for group, terms in tomllib.loads(FACILITY.read_text(encoding="utf-8"))["terms"].items():
        given.figures |= {f"{group}.{name}": term["value"] for name, term in terms.items()}
    plan = tomllib.loads((CASE / "plan.toml").read_text(encoding="utf-8"))
    given.figures |= {key: entry["value"] for key, entry in plan["figures"].items()}
    given.scenarios = {key: list(changes) for key, changes in plan["scenarios"].items()}
    for name in ("plan_monthly.csv", "actuals_monthly.csv"):
        for row in _rows(CASE / name):
            month = dt.date.fromisoformat(row.pop("month_end"))
            for key, text in row.items():
                given.by_month.setdefault(key, {})
                if text:
                    given.by_month[key][month] = float(text)
    for name, column, key, unit in MARKET:
        given.by_month[key] = {
            month_end(dt.date.fromisoformat(f"{row['month']}-01")): float(row[column]) / unit
            for row in _rows(CASE / "market" / name)
            if row[column]
        }
    given.by_day = {"daily.actual": {}, "daily.closes": {}}
    return given


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
