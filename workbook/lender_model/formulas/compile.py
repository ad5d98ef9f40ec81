"""Lines of a workbook compiled for paths: what varies by path becomes a program, the rest is calculated before.

Anything that no input of the paths reaches, including whole sub-expressions, is a constant from the calculator. A
function of ours, or one that others can express, is replaced by its formula in :mod:`.inline`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from drawstop.functions import declare
from lender_model.formulas.arrays import Arrays
from lender_model.formulas.calculation import Calculation
from lender_model.formulas.inline import KNOWN, inlined, unrolled
from lender_model.formulas.lines import Line
from lender_model.formulas.program import (
    FLAGS,
    NAN,
    NOTHING,
    ONE,
    Array,
    Expr,
    Program,
    Row,
    Step,
    Target,
    folded,
    index_of,
    joined,
    neat,
    parts,
    reads,
    staged,
)
from lender_model.formulas.syntax import Area, At, Call, Cell, Constant, FormulaError, Node, Ref, replaced
from lender_model.formulas.trees import factors, numbered, pick, product, refs, sized
from lender_model.formulas.values import TEXT, Block

REDUCERS = frozenset({
    "SUM", "SUMPRODUCT", "MAX", "MIN", "COUNT", "AVERAGE", "SUMIF", "COUNTIF", "INDEX", "MATCH", "COLUMNS",
    "ROWS", "IRR",
})  # fmt: skip
"""Functions that take whole ranges."""
_COMPARE = {"=", "<>", "<", "<=", ">", ">="}
_PLAIN = {"neg": "neg", "ABS": "abs", "INT": "floor", "EXP": "exp", "LN": "ln", "SQRT": "sqrt"}
_DASH = ("num", NAN)
_MOST_CELLS, _MOST_POWER, _FAR = 1000, 8, 1_000_000


@dataclass(frozen=True)
class Base:
    """A workbook calculated for one case.

    Attributes:
        calculation: of its formulas, run.
        first_month: by sheet, the column of the first month.
        months: how many.
    """

    calculation: Calculation
    first_month: Mapping[str, int]
    months: int


def compiled(base: Base, inputs: Mapping[Target, bool], outputs: Sequence[Area]) -> Program:
    """The program of the lines that some outputs need and that depend on some inputs.

    Args:
        base: the workbook.
        inputs: cells that differ by path, each with whether it also differs by month; or rows of months.
        outputs: each a cell, or the months of a row.

    Raises:
        FormulaError: a formula that is needed cannot run along paths: its cell, and the reason.
    """
    return _Compiler(base, inputs).program(outputs)


def ready(program: Program) -> Callable[..., dict[Target, Array]]:
    """A program ready to run: as machine code, or with NumPy where llvmlite (extra ``fast``) is not installed."""
    try:
        from lender_model.formulas.machine import Machine  # noqa: PLC0415 - an extra
    except ImportError:
        return Arrays(program)
    return Machine(program)


class _Compiler:
    """One compilation."""

    def __init__(self, base: Base, inputs: Mapping[Target, bool]) -> None:
        self.calculation, self.inputs, self.months = base.calculation, dict(inputs), base.months
        self.lines, self.first_month = base.calculation.lines, base.first_month
        self.columns: list[Array] = []
        self.matrices: list[Array] = []
        self.steps: list[Step] = []
        self.moving = set[int]()
        self.line = self.lines[0]  # that is being compiled
        self.span: tuple[int, int] | None = None  # positions of the row that a total goes along, within it

    # ---- what is needed, and what varies --------------------------------------------------------------------------

    def program(self, outputs: Sequence[Area]) -> Program:
        """See :func:`compiled`."""
        self.moving = self._moving(outputs)
        for n in sorted(self.moving):
            self._compile(self.lines[n])
        targets = [self._target(area) for area in outputs]
        self.steps = [neat(step) if step.target in targets else step for step in self.steps]
        size = self.months + 1
        stages = staged(self.steps, self.matrices)
        seen = {read.target for step in self.steps for read in reads(step, self.matrices)} | set(targets)
        made = {step.target for step in self.steps}
        start = {t: self._constants(t) for t in seen | made if isinstance(t, Row) or t not in {*made, *self.inputs}}
        given = {target: by_month for target, by_month in self.inputs.items() if target in seen}
        return Program(
            self.months, stages, np.reshape(self.columns, (-1, size)), np.reshape(self.matrices, (-1, size, size)),
            start, given, targets,
        )  # fmt: skip

    def _moving(self, outputs: Sequence[Area]) -> set[int]:
        """Numbers of the lines that the outputs need and that depend on the inputs."""
        cells = [cell for cell in self.inputs if isinstance(cell, Cell)]
        given = {line.number for cell in cells if (line := self.lines.at(cell)) and line.count == 1}
        plan = self.calculation.plan
        areas: dict[int, list[Area]] = {}
        users: dict[int, set[int]] = {}
        todo = [n for area in outputs for n in self.lines.within(area)]
        while todo:
            n = todo.pop()
            if n in areas or n in given:
                continue
            if n in plan.refused or n in plan.stale:
                raise FormulaError(
                    f"{_first(self.lines[n])} {plan.refused.get(n, 'needs a formula that cannot be calculated')}"
                )
            found = self.lines.reads(self.lines[n])
            areas[n] = [read.area for read in found]
            for m in {m for read in found for m in read.lines}:
                users.setdefault(m, set()).add(n)
                todo.append(m)
        out = {n for n, reached in areas.items() if any(map(self._has_input, reached))}
        todo = list(out)
        while todo:
            new = users.get(todo.pop(), set()) - out
            out |= new
            todo += new
        return out

    def _has_input(self, area: Area) -> bool:
        return any(
            given[0] == area.sheet and area.top <= given[1] <= area.bottom
            and (isinstance(given, Row) or area.left <= given.column <= area.right)
            for given in self.inputs
        )  # fmt: skip

    def _moves(self, node: Node) -> bool:
        areas = (self.line.reach(ref) for ref in refs(node))
        return any(self._has_input(a) or not self.moving.isdisjoint(self.lines.within(a)) for a in areas)

    # ---- places --------------------------------------------------------------------------------------------------

    def _position(self, sheet: str, column: int) -> int:
        """Position of a column; negative beside the months."""
        return column - self.first_month.get(sheet, _FAR) + 1

    def _target(self, area: Area) -> Target:
        cell = Cell(*area[:3])
        return cell if area.left == area.right and not self._inside(cell) else Row(area.sheet, area.top)

    def _inside(self, cell: Cell) -> bool:
        return 0 <= self._position(cell.sheet, cell.column) <= self.months

    def _constants(self, row: Target) -> Array:
        """The content of a row where no step fills it in; or a cell that does not vary by path."""
        if isinstance(row, Cell):
            single: Array = figures(self.calculation.block(Area(*row, *row[1:])))[0, 0].copy()
            return single
        first = self.first_month[row.sheet] - 1
        area = Area(row.sheet, row.number, first, row.number, first + self.months)
        out: Array = figures(self.calculation.block(area))[0, 0].copy()
        for line in (self.lines[n] for n in self.lines.within(area) if n in self.moving):
            out[max(0, line.area.left - first) : line.area.right - first + 1] = 0.0
        return out

    # ---- lines ---------------------------------------------------------------------------------------------------

    def _compile(self, line: Line) -> None:
        """The steps of a line: one along the months, or one for each of its cells."""
        sheet, top, left, bottom, right = line.area
        tree = sized(unrolled(line, REDUCERS) if line.is_array else line.tree)
        first, last = self._position(sheet, left), self._position(sheet, right)
        if top == bottom and right > left and first >= 0 and last <= self.months:
            self.line = Line(line.number, line.area, tree)
            self.steps.append(Step(Row(sheet, top), first, last, True, self._value(tree)))
            return
        for k, cell in enumerate(line.cells()):
            self.line = Line(line.number, Area(*cell, *cell[1:]), numbered(tree, k) if line.is_array else tree)
            inside, at = self._inside(cell), max(0, self._position(sheet, cell.column))
            target: Target = Row(sheet, cell.row) if inside else cell
            at = at if inside else 0
            self.steps.append(Step(target, at, at, at > 0, self._value(self.line.tree)))

    @property
    def _cell(self) -> Cell:
        return _first(self.line)

    @property
    def _is_single(self) -> bool:
        return self.line.count == 1

    def _fail(self, words: str) -> FormulaError:
        return FormulaError(f"{self._cell} {words}, so it cannot run along paths")

    # ---- constants -----------------------------------------------------------------------------------------------

    def _constant(self, node: Node) -> Expr:
        """The parts that do not vary by path."""
        if self.span and self._ranges(node):
            found = self._along(node, self.span)
            if not np.array_equal(found, np.broadcast_to(found[:1], found.shape), equal_nan=True):
                return ("weight", index_of(self.matrices, self._matrix(found, self.span)))
            return self._column(self.span[0], found[0])
        found = figures(self.calculation.compiled(node, self.line, whole=True)())[:, 0, 0]
        return self._outer(self._column(self._position(self.line.area.sheet, self.line.area.left), found))

    def _along(self, node: Node, span: tuple[int, int]) -> Array:
        """The figures of an expression of ranges: a row for each cell of the line."""
        found = figures(self.calculation.compiled(node, self.line, array=True, whole=True)())[:, 0]
        return np.broadcast_to(found, (len(found), span[1] - span[0] + 1))

    def _column(self, first: int, found: Array) -> Expr:
        """Constants by position; one that is the same everywhere is a number."""
        if np.array_equal(found, np.broadcast_to(found[0], len(found)), equal_nan=True):
            return ("num", NAN if np.isnan(found[0]) else float(found[0]))
        column = np.zeros(self.months + 1)
        column[first : first + len(found)] = found
        return ("column", index_of(self.columns, column))

    def _outer(self, expr: Expr) -> Expr:
        """The part that belongs to the step's own month, within a total."""
        return ("outer", expr) if self.span and any(p[0] in {"cell", "column", "total"} for p in parts(expr)) else expr

    # ---- expressions ---------------------------------------------------------------------------------------------

    def _value(self, node: Node) -> Expr:
        """A figure; a flag is 1 or 0."""
        out = self._expr(node)
        return ("select", out, ONE, NOTHING) if out[0] in FLAGS else out

    def _flag(self, node: Node) -> Expr:
        out = self._expr(node)
        return out if out[0] in FLAGS else ("<>", out, NOTHING)

    def _expr(self, node: Node) -> Expr:
        if not self._moves(node):
            return self._constant(node)
        if isinstance(node, Ref):
            return self._reference(node)
        if isinstance(node, Call):
            return self._call(node)
        raise self._fail("has a list in braces that paths move")

    def _reference(self, ref: Ref) -> Expr:
        sheet, row, left, _, right = self.line.area
        area = ref.area(row, left)
        first = self._position(area.sheet, area.left)
        if not ref.is_cell:
            if not self.span or area.top != area.bottom:
                raise self._fail("has a range where one figure is needed")
            return ("cell", Row(*area[:2]), 0 if self._slides([ref]) else first - self.span[0])
        cell = Cell(*area[:3])
        if cell in self.inputs:
            if self.inputs[cell] and self._is_single:
                raise self._fail(f"needs {cell}, which differs by month")
            return self._outer(("cell", cell, 0)) if self.inputs[cell] else ("one", cell)
        if self._is_single or not ref.left.relative:
            return ("at", Row(*area[:2]), first) if self._inside(cell) else ("one", cell)
        if first < 0 or first + right - left > self.months:
            raise self._fail("reads beside the months")
        return self._outer(("cell", Row(*area[:2]), first - self._position(sheet, left)))

    def _call(self, node: Call) -> Expr:  # noqa: C901, PLR0911, PLR0912 - a function, a return
        name, args = node.name, node.args
        if name in _COMPARE:
            return self._compared(node)
        if name == "/":
            over, under = self._value(args[0]), self._value(args[1])
            return (
                ("/", over, under)
                if under[0] == "num"
                else ("select", ("=", under, NOTHING), _DASH, ("/", over, under))
            )
        if name == "^":
            base, power = self._value(args[0]), self._value(args[1])
            whole = power[0] == "num" and power[1] in range(1, _MOST_POWER)
            return folded("*", [base] * int(power[1])) if whole else ("^", base, power)
        if name in {"+", "-", "*"}:
            return joined(name, self._value(args[0]), self._value(args[1]))
        if name in _PLAIN:
            return (_PLAIN[name], self._value(args[0]))
        if name in {"AND", "OR"}:
            return folded(name.lower(), [self._flag(arg) for arg in args])
        if name == "NOT":
            return ("not", self._flag(args[0]))
        if name in {"ISNUMBER", "ISERROR", "ISTEXT", "ISNA", "ISERR"}:
            known = ("number?", self._value(args[0]))
            return known if name == "ISNUMBER" else ("not", known)
        if name == "IF":
            return self._choice(self._flag(args[0]), args[1], args[2] if len(args) > 2 else Constant(0.0))
        if name in {"IFERROR", "IFNA"}:
            found, otherwise = self._value(args[0]), self._value(args[1])
            is_dash = otherwise[0] == "num" and np.isnan(otherwise[1])
            return found if is_dash else ("select", ("number?", found), found, otherwise)
        if name in {"SUM", "MAX", "MIN", "COUNT", "SUMPRODUCT"}:
            return self._reduced(name, args)
        if name == "AVERAGE":
            return self._expr(Call("/", (Call("SUM", args), Call("COUNT", args))))
        if name == "INDEX":
            return self._indexed(args)
        if name == "MATCH":
            return self._matched(args)
        if name == "IRR":
            first, last = self._span_of(args[0])
            return ("irr", Row(*self.line.reach(self._ranges(args[0])[0])[:2]), first, last)
        if name == "ELEMENT":
            return self._instalment(args)
        if name in KNOWN:
            return self._expr(replaced(inlined(node), self._switched))
        raise self._fail(f"uses {name} of what paths move")

    def _choice(self, condition: Expr, then: Node, otherwise: Node) -> Expr:
        """A choice; one that does not vary by path is made now."""
        if condition[0] == "<>" and condition[1][0] == "num" and condition[2] == NOTHING:
            return self._value(then if condition[1][1] else otherwise)
        yes, no = self._value(then), self._value(otherwise)
        if condition[0] == "<>" and condition[1][0] == "select" and condition[1][2:] == (ONE, NOTHING):
            condition = condition[1][1]
        return ("select", condition, yes, no)

    def _switched(self, node: Node) -> Node:
        """The case of a SWITCH selected by a constant text, such as the name of a day count."""
        if not isinstance(node, Call) or node.name != "SWITCH" or self._moves(node.args[0]):
            return node
        wanted = self.calculation.compiled(node.args[0], self.line, whole=True)().values()[0]
        cases = zip(node.args[1:-1:2], node.args[2::2], strict=False)
        return next((result for value, result in cases if value == Constant(wanted)), node.args[-1])

    def _compared(self, node: Call) -> Expr:
        """A comparison; one with a text tests whether there is no figure."""
        texts = [isinstance(arg, Constant) and isinstance(arg.value, str) for arg in node.args]
        if True in texts:
            known = ("number?", self._value(node.args[texts.index(False)]))
            return ("not", known) if node.name == "=" else known
        return (node.name, *(self._value(arg) for arg in node.args))

    def _instalment(self, args: Sequence[Node]) -> Expr:
        """The k-th of INSTALMENTS of a principal that varies by path; the last is what the others leave."""
        place, call = args
        if not isinstance(place, Constant) or not isinstance(call, Call) or any(map(self._moves, call.args[1:])):
            raise self._fail("uses INSTALMENTS of dates or rates that paths move")
        unit = Call(call.name, (Constant(1.0), *call.args[1:]))
        rows = figures(self.calculation.compiled(unit, self.line, array=True, whole=True)())[0, :, 0]
        shares, principal = rows[~np.isnan(rows)].tolist(), self._value(call.args[0])
        k = int(float(place.value or 0))
        amounts = [("*", principal, ("num", share)) for share in shares[:-1]]
        return [*amounts, folded("-", [principal, *amounts]), *[_DASH] * len(rows)][k]

    # ---- ranges --------------------------------------------------------------------------------------------------

    def _ranges(self, *nodes: Node) -> list[Ref]:
        """The ranges in expressions that are not inside a total."""
        out: list[Ref] = []
        for node in nodes:
            if isinstance(node, Ref) and not node.is_cell:
                out.append(node)
            elif isinstance(node, Call) and node.name not in REDUCERS and node.name not in declare.FUNCTIONS:
                out += self._ranges(*node.args)
        return out

    def _span_of(self, *nodes: Node) -> tuple[int, int]:
        """First and last position of the first range in an expression."""
        area = self.line.reach(next(iter(self._ranges(*nodes)), Ref("", *[At(0, False)] * 4)))
        first, last = self._position(area.sheet, area.left), self._position(area.sheet, area.right)
        if area.top != area.bottom or first < 0 or last > self.months or self.span:
            raise self._fail("has something other than a row of months in a function of rows")
        return first, last

    def _reduced(self, name: str, args: Sequence[Node]) -> Expr:
        """A sum, highest, lowest or count of figures and ranges."""
        inner = args[0]
        if name == "SUMPRODUCT" and len(args) == 1 and isinstance(inner, Call) and inner.name in {"SUM", "MAX", "MIN"}:
            return self._reduced(inner.name, inner.args)
        kind = {"MAX": "max", "MIN": "min"}.get(name, "sum")
        groups = [list(args)] if name == "SUMPRODUCT" else [[arg] for arg in args]
        return folded("+" if kind == "sum" else kind, [x for group in groups for x in self._taken(name, kind, group)])

    def _taken(self, name: str, kind: str, group: list[Node]) -> Iterator[Expr]:
        """The aggregate of some factors: a figure, the total of a row, or those of many rows or cells."""
        ranges = self._ranges(*group)
        if not ranges:
            out = self._value(product(group))
            yield ("select", ("number?", out), ONE, NOTHING) if name == "COUNT" else out
            return
        area = ranges[0].area(*self.line.area[1:3])
        height, width = area.bottom - area.top + 1, area.right - area.left + 1
        along = self._position(area.sheet, area.left) >= 0 and (width > 1 or self._slides(ranges))
        if along and height == 1:
            yield self._total(name, kind, group)
            return
        if height * width > _MOST_CELLS:
            raise self._fail(f"has a range of {height} × {width} cells")
        for k in range(height if along else height * width):
            yield from self._taken(name, kind, [replaced(node, pick(k, width, along=along)) for node in group])

    def _total(self, name: str, kind: str, group: list[Node]) -> Expr:
        """The total of a row, or of a product of rows."""
        still, moved = list[tuple[Node, bool]](), list[tuple[Node, bool]]()
        for factor in (f for node in group for f in (factors(node) if kind == "sum" else [(node, False)])):
            (moved if self._moves(factor[0]) else still).append(factor)
        ranges = self._ranges(*group)
        weights = None
        if self._slides(ranges):
            weights = self._windows(ranges)
        elif any(ref.left.relative for node, _ in still for ref in refs(node)) and not self._is_single:
            weights = self._weights(still, self._span_of(*group))
            still = []
        first, last = self._span_of(*group) if weights is None or not self._slides(ranges) else (0, self.months)
        before, self.span = self.span, (first, last)
        body = folded(
            "*", [self._value(Call("/", (Constant(1.0), n)) if below else n) for n, below in (*still, *moved)]
        )
        self.span = before
        if name == "COUNT":
            body = ("select", ("number?", body), ONE, NOTHING)
        if weights is not None and kind != "sum":
            raise self._fail(f"takes {name} of a range that moves with the month")
        j = -1 if weights is None else index_of(self.matrices, weights)
        if j >= 0 and any(part[0] in {"outer", "weight"} for part in parts(body)):
            j, body = -1, ("*", ("weight", j), body)
        return self._hoisted(("total", kind, body, first, last, j, 0.0))

    def _slides(self, ranges: list[Ref]) -> bool:
        """Whether a range moves with the month, or one of its ends does."""
        return not self._is_single and any(ref.left.relative or ref.right.relative for ref in ranges)

    def _weights(self, still: list[tuple[Node, bool]], span: tuple[int, int]) -> Array:
        """Products of constants: a row for each position of the line, a column for each of the range."""
        whole = np.ones((1, 1))
        for node, below in still:
            whole = whole / self._along(node, span) if below else whole * self._along(node, span)
        return self._matrix(np.nan_to_num(whole), span)

    def _matrix(self, found: Array, span: tuple[int, int]) -> Array:
        """Figures by position of the line and of the range."""
        out = np.zeros((self.months + 1, self.months + 1))
        first = self._position(self.line.area.sheet, self.line.area.left)
        out[first : first + self.line.count, span[0] : span[1] + 1] = found
        return out

    def _windows(self, ranges: list[Ref]) -> Array:
        """1 for the months covered by a range that moves with the month."""
        out = np.zeros((self.months + 1, self.months + 1))
        sheet, row, left, _, right = self.line.area
        for column in range(left, right + 1):
            area = ranges[0].area(row, column)
            first, last = (self._position(area.sheet, end) for end in (area.left, area.right))
            if len(ranges) > 1 or first < 0 or last > self.months:
                raise self._fail("has ranges that move with the month beside the months, or more than one")
            out[self._position(sheet, column), first : last + 1] = 1.0
        return out

    def _hoisted(self, total: Expr) -> Expr:
        """A total that is the same in all months of the line is a figure of its own."""
        if self._is_single or total[5] >= 0 or any(p[0] in {"outer", "weight"} for p in parts(total)):
            return total
        cell = Cell("", len(self.steps), 0)
        self.steps.append(Step(cell, 0, 0, False, total))
        return ("one", cell)

    def _search(self, kind: str, row: Node, body: Callable[[], Expr]) -> Expr:
        """A total that searches along a row."""
        self.span = span = self._span_of(row)
        out = body()
        self.span = None
        return self._hoisted(("total", kind, out, *span, -1, NAN))

    def _indexed(self, args: Sequence[Node]) -> Expr:
        """A row's figure by its number."""
        row, at = args[0], args[-1]
        first, last = self._span_of(row)
        if not self._moves(at) and not any(ref.left.relative for ref in refs(at)):
            place = self._constant(at)[1]
            target = Row(*self.line.reach(self._ranges(row)[0])[:2])
            return ("at", target, first + int(place) - 1) if 1 <= place <= last - first + 1 else _DASH
        wanted = self._value(at)
        self.span = first, last
        figures = self._value(row)
        self.span = None
        if figures[0] == "column":
            return ("pick", figures[1], first, last, wanted)
        numbers = self._column(first, np.arange(1.0, last - first + 2))

        def picked() -> Expr:
            return ("select", ("=", numbers, self._outer(("floor", wanted))), self._value(row), _DASH)

        return self._search("max", row, picked)

    def _matched(self, args: Sequence[Node]) -> Expr:
        """The number of the first figure of a row that equals another."""
        exact = args[2] if len(args) > 2 else None
        if not isinstance(exact, Constant) or exact.value != 0.0:
            raise self._fail("uses MATCH of what paths move without 0 as its third argument")
        wanted = self._value(args[0])
        return self._search("first", args[1], lambda: ("=", self._value(args[1]), self._outer(wanted)))


# ---- helpers ---------------------------------------------------------------------------------------------------------


def figures(block: Block) -> Array:
    """Values for paths: a blank is 0, a text or an error NaN."""
    return block.numbers if block.kinds is None else np.where(block.kinds >= TEXT, NAN, block.numbers)


def _first(line: Line) -> Cell:
    return Cell(*line.area[:3])
