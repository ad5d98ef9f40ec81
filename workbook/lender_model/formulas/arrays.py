"""A program run with NumPy: each step a few lines of Python over months × paths, those of a circle month by month."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from lender_model.formulas.program import Array, Expr, Program, Row, Stage, Step, Target, parts, reads

PATHS = 1024
"""Paths that go through together, so that the rows of a step stay in the cache."""
_LEAST_DISCOUNT, _MOST_STEPS, _LAST_STEP = -5.0, 100, 1e-8
"""Logarithm of the least discount factor of a month that is looked for, and when Newton's rule stops: it squares the
error, so that nothing is left of it after so small a step."""

_NAMED = {"num", "one", "at", "cell", "column", "outer", "weight"}
"""Expressions that are names already."""
_SIGNS = {"+": "+", "-": "-", "*": "*", "/": "/", "=": "==", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_CALLS = {
    "^": "np.power", "max": "np.maximum", "min": "np.minimum", "neg": "np.negative", "abs": "np.abs",
    "floor": "np.floor", "exp": "np.exp", "ln": "np.log", "sqrt": "np.sqrt", "and": "np.logical_and",
    "or": "np.logical_or", "not": "np.logical_not", "select": "np.where",
}  # fmt: skip


class Arrays:
    """A program as a function of NumPy."""

    def __init__(self, program: Program) -> None:
        self.program = program
        steps = [step for _, step in program.staged()]
        seen = [read for step in steps for read in reads(step, program.matrices)]
        self.targets = sorted({*program.outputs, *(r.target for r in seen), *(s.target for s in steps)}, key=str)
        self.index = {target: f"V[{i}]" for i, target in enumerate(self.targets)}
        made = Counter(step.target for step in steps if program.is_whole(step))
        lines = Counter(step.target for step in steps)
        self.short = {row for row in made if lines[row] == 1} - {r.target for r in seen if r.first < 1}
        self.code: list[str] = []
        self.names: dict[Any, str] = {}
        self.local: dict[Any, str] = {}
        self.uses: Counter[Expr] = Counter()
        for stage in program.stages:
            self._stage(stage)
        source = "\n ".join(["def run(V, shape):", *self._freed(), "return"])
        space: dict[str, Any] = {"np": np, "K": program.columns[:, :, None], "M": program.matrices, **_HELPERS}
        exec(source, space)  # noqa: S102 - written here, from expressions alone
        self._run = space["run"]

    def _freed(self) -> Iterator[str]:
        """The code, in which a row's memory is free for the next as soon as nothing needs it."""
        kept = {self.index[target] for target in self.program.outputs}
        last = {name: i for i, line in enumerate(self.code) for name in re.findall(r"V\[\d+\]", line)}
        done: list[str] = []
        for i, line in enumerate(self.code):
            done += [name for name, at in last.items() if at == i and name not in kept]
            yield line
            if done and not (i + 1 < len(self.code) and self.code[i + 1].startswith(" ")):
                yield "; ".join(f"{name} = None" for name in done)
                done = []

    def __call__(self, given: Mapping[Any, Array], *, rows: bool = True) -> dict[Target, Array]:
        """The outputs: months × paths of a row, a figure for each path otherwise.

        Args:
            given: what the inputs are, months × paths or a figure for each path.
            rows: whether outputs of rows are wanted.
        """
        paths = max(np.shape(x)[-1] for x in given.values())
        pieces = [self._piece(given, slice(k, k + PATHS), min(PATHS, paths - k)) for k in range(0, paths, PATHS)]
        wanted = [t for t in self.program.outputs if rows or not isinstance(t, Row)]
        return {target: np.concatenate([piece[target] for piece in pieces], axis=-1) for target in wanted}

    def _piece(self, given: Mapping[Any, Array], part: slice, paths: int) -> dict[Target, Array]:
        program = self.program
        values: list[Any] = []
        for target in self.targets:
            if target in program.inputs:
                figures = np.asarray(given[target])[..., part]
                start = program.start[target][0] if isinstance(target, Row) else 0.0
                months = np.concatenate([np.full((1, paths), start), figures]) if program.inputs[target] else figures
                values.append(months)
            elif target in program.start and target not in self.short:
                rows = np.repeat(program.start[target][:, None], paths, axis=1)
                values.append(rows if isinstance(target, Row) else rows[0])
            else:
                values.append(None)
        with np.errstate(all="ignore"):
            self._run(values, (program.months, paths))
        found = dict(zip(self.targets, values, strict=True))
        long = {t for t in program.outputs if isinstance(t, Row) and t not in self.short}
        shapes = {t: (program.months, paths) if isinstance(t, Row) else (paths,) for t in program.outputs}
        return {t: np.broadcast_to(found[t][1:] if t in long else found[t], shapes[t]) for t in program.outputs}

    # ---- code ------------------------------------------------------------------------------------------------------

    def _stage(self, stage: Stage) -> None:
        for step in stage.ones:
            self._start(step)
            target = self.index[step.target] + ("[0]" if isinstance(step.target, Row) else "")
            self.code.append(f"{target} = {self._emit(step.expr, '0', '0')}")
        for group in stage.groups:
            if len(group) == 1 and not any(r.target == group[0].target for r in reads(group[0], self.program.matrices)):
                self._start(step := group[0])
                first, end = str(step.first), str(step.last + 1)
                code = self._emit(step.expr, first, end)
                is_short = step.target in self.short
                target = self.index[step.target]
                self.code.append(f"{target} = full({code}, shape)" if is_short else f"{target}[{first}:{end}] = {code}")
                continue
            self._start(*group)
            self.code += [f"{self.index[step.target]} = np.empty(shape)" for step in group if step.target in self.short]
            self.code.append(f"for t in range(1, {self.program.months + 1}):")
            outer, self.code = self.code, []
            for step in group:
                self._month(step)
            self.code = outer + [" " + line for line in self.code]
            self.local = {}

    def _start(self, *steps: Step) -> None:
        """Names that an expression gets because more than one other needs it."""
        self.names, self.uses = {}, Counter()
        for step in steps:
            for part in parts(step.expr):
                self.uses[part] += 1

    def _month(self, step: Step) -> None:
        """A step of a circle, for one month."""
        whole, before, start = self.program.is_whole(step), dict(self.names), len(self.code)
        code, target = self._emit(step.expr, "t", ""), self.index[step.target]
        if whole:
            self.local[step.target] = name = f"y{len(self.local)}"
            self.code.append(f"{name} = {code}")
            code = name
        self.code.append(f"{target}[t - 1] = {code}" if step.target in self.short else f"{target}[t] = {code}")
        if not whole:
            inside = f"if {step.first} <= t <= {step.last}:"
            self.code[start:] = [inside, *(" " + line for line in self.code[start:])]
            self.names = before

    def _emit(self, expr: Expr, first: str, end: str, *, body: bool = False) -> str:
        """An expression's value from one position to another, of one position if there is no end: code, or its name."""
        key = expr, first, body
        if key in self.names:
            return self.names[key]
        code = self._code(expr, first, end, body=body)
        if self.uses[expr] < 2 or expr[0] in _NAMED:
            return code
        self.names[key] = name = f"x{len(self.names)}"
        self.code.append(f"{name} = {code}")
        return name

    def _code(self, expr: Expr, first: str, end: str, *, body: bool) -> str:  # noqa: C901, PLR0911 - a kind, a return
        kind = expr[0]
        if kind == "num":
            return "np.nan" if math.isnan(expr[1]) else repr(float(expr[1]))
        if kind == "one":
            return self.index[expr[1]]
        if kind == "at":
            return f"{self.index[expr[1]]}[{expr[2] - (expr[1] in self.short)}]"
        if kind in {"cell", "column"}:
            return self._cell(expr, first, end, body=body)
        if kind == "weight":
            own = ":".join(x for x in self.own if x)
            return f"M[{expr[1]}, {own}, {first}:{end}][..., None]"
        if kind == "irr":
            back = expr[1] in self.short
            return f"irr({self.index[expr[1]]}[{expr[2] - back}:{expr[3] + 1 - back}])"
        if kind == "total":
            return self._total(expr, first, end)
        if kind == "outer":
            return self._emit(expr[1], *self.own) + ("[:, None]" if self.own[1] else "")
        if kind == "number?":
            x = self._emit(expr[1], first, end, body=body)
            return f"({x} == {x})" if x.isidentifier() else f"~np.isnan({x})"
        if kind == "select" and expr[2:] == (("num", 1.0), ("num", 0.0)):  # many times faster than a choice
            return f"({self._emit(expr[1], first, end, body=body)} * 1.0)"
        args = [self._emit(part, first, end, body=body) for part in expr[1:]]
        return f"({args[0]} {_SIGNS[kind]} {args[1]})" if kind in _SIGNS else f"{_CALLS[kind]}({', '.join(args)})"

    def _cell(self, expr: Expr, first: str, end: str, *, body: bool) -> str:
        """A row's figures, or a constant's."""
        shift = (expr[2] if expr[0] == "cell" else 0) - (expr[0] == "cell" and expr[1] in self.short)
        if expr[0] == "cell" and expr[1] in self.local and not expr[2] and not body:
            return self.local[expr[1]]
        if expr[0] == "cell" and expr[1] in self.short and (first, end) == ("1", str(self.program.months + 1)):
            return self.index[expr[1]]
        ends = [f"{int(x) + shift}" if x.isdigit() else f"{x}{shift:+d}" if shift else x for x in (first, end) if x]
        return f"{self.index[expr[1]]}[{':'.join(ends)}]" if expr[0] == "cell" else f"K[{expr[1]}, {':'.join(ends)}]"

    def _total(self, expr: Expr, first: str, end: str) -> str:
        """A total of a row; of all months at once a product with the matrix."""
        _, kind, inner, low, high, j, empty = expr
        self.own = (first, "" if (first, end) == ("0", "0") else end)
        if j < 0:
            body = self._emit(inner, str(low), str(high + 1), body=True)
            return f"{kind}_({body}, {'np.nan' if math.isnan(empty) else empty})"
        if end:
            body = self._emit(inner, str(low), str(high + 1), body=True)
            return f"(M[{j}, {first}:{end}, {low}:{high + 1}] @ known({body}))"
        reach = [np.flatnonzero(row) for row in self.program.matrices[j]]
        ends = [(int(r[0]), int(r[-1]) + 1) if len(r) else (1, 1) for r in reach]
        self.code.append(f"s, e = {ends!r}[t]")
        return f"(M[{j}, t, s:e] @ known({self._emit(inner, 's', 'e', body=True)}))"


# ---- totals --------------------------------------------------------------------------------------------------------


def _known(x: Any) -> Any:
    """Figures, 0 in the place of what is none."""
    return np.where(np.isnan(x), 0.0, x) if np.isnan(np.sum(x)) else x


def _sum(x: Any, _empty: float) -> Any:
    return _known(x).sum(axis=-2)


def _max(x: Any, empty: float) -> Any:
    found = np.fmax.reduce(x, axis=-2)
    return np.where(np.isnan(found), empty, found)


def _min(x: Any, empty: float) -> Any:
    return -_max(-x, -empty)


def _first(x: Any, empty: float) -> Any:
    return np.where(x.any(axis=-2), x.argmax(axis=-2) + 1.0, empty)


def monthly_return(flows: Any) -> Any:
    """Return of flows by the month, months × paths; NaN where less comes out than goes in, or nothing goes in.

    >>> monthly_return(np.array([[-100.0, -100.0], [0.0, 50.0], [102.01, 49.0]])).round(6)
    array([0.01,  nan])
    """
    rows = np.flatnonzero((flows != 0).any(axis=1))
    months, paid = rows[:, None] * 1.0, flows[rows]
    known = (paid.sum(axis=0) > 0) & ((paid * np.exp(_LEAST_DISCOUNT * months)).sum(axis=0) < 0)
    paid = paid[:, known]
    low, high = np.full(known.sum(), _LEAST_DISCOUNT), np.zeros(known.sum())
    log_discount = high  # of a month: the flows are worth their sum, which is above nothing
    for _ in range(_MOST_STEPS):
        values = paid * np.exp(months * log_discount)
        value = values.sum(axis=0)
        low, high = np.where(value < 0, log_discount, low), np.where(value < 0, high, log_discount)
        newton = log_discount - value / (months * values).sum(axis=0)
        inside = (newton >= low) & (newton <= high)
        last, log_discount = log_discount, np.where(inside, newton, (low + high) / 2)
        if np.all(np.abs(log_discount - last) <= _LAST_STEP):
            break
    returns = np.full(known.shape, np.nan)
    returns[known] = np.expm1(-log_discount)
    return returns


def _full(x: Any, shape: tuple[int, int]) -> Any:
    return x if np.shape(x) == shape else np.broadcast_to(x, shape)


_HELPERS = {
    "full": _full,
    "known": _known,
    "sum_": _sum,
    "max_": _max,
    "min_": _min,
    "first_": _first,
    "irr": monthly_return,
}
