"""The workbook along many paths: when a covenant breaks, the account falls short, or the Lender is not paid.

Every path runs through the workbook's own formulas. Paths run in blocks; a block draws from its own stream, so the
figures depend only on the seed, not on which process calculates which block; and the first paths of a run are those
of any longer run.
"""

from __future__ import annotations

import functools
import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lender_model.formulas.compile import ready
from lender_model.formulas.program import Array, Program, Target
from lender_model.grid import Values
from lender_model.risk import RiskError
from lender_model.risk.base import Case
from lender_model.risk.paths import Dynamics, market
from lender_model.risk.study import Study
from lender_model.risk.watch import Watched
from lender_model.sheets.risk import STUDY, UNCERTAIN

BLOCK = 1024
"""Paths of a block."""
ERRAND = 16
"""Blocks sent to a worker at once."""
FAN_BLOCKS = 10
"""Blocks that keep their lines for the fans: percentiles of ten thousand paths are accurate enough."""
INPUTS = {
    "scenario.gold": True, "scenario.libor": True, "market.silver_ahead": True, "scenario.costs": False,
    "scenario.capex": False, "plan.recovery": False, "scenario.delay": False, "scenario.water": False,
}  # fmt: skip
"""The inputs drawn, and whether each differs by month."""


@dataclass(frozen=True)
class Job:
    """What every block needs to know.

    Attributes:
        program: the workbook's formulas, for paths.
        inputs: the program's name of each of :data:`INPUTS`.
        base: the base case's figures that draws start from, by key.
        delays: scenario's delay and loss of leaching for each month late.
        market: where prices and rates may go: the factors of gold, silver and LIBOR, or another workbook's own.
        ends: the month-ends.
        seed: of the random numbers.
        watched: the user's own line.
        study: what the workbook's sheet Risk looks at.
        draw: gives the inputs of a block of paths in place of the workbook's, and what was drawn once for each path.
    """

    program: Program
    inputs: dict[str, Target]
    base: dict[str, float]
    delays: dict[str, Array]
    market: Any
    ends: NDArray[Any]
    seed: int
    watched: Watched | None = None
    study: Study = STUDY
    draw: Draw = field(default_factory=lambda: changes_of)

    def outputs(self, keys: Sequence[str]) -> list[Target]:
        """What the program calls the lines that it was asked for."""
        asked = self.study.outputs
        return [self.program.outputs[asked.index(key)] for key in keys]


Draw = Callable[["Job", np.random.Generator], tuple[Values, Array]]
OUTPUTS = STUDY.outputs


@dataclass(frozen=True)
class Block:
    """The results of a block.

    Attributes:
        events: the first month of each event, counted from 1, or 0: events × paths.
        figures: lowest DSCR and LLCR, years to repayment, sponsor's return: figures × paths, NaN where there is none.
        drawn: the random draws for the Project: uncertain inputs × paths.
        fans: lines for the fans, fans × months × paths; not for later blocks.
        watched: the user's own line: months × paths as the fans, or 1 × paths.
    """

    events: NDArray[np.int64]
    figures: Array
    drawn: Array
    fans: Array
    watched: Array


@dataclass(frozen=True)
class Results(Block):
    """The results of a run, all its blocks together.

    Attributes:
        months: the month-ends.
        line: what is watched.
        study: what the workbook's sheet Risk looks at.
    """

    months: NDArray[Any]
    line: Watched | None = None
    study: Study = STUDY

    @property
    def paths(self) -> int:
        """How many there are."""
        return len(self.events[0])

    def happened(self) -> Array:
        """Part of the paths in which each event has happened by each month: events × months."""
        months = len(self.months)
        first = [np.bincount(row, minlength=months + 1)[1:] for row in self.events]
        return np.cumsum(first, axis=1) / self.paths


def job(case: Case, process: Dynamics, seed: int, watched: Watched | None = None) -> Job:
    """A simulation of a workbook.

    Args:
        case: the workbook.
        process: of gold, silver and LIBOR.
        seed: any whole number, not negative.
        watched: a line of the user's choice.

    Raises:
        RiskError: a distribution of sheet Risk is none, or a formula cannot run along paths.
    """
    base = {key: case.number(key) for key in _BASE}
    for key, label, _ in UNCERTAIN:
        low, likely, high = _corners(base, key)
        if not low <= likely <= high:
            raise RiskError(f"sheet Risk: {label}: {low:g}, {likely:g} and {high:g} must not fall")
    if seed < 0:
        raise RiskError(f"seed {seed} must not be negative")
    program = case.program(INPUTS, [*OUTPUTS, *([watched.area] if watched else [])])
    latest = int(np.rint(max(0.0, base["risk.delay_high"]))) + 1
    factors = market(process, case.day("cover.as_of"), case.ends)
    inputs = {key: case.target(key) for key in INPUTS}
    return Job(program, inputs, base, case.delayed(np.arange(latest)), factors, case.ends, seed, watched)


def run(
    task: Job, paths: int, executor: Executor | None = None, progress: Callable[[int], None] = lambda _: None
) -> Results:
    """Run the workbook along paths.

    Args:
        task: from :func:`job`.
        paths: how many.
        executor: where the blocks run, as in ``concurrent.futures``; None for this process.
        progress: called from time to time with the number of paths done.

    Raises:
        RiskError: there are no paths.
    """
    if paths < 1:
        raise RiskError(f"{paths} paths: at least one is needed")
    numbers = range(-(-paths // BLOCK))
    errands = [numbers[k : k + ERRAND] for k in range(0, len(numbers), ERRAND)]
    packed = pickle.dumps(task)
    if executor is None:
        found = {errand: _errand(packed, errand) for errand in _told(errands, progress)}
    else:
        futures = {executor.submit(_errand, packed, errand): errand for errand in errands}
        found = {futures[future]: future.result() for future in _told(as_completed(futures), progress)}
    blocks = [found[errand] for errand in errands]
    events, figures, drawn, fans, own = (x[..., :paths] for x in _joined(blocks))
    return Results(events, figures, drawn, fans, own, task.ends, task.watched, task.study)


def _told(items: Any, progress: Callable[[int], None]) -> Iterator[Any]:
    for item in items:
        yield item
        progress(ERRAND * BLOCK)


def _errand(packed: bytes, numbers: range) -> Block:
    """Some blocks of a job, one after the other."""
    task, program = _unpacked(packed)
    return Block(*_joined([block(task, number, program) for number in numbers]))


def _joined(blocks: Sequence[Block]) -> Iterator[Any]:
    """Each part of some blocks, together."""
    for name in ("events", "figures", "drawn", "fans", "watched"):
        yield np.concatenate([getattr(part, name) for part in blocks], axis=-1)


@functools.lru_cache(maxsize=1)
def _unpacked(packed: bytes) -> tuple[Job, Callable[..., Any]]:
    """A job and its program, ready to run: once for all tasks of a process."""
    task: Job = pickle.loads(packed)  # noqa: S301 - packed by run()
    return task, ready(task.program)


def block(task: Job, number: int, program: Callable[..., dict[Target, Array]]) -> Block:
    """One block of paths.

    Args:
        task: the job.
        number: of the block.
        program: the job's, ready to run.
    """
    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence(task.seed, spawn_key=(number,))))
    changes, drawn = task.draw(task, rng)
    keeps, study = number < FAN_BLOCKS, task.study
    found = program({task.inputs[key]: figures for key, figures in changes.items()}, rows=keeps)
    events, figures = (
        np.array([found[out] for out in task.outputs(keys)])
        for keys in ([f"risk.first_{key}" for key, _ in study.events], [study.single[key] for key, *_ in study.figures])
    )
    months, none = len(task.ends), np.empty((0, BLOCK))
    fans = [found[out] for out in task.outputs([study.lines[key] for key, *_ in study.fans])] if keeps else []
    watched = none
    if task.watched and (keeps or not task.watched.by_month):
        watched = np.atleast_2d(found[task.program.outputs[-1]])
    return Block(
        events.astype(np.int64), figures, drawn, np.array(fans) if keeps else np.empty((len(study.fans), months, 0)),
        watched if task.watched is None or len(watched) else np.empty((months, 0)),
    )  # fmt: skip


# ---- random draws --------------------------------------------------------------------------------------------------

_BASE = [
    "market.gold_ahead", "scenario.gold", "market.libor_ahead", "scenario.libor", "market.silver_ahead",
    "scenario.costs", "scenario.capex",
    *(f"risk.{key}_{part}" for key, *_ in UNCERTAIN for part in ("low", "likely", "high")),
]  # fmt: skip


def changes_of(task: Job, rng: np.random.Generator) -> tuple[Values, Array]:
    """The inputs of a block of paths in place of the workbook's, and the random draws for the Project."""
    v = task.base
    gold, silver, libor = task.market.factors(rng, BLOCK)
    costs, capex, recovery, delay = (_triangular(rng.random(BLOCK), *_corners(v, key)) for key, *_ in UNCERTAIN)
    delay = np.rint(delay)
    gold *= v["market.gold_ahead"] + v["scenario.gold"]
    gold -= v["market.gold_ahead"]
    libor *= v["market.libor_ahead"] + v["scenario.libor"]
    libor -= v["market.libor_ahead"]
    silver *= v["market.silver_ahead"]
    changes = {
        "scenario.gold": gold,
        "scenario.libor": libor,
        "market.silver_ahead": silver,
        "scenario.costs": (1 + v["scenario.costs"]) * (1 + costs) - 1,
        "scenario.capex": (1 + v["scenario.capex"]) * (1 + capex) - 1,
        "plan.recovery": recovery,
    }
    late = {key: figures[delay.astype(np.int64)] for key, figures in task.delays.items()}
    return changes | late, np.array([costs, capex, recovery, delay])


def _corners(base: dict[str, float], key: str) -> tuple[float, float, float]:
    low, likely, high = (base[f"risk.{key}_{part}"] for part in ("low", "likely", "high"))
    return low, likely, high


def _triangular(uniform: Array, low: float, likely: float, high: float) -> Array:
    """The quantile of the triangular distribution at each probability."""
    width = high - low
    rising, falling = np.sqrt(uniform * width * (likely - low)), np.sqrt((1 - uniform) * width * (high - likely))
    return np.where(uniform * width < likely - low, low + rising, high - falling)
