"""Cells with the same formula, grouped to be calculated at once: a row's months, a column's days, an array formula."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lender_model.formulas.syntax import Area, Cell, Node, Ref, walk

MOST_CELLS = 8_000_000
"""Of a sheet, from its first cell to its last."""
LEAST_COLUMN = 10
"""The fewest cells of a column with the same formula that form a line; fewer are a line each."""


class Formula(NamedTuple):
    """A cell's formula, and how many cells from it to the right have the same; or an array formula and its cells."""

    cell: Cell
    tree: Node
    fills: Area | None = None
    across: int = 1


@dataclass(frozen=True, eq=False)
class Line:
    """Cells with one tree.

    Attributes:
        number: its position among the lines.
        area: its cells; one row or one column of them unless it is an array formula.
        tree: the formula of each of them.
        is_array: whether it is one formula that fills the area.
    """

    number: int
    area: Area
    tree: Node
    is_array: bool = False

    @property
    def down(self) -> bool:
        """Whether it runs down a column instead of along a row."""
        return self.area.bottom > self.area.top and not self.is_array

    @property
    def count(self) -> int:
        """How often its formula is calculated."""
        _, top, left, bottom, right = self.area
        return 1 if self.is_array else (bottom - top + 1) * (right - left + 1)

    @property
    def first(self) -> int:
        """Its first column, or first row if it runs downward: its first month on the sheet."""
        return self.area.top if self.down else self.area.left

    def cells(self) -> Iterator[Cell]:
        """Its cells by rows."""
        sheet, top, left, bottom, right = self.area
        for row, column in itertools.product(range(top, bottom + 1), range(left, right + 1)):
            yield Cell(sheet, row, column)

    def reach(self, ref: Ref) -> Area:
        """All cells that a reference of its formula covers, over all its cells."""
        _, top, left, bottom, right = self.area
        first = ref.area(top, left)
        if self.is_array:
            return first
        last = ref.area(bottom, right)
        return Area(ref.sheet, first.top, first.left, last.bottom, last.right)

    def step(self, ref: Ref) -> int | None:
        """How many months away the cell of a reference is: 0 the same, -1 the month before.

        None for a fixed cell, and for a range.
        """
        if self.is_array or not ref.is_cell:
            return None
        along = ref.top if self.down else ref.left
        return along.number if along.relative else None


class Read(NamedTuple):
    """What a line reads by one reference: the cells, the lines there, and the months between (:meth:`Line.step`)."""

    ref: Ref
    area: Area
    lines: tuple[int, ...]
    step: int | None


class Lines(Sequence[Line]):
    """All lines of a workbook.

    Args:
        formulas: of its cells.
        size: rows and columns that a sheet has at least: those of its cells without a formula.
    """

    def __init__(self, formulas: Iterable[Formula], size: Mapping[str, tuple[int, int]] | None = None) -> None:
        self._lines: list[Line] = []
        self.size = dict(size or {})
        self._refs: dict[int, tuple[Ref, ...]] = {}
        self._reads: dict[int, list[Read]] = {}
        for area, tree, is_array in _grouped(formulas):
            self._lines.append(Line(len(self._lines), area, tree, is_array))
        for line in self._lines:
            for area in (line.area, *map(line.reach, self.refs(line.tree))):
                self._reach(area)
        self._owner = {sheet: np.full(size, -1, dtype=np.int32) for sheet, size in self.size.items()}
        for line in self._lines:
            sheet, top, left, bottom, right = line.area
            self._owner[sheet][top : bottom + 1, left : right + 1] = line.number

    def __getitem__(self, number: int) -> Line:  # type: ignore[override] # lines are looked up one by one
        return self._lines[number]

    def __len__(self) -> int:
        return len(self._lines)

    def at(self, cell: Cell) -> Line | None:
        """The line that a cell belongs to; None for a cell without a formula."""
        owner = self._owner.get(cell.sheet)
        if owner is None or cell.row >= owner.shape[0] or cell.column >= owner.shape[1]:
            return None
        number = int(owner[cell.row, cell.column])
        return None if number < 0 else self._lines[number]

    def within(self, area: Area) -> tuple[int, ...]:
        """Numbers of the lines that have a cell in an area."""
        owner = self._owner.get(area.sheet)
        if owner is None:
            return ()
        part = owner[max(0, area.top) : area.bottom + 1, max(0, area.left) : area.right + 1]
        if not part.size:
            return ()
        first = int(part[0, 0])
        if part.size == 1 or (part == first).all():
            return () if first < 0 else (first,)
        return tuple(number for number in np.unique(part).tolist() if number >= 0)

    def _reach(self, area: Area) -> None:
        """Make a sheet as large as an area needs; whole rows and columns end with the other cells."""
        rows, columns = self.size.get(area.sheet, (0, 0))
        wide = max(rows, area.bottom + 1), max(columns, area.right + 1)
        if wide[0] * wide[1] <= MOST_CELLS:
            self.size[area.sheet] = wide

    def refs(self, tree: Node) -> tuple[Ref, ...]:
        """The references in a formula, each once."""
        if id(tree) not in self._refs:
            self._refs[id(tree)] = tuple(dict.fromkeys(node for node in walk(tree) if isinstance(node, Ref)))
        return self._refs[id(tree)]

    def reads(self, line: Line) -> list[Read]:
        """What a line reads, a reference at a time."""
        own = line.number < len(self._lines) and self._lines[line.number] is line
        if own and line.number in self._reads:
            return self._reads[line.number]
        areas = [(ref, line.reach(ref)) for ref in self.refs(line.tree)]
        out = [Read(ref, area, self.within(area), line.step(ref)) for ref, area in areas]
        if own:
            self._reads[line.number] = out
        return out

    @functools.cached_property
    def graph(self) -> list[list[int]]:
        """By number of a line, the lines that it depends on."""
        return [sorted({n for read in self.reads(line) for n in read.lines}) for line in self._lines]


def _grouped(formulas: Iterable[Formula]) -> Iterator[tuple[Area, Node, bool]]:
    """Areas of cells with the same formula: array formulas, then rows and columns."""
    plain: dict[str, list[_Run]] = {}
    same: dict[Node, Node] = {}
    met: dict[int, tuple[Node, Node]] = {}  # by identity; the tree itself is kept, so that its id is not reused
    for cell, tree, fills, across in formulas:
        if id(tree) not in met:  # equal trees are one object, so that comparing them is quick
            met[id(tree)] = tree, same.setdefault(tree, tree)
        known = met[id(tree)][1]
        if fills is None:
            plain.setdefault(cell.sheet, []).append((cell.row, cell.column, cell.column + across - 1, known))
        else:
            yield fills, known, True
    for sheet, runs in plain.items():
        single: dict[int, list[tuple[int, Node]]] = {}
        for top, left, right, tree in _joined(sorted(runs, key=lambda run: run[:2])):
            if left == right:
                single.setdefault(left, []).append((top, tree))
            else:
                yield Area(sheet, top, left, top, right), tree, False
        for column, rows in single.items():
            yield from _down(sheet, column, rows)


_Run = tuple[int, int, int, Node]
"""Row, first and last column, and tree of neighbours with the same formula."""


def _joined(runs: Iterable[_Run]) -> Iterator[_Run]:
    """Runs, in the order of their cells, with adjacent ones merged."""
    last: _Run | None = None
    for run in runs:
        if last and last[0] == run[0] and last[2] == run[1] - 1 and last[3] is run[3]:
            last = last[0], last[1], run[2], last[3]
            continue
        if last:
            yield last
        last = run
    if last:
        yield last


def _down(sheet: str, column: int, rows: list[tuple[int, Node]]) -> Iterator[tuple[Area, Node, bool]]:
    """Single cells of a column, grouped where enough neighbours have the same formula."""
    known = dict(rows)
    for _, group in itertools.groupby(enumerate(rows), key=lambda item: (item[1][0] - item[0], id(item[1][1]))):
        numbers = [row for _, (row, _) in group]
        tree = known[numbers[0]]
        if len(numbers) >= LEAST_COLUMN:
            yield Area(sheet, numbers[0], column, numbers[-1], column), tree, False
        else:
            yield from ((Area(sheet, row, column, row, column), tree, False) for row in numbers)
