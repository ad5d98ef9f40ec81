"""Simulation, break-evens and tornado as tables in the terminal, and the paths as a CSV file."""

from __future__ import annotations

import csv
import functools
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from lender_model.commands.report import dollars, titled
from lender_model.grid import RATE, RATIO, USD, Values
from lender_model.risk.breakeven import BreakEvens
from lender_model.risk.paths import Array, Dynamics, History
from lender_model.risk.sensitivity import Tornado
from lender_model.risk.simulate import Results
from lender_model.risk.store import percentiles, watched_percentiles
from lender_model.sheets.risk import PAIRS, PERCENTILES, SERIES


def figure(value: float, unit: str, *, in_millions: bool = False) -> str:
    """A figure by its unit, a dash for one that does not exist.

    >>> figure(1_500_000.0, "US$"), figure(1_500_000.0, "US$", in_millions=True)
    ('1,500,000', '1.5m')
    """
    if np.isnan(value):
        return "–"
    if unit == USD and in_millions:
        return f"{value / 1e6:z,.1f}m"
    if unit == USD:
        return dollars(value)
    if unit in {RATE, "change", "fraction"}:
        return f"{value:z.1%}"
    return f"{value:z.2f}{'x' if unit == RATIO else ''}" if unit != "months" else f"{value:z.0f}"


def market(process: Dynamics, past: History) -> Table:
    """The processes of gold, silver and LIBOR."""
    table = titled(
        f"\nPrices, from {past.days} days of fixings", "", "Volatility", "Return to assumption", "Correlation"
    )
    pairs = process.correlation[np.triu_indices(3, 1)]
    rows = zip(SERIES, process.volatility, process.reversion, PAIRS, pairs, strict=True)
    for (_, label), volatility, reversion, (_, pair), correlation in rows:
        table.add_row(label, f"{volatility:.1%}", f"{reversion:.2f}", f"{pair} {correlation:+.2f}")
    return table


def events(results: Results) -> list[Table]:
    """How often each event has happened by the end of each year."""
    ends = [k for k, month in enumerate(results.months) if str(month)[5:7] == "12"]
    return [_events(results, years) for years in _split(ends)]


def _split(years: Any) -> list[Any]:
    """Years in as many tables as the terminal needs."""
    return np.array_split(years, max(1, -(-len(years) // _YEARS)))


def _events(results: Results, year_ends: Any) -> Table:
    months, happened = results.months, results.happened()
    table = titled(
        f"\nPer cent of {results.paths:,} paths in which it has happened, at year-end", "",
        *(str(months[k])[:4] for k in year_ends), "Median",
    )  # fmt: skip
    for (_, label), by_month, first in zip(results.study.events, happened, results.events, strict=True):
        dates = np.sort(first[first > 0])
        median = f"{months[dates[(len(dates) - 1) // 2] - 1].item():%b-%Y}" if len(dates) else "–"
        table.add_row(label, *(f"{100 * by_month[k]:.1f}" for k in year_ends), median)
    return table


def figures(results: Results, base: Values) -> Table:
    """Percentiles of the ratios, of the time to repayment, and of the return."""
    heads = [f"P{p}" for p in PERCENTILES]
    table = titled("\nPercentiles of the paths", "", *heads, "Base case", "Without")
    study = results.study
    show = functools.partial(figure, in_millions=study.in_millions)
    bases = [base[study.single[key]] for key, *_ in study.figures]
    rows = zip(study.figures, percentiles(results), bases, results.figures, strict=True)
    for (_, label, unit), row, case, paths in rows:
        table.add_row(label, *(show(x, unit) for x in row), show(_number(case), unit), f"{np.isnan(paths).mean():.1%}")
    return table


def watched(results: Results) -> Table:
    """Percentiles of the user's own line: at the end of each year, or of its one figure."""
    line, lines = results.line, watched_percentiles(results)
    assert line  # noqa: S101 - asked for by who watches one
    table = titled(f"\nPercentiles of {line.title}", "", *(f"P{p}" for p in PERCENTILES))
    year_ends = [k for k, month in enumerate(results.months) if str(month)[5:7] == "12"]
    for k in year_ends if line.by_month else [0]:
        label = f"{results.months[k].item():%b-%Y}" if line.by_month else ""
        table.add_row(label, *(_plain(x) for x in lines[:, k]))
    return table


def _plain(value: float) -> str:
    """A figure of any unit: whole from a thousand, otherwise with four digits."""
    if np.isnan(value):
        return "–"
    return f"{value:z,.0f}" if abs(value) >= 1000 else f"{value:z.4g}"


def _number(value: Any) -> float:
    """A figure of the base case; NaN for a dash."""
    single = np.ravel(value)[0]
    return np.nan if isinstance(single, str) else float(single)


def break_evens(found: BreakEvens) -> list[Table]:
    """A table a lever: where each test first fails, year by year."""
    return [_lever(found, lever, years) for lever in found.study.levers for years in _split(_shown(found, lever[0]))]


_YEARS = 8
"""Of a table: what the terminal has room for."""


def _shown(found: BreakEvens, lever: str) -> Any:
    """The years up to the last in which a test has a break-even."""
    known = np.flatnonzero(~np.isnan(found.found[lever]).all(axis=0))
    return np.arange(known[-1] + 1 if len(known) else 1)


def _lever(found: BreakEvens, lever: tuple[str, str, str], years: Any) -> Table:
    key, label, unit = lever
    bases = np.broadcast_to(found.base[key], len(found.years))
    one = len(set(bases.tolist())) == 1
    title = f"\n{label} at which a test first fails" + (f"; base case {figure(bases[0], unit)}" if one else "")
    table = titled(title, "", *(str(year) for year in found.years[years]))
    if not one:
        table.add_row("Base case", *(figure(x, unit) for x in bases[years]), style="dim")
    for (_, words), row in zip(found.study.tests, found.found[key], strict=True):
        harmful = key in found.study.harmful
        table.add_row(words, *(_break_even(row[k], bases[k], unit, harmful=harmful) for k in years))
    return table


def _break_even(value: float, base: float, unit: str, *, harmful: bool) -> Text:
    fails_at_base = value <= base if harmful else value >= base
    return Text(figure(value, unit), style="bold red" if fails_at_base else "")


def tornado(found: Tornado) -> Table:
    """Each move's effect on the measures."""
    measures, show = found.study.measures, functools.partial(figure, in_millions=found.study.in_millions)
    table = titled("\nOne input moved, the others as they are", "", *(label for _, label, _ in found.study.measures))
    table.add_row("Base case", *(show(found.base[key], unit) for key, _, unit in measures), style="bold")
    for move in found.moves:
        ends = (f"{show(move.low[key], unit)} to {show(move.high[key], unit)}" for key, _, unit in measures)
        table.add_row(move.label, *ends)
    return table


def save_paths(results: Results, path: Path) -> None:
    """A CSV file with a line for each path: when each event first happens, the figures, and what was drawn."""
    study = results.study
    names = [f"first_{key}" for key, _ in study.events] + [key for key, *_ in (*study.figures, *study.uncertain)]
    dates = np.append("", results.months.astype(str))
    columns: list[Any] = [dates[first].tolist() for first in results.events]
    own = list(results.watched) if results.line and not results.line.by_month else []
    names += [results.line.name] if results.line and own else []
    columns += [_texts(row) for row in (*results.figures, *results.drawn, *own)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", *names])
        writer.writerows(zip(range(1, results.paths + 1), *columns, strict=True))


def _texts(row: Array) -> list[str]:
    return ["" if np.isnan(x) else f"{x:.6g}" for x in row.tolist()]
