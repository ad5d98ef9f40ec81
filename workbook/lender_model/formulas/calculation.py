"""A workbook calculated: every line from the cells it reads, by the formulas in the workbook."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from drawstop.functions.declare import FUNCTIONS
from lender_model.formulas import ours
from lender_model.formulas.lines import Formula, Line, Lines
from lender_model.formulas.natives import TABLE
from lender_model.formulas.natives.declare import Args
from lender_model.formulas.order import Step, plan
from lender_model.formulas.syntax import (
    MAX_ROW,
    Area,
    At,
    Call,
    Cell,
    Constant,
    Fault,
    Node,
    Ref,
    Table,
    Unknown,
    is_reference,
    replaced,
    walk,
)
from lender_model.formulas.values import (
    BLANK,
    NUMBER,
    Block,
    CellValue,
    Kinds,
    Numbers,
    as_numbers,
    coded,
    decoded,
    error,
    joined,
    single,
)  # fmt: skip
from lender_model.xlsx.cells import Error

Get = Callable[[], Block]
"""Gives a value once the lines before have been calculated."""

_PLACES = {"ROW", "COLUMN", "ROWS", "COLUMNS", "SINGLE", "ANCHORARRAY"}
"""Functions of the position of cells, not of their content."""
_VOLATILE = {"NOW", "TODAY", "RAND", "RANDBETWEEN", "RANDARRAY"}
_MOVING = {"OFFSET", "INDIRECT"}


class Unreadable(Unknown):
    """A formula that cannot be parsed; its name says why."""

    __slots__ = ()


def refusal(tree: Node) -> str | None:
    """Why a formula cannot be calculated here; None if it can."""
    for node in walk(tree):
        if isinstance(node, Unreadable):
            return node.name
        if isinstance(node, Unknown):
            return f"uses {node.name}, a name that the workbook does not define"
        if isinstance(node, Call) and (why := _refused_call(node)):
            return why
    return None


def _refused_call(call: Call) -> str | None:
    name = call.name
    if name in FUNCTIONS or name in _PLACES:
        return None
    if name in _MOVING:
        return f"calls {name}, whose cells are known only when it is calculated"
    if name in _VOLATILE:
        return f"calls {name}, which gives a different value every time"
    if name not in TABLE:
        return f"calls {name}, which only a spreadsheet program supports"
    native = TABLE[name]
    if not native.least <= len(call.args) <= native.most:
        return f"calls {name} with {len(call.args)} arguments"
    return None


class Grid:
    """The cells of a sheet: numbers and kinds, as a :class:`Block` has them."""

    def __init__(self, rows: int, columns: int) -> None:
        self.numbers: Numbers = np.zeros((rows, columns))
        self.kinds: Kinds = np.full((rows, columns), BLANK, np.uint8)


class _CellByCell(Exception):  # noqa: N818 - a signal between two methods here
    """A line whose cells read ranges of different sizes: each is calculated by itself."""


class Calculation:
    """The formulas of a workbook, prepared to be calculated with any values of the other cells.

    Args:
        formulas: of its cells.
        size: by sheet, rows and columns of its other cells.
        cut: sheets of which only the first rows are held.

    Example:
        >>> from lender_model.formulas.syntax import parse
        >>> cells = [Cell("S", 0, 1), Cell("S", 0, 2)]
        >>> book = Calculation([Formula(cell, parse("=A1*2", cells[0])) for cell in cells[:1]], {"S": (1, 3)})
        >>> book[Cell("S", 0, 0)] = 21.0
        >>> book.run()
        >>> book[Cell("S", 0, 1)]
        42.0
    """

    def __init__(
        self,
        formulas: Iterable[Formula],
        size: Mapping[str, tuple[int, int]] | None = None,
        cut: Collection[str] = (),
    ) -> None:
        found = list(formulas)
        fills = {formula.cell: formula.fills for formula in found if formula.fills}
        spilling = {id(tree) for tree in {id(f.tree): f.tree for f in found}.values() if _names_spill(tree)}
        found = [f._replace(tree=_unspilled(f, fills)) if id(f.tree) in spilling else f for f in found]
        self.lines = Lines(found, size)
        self._cut = {sheet: self.lines.size[sheet][0] for sheet in cut}
        self.plan = plan(self.lines, self._refusal)
        self.grids = {sheet: Grid(*size) for sheet, size in self.lines.size.items()}
        self._work: dict[int, Callable[[], None]] = {}

    def _refusal(self, line: Line) -> str | None:
        for read in self.lines.reads(line) if self._cut else ():
            if read.area.bottom >= self._cut.get(read.area.sheet, MAX_ROW):
                return f"reads cells too far down {read.area.sheet}, which is too large"
        return refusal(line.tree)

    # ---- cells -------------------------------------------------------------------------------------------------

    def __getitem__(self, cell: Cell) -> CellValue:
        grid = self.grids.get(cell.sheet)
        if grid is None or cell.row >= grid.kinds.shape[0] or cell.column >= grid.kinds.shape[1]:
            return None
        at = cell.row, cell.column
        return decoded(float(grid.numbers[at]), int(grid.kinds[at]))

    def __setitem__(self, cell: Cell, value: Any) -> None:
        grid, at = self.grids[cell.sheet], (cell.row, cell.column)
        grid.numbers[at], grid.kinds[at] = coded(value)

    def block(self, area: Area) -> Block:
        """The cells of an area as one rectangle."""
        grid = self.grids[area.sheet]
        part = slice(area.top, area.bottom + 1), slice(area.left, area.right + 1)
        kinds = grid.kinds[part][None]
        return Block(grid.numbers[part][None], kinds if kinds.any() else None)

    def put(self, area: Area, block: Block) -> None:
        """Fill an area, one cell after the other or a rectangle, with its values."""
        grid = self.grids[area.sheet]
        part = slice(area.top, area.bottom + 1), slice(area.left, area.right + 1)
        shape = grid.numbers[part].shape
        grid.numbers[part] = block.numbers.reshape(shape)
        grid.kinds[part] = NUMBER if block.kinds is None else block.full_kinds().reshape(shape)

    # ---- the calculation -----------------------------------------------------------------------------------------

    def run(self, only: set[int] | None = None) -> None:
        """Calculate the lines in their order.

        Args:
            only: numbers of the lines to calculate, if the others are known not to change.
        """
        with np.errstate(all="ignore"):
            for at, step in enumerate(self.plan.steps):
                if only is None or any(line.number in only for line in step.lines):
                    if at not in self._work:
                        self._work[at] = self._prepared(step)
                    self._work[at]()

    def depending(self, areas: Sequence[Area]) -> set[int]:
        """Numbers of the lines that depend on the cells of some areas, directly or through others."""
        graph, out = self.lines.graph, set[int]()
        for line in self.lines:
            if any(_overlap(read.area, area) for read in self.lines.reads(line) for area in areas):
                out.add(line.number)
        for step in self.plan.steps:
            if any(out.intersection(graph[line.number]) for line in step.lines):
                out.update(line.number for line in step.lines)
        return out

    def needed(self, areas: Iterable[Area]) -> set[int]:
        """Numbers of the lines on which the values in some areas depend."""
        graph = self.lines.graph
        out = {number for area in areas for number in self.lines.within(area)}
        todo = list(out)
        while todo:
            new = set(graph[todo.pop()]) - out
            out |= new
            todo += new
        return out

    def _prepared(self, step: Step) -> Callable[[], None]:
        from lender_model.formulas import months  # noqa: PLC0415 - it needs this module's own classes

        if step.by_month:
            return months.circle(self, step.lines)
        [line] = step.lines
        if line.count == 1 and not line.is_array:
            return months.cell(self, line)
        try:
            value = self.compiled(line.tree, line, array=line.is_array, whole=line.is_array)
        except _CellByCell:
            return self._one_by_one(line)
        fill = self._fill_array if line.is_array else self._fill_line
        return lambda: fill(line, value())

    def _one_by_one(self, line: Line) -> Callable[[], None]:
        cells = [Line(line.number, Area(c.sheet, c.row, c.column, c.row, c.column), line.tree) for c in line.cells()]
        work = [(cell, self.compiled(cell.tree, cell)) for cell in cells]

        def run() -> None:
            for cell, value in work:
                self._fill_line(cell, value())

        return run

    def _fill_line(self, line: Line, block: Block) -> None:
        """Put each formula's value into its cell: the first of several values, and 0 for a blank."""
        if block.shape[1:] != (1, 1):
            block = Block(block.numbers[:, :1, :1], None if block.kinds is None else block.full_kinds()[:, :1, :1])
        numbers, kinds = block.numbers, block.kinds
        if kinds is not None:
            kinds = np.where(kinds == BLANK, np.uint8(NUMBER), kinds)
        if numbers.shape[0] != line.count:
            numbers = np.broadcast_to(numbers, (line.count, 1, 1))
        self.put(line.area, Block(numbers + 0.0, kinds))  # spreadsheets do not show a zero with a sign

    def _fill_array(self, line: Line, block: Block) -> None:
        """Fill an array formula's cells: a single row or column is repeated, and cells beyond the answer are #N/A."""
        _, top, left, bottom, right = line.area
        shape = (1, bottom - top + 1, right - left + 1)
        inside = np.s_[:1, : shape[1], : shape[2]]
        kinds = None if block.kinds is None else block.full_kinds()[inside]
        block = padded(Block(block.numbers[inside] + 0.0, kinds), shape)
        kinds = None if block.kinds is None else np.where(block.kinds == BLANK, np.uint8(NUMBER), block.kinds)
        kinds = None if kinds is None else np.broadcast_to(kinds, shape)
        self.put(line.area, Block(np.broadcast_to(block.numbers, shape), kinds))

    # ---- formulas as functions -------------------------------------------------------------------------------------

    def compiled(self, node: Node, line: Line, *, array: bool = False, whole: bool = False) -> Get:
        """A function that gives the value of a part of a line's formula.

        Args:
            node: the part.
            line: the line that it is part of.
            array: whether it is calculated for every cell of its ranges.
            whole: whether a range means all its cells, and not only the one in the formula's own row or column.
        """
        if isinstance(node, Constant | Fault | Table):
            constant = _constant(node)
            return lambda: constant
        if isinstance(node, Ref):
            return self._reading(node if whole or node.is_cell else _crossing(node, line), line)
        assert isinstance(node, Call)  # noqa: S101 - unknown names are refused before
        if node.name in _PLACES:
            return self._place(node, line, array=array)
        if node.name in FUNCTIONS:
            return ours.compiled(FUNCTIONS[node.name], [self._argument(arg, "a", line, array) for arg in node.args])
        native = TABLE[node.name]
        args = [self._argument(arg, native.letter(i), line, array) for i, arg in enumerate(node.args)]
        run = native.run
        return lambda: tried(run, [arg and arg() for arg in args])

    def _argument(self, node: Node, letter: str, line: Line, array: bool) -> Get | None:
        if isinstance(node, Constant) and node.value is None:
            return None
        if letter == "s":
            return self.compiled(node, line, array=array, whole=array)
        get = self.compiled(node, line, array=array or letter == "a", whole=True)
        if letter != "n" or is_reference(node):
            return get

        def counted() -> Block:
            block = get()
            return as_numbers(block) if block.shape[1:] == (1, 1) else block

        return counted

    def _reading(self, ref: Ref | Fault, line: Line) -> Get:
        """The cells of a reference."""
        if isinstance(ref, Fault):
            return self.compiled(ref, line)
        _, top, left, bottom, right = line.area
        first, last = ref.area(top, left), ref.area(top, left) if line.is_array else ref.area(bottom, right)
        grid = self.grids.get(ref.sheet)
        if min(first.top, first.left) < 0:
            return self.compiled(Fault("#REF!"), line)
        if grid is None:
            return self.compiled(Constant(None), line)
        numbers, kinds = (_window(values, first, last, down=line.down) for values in (grid.numbers, grid.kinds))
        if not numbers.size:
            return self.compiled(Constant(None), line)
        return lambda: Block(numbers, kinds if kinds.any() else None)

    def _place(self, call: Call, line: Line, *, array: bool) -> Get:
        """The number of a row or column, how many a range has, or the single cell of a range that is meant."""
        name, node = call.name, call.args[0] if call.args else None
        if name == "SINGLE" and node:
            return self.compiled(node, line)
        if name in {"ROWS", "COLUMNS"} and node and not isinstance(node, Ref):
            get, axis = self.compiled(node, line, array=True, whole=True), 1 if name == "ROWS" else 2
            return lambda: single(float(get().shape[axis]))
        cells = list(line.cells())[: line.count]
        own = At(0, relative=True)
        ref = node if isinstance(node, Ref) else Ref(line.area.sheet, own, own, own, own)
        areas = [ref.area(cell.row, cell.column) for cell in cells]
        spans = [(a.top, a.bottom) if name in {"ROW", "ROWS"} else (a.left, a.right) for a in areas]
        if name in {"ROWS", "COLUMNS"}:
            block = Block.line([float(end - start + 1) for start, end in spans])
        elif array and len(cells) == 1:
            numbers = [float(n + 1) for n in range(spans[0][0], spans[0][1] + 1)]
            block = Block.of([[n] for n in numbers] if name == "ROW" else [numbers])
        else:
            block = Block.line([float(start + 1) for start, _ in spans])
        return lambda: block


def tried(run: Callable[[Args], Block], args: Args) -> Block:
    """A function's value; for arrays that do not match, cells beyond the smaller are #N/A."""
    try:
        return run(args)
    except ValueError:
        shape = tuple(max(sizes) for sizes in zip(*(arg.shape for arg in args if arg), strict=True))
        return run([arg and padded(arg, (arg.shape[0], *shape[1:])) for arg in args])


def padded(block: Block, shape: tuple[int, ...]) -> Block:
    """A rectangle as large as another; a single row or column is repeated, and other cells beyond it are #N/A."""
    for axis in (1, 2):
        size = block.shape[axis]
        if 1 < size < shape[axis]:
            gap = list(block.shape)
            gap[axis] = shape[axis] - size
            missing = error("#N/A")
            filler = Block(np.broadcast_to(missing.numbers, gap), np.broadcast_to(missing.full_kinds(), gap))
            block = joined([block, filler], axis)
    return block


def _constant(node: Constant | Fault | Table) -> Block:
    if isinstance(node, Fault):
        return error(node.code)
    if isinstance(node, Constant):
        return single(node.value)
    return Block.of([[_written(cell) for cell in row] for row in node.rows])


def _written(node: Node) -> CellValue:
    """A value in braces."""
    if isinstance(node, Call) and node.name == "neg" and isinstance(node.args[0], Constant):
        return -float(node.args[0].value or 0.0)
    return Error(node.code) if isinstance(node, Fault) else getattr(node, "value", None)


def _crossing(ref: Ref, line: Line) -> Ref | Fault:
    """The cell of a range that is in the formula's own row or column (implicit intersection)."""
    _, top, left, bottom, right = line.area
    area, own = ref.area(top, left), At(0, relative=True)
    if ref.top == ref.bottom and area.left <= left and right <= ref.area(bottom, right).right:
        return Ref(ref.sheet, ref.top, own, ref.top, own)
    if ref.left == ref.right and area.top <= top and bottom <= ref.area(bottom, right).bottom:
        return Ref(ref.sheet, own, ref.left, own, ref.left)
    return Fault("#VALUE!")


def _window(values: Any, first: Area, last: Area, *, down: bool) -> Any:
    """The cells of a reference, formulas × rows × columns, as a view of a sheet's.

    Args:
        values: of the sheet.
        first: the cells that the line's first formula means.
        last: and its last.
        down: whether the line runs down a column.
    """
    height, width = first.bottom - first.top, first.right - first.left
    if (last.bottom - last.top, last.right - last.left) != (height, width):
        raise _CellByCell
    part = values[first.top : last.bottom + 1, first.left : last.right + 1]
    if first == last:
        return part[None]
    if height == width == 0:
        return part.reshape(-1, 1, 1)
    if down:
        return sliding_window_view(part, height + 1, axis=0).transpose(0, 2, 1)
    return sliding_window_view(part, width + 1, axis=1).transpose(1, 0, 2)


def _names_spill(tree: Node) -> bool:
    return any(isinstance(node, Call) and node.name == "ANCHORARRAY" for node in walk(tree))


def _unspilled(formula: Formula, fills: Mapping[Cell, Area | None]) -> Node:
    """A formula with the sign for a spill range replaced by the cells that the array formula fills."""

    def change(node: Node) -> Node:
        if not (isinstance(node, Call) and node.name == "ANCHORARRAY" and isinstance(node.args[0], Ref)):
            return node
        area = node.args[0].area(formula.cell.row, formula.cell.column)
        found = fills.get(Cell(area.sheet, area.top, area.left))
        return Ref(found.sheet, *(At(n, relative=False) for n in found[1:])) if found else Fault("#REF!")

    return replaced(formula.tree, change)


def _overlap(a: Area, b: Area) -> bool:
    return a.sheet == b.sheet and a.top <= b.bottom and b.top <= a.bottom and a.left <= b.right and b.left <= a.right
