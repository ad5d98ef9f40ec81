"""A program as machine code by LLVM: a loop over groups of paths, and in it the program's loops over months.

Every figure is a vector of paths, so speed does not depend on the compiler; every operation rounds as NumPy's does.
A group's rows share one buffer, positions × rows × paths, which stays in the cache.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from llvmlite import binding, ir

from lender_model.formulas.program import NAN, Array, Expr, Program, Row, Stage, Step, Target, parts, reads
from lender_model.formulas.syntax import Cell

PATHS = 16
"""In a vector."""
_F64, _I64, _I32, _BIT = ir.DoubleType(), ir.IntType(64), ir.IntType(32), ir.IntType(1)
_VECTOR = ir.VectorType(_F64, PATHS)
_COMPARE = {"=": "==", "<>": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">="}
_ARITHMETIC = {"+": "fadd", "-": "fsub", "*": "fmul", "/": "fdiv"}
_INTRINSICS = {"abs": "fabs", "floor": "floor", "exp": "exp", "ln": "log", "sqrt": "sqrt"}
_MOST_STEPS, _LAST_STEP, _LEAST_FACTOR = 60, 1e-13, 0.006737946999085467


class Machine:
    """A program as a function of machine code."""

    def __init__(self, program: Program) -> None:
        self.program = program
        makers: dict[Target, list[tuple[int, Step]]] = {}
        for stage, step in program.staged():
            makers.setdefault(step.target, []).append((stage, step))
        kept = {*program.outputs, *program.inputs, *(target for target, made in makers.items() if len(made) > 1)}
        for stage, step in program.staged():
            for read in reads(step, program.matrices):
                where, made = makers.get(read.target, [(-1, step)])[0]
                is_one = isinstance(read.target, Cell)
                at_hand = is_one or (program.is_whole(made) and read.ahead == 0 and step.first >= made.first)
                if where != stage or read.in_total or not at_hand:
                    kept.add(read.target)
        self.slots = {target: i for i, target in enumerate(sorted(kept, key=str))}
        self.constants = list(program.columns)
        self.sums: dict[Expr, tuple[int, int]] = {}  # totals from a month to the end: slot, column of their factors
        factored = [p for _, s in program.staged() for p in parts(s.expr) if p[0] == "total" and p[5] >= 0]
        self.factors = {total: pair for total in factored if (pair := _factors(program.matrices[total[5]])) is not None}
        self.width = (len(self.slots) + len(self.factors)) * PATHS
        self.inputs, self.outputs = list(program.inputs), list(program.outputs)
        self.size = program.months + 1
        self.module = ir.Module("program")
        self.b: Any = None
        self.t: Any = None  # the position being calculated
        self.own: Any = None  # in a total, that of the step
        self.memo: dict[Expr, Any] = {}
        self.local: dict[Target, Any] = {}
        self.outer: dict[Expr, Any] = {}
        self._build()
        self._link()

    # ---- elements of LLVM -------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _loop(self, first: Any, end: Any, step: int = 1) -> Iterator[Any]:
        b = self.b
        with b.goto_entry_block():
            at = b.alloca(_I64)
        b.store(first, at)
        test, body, done = (b.append_basic_block(name) for name in ("test", "body", "done"))
        b.branch(test)
        b.position_at_end(test)
        i = b.load(at)
        b.cbranch(b.icmp_signed("<", i, end), body, done)
        b.position_at_end(body)
        memo, self.memo = self.memo, {}
        yield i
        self.memo = memo
        b.store(b.add(i, _I64(step)), at)
        b.branch(test)
        b.position_at_end(done)

    def _variable(self, value: Any) -> Any:
        with self.b.goto_entry_block():
            at = self.b.alloca(value.type)
        self.b.store(value, at)
        return at

    def _number(self, x: float) -> Any:
        return ir.Constant(_VECTOR, [x] * PATHS)

    def _splat(self, x: Any) -> Any:
        nothing = ir.Constant(_VECTOR, ir.Undefined)
        one = self.b.insert_element(nothing, x, _I32(0))
        return self.b.shuffle_vector(one, nothing, ir.Constant(ir.VectorType(_I32, PATHS), [0] * PATHS))

    def _pointer(self, base: Any, index: Any) -> Any:
        return self.b.bitcast(self.b.gep(base, [index]), _VECTOR.as_pointer())

    def _load(self, base: Any, index: Any) -> Any:
        return self.b.load(self._pointer(base, index), align=8)

    def _store(self, x: Any, base: Any, index: Any) -> None:
        self.b.store(x, self._pointer(base, index), align=8)

    def _at(self, position: Any, target: Target) -> Any:
        """The address of a target's figures at a position."""
        return self._in_slot(position, self.slots[target])

    def _in_slot(self, position: Any, slot: int) -> Any:
        return self.b.add(self.b.mul(position, _I64(self.width)), _I64(slot * PATHS))

    def _intrinsic(self, name: str, *args: Any) -> Any:
        full = f"llvm.{name}.v{PATHS}f64"
        known = self.module.globals.get(full)
        kind = ir.FunctionType(_VECTOR, [_VECTOR] * len(args))
        return self.b.call(known or ir.Function(self.module, kind, full), args)

    # ---- expressions -----------------------------------------------------------------------------------------------

    def _emit(self, expr: Expr) -> Any:
        if expr not in self.memo:
            self.memo[expr] = self._value(expr)
        return self.memo[expr]

    def _value(self, expr: Expr) -> Any:  # noqa: C901, PLR0911, PLR0912 - a kind of expression, a return
        b, kind = self.b, expr[0]
        if kind == "num":
            return self._number(expr[1])
        if kind == "column":
            return self._splat(b.load(b.gep(self.columns, [b.add(_I64(expr[1] * self.size), self.t)])))
        if kind == "cell":
            if (known := self.local.get(expr[1])) is not None and expr[2] == 0:
                return known
            return self._load(self.buffer, self._at(b.add(self.t, _I64(expr[2])), expr[1]))
        if kind == "at":
            return self._load(self.buffer, self._at(_I64(expr[2]), expr[1]))
        if kind == "one":
            known = self.local.get(expr[1])
            return self._load(self.buffer, self._at(_I64(0), expr[1])) if known is None else known
        if kind == "total":
            return self._total(*expr[1:])
        if kind == "pick":
            return self._pick(*expr[1:])
        if kind == "irr":
            return self._irr(*expr[1:])
        if kind == "outer":
            return self.outer[expr]
        if kind == "weight":
            return self._splat(self._weight(expr[1], self.own))
        args = [self._emit(part) for part in expr[1:]]
        if kind in _ARITHMETIC:
            return getattr(b, _ARITHMETIC[kind])(*args)
        if kind in _COMPARE:
            return (b.fcmp_unordered if kind == "<>" else b.fcmp_ordered)(_COMPARE[kind], *args)
        if kind == "number?":
            return b.fcmp_ordered("ord", args[0], args[0])
        if kind == "not":
            return b.not_(args[0])
        if kind in {"and", "or"}:
            return (b.and_ if kind == "and" else b.or_)(*args)
        if kind == "select":
            return b.select(*args)
        if kind in {"max", "min"}:  # a NaN on either side stays
            one, other = args[::-1] if expr[2][0] == "num" else args
            out = b.select(b.fcmp_ordered(">" if kind == "max" else "<", one, other), one, other)
            return (
                out
                if expr[1][0] == "num" or expr[2][0] == "num"
                else b.select(b.fcmp_ordered("ord", one, one), out, one)
            )
        if kind == "neg":
            return b.fneg(args[0])
        return self._intrinsic("pow" if kind == "^" else _INTRINSICS[kind], *args)

    def _pick(self, j: int, first: int, last: int, wanted: Expr) -> Any:
        """Constants by their numbers, each path its own; NaN where there is none."""
        b, x = self.b, self._emit(wanted)
        after, before = self._number(1.0), self._number(last - first + 2.0)
        known = b.and_(b.fcmp_ordered(">=", x, after), b.fcmp_ordered("<", x, before))
        numbers, out = b.select(known, x, after), self._number(NAN)
        for path in range(PATHS):
            no = b.fptosi(b.extract_element(numbers, _I32(path)), _I64)
            figure = b.load(b.gep(self.columns, [b.add(no, _I64(j * self.size + first - 1))]))
            out = b.insert_element(out, figure, _I32(path))
        return b.select(known, out, self._number(NAN))

    def _sum_from_the_end(self, total: Expr, weights: Array, factors: Array) -> None:
        """A row's sums from each position to the end: all its totals, where a matrix is a column times a row."""
        b, slot = self.b, len(self.slots) + len(self.sums)
        self.constants += [weights, factors]
        self.sums[total] = slot, len(self.constants) - 1
        so_far = self._variable(self._number(0.0))
        with self._loop(_I64(0), _I64(self.size)) as i:
            self.t, self.local = b.sub(_I64(self.size - 1), i), {}
            x = self._emit(total[2])
            more = b.fadd(b.load(so_far), b.fmul(self._emit(("column", len(self.constants) - 2)), x))
            b.store(b.select(b.fcmp_ordered("ord", x, x), more, b.load(so_far)), so_far)
            self._store(b.load(so_far), self.buffer, self._in_slot(self.t, slot))

    def _total(self, kind: str, body: Expr, first: int, last: int, j: int, empty: float) -> Any:
        b = self.b
        if known := self.sums.get(("total", kind, body, first, last, j, empty)):
            low = b.load(b.gep(self.lows, [b.add(_I64(j * self.size), self.t)]))
            return b.fmul(self._emit(("column", known[1])), self._load(self.buffer, self._in_slot(low, known[0])))
        outer = {part: self._emit(part[1]) for part in parts(body) if part[0] == "outer"}
        start = {"max": -np.inf, "min": np.inf}.get(kind, 0.0)
        total = self._variable(self._number(start))
        low, end = _I64(first), _I64(last + 1)
        if j >= 0:
            place = b.add(_I64(j * self.size), self.t)
            low, end = (b.load(b.gep(ends, [place])) for ends in (self.lows, self.ends))
        own = self.t, self.local, self.outer
        self.own = self.t
        with self._loop(low, end) as self.t:
            self.local, self.outer = {}, outer
            x, so_far = self._emit(body), b.load(total)
            if kind == "first":  # kept once found
                no = self._splat(b.sitofp(b.sub(self.t, _I64(first - 1)), _F64))
                new = b.select(b.and_(x, b.fcmp_ordered("==", so_far, self._number(0.0))), no, so_far)
            elif kind == "sum":
                more = b.fadd(so_far, b.fmul(self._splat(self._weight(j, self.own)), x) if j >= 0 else x)
                new = b.select(b.fcmp_ordered("ord", x, x), more, so_far)
            else:
                new = b.select(b.fcmp_ordered(">" if kind == "max" else "<", x, so_far), x, so_far)
            b.store(new, total)
        self.t, self.local, self.outer = own
        out = b.load(total)
        if kind == "sum":
            return out
        return b.select(b.fcmp_ordered("==", out, self._number(start)), self._number(empty), out)

    def _weight(self, j: int, position: Any) -> Any:
        """Matrix j's figure of a position of the step, and of the range."""
        b = self.b
        place = b.add(b.mul(b.add(_I64(j * self.size), position), _I64(self.size)), self.t)
        return b.load(b.gep(self.matrices, [place]))

    def _irr(self, row: Row, first: int, last: int) -> Any:
        """Newton's method within a bracket, on the polynomial in the month's discount factor."""
        b, number = self.b, self._number
        total, least = self._variable(number(0.0)), self._variable(number(0.0))

        def flow(i: Any) -> Any:
            return self._load(self.buffer, self._at(b.sub(_I64(last), i), row))

        def horner(at: Any, value: Any, x: Any) -> None:
            b.store(b.fadd(b.fmul(b.load(value), at), x), value)

        count = _I64(last - first + 1)
        with self._loop(_I64(0), count) as i:
            horner(number(1.0), total, flow(i))
            horner(number(_LEAST_FACTOR), least, flow(i))
        exists = b.and_(
            b.fcmp_ordered(">", b.load(total), number(0.0)), b.fcmp_ordered("<", b.load(least), number(0.0))
        )
        x, low, high, value, slope = (self._variable(number(v)) for v in (0.99, _LEAST_FACTOR, 1.0, 0.0, 0.0))
        done = self._variable(_I64(0))
        with self._loop(_I64(0), _I64(_MOST_STEPS)), b.if_then(b.icmp_signed("==", b.load(done), _I64(0))):
            b.store(number(0.0), value)
            b.store(number(0.0), slope)
            at = b.load(x)
            with self._loop(_I64(0), count) as i:
                horner(at, slope, b.load(value))
                horner(at, value, flow(i))
            below = b.fcmp_ordered("<", b.load(value), number(0.0))
            b.store(b.select(below, at, b.load(low)), low)
            b.store(b.select(below, b.load(high), at), high)
            new = b.fsub(at, b.fdiv(b.load(value), b.load(slope)))
            inside = b.and_(b.fcmp_ordered(">=", new, b.load(low)), b.fcmp_ordered("<=", new, b.load(high)))
            new = b.select(inside, new, b.fmul(b.fadd(b.load(low), b.load(high)), number(0.5)))
            b.store(new, x)
            far = b.and_(exists, b.fcmp_ordered(">", self._intrinsic("fabs", b.fsub(new, at)), number(_LAST_STEP)))
            some = b.icmp_unsigned("!=", b.bitcast(far, ir.IntType(PATHS)), ir.IntType(PATHS)(0))
            b.store(b.select(some, _I64(0), _I64(1)), done)
        return b.select(exists, b.fsub(b.fdiv(number(1.0), b.load(x)), number(1.0)), number(NAN))

    # ---- the function ----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        """The function: over groups of paths, the inputs, the stages, and the outputs."""
        doubles, whole = _F64.as_pointer(), _I64.as_pointer()
        tables = doubles.as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [tables, tables, doubles, doubles, doubles, whole, whole, _I64, _I64])
        function = ir.Function(self.module, kind, "run")
        given, out, self.buffer, self.columns, self.matrices, self.lows, self.ends, paths, rows = function.args
        for argument in function.args[:7]:
            argument.add_attribute("noalias")
        entry, start = (function.append_basic_block(name) for name in ("entry", "start"))
        self.b = b = ir.IRBuilder(start)
        with self._loop(_I64(0), paths, PATHS) as p:
            self._move(given, self.inputs, paths, p, into=True)
            for stage in self.program.stages:
                self._stage(stage)
            with b.if_then(b.icmp_signed("!=", rows, _I64(0))):
                monthly = [target if isinstance(target, Row) else None for target in self.outputs]
                self._move(out, monthly, paths, p, into=False)
            singles = [None if isinstance(target, Row) else target for target in self.outputs]
            self._move(out, singles, paths, p, into=False)
        b.ret_void()
        b.position_at_end(entry)
        b.branch(start)

    def _move(self, table: Any, targets: Sequence[Target | None], paths: Any, p: Any, *, into: bool) -> None:
        """Copy figures of a group of paths into the buffer, or out of it; None is left."""
        b = self.b

        def one(i: int, at: Any, place: Any) -> None:
            array = b.load(b.gep(table, [_I64(i)]))
            if into:
                self._store(self._load(array, place), self.buffer, at)
            else:
                self._store(self._load(self.buffer, at), array, place)

        monthly = [isinstance(target, Row) or self.program.inputs.get(target, False) for target in targets if target]
        known = [(i, target) for i, target in enumerate(targets) if target]
        with self._loop(_I64(0), _I64(self.program.months)) as t:
            for (i, target), by_month in zip(known, monthly, strict=True):
                if by_month:
                    one(i, self._at(b.add(t, _I64(1)), target), b.add(b.mul(t, paths), p))
        for (i, target), by_month in zip(known, monthly, strict=True):
            if not by_month:
                one(i, self._at(_I64(0), target), p)

    def _stage(self, stage: Stage) -> None:
        self.t, self.local, self.memo = _I64(0), {}, {}
        for step in stage.ones:
            self._step(step)
        if stage.groups:
            ones = self.local
            for total in {p: None for group in stage.groups for step in group for p in parts(step.expr)}:
                if total in self.factors:
                    self._sum_from_the_end(total, *self.factors[total])
            self.t, self.local = _I64(0), dict(ones)
            for step in (step for group in stage.groups for step in group):
                if step.by_month and step.first == 0:  # the figure before the first month, by the months' expression
                    self.local[step.target] = x = self._emit(step.expr)
                    self._store(x, self.buffer, self._at(self.t, step.target))
            with self._loop(_I64(1), _I64(self.size)) as self.t:
                self.local = dict(ones)
                for step in (step for group in stage.groups for step in group):
                    self._step(step)

    def _step(self, step: Step) -> None:
        b = self.b
        if step.by_month and not self.program.is_whole(step):
            inside = b.and_(b.icmp_signed(">=", self.t, _I64(step.first)), b.icmp_signed("<=", self.t, _I64(step.last)))
            memo = dict(self.memo)
            with b.if_then(inside):
                self._store(self._emit(step.expr), self.buffer, self._at(self.t, step.target))
            self.memo = memo
            return
        x = self._emit(step.expr)
        if step.by_month or isinstance(step.target, Cell):
            self.local[step.target] = x
        if step.target in self.slots:
            self._store(x, self.buffer, self._at(self.t, step.target))

    def _link(self) -> None:
        binding.initialize_native_target()
        binding.initialize_native_asmprinter()
        features = binding.get_host_cpu_features().flatten()
        target = binding.Target.from_default_triple()
        machine = target.create_target_machine(cpu=binding.get_host_cpu_name(), features=features, opt=3)
        module = binding.parse_assembly(str(self.module))
        builder = binding.create_pass_builder(machine, binding.create_pipeline_tuning_options(3))
        builder.getModulePassManager().run(module, builder)
        self.engine = binding.create_mcjit_compiler(module, machine)
        self.engine.finalize_object()
        kinds = [ctypes.c_void_p] * 7 + [ctypes.c_int64] * 2
        self.function = ctypes.CFUNCTYPE(None, *kinds)(self.engine.get_function_address("run"))
        used = self.program.matrices != 0
        lows = np.where(used.any(axis=2), used.argmax(axis=2), 0)
        ends = np.where(used.any(axis=2), self.size - used[:, :, ::-1].argmax(axis=2), 0)
        self.tables = [np.array(self.constants), np.ascontiguousarray(self.program.matrices)]
        self.tables += [np.ascontiguousarray(ends_.astype(np.int64)) for ends_ in (lows, ends)]
        self.first = np.zeros((self.size, self.width // PATHS, PATHS))
        for target, i in self.slots.items():
            if target in self.program.start:
                constants = self.program.start[target]
                self.first[: len(constants), i] = constants[:, None]

    def __call__(self, given: Mapping[Any, Array], *, rows: bool = True) -> dict[Target, Array]:
        """The outputs; see :class:`lender_model.formulas.arrays.Arrays`."""
        program = self.program
        asked = max(np.shape(x)[-1] for x in given.values())
        paths = -(-asked // PATHS) * PATHS
        shapes = [(program.months, paths) if program.inputs[cell] else (paths,) for cell in self.inputs]
        arrays = [_filled(given[cell], asked, shape) for cell, shape in zip(self.inputs, shapes, strict=True)]
        wanted = [(program.months if rows else 0, paths) if isinstance(t, Row) else (paths,) for t in self.outputs]
        out = [np.empty(shape) for shape in wanted]
        buffer = self.first.copy()
        pointers = [np.array([x.ctypes.data for x in group] or [0], dtype=np.uint64) for group in (arrays, out)]
        self.function(*(x.ctypes.data for x in (*pointers, buffer, *self.tables)), paths, int(rows))
        kept = zip(self.outputs, out, strict=True)
        return {target: x[..., :asked] for target, x in kept if rows or not isinstance(target, Row)}


def _factors(matrix: Array) -> tuple[Array, Array] | None:
    """Weights and factors, if a matrix is their product from some position of each row to the end."""
    used = matrix != 0
    if not used.any():
        return None
    weights = matrix[used.sum(axis=1).argmax()]
    last = int(np.flatnonzero(weights)[-1])
    factors = matrix[:, last] / weights[last]
    ahead = np.arange(len(matrix)) >= np.where(used.any(axis=1), used.argmax(axis=1), len(matrix))[:, None]
    same = np.allclose(matrix, np.where(ahead, np.outer(factors, weights), 0.0), rtol=1e-13, atol=0)
    return (weights, factors) if same else None


def _filled(x: Array, asked: int, shape: tuple[int, ...]) -> Array:
    """An input for all paths of the vectors; those beyond the last are as the last."""
    x = np.broadcast_to(x, (*shape[:-1], asked))
    if shape[-1] > asked:
        x = np.concatenate([x, np.repeat(x[..., -1:], shape[-1] - asked, axis=-1)], axis=-1)
    return np.ascontiguousarray(x, dtype=np.float64)
