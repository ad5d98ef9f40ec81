"""Lines that depend on each other's previous months: calculated month by month, fastest on plain Python values."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from drawstop.functions.declare import FUNCTIONS, Function
from lender_model.formulas import ours
from lender_model.formulas.lines import Line
from lender_model.formulas.natives import TABLE
from lender_model.formulas.natives.declare import Native
from lender_model.formulas.syntax import Area, Call, Constant, Node, Ref, is_reference, walk
from lender_model.formulas.values import Block, CellValue, as_numbers, compare, single, text_of

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


class _Circle:
    """The lines of a circle, and their values so far by column of the sheet; of a line down a column by row."""

    def __init__(self, calculation: Calculation, lines: Sequence[Line]) -> None:
        self.calculation, self.lines = calculation, lines
        self.rows: dict[tuple[str, int], list[Any]] = {}
        self.fresh: list[tuple[list[Any], int, Get]] = []  # what is calculated for all months before the first
        self.ranges: list[tuple[list[Block], Get]] = []  # and ranges, as blocks
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
        for held, get in self.ranges:
            held[:] = [get()]
        for values, first, get in self.fresh:
            found = get().values()
            values[:] = [*[None] * first, *(found if len(found) > 1 else found * (self.end - first))]
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
        counted = [letter == "n" and not is_reference(arg) for arg, letter in zip(node.args, letters, strict=True)]
        value, quick = _native(native, counted), _QUICK.get(node.name)
        if quick and None not in args:
            return quick(*args, slow=value)
        return lambda t: value(*[arg(t) if arg else _MISSING for arg in args])

    def _argument(self, node: Node, letter: str, line: Line) -> At | None:
        """An argument; a range without a line of the circle is a block, whole if the function takes ranges."""
        if isinstance(node, Constant) and node.value is None:
            return None
        if letter == "s" or self._moves(node, line) or isinstance(node, Constant):
            return self._at(node, line)
        held: list[Block] = []
        self.ranges.append((held, self.calculation.compiled(node, line, array=letter == "a", whole=True)))

        def at(t: int) -> Any:
            block = held[0].one(t - line.first)
            return block if block.shape[1:] != (1, 1) else block.values()[0]

        return at

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
        return native.run(blocks).values()[0]

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


def _plus(a: At, b: At, *, slow: Slow) -> At:
    def at(t: int) -> Any:
        x, y = a(t), b(t)
        if type(x) is float is type(y):
            out = x + y
            return 0.0 if -_LAST_BITS * abs(x) < out < _LAST_BITS * abs(x) else out
        return slow(x, y)

    return at


def _minus(a: At, b: At, *, slow: Slow) -> At:
    def at(t: int) -> Any:
        x, y = a(t), b(t)
        if type(x) is float is type(y):
            out = x - y
            return 0.0 if -_LAST_BITS * abs(x) < out < _LAST_BITS * abs(x) else out
        return slow(x, y)

    return at


def _times(a: At, b: At, *, slow: Slow) -> At:
    def at(t: int) -> Any:
        x, y = a(t), b(t)
        if type(x) is float is type(y) and math.isfinite(out := x * y):
            return out
        return slow(x, y)

    return at


def _over(a: At, b: At, *, slow: Slow) -> At:
    def at(t: int) -> Any:
        x, y = a(t), b(t)
        if type(x) is float is type(y) and y and math.isfinite(out := x / y):
            return out
        return slow(x, y)

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
    def quick(a: At, b: At, *, slow: Slow) -> At:  # noqa: ARG001 - it accepts every kind of value

        def at(t: int) -> Any:
            return compare(sign, a(t), b(t))

        return at

    return quick


def _if(condition: At, yes: At, no: At = lambda _: False, *, slow: Slow) -> At:
    def at(t: int) -> Any:
        found = condition(t)
        if type(found) in _PLAIN:
            return yes(t) if found else no(t)
        return slow(found, yes(t), no(t))

    return at


def _all(*args: At, slow: At) -> At:
    def at(t: int) -> Any:
        found = [arg(t) for arg in args]
        return all(found) if _PLAIN.issuperset(map(type, found)) else slow(*found)

    return at


def _any(*args: At, slow: At) -> At:
    def at(t: int) -> Any:
        found = [arg(t) for arg in args]
        return any(found) if _PLAIN.issuperset(map(type, found)) else slow(*found)

    return at


def _extreme(pick: Callable[..., Any]) -> Callable[..., At]:
    def quick(*args: At, slow: At) -> At:
        def at(t: int) -> Any:
            found = [arg(t) for arg in args]
            return pick(found) if {float}.issuperset(map(type, found)) else slow(*found)

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
