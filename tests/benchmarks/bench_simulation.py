"""Paths a second: machine code against NumPy, the calculator case by case, and LibreOffice; what compiling takes."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import as_completed
from pathlib import Path
from typing import Any

import numpy as np
from tests.benchmarks.timing import Row, duration, memory, process, seconds

import lender_model
from lender_model import case, model
from lender_model.compose import paths, refresh
from lender_model.compose.model import compose, read
from lender_model.compose.writer import build
from lender_model.formulas.arrays import Arrays
from lender_model.formulas.compile import ready
from lender_model.kinds import OfFolder
from lender_model.risk import executors, simulate
from lender_model.risk.base import Case
from lender_model.risk.paths import dynamics, history
from lender_model.xlsx.package import Package

BLOCKS = 256


def job() -> tuple[Case, simulate.Job]:
    """The case as it is shipped, and its simulation."""
    inputs, _ = case.inputs()
    book = Case.of(inputs)
    return book, simulate.job(book, dynamics(inputs, history(inputs["cover.as_of"])), 1)


def processor_time(call: Callable[[], Any], repeats: int) -> float:
    """Median processor time of a call, which others on the machine disturb little."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return statistics.median(times)


def blocks(task: simulate.Job) -> tuple[float, float, float, float]:
    """Processor time of a block by machine code and with NumPy, of drawing it, and of making the machine code."""
    machine, arrays, rng = ready(task.program), Arrays(task.program), np.random.default_rng(1)
    later = simulate.FAN_BLOCKS
    return (
        processor_time(lambda: simulate.block(task, later, machine), 30),
        processor_time(lambda: simulate.block(task, later, arrays), 10),
        processor_time(lambda: simulate.changes_of(task, rng), 30),
        processor_time(lambda: ready(task.program), 3),
    )


def rows() -> Iterator[Row]:
    """The table's lines."""
    (book, task), cores = job(), executors.cores()
    with executors.processes(cores) as pool:
        simulate.run(task, 2 * cores * simulate.ERRAND * simulate.BLOCK, pool)  # starts the processes
        wall = seconds(lambda: simulate.run(task, BLOCKS * simulate.BLOCK, pool), 3)
        found = [future.result() for future in as_completed([pool.submit(blocks, task) for _ in range(cores)])]
    own, numpy, drawing, made = (statistics.median(times) for times in zip(*found, strict=True))
    rate, unhindered = BLOCKS * simulate.BLOCK / wall, cores * simulate.BLOCK / own
    only = book.calculation.depending([book.area(key) for key in simulate.INPUTS])
    alone = processor_time(lambda: book.calculation.run(only), 5)
    yield Row(
        f"Paths a second, {cores} cores", f"{rate:,.0f}", f"{1 / alone:,.0f}", "the calculator, a case at a time",
        f"{rate * alone:,.0f} × faster",
        f"draws and figures included; {unhindered:,.0f} by processor time, were no other process on the machine",
    )  # fmt: skip
    yield Row(
        f"A block of {simulate.BLOCK:,} paths", duration(own), duration(numpy), "with NumPy, without the extra fast",
        f"{own / numpy:.2f} ×", f"{drawing / own:.0%} of it are the draws; goal: NumPy takes at most 6 times as long",
    )  # fmt: skip
    compiling = processor_time(lambda: book.program(simulate.INPUTS, simulate.OUTPUTS), 3)
    yield Row("Compiling", duration(compiling + made), note=f"{duration(made)} of it by LLVM; goal 1 s")
    yield _richest_deal(rate, cores)
    yield from _libre_office(rate)
    inputs, _ = case.inputs()
    yield Row("One case, all sheets, in process", duration(seconds(lambda: model.run(inputs), 15)), note="goal 60 ms")
    for count in (10_000, 100_000, 400_000):
        taken, peak = _process(count)
        yield Row(
            f"simulate, {count:,} paths, whole process",
            duration(taken),
            note=f"{memory(peak)} at its peak, workers apart",
        )


def richest() -> tuple[str, Case, int]:
    """Of the shipped deals the one whose workbook has the most lines with formulas: its name, its case, how many."""
    folders = Path(lender_model.__file__).parent / "deals"
    models = {path.parent.name: compose(read(path.parent)) for path in sorted(folders.glob("*/case.toml"))}
    lines = {
        name: sum(1 for sheet in one.book.sheets for _ in one.book.cells(sheet, once=True))
        for name, one in models.items()
    }
    name = max(lines, key=lines.__getitem__)
    result = refresh.calculate(Package(build(models[name])[0], name))
    return name, OfFolder().case(result), lines[name]


def _richest_deal(rate: float, cores: int) -> Row:
    """The richest shipped deal beside the 1996 workbook."""
    name, book, lines = richest()
    task, own = paths.job(book, 1), sum(1 for sheet in model.SHEETS for _ in model.BOOK.cells(sheet, once=True))
    with executors.processes(cores) as pool:
        simulate.run(task, 2 * cores * simulate.ERRAND * simulate.BLOCK, pool)  # starts the processes
        wall = seconds(lambda: simulate.run(task, BLOCKS * simulate.BLOCK, pool), 3)
    found = BLOCKS * simulate.BLOCK / wall
    return Row(
        f"Paths a second, {name}", f"{found:,.0f}", f"{rate:,.0f}", "the 1996 workbook", f"{found / rate:.2f} ×",
        f"{lines:,} formulas over {book.lines.book.months} months, against {own:,} over {model.MONTHS}",
    )  # fmt: skip


def _process(count: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder, "model.xlsx")
        book.write_bytes((Path(__file__).parents[2] / "workbook" / "lender_model.xlsx").read_bytes())
        return process(["-m", "lender_model", "simulate", str(book), "--paths", str(count)], 1)


def _libre_office(rate: float) -> Iterator[Row]:
    from drawstop.hosts.calc import CalcError, Session  # noqa: PLC0415 - a peer that may be missing
    from lender_model.build import build as built  # noqa: PLC0415 - as above

    try:
        with Session() as office, tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "model.xlsx")
            path.write_bytes(built())
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
