"""The model along many paths: when a covenant breaks, the account falls short, or the Lender is not paid.

Paths go through the model in blocks: large enough that a step over one month of all of them outweighs the call of
NumPy, small enough that a line of the model stays in the cache. A block draws from its own stream, so that the figures
hang on the seed alone, not on who calculates which block; and the first paths of a run are those of any longer run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lender_model import model
from lender_model.grid import Values
from lender_model.risk import RiskError
from lender_model.risk.base import delayed, settled
from lender_model.risk.paths import Array, Dynamics, Market, market
from lender_model.sheets.risk import EVENTS, FANS, FIGURES, UNCERTAIN

BLOCK = 1024
"""Paths of a block."""
ERRAND = 4
"""So many blocks go to a worker at once, that it is not sent the job for each."""
FAN_BLOCKS = 10
"""So many blocks keep their lines for the fans: a percentile of ten thousand paths is known well enough."""


@dataclass(frozen=True)
class Job:
    """What every block needs to know.

    Attributes:
        values: the workbook's inputs and what no scenario moves, as :func:`lender_model.model.common` gives them.
        market: the factors of gold, silver and LIBOR.
        seed: of the random numbers.
    """

    values: Values
    market: Market
    seed: int


@dataclass(frozen=True)
class Block:
    """What a block found.

    Attributes:
        events: the first month of each event, counted from 1, or 0: events × paths.
        figures: lowest DSCR and LLCR, years to repayment, sponsor's return: figures × paths, NaN where there is none.
        drawn: what was drawn for the Project: uncertain inputs × paths.
        fans: lines for the fans, fans × months × paths; none of later blocks.
    """

    events: NDArray[np.int64]
    figures: Array
    drawn: Array
    fans: Array


@dataclass(frozen=True)
class Results(Block):
    """What a run found, all its blocks together.

    Attributes:
        months: the month-ends.
    """

    months: NDArray[Any]

    @property
    def paths(self) -> int:
        """How many there are."""
        return len(self.events[0])

    def happened(self) -> Array:
        """Part of the paths in which each event has happened by each month: events × months."""
        months = len(self.months)
        first = [np.bincount(row, minlength=months + 1)[1:] for row in self.events]
        return np.cumsum(first, axis=1) / self.paths


def job(inputs: Values, process: Dynamics, seed: int) -> Job:
    """A simulation of a workbook.

    Args:
        inputs: of the workbook.
        process: of gold, silver and LIBOR.
        seed: any whole number, not negative.

    Raises:
        RiskError: a distribution of sheet Risk is none.
    """
    values = model.common(settled(inputs))
    for key, label, _ in UNCERTAIN:
        low, likely, high = _corners(values, key)
        if not low <= likely <= high:
            raise RiskError(f"sheet Risk: {label}: {low:g}, {likely:g} and {high:g} must not fall")
    if seed < 0:
        raise RiskError(f"seed {seed} must not be negative")
    return Job(values, market(process, values["cover.as_of"], values["time.end"][:, 0]), seed)


def run(
    task: Job, paths: int, executor: Executor | None = None, progress: Callable[[int], None] = lambda _: None
) -> Results:
    """Send the model along paths.

    Args:
        task: as :func:`job` makes it.
        paths: how many.
        executor: where the blocks go, as ``concurrent.futures`` has them; None for this process.
        progress: is told how many paths are done, every now and then.

    Raises:
        RiskError: there are no paths.
    """
    if paths < 1:
        raise RiskError(f"{paths} paths: at least one is needed")
    numbers = range(-(-paths // BLOCK))
    errands = [numbers[k : k + ERRAND] for k in range(0, len(numbers), ERRAND)]
    if executor is None:
        found = {errand: _errand(task, errand) for errand in _told(errands, progress)}
    else:
        futures = {executor.submit(_errand, task, errand): errand for errand in errands}
        found = {futures[future]: future.result() for future in _told(as_completed(futures), progress)}
    blocks = [part for errand in errands for part in found[errand]]
    events, figures, drawn, fans = (
        np.concatenate([getattr(part, name) for part in blocks], axis=-1)[..., :paths]
        for name in ("events", "figures", "drawn", "fans")
    )
    return Results(events, figures, drawn, fans, task.values["time.end"][:, 0])


def _told(items: Any, progress: Callable[[int], None]) -> Iterator[Any]:
    for item in items:
        yield item
        progress(ERRAND * BLOCK)


def _errand(task: Job, numbers: range) -> list[Block]:
    return [block(task, number) for number in numbers]


def block(task: Job, number: int) -> Block:
    """One block of paths."""
    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence(task.seed, spawn_key=(number,))))
    changes, drawn = changes_of(task, rng)
    lines = model.side_by_side(task.values, changes)
    events, kept = _events(lines), BLOCK if number < FAN_BLOCKS else 0
    figures = np.array([np.broadcast_to(_FIGURES[key](lines), BLOCK) for key, *_ in FIGURES])
    fans = np.array([_FANS[key](lines) for key, *_ in FANS])[..., :kept]
    return Block(np.array([events[key] for key, _ in EVENTS]), figures, drawn, fans)


# ---- what is drawn --------------------------------------------------------------------------------------------------


def changes_of(task: Job, rng: np.random.Generator) -> tuple[Values, Array]:
    """The inputs of a block of paths in place of the workbook's, and what was drawn for the Project."""
    v = task.values
    gold, silver, libor = task.market.factors(rng, BLOCK)
    costs, capex, recovery, delay = (_triangular(rng.random(BLOCK), *_corners(v, key)) for key, *_ in UNCERTAIN)
    delay = np.rint(delay)
    gold *= v["market.gold_forward"] + v["scenario.gold"]
    libor *= v["market.libor_forward"] + v["scenario.libor"]
    silver *= v["market.silver_forward"]
    changes = {
        "scenario.gold": gold - v["market.gold_forward"],
        "scenario.libor": libor - v["market.libor_forward"],
        "market.silver_forward": silver,
        "scenario.costs": (1 + v["scenario.costs"]) * (1 + costs) - 1,
        "scenario.capex": (1 + v["scenario.capex"]) * (1 + capex) - 1,
        "plan.recovery": recovery,
    }
    return changes | delayed(v, delay), np.array([costs, capex, recovery, delay])


def _corners(v: Values, key: str) -> tuple[float, float, float]:
    low, likely, high = (float(v[f"risk.{key}_{part}"]) for part in ("low", "likely", "high"))
    return low, likely, high


def _triangular(uniform: Array, low: float, likely: float, high: float) -> Array:
    """The triangular distribution's value at each part of its mass."""
    width = high - low
    rising, falling = np.sqrt(uniform * width * (likely - low)), np.sqrt((1 - uniform) * width * (high - likely))
    return np.where(uniform * width < likely - low, low + rising, high - falling)


# ---- what is kept ---------------------------------------------------------------------------------------------------


def _events(v: Values) -> dict[str, Any]:
    """The first month of each event."""
    tested, cent = v["cov.test"] == 1, v["checks.cent"]
    broken = {key: ~v[f"cov.{key}_ok"] & tested for key in ("ratio", "equity", "liabilities")}
    first = {key: _first(flags) for key, flags in broken.items()}
    return first | {
        "covenant": _first(broken["ratio"] | broken["equity"] | broken["liabilities"]),
        "short": _first(v["proceeds.shortfall"] > cent),
        "default": _first(v["wf.lender_close"] > cent),
    }


def _first(flags: Any) -> NDArray[np.int64]:
    """The first month of each path in which a flag is set, counted from 1; 0 if none is."""
    first: NDArray[np.int64] = np.where(flags.any(axis=0), flags.argmax(axis=0) + 1, 0)
    return np.broadcast_to(first, BLOCK)


def life(v: Values) -> Any:
    """Years from signing until nothing is owed any more; NaN if something is to the end."""
    owed = v["ratio.debt"] > 0
    last = np.where(owed.any(axis=0), len(owed) - owed[::-1].argmax(axis=0), 0)
    years = (v["time.end"][:, 0] - v["facility.effective_date"]) / np.timedelta64(1, "D") / 365.25
    return np.append(years, np.nan)[last]


_FIGURES: dict[str, Callable[[Values], Any]] = {
    "dscr": lambda v: v["ratio.min_dscr"],
    "llcr": lambda v: v["ratio.min_llcr"],
    "life": life,
    "irr": lambda v: v["ratio.irr"],
}
_FANS: dict[str, Callable[[Values], Any]] = {
    "gold": lambda v: v["market.gold"],
    "headroom": lambda v: v["proceeds.closing"] - v["proceeds.minimum"],
    "dscr": lambda v: v["ratio.dscr"],
    "llcr": lambda v: v["ratio.llcr"],
}
