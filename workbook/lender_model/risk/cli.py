"""The commands that run a workbook many times: simulate, breakeven, sensitivity."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lender_model.commands.options import App, Book, output, say, terminal, whole

app = App()


@app.command()
def simulate(
    book: Book,
    paths: Annotated[int, typer.Option(metavar="N", parser=whole(1, 10_000_000), help="How many paths.")] = 100_000,
    seed: Annotated[int, typer.Option(metavar="N", parser=whole(0), help="The same seed gives the same figures.")] = 1,
    workers: Annotated[
        int | None, typer.Option(metavar="N", parser=whole(1), help="Processes; as many as cores if left out.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Dask instead of processes: local, or a scheduler as tcp://host:8786.")
    ] = None,
    market: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder with the daily history.")] = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a line for each path.")] = None,
    pictures: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Save fan charts there; needs the extra: pip install drawstop[pictures]."),
    ] = None,
    watch: Annotated[
        str | None,
        typer.Option(metavar="LINE", help="Percentiles of a line of your own, as 'Sheet!Row' or 'Sheet!Label'."),
    ] = None,
) -> None:
    """Send the workbook's formulas along many paths of prices, costs and start-up.

    The workbook is refreshed, and the results go on its sheet Risk.
    """
    from lender_model.risk import commands  # noqa: PLC0415 - so that --help is quick

    if csv:
        output(csv, book, ".csv")
    done = commands.simulate(
        book, paths=paths, seed=seed, workers=workers, scheduler=scheduler, market=market, csv=csv, pictures=pictures,
        watch=watch, console=terminal(),
    )  # fmt: skip
    say(done)


@app.command()
def breakeven(book: Book) -> None:
    """Find the gold price, the cost and the delay at which each test first fails, year by year.

    The workbook is refreshed, and the results go on its sheet Risk.
    """
    from lender_model.risk import commands  # noqa: PLC0415 - so that --help is quick

    say(commands.breakeven(book, terminal()))


@app.command()
def sensitivity(
    book: Book,
    pictures: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Save the tornado there; needs the extra: pip install drawstop[pictures]."),
    ] = None,
) -> None:
    """Show what a move of each main input does.

    The workbook is refreshed, and the results go on its sheet Risk.
    """
    from lender_model.risk import commands  # noqa: PLC0415 - so that --help is quick

    say(commands.sensitivity(book, pictures, terminal()))
