"""The commands that work on a deal's folder: new, check, describe, build."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from lender_model.options import App, date, say

app = App()


Folder = Annotated[
    Path, typer.Argument(help="Folder of the deal: deal.toml, case.toml, CSV files.", show_default=False)
]


_SIGNING = dt.date(2026, 1, 31)
"""The date of signing of a new deal, by default."""


class DealFolderError(ValueError):
    """A folder that cannot be used: one line."""


def is_deal(path: Path) -> bool:
    """Whether a path is the folder of a deal."""
    return (path / "deal.toml").is_file()


@app.command("new")
def new(
    folder: Annotated[Path, typer.Argument(help="Folder to make.", show_default=False)],
    name: Annotated[str, typer.Option(help="Name of the deal.")] = "Example gold project loan",
    borrower: Annotated[str, typer.Option(help="Borrower.")] = "Example Gold Inc.",
    signing: Annotated[
        dt.date | None, typer.Option(parser=date, metavar="DATE", help="Date of signing, as 2026-01-31.")
    ] = None,
    commitment: Annotated[float, typer.Option(min=1, help="Commitment of the loan, in US$.")] = 100_000_000,
    margin: Annotated[float, typer.Option(min=0, max=1, help="Margin a year, as 0.05.")] = 0.05,
    years: Annotated[int, typer.Option(min=2, max=30, help="Years from signing to the final maturity.")] = 7,
    months: Annotated[int, typer.Option(min=12, max=480, help="Months of the model.")] = 120,
    metal: Annotated[str, typer.Option(help="What the mine sells: gold, silver, copper, …")] = "gold",
    fixed: Annotated[bool, typer.Option("--fixed", help="A fixed rate instead of a base rate and a margin.")] = False,
    hedge: Annotated[bool, typer.Option("--hedge", help="With a collar.")] = False,
    stream: Annotated[bool, typer.Option("--stream", help="With a stream.")] = False,
    standby: Annotated[bool, typer.Option("--standby", help="With a standby facility.")] = False,
) -> None:
    """Write a commented deal and case that build at once."""
    from lender_model.compose.starter import Choices, write  # noqa: PLC0415 - so that --help is quick

    choices = Choices(
        name=name, borrower=borrower, signing=signing or _SIGNING, commitment=commitment, margin=margin, years=years,
        months=months, metal=metal, fixed=fixed, hedge=hedge, stream=stream, standby=standby,
    )  # fmt: skip
    say([f"Wrote {path}" for path in write(folder, choices)])


@app.command("check")
def check(folder: Folder) -> None:
    """List the faults of a deal, a line each: file, line, key, and what would be right.

    Exit code 1 if there are any.
    """
    from drawstop.deal import DealError  # noqa: PLC0415 - so that --help and a refresh are quick
    from lender_model.compose import model as composing  # noqa: PLC0415 - so that --help is quick

    try:
        model = composing.compose(composing.read(folder))
        composing.refuse_circles(model, folder)
    except DealError as error:
        say([str(fault) for fault in error.faults])
        raise typer.Exit(1) from None
    lines = sum(bool(row.key) for sheet in model.book.sheets for row in sheet.rows)
    size = f"{len(model.book.sheets)} sheets, {lines:,} lines, {model.book.months} months"
    say([f"{folder}: {model.deal.name}: {size}; no faults found"])


@app.command("describe")
def describe(folder: Folder) -> None:
    """Describe a deal in plain English, as a term sheet to be read against the agreement."""
    from lender_model.compose import model as composing  # noqa: PLC0415 - so that --help is quick
    from lender_model.compose.terms import term_sheet  # noqa: PLC0415 - as above

    say(list(term_sheet(composing.read(folder))))


def build(folder: Path, book: Path | None) -> list[str]:
    """Build the workbook of a deal's folder; an existing workbook is kept as a backup."""
    from lender_model.compose import model as composing  # noqa: PLC0415 - so that --help is quick
    from lender_model.compose.delivered import delivered  # noqa: PLC0415 - as above
    from lender_model.compose.writer import build as built  # noqa: PLC0415 - as above
    from lender_model.swap import replace_file  # noqa: PLC0415 - as above
    from lender_model.xlsx.package import Package  # noqa: PLC0415 - as above

    target = book or folder / f"{folder.resolve().name}.xlsx"
    if target.suffix.lower() != ".xlsx":
        raise DealFolderError(f"{target} must end in .xlsx")
    model = composing.compose(composing.read(folder))
    composing.refuse_circles(model, folder)
    content, values = built(model)
    package, notes = delivered(Package(content, target.name))
    backup = replace_file(target, package.to_bytes(), was=target.read_bytes() if target.exists() else None)
    kept = f"; the previous version is {backup}" if backup else ""
    return [
        f"Built {target}{kept}",
        str(values["cover.answer"]),
        str(values["checks.light"]),
        *(f"! {note}" for note in notes),
    ]
