"""A workbook file as cells to calculate: formulas as trees, the values of all other cells, and what has changed."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from lender_model.formulas.calculation import Calculation, Unreadable
from lender_model.formulas.lines import MOST_CELLS, Formula
from lender_model.formulas.syntax import PART, Area, Cell, FormulaError, Node, column_name, column_number, reader, split
from lender_model.formulas.values import NUMBER, coded, decoded
from lender_model.xlsx.cells import Cell as Stored
from lender_model.xlsx.cells import NewValue
from lender_model.xlsx.package import Package

Cells = dict[str, dict[str, NewValue]]
"""Values of cells: sheet → reference → value."""


class Workbook:
    """A workbook's formulas, prepared for calculation; until then its cells hold the file's values.

    Attributes:
        package: the file.
        reader: parses a formula of this workbook.
        formulas: in the order of the file.
        calculation: of the cells.
        refused: by cell, why a formula cannot be calculated; the file's value is kept.
    """

    def __init__(self, package: Package) -> None:
        self.package = package
        self.reader = reader(tuple(package.sheet_names), tuple(package.defined_names.items()))
        self.formulas: list[Formula] = []
        self.refused: dict[Cell, str] = {}
        self._values: dict[str, tuple[Any, Any, Any, Any]] = {}
        for sheet in package.sheet_names:
            self._read(sheet)
        size, cut = dict[str, tuple[int, int]](), set[str]()
        for sheet, (rows, columns, *_) in self._values.items():
            size[sheet] = _last(rows), _last(columns)
            if size[sheet][0] * size[sheet][1] > MOST_CELLS:  # its first rows are calculated
                size[sheet] = MOST_CELLS // size[sheet][1], size[sheet][1]
                cut.add(sheet)
        inside = [f for f in self.formulas if f.cell.row < size[f.cell.sheet][0]]
        self.calculation = Calculation(inside, size, cut)
        for sheet, (rows, columns, numbers, kinds) in self._values.items():
            here, grid = rows < size[sheet][0], self.calculation.grids.get(sheet)
            if grid:
                grid.numbers[rows[here], columns[here]] = numbers[here]
                grid.kinds[rows[here], columns[here]] = kinds[here]
        self._stored = {s: (g.numbers.copy(), g.kinds.copy()) for s, g in self.calculation.grids.items()}
        for formula in self.formulas if cut else ():
            if formula.cell.row >= size[formula.cell.sheet][0]:
                self.refused[formula.cell] = "is too far down a large sheet"
        plan, lines = self.calculation.plan, self.calculation.lines
        self.refused |= {cell: why for number, why in plan.refused.items() for cell in lines[number].cells()}

    def _read(self, sheet: str) -> None:
        """Read a sheet's cells; a sheet that an earlier workbook had too, such as before a patch, is known."""
        kept = self.package.sheet(sheet).kept
        known = sheet, self.reader
        if known not in kept:
            first = len(self.formulas)
            values = self._parsed(sheet)
            kept[known] = self.formulas[first:], values
            self._values[sheet] = values
        else:
            formulas, self._values[sheet] = kept[known]
            self.formulas += formulas

    def _parsed(self, sheet: str) -> tuple[Any, Any, Any, Any]:
        """Read a sheet's formulas; gives the rows, columns, numbers and kinds of its cells."""
        shared: dict[int, Node] = {}
        rows, columns, numbers, kinds = list[int](), list[int](), list[float](), list[int]()
        filled = _Across()
        for reference, stored in self.package.cells(sheet).items():
            value, text = stored.value, stored.formula
            if text is None and value is None:
                continue
            row, column = split(reference)
            if text is not None:
                value = "" if value is None else value  # as a formula's empty text is stored
                if not filled.takes(row, column, stored):
                    cell = Cell(sheet, row, column)
                    self._end(filled)
                    filled = _Across(Formula(cell, self._tree(cell, stored, shared), _fills(sheet, stored)), stored)
            number, kind = (value, NUMBER) if type(value) is float else coded(value)
            rows.append(row)
            columns.append(column)
            numbers.append(number)
            kinds.append(kind)
        self._end(filled)
        places = np.array(rows, np.intp), np.array(columns, np.intp)
        return *places, np.array(numbers, np.float64), np.array(kinds, np.uint8)

    def _end(self, filled: _Across) -> None:
        if filled.formula:
            self.formulas.append(filled.formula._replace(across=filled.count))

    def _tree(self, cell: Cell, stored: Stored, shared: dict[int, Node]) -> Node:
        """A cell's formula; one that is shared is the other cell's, which is relative and so the same here."""
        if not stored.formula:
            known = None if stored.shared is None else shared.get(stored.shared)
            return known or Unreadable("holds a data table or part of a missing formula")
        try:
            tree = self.reader.tree(stored.formula, cell)
        except FormulaError as error:
            tree = Unreadable(str(error))
        if stored.shared is not None:
            shared[stored.shared] = tree
        return tree

    def tree(self, cell: Cell) -> Node | None:
        """A cell's formula; None for one without, which may belong to an array formula that starts elsewhere."""
        line = self.calculation.lines.at(cell)
        if line is None or (line.is_array and cell != Cell(*line.area[:3])):
            return None
        return line.tree

    @property
    def stale(self) -> list[Area]:
        """The cells that depend on a formula that cannot be calculated, by lines."""
        lines = self.calculation.lines
        return [lines[number].area for number in sorted(self.calculation.plan.stale)]

    def keep(self) -> None:
        """From now on, measure changes against the current values."""
        self._stored = {s: (g.numbers.copy(), g.kinds.copy()) for s, g in self.calculation.grids.items()}

    def changes(self) -> Cells:
        """The cells whose value is no longer the file's."""
        out: Cells = {}
        for sheet, (numbers, kinds) in self._stored.items():
            grid = self.calculation.grids[sheet]
            moved = np.argwhere((grid.numbers != numbers) | (grid.kinds != kinds))
            out[sheet] = {
                f"{column_name(column)}{row + 1}": decoded(grid.numbers[row, column], grid.kinds[row, column])
                for row, column in moved.tolist()
            }
        return {sheet: cells for sheet, cells in out.items() if cells}

    def values(self) -> Cells:
        """The value of every calculated formula cell, including those that array formulas fill."""
        out: Cells = {}
        plan, lines = self.calculation.plan, self.calculation.lines
        for line in lines:
            if line.number in plan.refused or line.number in plan.stale:
                continue
            sheet = out.setdefault(line.area.sheet, {})
            values = self.calculation.block(line.area).values()
            for (_, row, column), value in zip(line.cells(), values, strict=True):
                sheet[f"{column_name(column)}{row + 1}"] = value
        return out


class _Across:
    """A formula, and how many cells to its right hold the same formula filled right."""

    def __init__(self, formula: Formula | None = None, stored: Stored | None = None) -> None:
        self.formula, self.count, self._right = formula, 1, None
        if formula and stored and stored.formula and not formula.fills and stored.shared is None:
            self.row, self.column, self._right = formula.cell.row, formula.cell.column, Filled(stored.formula)

    def takes(self, row: int, column: int, stored: Stored) -> bool:
        """Whether a cell is the next of these; it is then counted."""
        fits = (
            self._right is not None
            and row == self.row
            and column == self.column + self.count
            and stored.array is None
            and stored.formula == self._right.at(self.count)
        )
        self.count += fits
        return fits


class Filled:
    """A formula filled to the right."""

    def __init__(self, formula: str) -> None:
        self._columns: list[int] = []

        def opened(found: re.Match[str]) -> str:
            apart, fixed_column, letters, fixed_row, digits = found.groups()
            if apart or fixed_column:
                return found[0]
            self._columns.append(column_number(letters))
            return f"%s{fixed_row}{digits}"

        self._form = PART.sub(opened, formula.replace("%", "%%"))

    def at(self, columns: int) -> str:
        """The formula a number of columns to the right.

        >>> Filled("H$6*$E7+A1%").at(2)
        'J$6*$E7+C1%'
        """
        return self._form % tuple([column_name(column + columns) for column in self._columns])


def _last(numbers: Any) -> int:
    return int(numbers.max()) + 1 if len(numbers) else 0


def _fills(sheet: str, stored: Stored) -> Area | None:
    """The cells that an array formula fills."""
    if stored.array is None:
        return None
    first, _, last = stored.array.partition(":")
    return Area(sheet, *split(first), *split(last or first))
