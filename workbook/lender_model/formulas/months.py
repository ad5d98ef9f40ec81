"""Formulas on plain Python values: fastest for single cells, and for lines that depend on each other's past months."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from drawstop.functions.declare import FUNCTIONS, Function
from lender_model.formulas import ours
from lender_model.formulas.calculation import tried
from lender_model.formulas.lines import Line
from lender_model.formulas.natives import TABLE
from lender_model.formulas.natives.declare import Native
from lender_model.formulas.syntax import Area, Call, Cell, Constant, Node, Ref, is_reference, walk
from lender_model.formulas.values import COMPARE, Block, CellValue, as_numbers, compare, single, text_of
from lender_model.xlsx.cells import Error

if TYPE_CHECKING:
    from lender_model.formulas.calculation import Calculation, Get

_LAST_BITS = 2.0**-48
_MOST_ANSWERS = 5_000
Slow: TypeAlias = Callable[..., Any]
"""Gives the value for any kind of arguments."""
_PLAIN = {float, bool}
_TEXTS = {float, bool, str}
_MISSING = object()
"""In place of an argument left out, which is not the same as a blank."""
At = Callable[[int], Any]
"""Gives a value in a month, by the month's column or row on the sheet."""


def circle(calculation: Calculation, lines: Sequence[Line]) -> Callable[[], None]:
    """The calculation of circular lines.

    Args:
        calculation: the calculation that they are part of.
        lines: in their order within a month.
    """
    return _Circle(calculation, lines).run


def cell(calculation: Calculation, line: Line) -> Callable[[], None]:
    """The calculation of a formula in a single cell."""
    place, value = next(line.cells()), _in_cell(calculation, line.tree, line)

    def run() -> None:
        found = value(0)
        calculation[place] = 0.0 if found is None else found + 0.0 if type(found) is float else found  # no signed zero

    return run


def _in_cell(calculation: Calculation, node: Node, line: Line) -> At:
    if isinstance(node, Constant) and node.value is not None:
        value = node.value
        return lambda _: value
    if isinstance(node, Ref) and node.is_cell and node.sheet in calculation.grids:
        at = Cell(node.sheet, *node.area(line.area.top, line.area.left)[1:3])
        if min(at.row, at.column) >= 0:
            return lambda _: calculation[at]
    if isinstance(node, Call) and (native := TABLE.get(node.name)) and node.name not in FUNCTIONS:
        letters = [native.letter(i) for i in range(len(node.args))]
        letters = ["s" if _is_value(node.name, *arg) else arg[1] for arg in zip(node.args, letters, strict=True)]
        args = [_cell_argument(calculation, *arg, line) for arg in zip(node.args, letters, strict=True)]
        return _applied(node, native, args, quick={"s"}.issuperset(letters))
    get = calculation.compiled(node, line)
    return lambda _: get().values()[0]


def _cell_argument(calculation: Calculation, node: Node, letter: str, line: Line) -> At | None:
    if isinstance(node, Constant) and node.value is None:
        return None
    if letter == "s":
        return _in_cell(calculation, node, line)
    get = calculation.compiled(node, line, array=letter == "a", whole=True)
    return lambda _: get()


def _is_value(function: str, node: Node, letter: str) -> bool:
    """Whether an argument has one value, or only the first of several is meant."""
    return letter == "s" or (letter in "nr" and _is_single(node)) or (function == "IF" and isinstance(node, Call))


def _is_single(node: Node) -> bool:
    """Whether a part of a formula surely has one value: it reads no range, and calls only operators and the like."""
    if isinstance(node, Call):
        return node.name in _QUICK and all(map(_is_single, node.args))
    return node.is_cell if isinstance(node, Ref) else isinstance(node, Constant)


def _applied(node: Call, native: Native, args: Sequence[At | None], *, quick: bool) -> At:
    """A native function of arguments; the most common are fast on plain values."""
    counted = [native.letter(i) == "n" and not is_reference(arg) for i, arg in enumerate(node.args)]
    value, given = _native(native, counted), [arg for arg in args if arg]
    if quick and node.name in _QUICK and len(given) == len(args):
        return _QUICK[node.name](*given, slow=value)
    return lambda t: value(*[arg(t) if arg else _MISSING for arg in args])


class _Circle:
    """The lines of a circle, and their values so far by column of the sheet; of a line down a column by row."""

    def __init__(self, calculation: Calculation, lines: Sequence[Line]) -> None:
        self.calculation, self.lines = calculation, lines
        self.rows: dict[tuple[str, int], list[Any]] = {}
        self.fresh: list[tuple[list[Any], int, Get]] = []  # what is calculated for all months before the first
        self.ranges: list[tuple[list[Any], int, Get]] = []  # and ranges, as blocks
        self.down = lines[0].down
        for line in lines:
            self.rows[self._place(line)] = []
        self.first, self.end = min(line.first for line in lines), max(line.first + line.count for line in lines)
        self.work = [(line, self.rows[self._place(line)], self._at(line.tree, line)) for line in lines]

    def _place(self, line: Line) -> tuple[str, int]:
        return line.area.sheet, line.area.left if self.down else line.area.top

    def _target(self, ref: Ref, line: Line) -> list[Any] | None:
        """The values of the circle's line that a reference means."""
        if line.step(ref) is None:
            return None
        area = ref.area(line.area.top, line.area.left)
        inside = {line.number for line in self.lines}.intersection(self.calculation.lines.within(line.reach(ref)))
        return self.rows.get((area.sheet, area.left if self.down else area.top)) if inside else None

    def run(self) -> None:
        """Calculate all months of all lines."""
        for (sheet, place), row in self.rows.items():
            row[:] = self._before(sheet, place)
        for values, first, get in self.fresh:
            values[:] = self._by_month(get().values(), first)
        for values, first, get in self.ranges:
            block = get()
            ranges = [block.one(n) for n in range(block.shape[0])]
            values[:] = self._by_month(block.values() if block.shape[1:] == (1, 1) else ranges, first)
        together = all((line.first, line.count) == (self.first, self.end - self.first) for line in self.lines)
        work = [(line.first, line.first + line.count, row, value) for line, row, value in self.work]
        for t in range(self.first, self.end):
            for first, end, row, value in work:
                if together or first <= t < end:
                    found = value(t)
                    row[t] = 0.0 if found is None else found
        for line, row, _ in self.work:
            found = row[line.first : line.first + line.count]
            block = Block(np.array(found) + 0.0) if {float}.issuperset(map(type, found)) else Block.line(found)
            self.calculation.put(line.area, block)

    def _by_month(self, values: Sequence[Any], first: int) -> list[Any]:
        """Values by column of the sheet; a single one holds for all."""
        return [*[None] * first, *(values if len(values) > 1 else [values[0]] * (self.end - first))]

    def _before(self, sheet: str, place: int) -> list[CellValue]:
        """The cells of a line's whole row or column before the calculation."""
        last = self.end - 1
        area = Area(sheet, 0, place, last, place) if self.down else Area(sheet, place, 0, place, last)
        return self.calculation.block(area).values()

    # ---- formulas as functions of the month ------------------------------------------------------------------------

    def _at(self, node: Node, line: Line) -> At:
        if not self._moves(node, line):
            return self._known(node, line)
        if isinstance(node, Ref):
            row, step = self._target(node, line), line.step(node) or 0
            assert row is not None  # noqa: S101 - the line above says so
            return row.__getitem__ if step == 0 else lambda t: row[t + step]
        assert isinstance(node, Call)  # noqa: S101 - only a reference also reads cells
        native = TABLE.get(node.name)
        letters = [native.letter(i) if native else "a" for i in range(len(node.args))]
        args = [self._argument(*arg, line) for arg in zip(node.args, letters, strict=True)]
        if native is None:
            return _ours(FUNCTIONS[node.name], args)
        return _applied(node, native, args, quick=True)

    def _argument(self, node: Node, letter: str, line: Line) -> At | None:
        """An argument; a range without a line of the circle is a block, whole if the function takes ranges."""
        if isinstance(node, Constant) and node.value is None:
            return None
        if letter == "s" or self._moves(node, line) or isinstance(node, Constant):
            return self._at(node, line)
        held: list[Any] = []
        self.ranges.append((held, line.first, self.calculation.compiled(node, line, array=letter == "a", whole=True)))
        return held.__getitem__

    def _moves(self, node: Node, line: Line) -> bool:
        """Whether a line of the circle is read."""
        return any(isinstance(part, Ref) and self._target(part, line) is not None for part in walk(node))

    def _known(self, node: Node, line: Line) -> At:
        """A part that does not depend on the circle, calculated before for all months."""
        if isinstance(node, Constant) and node.value is not None:
            value = node.value
            return lambda _: value
        values: list[Any] = []
        get = self.calculation.compiled(node, line)
        self.fresh.append((values, line.first, get))
        return values.__getitem__


def _native(native: Native, counted: Sequence[bool]) -> Callable[..., Any]:
    """Any function of values, on blocks of one value.

    Args:
        native: the function.
        counted: by argument, whether a flag or text given there counts as a number.
    """

    def block(x: Any, *, counts: bool) -> Block | None:
        if x is _MISSING:
            return None
        found = x if isinstance(x, Block) else single(x)
        return as_numbers(found) if counts and found.shape[1:] == (1, 1) else found

    def value(*given: Any) -> Any:
        blocks = [block(x, counts=counts) for x, counts in zip(given, counted, strict=False)]
        return tried(native.run, blocks).values()[0]

    return value


def _ours(spec: Function, args: Sequence[At | None]) -> At:
    known: dict[tuple[Any, ...], Any] = {}  # answers by arguments, in whatever month

    def at(t: int) -> Any:
        given = tuple([arg and arg(t) for arg in args])
        key = (*given, *map(type, given))  # a function distinguishes TRUE from 1
        if key not in known:
            if len(known) > _MOST_ANSWERS:
                known.clear()
            known[key] = ours.one(spec.in_cell(*[ours.cells(x, spec) if isinstance(x, Block) else x for x in given]))
        return known[key]

    return at


# ---- the most common operations, for plain numbers ------------------------------------------------------------


def _error(x: Any, y: Any) -> Error | None:
    """The error that an operation has for its value, if it is quick to tell."""
    if type(x) is Error:
        return x
    return y if type(y) is Error and type(x) is float else None


def _first_error(values: Sequence[Any]) -> Error | None:
    """The first error of numbers, if it is quick to tell."""
    kinds = set(map(type, values))
    return next(x for x in values if type(x) is Error) if Error in kinds and kinds <= {float, bool, Error} else None


def _plus(a: At, b: At, *, slow: Slow) -> At:
    def at(t: int) -> Any:
        x, y = a(t), b(t)
        if type(x) is float is type(y):
            out = x + y
            return 0.0 if -_LAST_BITS * abs(x) < out < _LAST_BITS * abs(x) else out
        return _error(x, y) or slow(x, y)

    return at


def _minus(a: At, b: At, *, slow: Slow) -> At:
    def at(t: int) -> Any:
        x, y = a(t), b(t)
        if type(x) is float is type(y):
            out = x - y
            return 0.0 if -_LAST_BITS * abs(x) < out < _LAST_BITS * abs(x) else out
        return _error(x, y) or slow(x, y)

    return at


def _times(a: At, b: At, *, slow: Slow) -> At:
    def at(t: int) -> Any:
        x, y = a(t), b(t)
        if type(x) is float is type(y) and math.isfinite(out := x * y):
            return out
        return _error(x, y) or slow(x, y)

    return at


def _over(a: At, b: At, *, slow: Slow) -> At:
    def at(t: int) -> Any:
        x, y = a(t), b(t)
        if type(x) is float is type(y) and y and math.isfinite(out := x / y):
            return out
        return _error(x, y) or slow(x, y)

    return at


def _joined(a: At, b: At, *, slow: Slow) -> At:
    def at(t: int) -> Any:
        x, y = a(t), b(t)
        return text_of(x) + text_of(y) if type(x) in _TEXTS and type(y) in _TEXTS else slow(x, y)

    return at


def _is_number(a: At, *, slow: Slow) -> At:
    def at(t: int) -> Any:
        x = a(t)
        return type(x) is float if type(x) in _TEXTS else slow(x)

    return at


def _comparison(sign: str) -> Callable[..., At]:
    plain = COMPARE[sign]

    def quick(a: At, b: At, *, slow: Slow) -> At:  # noqa: ARG001 - it accepts every kind of value
        def at(t: int) -> Any:
            x, y = a(t), b(t)
            return plain(x, y) if type(x) is float is type(y) else compare(sign, x, y)

        return at

    return quick


def _if(condition: At, yes: At, no: At = lambda _: False, *, slow: Slow) -> At:
    def at(t: int) -> Any:
        found = condition(t)
        if type(found) in _PLAIN:
            return yes(t) if found else no(t)
        return found if type(found) is Error else slow(found, yes(t), no(t))

    return at


def _all(*args: At, slow: At) -> At:
    def at(t: int) -> Any:
        found = [arg(t) for arg in args]
        return all(found) if _PLAIN.issuperset(map(type, found)) else _first_error(found) or slow(*found)

    return at


def _any(*args: At, slow: At) -> At:
    def at(t: int) -> Any:
        found = [arg(t) for arg in args]
        return any(found) if _PLAIN.issuperset(map(type, found)) else _first_error(found) or slow(*found)

    return at


def _extreme(pick: Callable[..., Any]) -> Callable[..., At]:
    def quick(*args: At, slow: At) -> At:
        def at(t: int) -> Any:
            found = [arg(t) for arg in args]
            return pick(found) if {float}.issuperset(map(type, found)) else _first_error(found) or slow(*found)

        return at

    return quick


_QUICK: dict[str, Callable[..., At]] = {
    "+": _plus,
    "-": _minus,
    "*": _times,
    "/": _over,
    "IF": _if,
    "AND": _all,
    "OR": _any,
    "&": _joined,
    "ISNUMBER": _is_number,
    "MAX": _extreme(max),
    "MIN": _extreme(min),
    **{sign: _comparison(sign) for sign in ("=", "<>", "<", ">", "<=", ">=")},
}
