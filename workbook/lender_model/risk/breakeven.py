"""How far gold price, costs and start-up may move before each test fails, year by year.

The search runs the workbook's formulas on a row of prices at once. It goes from the base case outward to the first that
fails, then repeatedly divides the step between it and the last that holds into sixteen, for all tests and years side by
side. It uses only whether a test fails, from the workbook's own flags, so jumps and kinks do no harm.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lender_model.formulas.compile import ready
from lender_model.grid import Values
from lender_model.risk.base import Case
from lender_model.risk.paths import Array
from lender_model.risk.study import Study
from lender_model.sheets.risk import STUDY

GRID, PARTS = 64, 16
PRECISION = 1e-7
"""Of the range searched: the last price that holds is this near."""
DELAYS = 24
"""The longest delay tried, in months."""

Flags = NDArray[np.bool_]
Run = Callable[[Array], Flags]


@dataclass(frozen=True)
class BreakEvens:
    """Where each test first fails.

    Attributes:
        years: the calendar years.
        base: gold price, cost change and delay of the base case; one figure, or one for each year.
        found: by lever, tests × years; NaN where no failure was found, or none could be cured.
        study: what the workbook's sheet Risk looks at.
    """

    years: NDArray[np.int64]
    base: dict[str, Any]
    found: dict[str, Array]
    study: Study = STUDY

    def by_month(self, months: int, year_of: Array) -> Values:
        """The layout of sheet Risk: each year's figure in its last month."""
        last = np.append(year_of[1:] != year_of[:-1], True)
        out: Values = {}
        for lever, figures in self.found.items():
            for (test, _), row in zip(self.study.tests, figures, strict=True):
                out[f"risk.{lever}_{test}"] = np.full((months, 1), np.nan)
                out[f"risk.{lever}_{test}"][last, 0] = row
        return out


@dataclass(frozen=True)
class Lever:
    """An input, or some that move together, and how far they are moved.

    Attributes:
        change: the inputs that put it at some points.
        base: its point in the base case.
        worst: the furthest point at which a failure is looked for.
        best: the furthest at which the cure of one is looked for.
        points: the points that are tried where it has no others, the base case first.
    """

    change: Callable[[Any], dict[str, Any]]
    base: float
    worst: float = 0.0
    best: float = 0.0
    points: Array | None = None


def levers_of(case: Case) -> dict[str, Lever]:
    """The levers of the 1996 workbook."""
    gold = case.number("market.gold_ahead") + case.number("scenario.gold")
    return {
        "gold": Lever(functools.partial(change, case, "gold"), gold, worst=gold / 4, best=gold * 3),
        "costs": Lever(functools.partial(change, case, "costs"), case.number("scenario.costs"), worst=2.0, best=-0.8),
        "delay": Lever(functools.partial(change, case, "delay"), 0.0, points=np.arange(DELAYS + 1.0)),
    }


def break_evens(case: Case, levers: Mapping[str, Lever] | None = None) -> BreakEvens:
    """Where each test first fails, for each lever and year after the as-of date.

    Args:
        case: the workbook.
        levers: by the keys of its study; those of the 1996 workbook if left out.

    Returns:
        Figures at which a test fails but just nearer to the base case passes; if it fails in the base case, at which it
        still fails but just further away passes.

    Raises:
        RiskError: a formula cannot run along the points.
    """
    levers = levers or levers_of(case)
    year_of, tests = case.months("time.year"), [f"risk.fails_{key}" for key, _ in case.study.tests]
    years = np.unique(year_of).astype(np.int64)
    in_year = ((year_of == years[:, None]) & (case.months("time.actual") == 0)) * 1.0
    inputs = dict.fromkeys((key for lever in levers.values() for key in lever.change(lever.base)), False)
    program = case.program(inputs, tests)
    run_program, unmoved = ready(program), {key: case.number(key) for key in inputs}

    def run(lever: Lever) -> Run:
        def failing(points: Array) -> Flags:
            given = unmoved | lever.change(points)
            found = run_program(case.given({k: np.broadcast_to(x, len(points)) for k, x in given.items()}))
            return np.array([in_year @ found[out] > 0 for out in program.outputs])

        return failing

    found = {
        key: _searched(run(lever), lever.base, worst=lever.worst, best=lever.best)
        if lever.points is None
        else _first_failing(run(lever), lever.points)
        for key, lever in levers.items()
    }
    return BreakEvens(years, {key: lever.base for key, lever in levers.items()}, found, case.study)


def change(case: Case, lever: str, points: Any) -> dict[str, Any]:
    """The inputs that set a lever to a point: the gold price after the as-of date, costs against plan, months late."""
    if lever == "gold":
        return {"scenario.gold": points - case.number("market.gold_ahead")}
    return {"scenario.costs": points} if lever == "costs" else case.delayed(points)


def _searched(run: Run, base: float, *, worst: float, best: float) -> Array:
    """Where each test first fails on the way from the base case to the worst, or first holds on the way to the best."""
    worse, better = np.linspace(base, worst, GRID), np.linspace(base, best, GRID)
    to_worse, to_better = run(worse), run(better)
    shape, fails_at_base = to_worse.shape[:2], to_worse[..., 0]
    first = np.where(fails_at_base, (~to_better).argmax(axis=-1), to_worse.argmax(axis=-1))
    found = np.where(fails_at_base, (~to_better).any(axis=-1), to_worse.any(axis=-1))
    items = np.nonzero(found & (first > 0))
    step, cured = first[items], fails_at_base[items]
    fails = np.where(cured, better[step - 1], worse[step])
    holds = np.where(cured, better[step], worse[step - 1])
    share = np.arange(1, PARTS + 1) / (PARTS + 1)
    while len(fails) and np.abs(fails - holds).max() > PRECISION * abs(worst - base):
        points = holds[:, None] + (fails - holds)[:, None] * share
        flags = run(points.ravel()).reshape(*shape, *points.shape)
        own = flags[(*items, np.arange(len(fails)))]
        edges = np.column_stack([holds, points, fails])
        cut = np.where(own.any(axis=1), own.argmax(axis=1), PARTS)
        holds, fails = (np.take_along_axis(edges, (cut + k)[:, None], axis=1)[:, 0] for k in (0, 1))
    out = np.full(shape, np.nan)
    out[items] = fails
    return out


def _first_failing(run: Run, points: Array) -> Array:
    """The first of the points at which each test fails."""
    flags = run(points)
    return np.where(flags.any(axis=-1), points[flags.argmax(axis=-1)], np.nan)
