"""A deal's workbook along many paths of prices, rates, costs and output: how often each test fails, and when.

Every path runs through the workbook's own formulas. After the as-of date the metals' prices follow one random walk, base
rates another, and costs, capital and production each differ from plan by one factor.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drawstop.serials import day_of
from lender_model.compose.refresh import places_of
from lender_model.formulas.compile import Base, compiled, ready
from lender_model.formulas.program import Target
from lender_model.formulas.reading import Workbook
from lender_model.formulas.syntax import Area, Cell, column_number
from lender_model.grid import FIRST_MONTH
from lender_model.locate import WorkbookError
from lender_model.package import Package

BLOCK = 1024
"""Paths of a block; each draws from its own stream, so that the figures depend on the seed alone."""
_MONTHLY = {"scenario.price", "scenario.rate"}
_DRAWN = ("scenario.price", "scenario.rate", "scenario.costs", "scenario.capital", "scenario.production")
_LEAST = -0.95
"""The largest fall of a price, cost or output."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Test:
    """How often a test fails along the paths.

    Args:
        name: the test.
        share: of the paths on which it ever fails.
        first: month-end by which it has first failed on half of these; None if it never does.
    """

    name: str
    share: float
    first: dt.date | None


@dataclass(frozen=True)
class Results:
    """The results of the paths: the tests, and percentiles 5, 50 and 95 of figures by name."""

    paths: int
    tests: list[Test]
    figures: dict[str, tuple[float, float, float]]

    def lines(self) -> Iterator[str]:
        """The results in words."""
        yield f"{self.paths:,} paths after the as-of date, through the workbook's own formulas"
        for test in self.tests:
            when = f", on half of these by {test.first:%d-%b-%Y}" if test.first else ""
            yield f"  {test.name}: fails on {test.share:.1%} of the paths{when}"
        for name, (low, middle, high) in self.figures.items():
            yield f"  {name}: {low:.2f}x at P5, {middle:.2f}x at P50, {high:.2f}x at P95"


class Simulation:
    """A workbook prepared for paths.

    Args:
        package: a workbook of a deal's folder.
    """

    def __init__(self, package: Package) -> None:
        self.workbook = Workbook(package)
        self.calculation = self.workbook.calculation
        self.calculation.run()
        self.places = {
            key: (sheet, ref) for sheet in package.sheet_names for key, ref in places_of(package, sheet).items()
        }
        self.months = int(self._number("log.months"))
        self.ends = self._row("time.end")
        self.ahead = np.cumsum(1.0 - self._row("time.actual"))
        found = {
            key: package.cells(sheet)[f"B{ref[1:]}"].value
            for key, (sheet, ref) in self.places.items()
            if key.endswith(".breach")
        }
        self.tests = {key: str(self._label(package, key)) for key in found} | {
            "arrears.default": "Payment of the lenders"
        }
        self.figures = {"dash.dscr_12": "Lowest DSCR, twelve months", "dash.llcr": "Lowest LLCR"}
        outputs = [self._area(key, monthly=True) for key in self.tests] + [self._area(key) for key in self.figures]
        inputs: dict[Target, bool] = {self._cell(key): key in _MONTHLY for key in _DRAWN}
        first_month = dict.fromkeys(self.calculation.grids, FIRST_MONTH)
        program = compiled(Base(self.calculation, first_month, self.months), inputs, outputs)
        self._outputs, self._run = program.outputs, ready(program)

    def _label(self, package: Package, key: str) -> object:
        """The name of a test: the heading above its lines, whose first is the test's own."""
        sheet, ref = self.places[key]
        cells = package.cells(sheet)
        row = int(ref[1:])
        while row > 1 and (f"A{row}" in cells and cells[f"A{row}"].value):
            row -= 1
        return cells[f"B{row}"].value

    def _cell(self, key: str) -> Cell:
        if key not in self.places:
            raise WorkbookError(f"line {key} is missing; put its row back, or build the workbook again")
        sheet, ref = self.places[key]
        letters = ref.rstrip("0123456789")
        return Cell(sheet, int(ref[len(letters) :]) - 1, column_number(letters))

    def _area(self, key: str, *, monthly: bool = False) -> Area:
        cell = self._cell(key)
        first = FIRST_MONTH if monthly else cell.column
        return Area(cell.sheet, cell.row, first, cell.row, first + (self.months - 1 if monthly else 0))

    def _number(self, key: str) -> float:
        found = self.calculation[self._cell(key)]
        return float(found) if isinstance(found, float) else 0.0

    def _row(self, key: str) -> Array:
        return np.array(self.calculation.block(self._area(key, monthly=True)).numbers).ravel()

    def _changes(self, rng: np.random.Generator, paths: int) -> dict[Target, Array]:
        """A block's random draws: the scenario's changes, in addition to those of the scenario in use."""
        years = self.ahead / 12.0
        steps = np.diff(years, prepend=0.0)[:, None]
        walks = [np.cumsum(rng.standard_normal((self.months, paths)) * np.sqrt(steps), axis=0) for _ in _MONTHLY]
        sigma = self._number("risk.price")
        price = (1 + self._number("scenario.price")) * np.exp(sigma * walks[0] - sigma**2 * years[:, None] / 2) - 1
        out: dict[Target, Array] = {
            self._cell("scenario.price"): price,
            self._cell("scenario.rate"): self._number("scenario.rate") + self._number("risk.rate") * walks[1],
        }
        for key in ("costs", "capital", "production"):
            drawn = self._number(f"scenario.{key}") + self._number(f"risk.{key}") * rng.standard_normal(paths)
            out[self._cell(f"scenario.{key}")] = np.maximum(_LEAST, drawn)
        return out

    def run(self, paths: int, seed: int) -> Results:
        """Run the workbook along a number of paths."""
        first: dict[str, list[Array]] = {key: [] for key in self.tests}
        figures: dict[str, list[Array]] = {key: [] for key in self.figures}
        keys = [*self.tests, *self.figures]
        for number, start in enumerate(range(0, paths, BLOCK)):
            count = min(BLOCK, paths - start)
            found = self._run(self._changes(np.random.default_rng([seed, number]), BLOCK))
            by_key = {
                key: np.asarray(found[target])[..., :count] for key, target in zip(keys, self._outputs, strict=True)
            }
            for key in self.tests:
                failed = np.nan_to_num(by_key[key]) > 0
                first[key].append(np.where(failed.any(axis=0), failed.argmax(axis=0), -1.0))
            for key in self.figures:
                figures[key].append(by_key[key])
        return Results(
            paths, [self._test(key, np.concatenate(first[key])) for key in self.tests], dict(self._percentiles(figures))
        )

    def _test(self, key: str, first: Array) -> Test:
        failed = first[first >= 0]
        when = None
        if failed.size:
            when = day_of(self.ends[int(np.median(failed))]).item()
        return Test(self.tests[key], float(np.mean(first >= 0)), when)

    def _percentiles(self, figures: Mapping[str, Any]) -> Iterator[tuple[str, tuple[float, float, float]]]:
        for key, blocks in figures.items():
            known = np.concatenate(blocks)
            known = known[np.isfinite(known)]
            if known.size:
                low, middle, high = np.percentile(known, [5, 50, 95]).tolist()
                yield self.figures[key], (low, middle, high)
