"""The commands on a spreadsheet program: drawstop's functions in your own LibreOffice and Excel."""

from __future__ import annotations

from typing import Annotated

import typer

from lender_model.commands.options import App, Book, say

calc = App(no_args_is_help=True, help="drawstop's functions in your own LibreOffice.")

excel = App(no_args_is_help=True, help="drawstop's functions and buttons in your own Excel.")


@calc.command("install")
def calc_install() -> None:
    """Install the functions in your LibreOffice."""
    from drawstop.hosts.calc import install  # noqa: PLC0415 - so that --help is quick

    say(install())


@calc.command("uninstall")
def calc_uninstall() -> None:
    """Remove the functions from your LibreOffice."""
    from drawstop.hosts.calc import uninstall  # noqa: PLC0415 - so that --help is quick

    say(uninstall())


@calc.command("status")
def calc_status() -> None:
    """Say how the functions stand in your LibreOffice."""
    from drawstop.hosts.calc import status  # noqa: PLC0415 - so that --help is quick

    say(status())


@calc.command("open")
def calc_open(book: Book) -> None:
    """Open a copy of a workbook in LibreOffice.

    In the copy the array formulas find the functions, which LibreOffice does not manage by itself.
    """
    from drawstop.hosts.calc import open_book  # noqa: PLC0415 - so that --help is quick

    say(open_book(book))


@excel.command("install")
def excel_install(
    without_help: Annotated[
        bool,
        typer.Option("--without-help", help="Leave out the help for the function wizard, should Excel dislike it."),
    ] = False,
) -> None:
    """Make the add-in and put it where your Excel loads it (Windows)."""
    from drawstop.hosts.excel.installed import install  # noqa: PLC0415 - so that --help is quick

    say(install(described=not without_help))


@excel.command("uninstall")
def excel_uninstall() -> None:
    """Remove the add-in from your Excel."""
    from drawstop.hosts.excel.installed import uninstall  # noqa: PLC0415 - so that --help is quick

    say(uninstall())


@excel.command("doctor")
def excel_doctor() -> None:
    """Check each link from a cell of Excel to Python, and say what to do.

    Exit code 1 if one of them does not hold.
    """
    from drawstop.hosts.excel.doctor import findings  # noqa: PLC0415 - so that --help is quick

    broken = False
    for finding in findings():
        say([finding.line()])
        broken = broken or bool(finding.remedy)
    raise typer.Exit(int(broken))
