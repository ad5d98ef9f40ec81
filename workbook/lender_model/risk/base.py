"""The workbook as runs need it: calculated once, its past settled, and the part that becomes a program for paths."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np

from drawstop.serials import day_of
from lender_model import calculator, model
from lender_model.calculator import Figures
from lender_model.formulas.compile import Base, compiled, figures
from lender_model.formulas.program import Array, Program, Row, Target
from lender_model.formulas.syntax import Area, Cell, FormulaError
from lender_model.formulas.values import BLANK
from lender_model.grid import Values
from lender_model.risk import RiskError
from lender_model.risk.study import Study
from lender_model.sheets.risk import STUDY


class Case:
    """A workbook calculated for one case, its past settled.

    Args:
        lines: the workbook's lines, calculated. Up to the as-of date nothing is uncertain: where sheet Actuals is
            blank, the plan's figures count as actuals, until the context ends.
        study: what its sheet Risk looks at.
    """

    def __init__(self, lines: Figures, study: Study = STUDY) -> None:
        self.lines, self.calculation, self.study = lines, lines.calculation, study
        monthly = [self.area(key) for key, row in lines.rows.items() if row.months is not None and "@" not in key]
        self.first_month = {area.sheet: area.left for area in monthly}
        common = statistics.mode(self.first_month.values())
        self.first_month |= {s: common for s in self.calculation.grids if s not in self.first_month}
        past, self._filled = self.months("time.actual") == 1, list[Cell]()
        for actual, used in study.settled.items():
            area, happened = self.area(actual), self.months(used)
            blank = self.calculation.block(area).is_(BLANK).ravel()
            for t in np.flatnonzero(past & blank).tolist():
                self._filled.append(Cell(area.sheet, area.top, area.left + t))
                self.calculation[self._filled[-1]] = float(happened[t])
        moved = self.calculation.depending([Area(*cell, *cell[1:]) for cell in self._filled])
        self.calculation.run(moved - self._states())  # a figure put in for a report does not make it one

    def _states(self) -> set[int]:
        """Numbers of the lines that say what was reported."""
        areas = [self.area(key) for key in self.study.states]
        return {number for area in areas for number in self.calculation.lines.within(area)}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for cell in self._filled:
            self.calculation[cell] = None
        self.calculation.run(self.calculation.depending([Area(*cell, *cell[1:]) for cell in self._filled]))

    @classmethod
    def of(cls, inputs: Values) -> Case:
        """The model as it is built, with some inputs."""
        lines = calculator.prepared(model.BOOK)
        lines.run(inputs)
        return cls(lines)

    def area(self, key: str) -> Area:
        """The cells of a line's months, or its value.

        Raises:
            RiskError: there is no such line, or a column between its months.
        """
        if key not in self.lines.spots:
            raise RiskError(
                f"line {key} is missing; put the row back with its key in column A, or build the workbook again"
            )
        cells = self.lines.cells(key)
        first, last = cells[0], cells[-1]
        if last.column - first.column >= len(cells):
            raise RiskError(f"{first.sheet}: a column of your own stands between the months; move it beside them")
        return Area(*first, last.row, last.column)

    # ---- figures ---------------------------------------------------------------------------------------------------

    def months(self, key: str) -> Array:
        """A line's figures."""
        return figures(self.calculation.block(self.area(key))).ravel().copy()

    def number(self, key: str) -> float:
        """The figure of a line with one."""
        return float(self.months(key)[0])

    def day(self, key: str) -> np.datetime64:
        """The date of a line with one."""
        return np.datetime64(day_of(self.number(key)))

    @property
    def ends(self) -> Any:
        """The month-ends."""
        return day_of(self.months("time.end"))

    # ---- programs --------------------------------------------------------------------------------------------------

    def target(self, key: str) -> Target:
        """A line's name in a program."""
        area = self.area(key)
        return Row(area.sheet, area.top) if area.right > area.left else Cell(*area[:3])

    def program(self, inputs: Mapping[str, bool], outputs: Sequence[str | Area]) -> Program:
        """The lines that some outputs need, for paths that differ in some inputs.

        Args:
            inputs: keys of the inputs that differ by path, each with whether it also differs by month.
            outputs: keys or areas of the results wanted.

        Raises:
            RiskError: a formula that is needed cannot run along paths.
        """
        areas = [self.area(out) if isinstance(out, str) else out for out in outputs]
        base = Base(self.calculation, self.first_month, self.lines.book.months)
        try:
            return compiled(base, {self.target(key): by_month for key, by_month in inputs.items()}, areas)
        except FormulaError as error:
            raise RiskError(str(error)) from None

    def given(self, figures_of: Mapping[str, Any]) -> dict[Target, Any]:
        """Figures by key for a program."""
        return {self.target(key): np.atleast_1d(figures) for key, figures in figures_of.items()}

    def delayed(self, months: Any) -> dict[str, Any]:
        """A delay of Completion in addition to the scenario's, and the leaching lost by it; none once it was reported.

        Args:
            months: whole months, one figure or one for each path.
        """
        months = np.asarray(months, dtype=np.float64) * (self.number("comp.completion_reported") == 0)
        lost = np.minimum(1.0, months * self.number("risk.water"))
        return {
            "scenario.delay": self.number("scenario.delay") + months,
            "scenario.water": 1 - (1 - self.number("scenario.water")) * (1 - lost),
        }
