"""Scenarios a second: against LibreOffice, a loop over paths, and NumPy's own limit for that many array operations."""

from __future__ import annotations

import itertools
import math
import statistics
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import as_completed
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar
from unittest import mock

import numpy as np
from tests.benchmarks.timing import Row, duration, in_turn, memory, process, seconds

from lender_model import case, model
from lender_model.grid import Values
from lender_model.risk import executors, simulate
from lender_model.risk.paths import dynamics, history

BLOCKS = 100


def job() -> simulate.Job:
    """The simulation of the case as it is shipped."""
    inputs, _ = case.inputs()
    return simulate.job(inputs, dynamics(inputs, history(inputs["cover.as_of"])), 1)


def timed_blocks(task: simulate.Job, count: int) -> list[tuple[float, float]]:
    """Wall and processor time of some blocks, in the process that is asked."""
    times = []
    for number in range(count):
        wall, own = time.perf_counter(), time.process_time()
        simulate.block(task, number)
        times.append((time.perf_counter() - wall, time.process_time() - own))
    return times


def rows() -> Iterator[Row]:
    """The table's lines."""
    task, cores = job(), executors.cores()
    with executors.processes(cores) as pool:
        simulate.run(task, 2 * cores * simulate.ERRAND * simulate.BLOCK, pool)  # starts the processes
        wall = seconds(lambda: simulate.run(task, BLOCKS * simulate.BLOCK, pool), 3)
        futures = [pool.submit(timed_blocks, task, 30) for _ in range(cores)]
        own = statistics.median(own for future in as_completed(futures) for _, own in future.result())
        core = pool.submit(model_and_limit, task).result()
    rate, unhindered = BLOCKS * simulate.BLOCK / wall, cores * simulate.BLOCK / own
    changes, _ = simulate.changes_of(task, np.random.default_rng(1))
    single = {key: rows[:, :1] if rows.ndim == 2 else float(rows[0]) for key, rows in changes.items()}
    alone = seconds(lambda: model.side_by_side(task.values, single), 30)
    yield Row(
        f"Paths a second, {cores} cores", f"{rate:,.0f}", f"{1 / alone:,.0f}",
        "the same steps, a path at a time in a loop",
        f"{rate * alone:,.0f} × faster",
        f"{unhindered:,.0f} by processor time, were no other process on the machine",
    )  # fmt: skip
    yield from _libre_office(rate)
    taken, limit, far, calls = core
    peer = f"NumPy's limit for its {calls:,} operations"
    for where, bare in (("in the cache", limit), ("operands from memory, results in new arrays", far)):
        yield Row(
            f"Model of a block of {simulate.BLOCK:,} paths, without the draws", duration(taken), duration(bare), peer,
            f"{taken / bare:.2f} ×", f"as many additions and matrix products of those shapes, {where}",
        )  # fmt: skip
    inputs, _ = case.inputs()
    yield Row("One case, all sheets, in process", duration(seconds(lambda: model.run(inputs), 15)), note="goal 20 ms")
    for paths in (10_000, 100_000, 400_000):
        taken, peak = _process(paths)
        yield Row(
            f"simulate, {paths:,} paths, whole process",
            duration(taken),
            note=f"{memory(peak)} at its peak, workers apart",
        )


def _process(paths: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder, "model.xlsx")
        book.write_bytes((Path(__file__).parents[2] / "workbook" / "lender_model.xlsx").read_bytes())
        return process(["-m", "lender_model", "simulate", str(book), "--paths", str(paths)], 1)


def _libre_office(rate: float) -> Iterator[Row]:
    from drawstop.hosts.calc import CalcError, Session  # noqa: PLC0415 - a peer that may be missing
    from lender_model.build import build  # noqa: PLC0415 - as above

    try:
        with Session() as office, tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "model.xlsx")
            path.write_bytes(build())
            book = office.open(path)
            book.calculate()
            taken = seconds(book.calculate, 3)
    except CalcError as error:
        yield Row("Paths a second against LibreOffice", f"{rate:,.0f}", note=f"not compared: {error}")
        return
    yield Row(
        "Paths a second against LibreOffice", f"{rate:,.0f}", f"{1 / taken:.2f}",
        "LibreOffice recalculates the workbook",
        f"{rate * taken:,.0f} × faster", "which has all sheets, and is read back",
    )  # fmt: skip


# ---- NumPy's limit ---------------------------------------------------------------------------------------------------


class Counted(np.ndarray[Any, Any]):
    """An array whose operations are counted by kind and shape."""

    operations: ClassVar[Counter[tuple[str, tuple[int, ...]]]] = Counter()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **more: Any) -> Any:
        """Count, and go on with plain arrays."""
        if "out" in more:
            more["out"] = tuple(_plain(x) for x in more["out"])
        plain = [_plain(x) for x in inputs]
        result = getattr(ufunc, method)(*plain, **more)
        shapes = [np.shape(x) for x in (*plain, result)]
        if ufunc is np.matmul:
            self.operations["matmul", (*shapes[0], shapes[1][-1])] += 1
        else:
            self.operations["add", max(shapes, key=math.prod)] += 1
        return result.view(Counted) if type(result) is np.ndarray else result

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """Count what moves elements, and go on with plain arrays."""
        result = function(*(_plain(x) for x in args), **{key: _plain(x) for key, x in kwargs.items()})
        if function in {np.where, np.concatenate, np.stack, np.cumsum}:
            self.operations["add", np.shape(result)] += 1
        return result.view(Counted) if type(result) is np.ndarray else result


def _plain(value: Any) -> Any:
    if isinstance(value, Counted):
        return value.view(np.ndarray)
    return type(value)(_plain(x) for x in value) if isinstance(value, list | tuple) else value


def model_and_limit(task: simulate.Job) -> tuple[float, float, float, int]:
    """Time of the model's steps over a block; of as many bare operations, near and far; and how many."""
    changes, _ = simulate.changes_of(task, np.random.default_rng(1))
    operations = _operations(task, changes)

    def bare(calls: list[tuple[Any, int]]) -> None:
        for run, count in calls:
            for _ in range(count):
                run()

    near, far = (
        [(make(kind, shape), count) for (kind, shape), count in operations.items()]
        for make in (_in_cache, _from_memory)
    )
    taken, limit = in_turn(lambda: model.side_by_side(task.values, changes), lambda: bare(near), 15)
    return taken, limit, seconds(lambda: bare(far), 15), sum(operations.values())


def _operations(task: simulate.Job, changes: Values) -> Counter[tuple[str, tuple[int, ...]]]:
    """The operations on arrays of more than one path in the model's steps."""
    Counted.operations.clear()
    counted = {key: rows.view(Counted) for key, rows in changes.items() if rows.dtype.kind == "f"}
    with ExitStack() as stack:
        for name in ("empty", "zeros", "empty_like", "zeros_like"):
            stack.enter_context(mock.patch.object(np, name, _counting(getattr(np, name))))
        model.side_by_side(task.values, changes | counted)
    return Counter({key: count for key, count in Counted.operations.items() if key[1] and key[1][-1] > 1})


def _counting(make: Any) -> Any:
    return lambda *arguments, **more: make(*(_plain(x) for x in arguments), **more).view(Counted)


def _in_cache(kind: str, shape: tuple[int, ...]) -> Any:
    if kind == "matmul":
        one, other, product = _factors(shape)
        return lambda: np.matmul(one, other, out=product)
    one, other, total = np.ones(shape), np.ones(shape), np.empty(shape)
    return lambda: np.add(one, other, out=total)


def _from_memory(kind: str, shape: tuple[int, ...]) -> Any:
    """As the model's lines are: a hundred arrays ago, and each result a new one that is kept."""
    if kind == "matmul":
        return _in_cache(kind, shape)
    lines = itertools.cycle([np.ones(shape) for _ in range(100)])
    kept: deque[Any] = deque(maxlen=100)
    return lambda: kept.append(next(lines) + next(lines))


def _factors(shape: tuple[int, ...]) -> tuple[Any, Any, Any]:
    rows, inner, columns = shape if len(shape) == 3 else (*shape, 1)
    return np.ones((rows, inner)), np.ones((inner, columns)), np.empty((rows, columns))
