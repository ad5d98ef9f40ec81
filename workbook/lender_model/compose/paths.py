"""Where a deal's prices, rates, costs and output may go: what is drawn for its paths, and what its levers move.

After the as-of date the metals' prices move together by a random walk, base rates and exchange rates by one of their
own, and costs, capital and production differ from the scenario's by one factor each; how far, sheet Terms says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from rich.table import Table

from lender_model.compose.risk import METAL
from lender_model.formulas.program import Array
from lender_model.grid import Row, Values
from lender_model.report import titled
from lender_model.risk import RiskError
from lender_model.risk.base import Case
from lender_model.risk.breakeven import DELAYS, BreakEvens, Lever
from lender_model.risk.sensitivity import Changes
from lender_model.risk.simulate import BLOCK, Job
from lender_model.risk.watch import Watched

DRAWN = {
    "scenario.price": True, "scenario.rate": True, "scenario.costs": False, "scenario.capital": False,
    "scenario.production": False,
}  # fmt: skip
"""What is drawn, and whether it differs by month."""
EXCHANGE = "scenario.exchange", "risk.exchange"
"""Exchange rates as the scenario moves them, and their volatility: in a workbook that has such a rate."""
ONCE = ("costs", "capital", "production")
"""Of these, what a path has one factor of."""
_SPREADS = ("risk.price", "risk.rate", *(f"risk.{key}" for key in ONCE))
_LEAST = -0.95
"""No cost or output falls by more."""
_DEAREST, _CHEAPEST, _DELAY_MOVED = 2.0, -0.8, 6.0
_MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class Walks:
    """Random walks by month: of the metals' prices, of base rates and of exchange rates.

    Attributes:
        years: since the as-of date at each month-end; 0 up to it.
    """

    years: Array

    def drawn(self, rng: np.random.Generator, count: int = 2) -> Array:
        """Standard normal walks, count × months × paths; the second half of the paths goes the other way.

        See :meth:`lender_model.risk.paths.Market.factors`.
        """
        steps = np.sqrt(np.diff(self.years, prepend=0.0))[None, :, None]
        half = np.cumsum(rng.standard_normal((count, len(self.years), BLOCK // 2)) * steps, axis=1)
        return np.concatenate([half, -half], axis=2)


def job(case: Case, seed: int, watched: Watched | None = None) -> Job:
    """A simulation of a deal's workbook.

    Args:
        case: the workbook.
        seed: any whole number, not negative.
        watched: a line of the user's choice.

    Raises:
        RiskError: a spread is negative or blank, or a formula cannot run along paths.
    """
    has_exchange = _has_exchange(case)
    drawn = DRAWN | ({EXCHANGE[0]: True} if has_exchange else {})
    spreads = (*_SPREADS, *EXCHANGE[1:]) if has_exchange else _SPREADS
    base = {key: case.number(key) for key in (*drawn, *spreads)}
    for key in spreads:
        if not base[key] >= 0:
            raise RiskError(f"sheet Terms: {key} {base[key]:g} must be 0 or more")
    if seed < 0:
        raise RiskError(f"seed {seed} must not be negative")
    program = case.program(drawn, [*case.study.outputs, *([watched.area] if watched else [])])
    walks = Walks(np.cumsum(1.0 - case.months("time.actual")) / _MONTHS_A_YEAR)
    inputs = {key: case.target(key) for key in drawn}
    return Job(program, inputs, base, {}, walks, case.ends, seed, watched, case.study, changes_of)


def _has_exchange(case: Case) -> bool:
    return all(key in case.lines.spots for key in EXCHANGE)


def table(task: Job, rows: Mapping[str, Row]) -> Table:
    """How far each may go, for the terminal."""
    out = titled("\nUncertain after the as-of date", "", "a year, or once")
    for key in (key for key in (*_SPREADS, *EXCHANGE[1:]) if key in task.base):
        out.add_row(rows[key].label, f"{task.base[key]:.1%}")
    return out


def changes_of(task: Job, rng: np.random.Generator) -> tuple[Values, Array]:
    """The inputs of a block of paths in place of the workbook's, and the factors that each path has one of."""
    v, walks = task.base, task.market
    prices, rates = walks.drawn(rng)
    price = _moved(v["scenario.price"], v["risk.price"], prices, walks.years)
    out = {"scenario.price": price, "scenario.rate": v["scenario.rate"] + v["risk.rate"] * rates}
    drawn = np.array([v[f"risk.{key}"] * rng.standard_normal(BLOCK) for key in ONCE])
    for key, factor in zip(ONCE, drawn, strict=True):
        out[f"scenario.{key}"] = np.maximum(_LEAST, v[f"scenario.{key}"] + factor)
    change, spread = EXCHANGE
    if change in v:  # drawn last, so that all else is the same with an exchange rate and without
        [walk] = walks.drawn(rng, 1)
        out[change] = _moved(v[change], v[spread], walk, walks.years)
    return out, drawn


def _moved(change: float, volatility: float, walk: Array, years: Array) -> Array:
    """A scenario's change of a price, times a lognormal factor of mean one: months × paths."""
    return (1 + change) * np.exp(volatility * walk - volatility**2 * years[:, None] / 2) - 1


def levers(case: Case) -> dict[str, Lever]:
    """What the break-evens move: change of prices, costs and output against the case, and months of delay."""
    of = case.number
    price, production = 1 + of("scenario.price"), 1 + of("scenario.production")
    return {
        "price": Lever(partial(_set, "scenario.price"), price - 1, worst=price / 4 - 1, best=price * 3 - 1),
        "costs": Lever(partial(_set, "scenario.costs"), of("scenario.costs"), worst=_DEAREST, best=_CHEAPEST),
        "production": Lever(
            partial(_set, "scenario.production"), production - 1, worst=production / 4 - 1, best=production * 3 - 1
        ),
        "delay": Lever(partial(_later, of("scenario.delay")), 0.0, points=np.arange(DELAYS + 1.0)),
    }


def _set(key: str, points: Any) -> dict[str, Any]:
    return {key: points}


def _later(base: float, points: Any) -> dict[str, Any]:
    return {"scenario.delay": base + np.asarray(points)}


def moves(case: Case) -> Iterator[Changes]:
    """What the tornado moves, by the keys of the study."""
    of = case.number
    for move, key, size in (
        *(
            (move, f"scenario.{move}", 0.1 * (1 + of(f"scenario.{move}")))
            for move in ("price", "production", *(["exchange"] if _has_exchange(case) else []), *ONCE[:2])
        ),
        ("rate", "scenario.rate", 0.01),
        ("tax", "case.tax", 0.05),
        ("discount", "ratio.discount", 0.02),
    ):
        yield move, {key: of(key) - size}, {key: of(key) + size}
    yield "delay", {}, {"scenario.delay": of("scenario.delay") + _DELAY_MOVED}


def in_prices(found: BreakEvens, case: Case) -> BreakEvens:
    """Break-evens whose price is one of its year's last month, in place of the change of all prices."""
    year_of = case.months("time.year")
    last = np.array([np.flatnonzero(year_of == year)[-1] for year in found.years])
    price = case.months(METAL)[last]
    unmoved = price / (1 + case.number("scenario.price"))
    return replace(
        found,
        base=found.base | {"price": price},
        found=found.found | {"price": (1 + found.found["price"]) * unmoved},
    )
