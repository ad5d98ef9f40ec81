"""The program that paths run: expressions over months, in stages, independent of sheets and formulas.

A row has positions: 0 before the first month, then the months. A cell outside the months is one figure for each
path. Within a stage every step depends only on the same month or earlier ones, so that a stage is one loop over the
months, circles included; a stage ends where a step needs a whole row: a sum, a minimum, a look ahead.
:mod:`.arrays` runs a program with NumPy, :mod:`.machine` as machine code; both give the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lender_model.formulas.order import components
from lender_model.formulas.syntax import Cell, FormulaError

Array = NDArray[np.float64]
Expr = tuple[Any, ...]
"""One of

- ``("num", x)`` and ``("column", j)``: a constant, and one for each position;
- ``("cell", row, d)``, a row's figure d positions away; ``("at", row, p)``, at a position; ``("one", cell)``;
- an operator with its operands: ``+ - * / ^ max min neg abs floor exp ln sqrt``, one of :data:`FLAGS`, or
  ``("select", condition, then, otherwise)``;
- ``("total", kind, body, first, last, j, empty)``: of the body over the positions of a row: "sum", "max", "min", or
  "first", the number of the first for which it holds. Matrix j, unless it is -1, weighs the positions, a row of it for
  each position of the step. In the body ``("outer", x)`` is x at the step's own position, and ``("weight", j)`` a
  figure of matrix j. Empty is the total of nothing;
- ``("pick", j, first, last, x)``: of the constants j from one position to another the x-th, without its fraction;
- ``("irr", row, first, last)``: the return of a row by the month.

NaN is a text, a dash or an error: totals skip it, and a comparison with it is false.
"""
FLAGS = {"and", "or", "not", "number?", "=", "<>", "<", "<=", ">", ">="}
"""Expressions that are true or false."""
NAN = math.nan
NOTHING, ONE = ("num", 0.0), ("num", 1.0)
_LEAVES = {"num", "column", "weight", "cell", "at", "one", "irr"}
_LAST_BITS = 2.0**-48
_WHOLE = 1_000_000
"""Further ahead than any month: a fixed cell, or a whole row."""


class Row(NamedTuple):
    """A row of a sheet, counted from 0."""

    sheet: str
    number: int


Target = Row | Cell


@dataclass(frozen=True, eq=False)
class Step:
    """Figures of a row from one position to another, each by the same expression; or one figure.

    Attributes:
        target: the row; or the cell of one figure.
        first: first position; 0 of one figure.
        last: last position.
        by_month: whether it belongs in a loop over months.
        expr: the expression.
    """

    target: Target
    first: int
    last: int
    by_month: bool
    expr: Expr


@dataclass
class Stage:
    """Figures that are one for each path, then groups of a loop over the months; more than one step is a circle."""

    ones: list[Step] = field(default_factory=list)
    groups: list[list[Step]] = field(default_factory=list)


@dataclass(frozen=True)
class Program:
    """A program.

    Attributes:
        months: how many.
        stages: in their order.
        columns: constants by position, columns × positions.
        matrices: weights, matrices × positions × positions.
        start: constants of rows, where no step fills them in, and of cells that do not vary by path.
        inputs: what is given, each with whether it differs by month.
        outputs: the results wanted.
    """

    months: int
    stages: list[Stage]
    columns: Array
    matrices: Array
    start: dict[Target, Array]
    inputs: dict[Target, bool]
    outputs: list[Target]

    def staged(self) -> Iterator[tuple[int, Step]]:
        """All steps, each with the number of its stage."""
        for i, stage in enumerate(self.stages):
            for group in (stage.ones, *stage.groups):
                yield from ((i, step) for step in group)

    def is_whole(self, step: Step) -> bool:
        """Whether a step fills in all months."""
        return step.first == 1 and step.last == self.months


def parts(expr: Expr) -> Iterator[Expr]:
    """An expression and all its parts."""
    yield expr
    for part in operands(expr):
        yield from parts(part)


def operands(expr: Expr) -> Sequence[Expr]:
    """The expressions that an expression is made of."""
    if expr[0] in _LEAVES:
        return ()
    return {"total": expr[2:3], "pick": expr[4:]}.get(expr[0], expr[1:])


class Read(NamedTuple):
    """What a step reads: target, first and last position, months ahead of its own, and whether in a total."""

    target: Target
    first: int
    last: int
    ahead: int
    in_total: bool


def reads(step: Step, matrices: Sequence[Array] | Array) -> Iterator[Read]:
    """All that a step reads."""
    yield from _reads(step.expr, step, matrices, None)


def _reads(expr: Expr, step: Step, matrices: Sequence[Array] | Array, total: Expr | None) -> Iterator[Read]:
    kind = expr[0]
    if kind == "cell":
        if total is None:
            yield Read(expr[1], step.first + expr[2], step.last + expr[2], expr[2], in_total=False)
        else:
            ahead = _WHOLE if total[5] < 0 else _furthest(matrices[total[5]]) + expr[2]
            yield Read(expr[1], total[3] + expr[2], total[4] + expr[2], ahead, in_total=True)
    elif kind == "at":
        yield Read(expr[1], expr[2], expr[2], _WHOLE, in_total=False)
    elif kind == "one":
        yield Read(expr[1], 0, 0, _WHOLE, in_total=total is not None)
    elif kind == "irr":
        yield Read(expr[1], expr[2], expr[3], _WHOLE, in_total=True)
    elif kind == "total":
        yield from _reads(expr[2], step, matrices, expr)
    elif kind == "outer":
        yield from _reads(expr[1], step, matrices, None)
    elif kind not in _LEAVES:
        for part in operands(expr):
            yield from _reads(part, step, matrices, total)


def _furthest(weights: Array) -> int:
    """The furthest month ahead of its own that a step reads."""
    at, seen = np.nonzero(weights)
    return int((seen - at).max()) if len(at) else -_WHOLE


def staged(steps: Sequence[Step], matrices: Sequence[Array] | Array) -> list[Stage]:
    """Steps put into stages.

    Raises:
        FormulaError: a circle goes through a whole row.
    """
    by_target: dict[Target, list[int]] = {}
    for i, step in enumerate(steps):
        by_target.setdefault(step.target, []).append(i)
    needs: list[dict[int, set[int]]] = [{} for _ in steps]  # by step needed, how many months ahead
    for i, step in enumerate(steps):
        for target, first, last, ahead, _ in reads(step, matrices):
            for j in by_target.get(target, ()):
                if steps[j].first <= last and first <= steps[j].last:
                    needs[i].setdefault(j, set()).add(ahead if step.by_month else _WHOLE)
    stages: list[Stage] = []
    stage_of: dict[int, int] = {}
    for group in components([sorted(n) for n in needs]):
        members = set(group)
        if any(max(aheads) > 0 for i in group for j, aheads in needs[i].items() if j in members):
            raise FormulaError(f"{steps[group[0]].target} is part of a circle over whole rows")
        before = [(j, max(aheads) > 0) for i in group for j, aheads in needs[i].items() if j not in members]
        at = max((stage_of[j] + (whole and steps[j].by_month) for j, whole in before), default=0)
        stage_of |= dict.fromkeys(group, at)
        stages += [Stage() for _ in range(at + 1 - len(stages))]
        if not steps[group[0]].by_month:
            stages[at].ones += [steps[i] for i in group]
            continue
        index = {i: k for k, i in enumerate(group)}
        same = [[index[j] for j, aheads in needs[i].items() if j in index and 0 in aheads] for i in group]
        stages[at].groups.append([steps[group[k]] for part in components(same) for k in part])
    return stages


# ---- making expressions ------------------------------------------------------------------------------------------


def neat(step: Step) -> Step:
    """The outputs, with 0 where only the last bits of a sum are left, as spreadsheet programs show it."""
    if step.expr[0] not in {"+", "-"}:
        return step
    small = ("<", ("abs", step.expr), ("*", ("abs", step.expr[1]), ("num", _LAST_BITS)))
    return replace(step, expr=("select", small, NOTHING, step.expr))


def index_of(known: list[Array], array: Array) -> int:
    """Index of an array among those known, to which it is added."""
    for j, other in enumerate(known):
        if np.array_equal(array, other, equal_nan=True):
            return j
    known.append(array)
    return len(known) - 1


def joined(name: str, a: Expr, b: Expr) -> Expr:
    """A sum, difference or product; the figure itself where the other adds nothing, such as a lever not used."""
    nothing = ONE if name == "*" else NOTHING
    if b == nothing:
        return a
    return b if a == nothing and name != "-" else (name, a, b)


def folded(name: str, operands: Sequence[Expr]) -> Expr:
    """One operator between all operands, from the left."""
    out = operands[0]
    for operand in operands[1:]:
        out = (name, out, operand)
    return out
