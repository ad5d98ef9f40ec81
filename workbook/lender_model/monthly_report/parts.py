"""What every report is made of: tiles, tables and sections, and those sections that all workbooks have alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from lender_model.books.moved import Move
from lender_model.commands.report import day
from lender_model.grid import RATIO, USD, Values
from lender_model.monthly_report.charts import Chart, Series
from lender_model.risk.store import drawable
from lender_model.risk.study import Study
from lender_model.sheets.risk import MOST_COVER, PERCENTILES

State = Literal["red", "amber", "green", ""]


@dataclass(frozen=True)
class Tile:
    """One figure that a reader looks for first."""

    label: str
    figure: str
    note: str = ""
    state: State = ""


@dataclass(frozen=True)
class Table:
    """A table: heads, rows of texts, and the state of each row."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    states: Sequence[State] = ()
    words: bool = False
    """Whether it holds words rather than figures."""


@dataclass(frozen=True)
class Section:
    """A heading with a table, charts, and lines of text."""

    title: str
    lines: Sequence[str] = ()
    table: Table | None = None
    charts: Sequence[Chart] = field(default_factory=tuple)


@dataclass(frozen=True)
class Story:
    """A report's content."""

    title: str
    subtitle: str
    state: State
    answer: str
    reasons: Sequence[str]
    remedies: Sequence[str]
    tiles: Sequence[Tile]
    sections: Sequence[Section]


def millions(amount: float, currency: str = "US$") -> str:
    """An amount in millions, as a committee reads it.

    >>> millions(1_500_000), millions(-812_742)
    ('US$1.50m', '(US$0.81m)')
    """
    return f"{currency}{amount / 1e6:,.2f}m" if amount >= 0 else f"({currency}{-amount / 1e6:,.2f}m)"


def ratio(value: float | None) -> str:
    """A ratio with its sign; a dash where there is none."""
    return "–" if value is None else f"{value:.2f}x" if abs(value) < 1000 else millions(value)


def an_ounce(unit: str) -> str:
    """A unit in words.

    >>> an_ounce("US$/oz"), an_ounce("US$/lb")
    ('US$ an ounce', 'US$ a lb')
    """
    money, _, weight = unit.partition("/")
    return unit if not weight else f"{money} an ounce" if weight == "oz" else f"{money} a {weight}"


def line(v: Values, key: str, scale: float = 1.0) -> np.ndarray:
    """A line's months as numbers; a dash is a gap."""
    return np.array([np.nan if isinstance(x, str) else float(x) for x in v[key][:, 0].tolist()]) / scale


def what_moved(moved: Sequence[Move]) -> Section:
    """What has moved since the refresh before."""
    if not moved:
        return Section("What moved since the refresh before", ["Nothing has moved."])
    return Section("What moved since the refresh before", (), Table(("What", "Before", "Now"), moved, words=True))


def falls_due(v: Values, currency: str = "US$") -> Section:
    """The months of sheet Calendar in which something falls due or happens, or that nothing does."""
    title = "What falls due in the next twelve months"
    rows = []
    for k, amount in enumerate(np.ravel(v["cal.total@across"]).tolist(), start=1):
        words = str(np.ravel(v[f"cal.{k}@across"])[0])
        if words:
            rows.append([day(v[f"cal.{k}"]), millions(amount, currency) if amount > v["checks.cent"] else "–", words])
    if not rows:
        return Section(title, ["Nothing falls due."])
    return Section(title, (), Table(("Month to", "Due", "What"), rows, words=True))


def scenario_figure(value: Any, unit: str, currency: str = "US$") -> str:
    """A scenario's result by its unit."""
    if isinstance(value, dt.date):
        return day(np.datetime64(value))
    if value is None or isinstance(value, str) or np.isnan(value):
        return "–"
    if unit == "date":
        return day(np.datetime64("1899-12-30") + np.timedelta64(int(value), "D"))
    if unit == RATIO:
        return ratio(value)
    return {USD: millions(value, currency), "fraction": f"{value:.1%}"}.get(unit, f"{value:,.0f}")


def risks(v: Values, study: Study) -> list[Section]:
    """What the last simulation and break-even search found, if there were any."""
    sections = []
    if v["risk.simulation_state"] != "not run yet":
        rows = [[label, f"{float(v[f'risk.ever_{key}']):.0%}"] for key, label in study.events]
        stale = [] if v["risk.simulation_state"] == "current" else ["Stale: the inputs have changed since the run."]
        charts = [_fan(v, study, *fan) for fan in study.fans]
        title = f"Risk: {v['risk.simulation_run']}"
        sections.append(Section(title, stale, Table(("Paths in which it ever happens", ""), rows), charts))
    if v["risk.breakeven_state"] != "not run yet":
        sections.append(_break_evens(v, study))
    return sections


def _fan(v: Values, study: Study, key: str, label: str, unit: str) -> Chart:
    scale = 1e6 if unit == USD else 1.0
    suffix = {USD: f", {study.currency} million", RATIO: ""}.get(unit, f", {an_ounce(unit)}")
    lines: Any = np.array([line(v, f"risk.fan_{key}_p{p}", scale) for p in PERCENTILES])
    if key in study.open_ended:
        lines, suffix = drawable(lines), f", up to {MOST_COVER:.0f}x"
    bands = [Series(f"P{p}", found, "band") for p, found in zip(PERCENTILES, lines, strict=True)]
    return Chart(label + suffix, v["time.end"][:, 0].astype("datetime64[D]"), bands, v["cover.as_of"])


_MOST_YEARS = 12
"""Of a table: what a page has room for; the sheet has them all."""


def _break_evens(v: Values, study: Study) -> Section:
    lever, name, unit = study.levers[0]
    year_of = v["time.year"][:, 0]
    prices = {test: line(v, f"risk.{lever}_{test}") for test, _ in study.tests}
    found = ~np.isnan(list(prices.values())).all(axis=0)
    years = sorted({int(year) for year in year_of if (found & (year_of == year)).any()})[:_MOST_YEARS]
    rows = []
    for test, label in study.tests:
        known = [x[~np.isnan(x)] for x in (prices[test][year_of == year] for year in years)]
        rows.append([label, *(f"{x[-1]:,.0f}" if len(x) else "–" for x in known)])
    stale = [] if v["risk.breakeven_state"] == "current" else ["Stale: the inputs have changed since the run."]
    title = f"{name} at which a test first fails, {an_ounce(unit)}"
    return Section(title, stale, Table(("", *map(str, years)), rows))


def basis(found: Mapping[str, Any], notes: Sequence[str]) -> Section:
    """Checks, alerts and notes."""
    lines = [found["light"] + ".", *(f"{alert['label']}: {alert['count']}." for alert in found["alerts"]), *notes]
    return Section("What these figures rest on", lines)
