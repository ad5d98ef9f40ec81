"""A line of the user's choice whose percentiles a simulation gives: ``Sheet!Row``, ``Sheet!Label`` or a key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lender_model.formulas.syntax import Area, Cell, split
from lender_model.formulas.values import NUMBER
from lender_model.grid import UNIT
from lender_model.risk import RiskError
from lender_model.risk.base import Case
from lender_model.writing.style import THOUSANDS


@dataclass(frozen=True)
class Watched:
    """A line to watch.

    Attributes:
        name: its title.
        unit: as on its sheet.
        area: its months, or one cell.
    """

    name: str
    unit: str
    area: Area

    @property
    def title(self) -> str:
        """Its name and unit."""
        return f"{self.name}, {self.unit}" if self.unit else self.name

    @property
    def by_month(self) -> bool:
        """Whether it has a figure for each month."""
        return self.area.right > self.area.left


def watched(case: Case, text: str) -> Watched:
    """The line that a text refers to.

    Args:
        case: the workbook.
        text: ``Loan!27``, ``Loan!E7``, ``Loan!Closing balance``, or a label or key alone.

    Raises:
        RiskError: no line or more than one has that name, or it holds no figures.
    """
    sheet, _, rest = text.rpartition("!")
    sheet, rest = sheet.strip("'"), rest.strip()
    sheets = [name for name in case.calculation.grids if not sheet or name.casefold() == sheet.casefold()]
    if not sheets:
        raise RiskError(f"watch: {text}: no sheet is called {sheet}")
    if sheet and re.fullmatch(r"[A-Za-z]{1,3}[1-9]\d*", rest):
        row, column = split(rest.upper())
        return _checked(case, text, Area(sheets[0], row, column, row, column))
    if sheet and rest.isdigit():
        return _checked(case, text, _row(case, sheets[0], int(rest) - 1))
    found = [(name, row) for name in sheets for row in _named(case, name, rest)]
    lines = [place for place in found if case.calculation.lines.within(_row(case, *place))]
    found = lines or found  # a text elsewhere, such as a template or a remark, is not what is meant
    if not found:
        raise RiskError(f"watch: {text}: no line has this label or key; write a row as Loan!27")
    if len(found) > 1:
        rows = ", ".join(f"{name}!{row + 1}" for name, row in found[:5])
        raise RiskError(f"watch: {text}: {len(found)} lines have this label ({rows}); write which")
    return _checked(case, text, _row(case, *found[0]))


def _beside(case: Case, sheet: str, row: int) -> list[object]:
    """The cells of a row before the months."""
    last = min(case.first_month[sheet], case.calculation.grids[sheet].kinds.shape[1]) - 1
    return list(case.calculation.block(Area(sheet, row, 0, row, last)).values())


def _named(case: Case, sheet: str, label: str) -> Iterator[int]:
    """The rows of a sheet that have a text before the months."""
    for row in range(case.calculation.grids[sheet].kinds.shape[0]):
        texts = (value for value in _beside(case, sheet, row)[:UNIT] if isinstance(value, str))
        if label.casefold() in (text.strip().casefold() for text in texts):
            yield row


def _row(case: Case, sheet: str, row: int) -> Area:
    """The months of a row if it has figures there, else its first figure before them."""
    first = case.first_month[sheet]
    months = Area(sheet, row, first, row, first + case.lines.book.months - 1)
    rows, columns = case.calculation.grids[sheet].kinds.shape
    if row >= rows:
        return Area(sheet, row, first, row, first)
    if columns > months.right and case.calculation.block(months).is_(NUMBER).sum() > 1:
        return months
    beside = _beside(case, sheet, row)
    column = next((k for k, value in enumerate(beside) if isinstance(value, float)), first)
    return Area(sheet, row, column, row, column)


def _checked(case: Case, text: str, area: Area) -> Watched:
    """The line, if it holds a formula."""
    if not case.calculation.lines.within(area):
        raise RiskError(f"watch: {text}: {area} has no formula, so it does not vary by path")
    texts = [value for value in _beside(case, area.sheet, area.top) if isinstance(value, str)]
    label = case.calculation[Cell(area.sheet, area.top, 1)]
    unit = case.calculation[Cell(area.sheet, area.top, UNIT)]
    name = label if isinstance(label, str) and label else (texts or [""])[0]
    return Watched(
        f"{area.sheet}: {name}" if name else str(area),
        unit.removesuffix(THOUSANDS) if isinstance(unit, str) else "",
        area,
    )
