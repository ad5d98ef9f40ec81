"""The commands on the spreadsheet functions: their manual, and one of them as a LAMBDA."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from lender_model.commands.options import App, terminal

app = App()


@app.command()
def functions(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="A function; without it, all are listed.")] = None,
) -> None:
    """List the spreadsheet functions, or show one with its arguments, errors and an example."""
    from drawstop.functions.reference import find  # noqa: PLC0415 - so that --help is quick
    from lender_model.commands import manual  # noqa: PLC0415 - as above

    console = terminal(least=80)
    if name is None:
        manual.contents(console)
    else:
        manual.entry(find(name), console)


@app.command("lambda")
def as_lambda(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A function, as PROCEEDS_MIN.", show_default=False)],
) -> None:
    """Print a function as a LAMBDA, for Excel's Name Manager or the Advanced Formula Environment.

    It needs nothing else: give it the function's name in Formulas > Name Manager > New, and paste it as what it
    refers to.
    """
    from drawstop.functions.native import FORMULAS, lambda_text  # noqa: PLC0415 - so that --help is quick
    from drawstop.functions.reference import find  # noqa: PLC0415 - as above

    spec = find(name)
    if spec.name not in FORMULAS:
        raise typer.BadParameter(f"{spec.name} cannot be a LAMBDA: it needs the add-in", param_hint="NAME")
    sys.stdout.write(lambda_text(spec.name) + "\n")
