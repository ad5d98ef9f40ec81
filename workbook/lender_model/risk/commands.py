"""The commands: read a workbook, run, show, and put results on its sheet Risk."""

from __future__ import annotations

from concurrent.futures import Executor
from contextlib import AbstractContextManager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from lender_model.grid import Values
from lender_model.kinds import Kind, kind_of
from lender_model.refresh import Calculated
from lender_model.report import news
from lender_model.risk import executors, report, store
from lender_model.risk import pictures as drawing
from lender_model.risk.breakeven import break_evens
from lender_model.risk.sensitivity import tornado
from lender_model.risk.simulate import Job, Results, run
from lender_model.risk.store import ONE_MOVED, levers_moved
from lender_model.xlsx.package import Package


def simulate(
    book: Path,
    *,
    paths: int,
    seed: int,
    workers: int | None,
    scheduler: str | None,
    market: Path | None,
    csv: Path | None,
    pictures: Path | None,
    watch: str | None,
    console: Console,
) -> list[str]:
    """Run a simulation of a workbook, put it on the sheet Risk, and show it; returns lines on what was written.

    Raises:
        PackageError, WorkbookError: the workbook is wrong, as a refresh says it.
        CaseError: a file of the daily history is wrong.
        RiskError: a distribution, the scheduler, an extra or the line to watch is wrong or missing, or a formula
            cannot run along paths.
        SwapError: the workbook cannot be replaced.
    """
    kind, refreshed = _calculated(book)
    if pictures:
        drawing.plotter()  # missing, it is told before the paths are run
    with kind.case(refreshed) as case:
        ready = kind.simulation(case, refreshed, seed, market, watch)
    results = _run(ready.job, paths, _executor(scheduler, workers), console)
    words = store.words_of_simulation(paths, seed)
    done = _write(book, refreshed, "simulation", store.of_simulation(results, ready.past, words))
    if csv:
        report.save_paths(results, csv)
        done.append(f"Wrote {csv}")
    if pictures:
        done += [f"Wrote {picture}" for picture in drawing.simulation(results, refreshed.values, pictures)]
    console.print(ready.table, *report.events(results), report.figures(results, refreshed.values))
    if results.line:
        console.print(report.watched(results))
    news(refreshed, console)
    return done


def _executor(scheduler: str | None, workers: int | None) -> AbstractContextManager[Executor]:
    workers = workers or executors.cores()
    return executors.cluster(scheduler, workers) if scheduler else executors.processes(workers)


def _run(task: Job, paths: int, executor: AbstractContextManager[Executor], console: Console) -> Results:
    columns = (TextColumn("Paths"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with executor as pool, Progress(*columns, console=console, transient=True) as bar:
        line = bar.add_task("", total=paths)
        return run(task, paths, pool, lambda count: bar.advance(line, count))


def breakeven(book: Path, console: Console) -> list[str]:
    """Search a workbook's break-evens, put them on the sheet Risk, and show them; returns lines on what was written.

    Raises:
        PackageError, WorkbookError: the workbook is wrong, as a refresh says it.
        RiskError: a formula cannot run along the points.
        SwapError: the workbook cannot be replaced.
    """
    kind, refreshed = _calculated(book)
    with kind.case(refreshed) as case:
        found = kind.shown(break_evens(case, kind.levers(case)), case)
    done = _write(book, refreshed, "breakeven", store.of_break_evens(found, refreshed.values, levers_moved(found)))
    console.print(*report.break_evens(found))
    console.print("A dash: no failure found, or none cured. Red: it fails in the base case.", style="dim")
    news(refreshed, console)
    return done


def sensitivity(book: Path, pictures: Path | None, console: Console) -> list[str]:
    """Put a workbook's tornado on the sheet Risk, and show it; returns lines on what was written.

    Raises:
        PackageError, WorkbookError: the workbook is wrong, as a refresh says it.
        RiskError: matplotlib is not installed.
        SwapError: the workbook cannot be replaced.
    """
    kind, refreshed = _calculated(book)
    with kind.case(refreshed) as case:
        found = tornado(case, kind.moves(case))
    done = _write(book, refreshed, "sensitivity", store.of_tornado(found, ONE_MOVED))
    if pictures:
        done.append(f"Wrote {drawing.tornado(found, pictures / 'tornado.png')}")
    console.print(report.tornado(found))
    news(refreshed, console)
    return done


def _calculated(book: Path) -> tuple[Kind, Calculated]:
    package = Package.read(book)
    kind = kind_of(package)
    return kind, kind.calculate(package, None, None, None, "python")


def _write(book: Path, refreshed: Calculated, kind: str, found: Values) -> list[str]:
    backup = store.write(book, refreshed, kind, found)
    kept = f"; the previous version is {backup}" if backup else ""
    return [f"Wrote sheet Risk of {book}{kept}"]
