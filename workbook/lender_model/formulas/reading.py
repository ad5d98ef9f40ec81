"""A workbook's file as cells to calculate: its formulas as trees, the values of all other cells, and what has changed."""

from __future__ import annotations

import numpy as np

from lender_model.formulas.calculation import Calculation, Unreadable
from lender_model.formulas.lines import MOST_CELLS, Formula
from lender_model.formulas.syntax import Area, Cell, FormulaError, Node, Reader, column_name, split
from lender_model.formulas.values import CellValue, decoded
from lender_model.package import Cell as Stored
from lender_model.package import NewValue, Package

Cells = dict[str, dict[str, NewValue]]
"""Values of cells: sheet → reference → value."""


class Workbook:
    """A workbook's formulas, prepared to be calculated; its cells hold what the file holds until they are.

    Attributes:
        package: the file.
        reader: reads a formula as one of this workbook.
        formulas: by cell.
        calculation: of the cells.
        refused: by cell, why a formula cannot be calculated; the file's value is kept.
    """

    def __init__(self, package: Package) -> None:
        self.package = package
        self.reader = Reader(package.sheet_names, package.defined_names)
        self.formulas: dict[Cell, Formula] = {}
        self.refused: dict[Cell, str] = {}
        values: list[tuple[Cell, CellValue]] = []
        size: dict[str, tuple[int, int]] = {}
        for sheet in package.sheet_names:
            size[sheet] = self._read(sheet, values)
        large = {sheet for sheet, ends in size.items() if ends[0] * ends[1] > MOST_CELLS}
        for sheet in large:
            self.refused |= {c: "is on a sheet too large to be calculated" for c in self.formulas if c.sheet == sheet}
        size = {sheet: ends for sheet, ends in size.items() if sheet not in large}
        self.calculation = Calculation((f for f in self.formulas.values() if f.cell.sheet in size), size)
        for cell, value in values:
            if cell.sheet in size:
                self.calculation[cell] = value
        self._stored = {s: (g.numbers.copy(), g.kinds.copy()) for s, g in self.calculation.grids.items()}
        plan, lines = self.calculation.plan, self.calculation.lines
        self.refused |= {cell: why for number, why in plan.refused.items() for cell in lines[number].cells()}

    def _read(self, sheet: str, values: list[tuple[Cell, CellValue]]) -> tuple[int, int]:
        """Take in a sheet's cells; how many rows and columns they need."""
        rows = columns = 0
        shared: dict[int, Node] = {}
        for reference, stored in self.package.cells(sheet).items():
            cell = Cell(sheet, *split(reference))
            rows, columns = max(rows, cell.row + 1), max(columns, cell.column + 1)
            value = stored.value
            if stored.formula is not None:
                value = "" if value is None else value  # as a formula's empty text is kept
                self.formulas[cell] = Formula(cell, self._tree(cell, stored, shared), _fills(sheet, stored))
            if value is not None:
                values.append((cell, value))
        return rows, columns

    def _tree(self, cell: Cell, stored: Stored, shared: dict[int, Node]) -> Node:
        """A cell's formula; of one that shares another's, that other's: relative as it is, it says the same here."""
        if not stored.formula:
            known = None if stored.shared is None else shared.get(stored.shared)
            return known or Unreadable("holds a data table or a part of a formula that is not there")
        try:
            tree = self.reader.tree(stored.formula, cell)
        except FormulaError as error:
            tree = Unreadable(str(error))
        if stored.shared is not None:
            shared[stored.shared] = tree
        return tree

    @property
    def stale(self) -> list[Area]:
        """The cells that depend on a formula that cannot be calculated, by lines."""
        lines = self.calculation.lines
        return [lines[number].area for number in sorted(self.calculation.plan.stale)]

    def changes(self) -> Cells:
        """The cells whose value is no longer the file's."""
        out: Cells = {}
        for sheet, (numbers, kinds) in self._stored.items():
            grid = self.calculation.grids[sheet]
            moved = np.argwhere((grid.numbers != numbers) | (grid.kinds != kinds))
            out[sheet] = {
                f"{column_name(column)}{row + 1}": _new(decoded(grid.numbers[row, column], grid.kinds[row, column]))
                for row, column in moved.tolist()
            }
        return {sheet: cells for sheet, cells in out.items() if cells}

    def values(self) -> Cells:
        """The value of every cell with a formula that is calculated, those that array formulas fill included."""
        out: Cells = {}
        plan, lines = self.calculation.plan, self.calculation.lines
        for line in lines:
            if line.number in plan.refused or line.number in plan.stale:
                continue
            sheet = out.setdefault(line.area.sheet, {})
            values = self.calculation.block(line.area).values()
            for (_, row, column), value in zip(line.cells(), values, strict=True):
                sheet[f"{column_name(column)}{row + 1}"] = _new(value)
        return out


def _new(value: CellValue) -> NewValue:
    """A value as the patcher takes it: an empty text as a blank."""
    return None if value == "" else value


def _fills(sheet: str, stored: Stored) -> Area | None:
    """The cells that an array formula fills."""
    if stored.array is None:
        return None
    first, _, last = stored.array.partition(":")
    return Area(sheet, *split(first), *split(last or first))
