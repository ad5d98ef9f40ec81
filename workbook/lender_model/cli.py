"""The command ``drawstop``."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="Spreadsheet functions and lender model of a mine's project loan.",
)  # fmt: skip

Book = Annotated[Path, typer.Argument(help="The lender model workbook (.xlsx).", show_default=False)]


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; write it as 1996-09-30") from None


@app.command()
def refresh(
    book: Book,
    as_of: Annotated[
        dt.date | None, typer.Option(parser=_date, metavar="DATE", help="New as-of date, as 1996-09-30.")
    ] = None,
    scenario: Annotated[str | None, typer.Option(help="New scenario, a column of sheet Scenarios.")] = None,
    market: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder with market files to read.")] = None,
) -> None:
    """Recalculate a workbook from its own inputs, keep a backup, and show the position."""
    from lender_model import refresh as refreshing  # noqa: PLC0415 - as above
    from lender_model import report  # noqa: PLC0415 - so that --help is quick

    result = refreshing.refresh(book, as_of=as_of, scenario=scenario, market=market)
    console = Console(highlight=False)
    report.show(result.values, console)
    for cell in result.typed_over:
        console.print(
            f"! {cell} holds a value where the model has a formula: left as it is, and not followed", style="yellow"
        )
    kept = f"; the version before is {result.backup}" if result.backup else ""
    console.print(f"\nRefreshed {book}{kept}", style="dim", soft_wrap=True)


@app.command()
def build(
    book: Annotated[Path, typer.Argument(help="Where to write the workbook.")] = Path("lender_model.xlsx"),
) -> None:
    """Build the lender model workbook of the case anew; a workbook that stands there is kept as a backup."""
    from lender_model.build import build as built  # noqa: PLC0415 - so that --help is quick
    from lender_model.swap import replace_file  # noqa: PLC0415 - as above

    was = book.read_bytes() if book.exists() else None
    backup = replace_file(book, built(), was=was)
    kept = f"; the version before is {backup}" if backup else ""
    Console(highlight=False).print(f"Built {book}{kept}", soft_wrap=True)


@app.command()
def export(
    book: Book,
    copy: Annotated[Path, typer.Argument(help="The copy to write (.xlsx).", show_default=False)],
) -> None:
    """Write a copy with values in place of our functions, for those without the add-in; native formulas stay."""
    from drawstop.functions import FUNCTIONS  # noqa: PLC0415 - so that --help is quick
    from lender_model.package import Package  # noqa: PLC0415 - as above
    from lender_model.swap import replace_file  # noqa: PLC0415 - as above

    if copy.resolve() == book.resolve():
        raise typer.BadParameter("is the workbook itself; name another file")
    frozen = Package.read(book).frozen(FUNCTIONS)
    replace_file(copy, frozen.to_bytes(), was=copy.read_bytes() if copy.exists() else None)
    Console(highlight=False).print(f"Wrote {copy}: figures as of the last refresh", soft_wrap=True)


def main() -> None:
    """Run the command; what is wrong is said in one line, with exit code 1."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if not _is_ours(error):
            raise
        Console(stderr=True, highlight=False).print(f"drawstop: {error}", style="red", soft_wrap=True, markup=False)
        sys.exit(1)


def _is_ours(error: Exception) -> bool:
    """Whether an error is one that the product raises to be read."""
    module = type(error).__module__
    return module.startswith(("lender_model", "drawstop")) or isinstance(error, OSError)
