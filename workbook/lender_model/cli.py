"""The command ``drawstop``."""

from __future__ import annotations

import codecs
import datetime as dt
import gc
import io
import sys
from pathlib import Path
from typing import Annotated

import typer

from lender_model.commands import deal as deal_commands
from lender_model.commands import functions as function_commands
from lender_model.commands import hosts as host_commands
from lender_model.commands.options import App, AsJson, Book, Engine, date, output, say, say_json, terminal, whole
from lender_model.risk import cli as risk_commands

app = App(
    pretty_exceptions_enable=False, rich_markup_mode=None,
    help="Spreadsheet functions and a lender model for a mine's project loan.",
    epilog="Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 alerts with --fail-on-alert.",
)  # fmt: skip

_ALERTS = 3  # exit code

_FIRST_STEPS = """\
{version}

First steps
  drawstop build model.xlsx                          build the lender model
  drawstop refresh model.xlsx --as-of 1996-09-30     refresh it and show the position
  drawstop functions PROCEEDS_MIN                    show a spreadsheet function with an example
  drawstop --help                                    list all commands
"""


@app.callback(invoke_without_command=True)
def first(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Spreadsheet functions and a lender model for a mine's project loan."""
    from lender_model.case import version as installed  # noqa: PLC0415 - so that --help is quick

    if version:
        say([installed()])
        raise typer.Exit
    if context.invoked_subcommand is None:
        say([_FIRST_STEPS.format(version=installed())])


@app.command()
def refresh(
    book: Book,
    as_of: Annotated[
        dt.date | None, typer.Option(parser=date, metavar="DATE", help="New as-of date, as 1996-09-30.")
    ] = None,
    scenario: Annotated[
        str | None, typer.Option(help="New scenario, one of sheet Scenarios, or several: 'A + B'.")
    ] = None,
    market: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder with market files to read.")] = None,
    engine: Annotated[
        Engine,
        typer.Option(help="What calculates: the Python model; or LibreOffice or Excel, for your own formulas too."),
    ] = Engine.PYTHON,
    as_json: AsJson = False,
    fail_on_alert: Annotated[
        bool, typer.Option("--fail-on-alert", help="Exit code 3 if a check fails or an alert stands.")
    ] = False,
) -> None:
    """Refresh a workbook and show the position.

    It is calculated from its own inputs, and the previous version is kept as a backup.
    """
    from lender_model.commands import report  # noqa: PLC0415 - so that --help is quick
    from lender_model.kinds import kind_of  # noqa: PLC0415 - as above
    from lender_model.refresh import written  # noqa: PLC0415 - as above
    from lender_model.xlsx.package import Package  # noqa: PLC0415 - as above

    package = Package.read(book)
    kind = kind_of(package)
    result = written(book, package, kind.calculate(package, as_of, scenario, market, engine.value), engine.value)
    found = kind.facts(result)
    if as_json:
        moved = {"figures": result.moved.figures, "inputs": result.moved.inputs}
        told = {part: [move._asdict() for move in moves] for part, moves in moved.items()}
        backup = str(result.backup) if result.backup else None
        say_json({**found, "moved": told, "notes": result.notes, "book": str(book), "backup": backup})
    else:
        console = terminal()
        kind.position(found, console)
        report.news(result, console)
        kept = f"; the previous version is {result.backup}" if result.backup else ""
        console.print(f"\nRefreshed {book}{kept}", style="dim", soft_wrap=True, markup=False)
    if fail_on_alert and (found["alerts"] or found["checks_failed"]):
        raise typer.Exit(_ALERTS)


@app.command()
def ledger(
    book: Book,
    statement: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="CSV: date, what, amount, due, until, note; of a deal date, tranche, what, amount, until, note.",
            show_default=False,
        ),
    ],
    as_of: Annotated[
        dt.date | None, typer.Option(parser=date, metavar="DATE", help="New as-of date, as 1997-12-31.")
    ] = None,
) -> None:
    """Enter the bank's statement on sheet Ledger, and refresh the workbook.

    What the ledger has already is left out. If any line is wrong, each is named and nothing is written.
    """
    from lender_model.kinds import kind_of  # noqa: PLC0415 - so that --help is quick
    from lender_model.xlsx.package import Package  # noqa: PLC0415 - as above
    from lender_model.xlsx.swap import replace_file  # noqa: PLC0415 - as above

    package = Package.read(book)
    kind = kind_of(package)
    done = kind.entered(package, statement)
    result = kind.calculate(done.package, as_of, None, None, "python")
    backup = replace_file(book, result.package.to_bytes(), was=package.data)
    kind.position(kind.facts(result), terminal())
    kept = f"; the previous version is {backup}" if backup else ""
    say([f"\nNew in the ledger: {done.added}. There already: {done.known}.", f"Refreshed {book}{kept}"])


@app.command()
def build(
    book: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER|BOOK", help="Folder of a deal; or where to write the workbook of the 1996 deal."
        ),
    ] = Path("lender_model.xlsx"),
    target: Annotated[
        Path | None,
        typer.Argument(metavar="[BOOK]", help="Where to write a deal's workbook; in its folder if left out."),
    ] = None,
) -> None:
    """Build the workbook of a deal's folder, or that of the 1996 deal.

    An existing workbook is kept as a backup.
    """
    if target is not None or deal_commands.is_deal(book):
        say(deal_commands.build(book, target))
        return
    from lender_model.build import build as built  # noqa: PLC0415 - so that --help is quick
    from lender_model.xlsx.swap import replace_file  # noqa: PLC0415 - as above

    if book.suffix.lower() != ".xlsx":
        raise typer.BadParameter(f"{book} must end in .xlsx, or be a folder with deal.toml")
    was = book.read_bytes() if book.exists() else None
    backup = replace_file(book, built(), was=was)
    kept = f"; the previous version is {backup}" if backup else ""
    say([f"Built {book}{kept}"])


@app.command()
def restore(
    book: Book,
    backup: Annotated[
        int | None,
        typer.Argument(
            metavar="NUMBER", parser=whole(1), help="Number of the backup to restore; without it, they are listed."
        ),
    ] = None,
) -> None:
    """List the backups of a workbook, newest first, or restore one.

    The workbook that it replaces becomes a backup itself.
    """
    from lender_model.xlsx import swap  # noqa: PLC0415 - so that --help is quick

    kept = swap.backups(book)
    if not kept and not book.is_file():
        raise typer.BadParameter(f"{book}: no such workbook, and no backups of it")
    if backup is None:
        say([_backup_line(*numbered) for numbered in enumerate(kept, start=1)] or [f"No backups of {book}"])
        return
    if backup > len(kept):
        raise typer.BadParameter(f"{book} has {len(kept)} backups; drawstop restore {book} lists them")
    was_there = book.exists()
    before = swap.restore(book, kept[backup - 1])
    tail = f"; the previous version is {before}" if before else ", which it was already" if was_there else ""
    say([f"Restored {book} from {kept[backup - 1].name}{tail}"])


def _backup_line(number: int, backup: Path) -> str:
    about = backup.stat()
    saved = dt.datetime.fromtimestamp(about.st_mtime, dt.UTC).astimezone()
    return f"{number:3}  saved {saved:%d-%b-%Y %H:%M:%S}  {_about(backup)}  {backup.name}"


def _about(backup: Path) -> str:
    """The as-of date and scenario of a version."""
    from drawstop.opc import PackageError  # noqa: PLC0415 - so that --help is quick
    from drawstop.serials import day_of  # noqa: PLC0415 - as above
    from lender_model.books.locate import Places, WorkbookError  # noqa: PLC0415 - as above
    from lender_model.xlsx.package import Package  # noqa: PLC0415 - as above

    try:
        places = Places(Package.read(backup))
        as_of, scenario = (places.tables[sheet].cells[at].value for sheet, at in map(places.value_at, _SHOWN))
        day = day_of(float(as_of or 0)).item()
    except (PackageError, WorkbookError, KeyError, TypeError, ValueError):
        return "of another kind"
    return f"as of {day:%d-%b-%Y}, {scenario}"


_SHOWN = ("cover.as_of", "cover.scenario")


@app.command()
def diff(
    before: Annotated[Path, typer.Argument(metavar="A", help="A workbook or a backup of it.", show_default=False)],
    now: Annotated[Path, typer.Argument(metavar="B", help="Another one.", show_default=False)],
    most: Annotated[int, typer.Option(metavar="N", parser=whole(1), help="Lines of each kind to show.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Compare two workbooks: inputs and formulas that differ, results that moved, largest effect first.

    Lines are matched by key and columns by heading, so that cells that were only moved do not differ.
    """
    from lender_model.books import diff as comparing  # noqa: PLC0415 - so that --help is quick
    from lender_model.xlsx.package import Package  # noqa: PLC0415 - as above

    found = comparing.differences(Package.read(before), Package.read(now))
    if as_json:
        say_json(found.as_data())
    else:
        say(list(comparing.lines(found, most)))


@app.command()
def export(
    book: Book,
    copy: Annotated[Path, typer.Argument(metavar="COPY", help="The copy to write (.xlsx).", show_default=False)],
    lambdas: Annotated[
        bool, typer.Option("--lambda", help="Keep every formula: the copy defines the functions as LAMBDAs.")
    ] = False,
) -> None:
    """Write a copy for those without the add-in.

    It holds values in place of our functions; native formulas stay. Rules and names that call our functions have no
    value: they stay and are listed. With --lambda the functions are defined names of the copy, and it calculates in
    Excel for Microsoft 365 on Windows, Mac and the web with nothing installed; other programs do not support LAMBDA.
    """
    from lender_model.books.fresh import require_figures  # noqa: PLC0415 - as above
    from lender_model.xlsx import copies  # noqa: PLC0415 - so that --help is quick
    from lender_model.xlsx.package import Package  # noqa: PLC0415 - as above
    from lender_model.xlsx.swap import replace_file  # noqa: PLC0415 - as above

    output(copy, book, book.suffix.lower() or ".xlsx")
    package = Package.read(book)
    require_figures(package)
    made = copies.with_lambdas(package) if lambdas else copies.with_values(package)
    replace_file(copy, made.package.to_bytes(), was=copy.read_bytes() if copy.exists() else None)
    say([f"Wrote {copy}: figures as of the last refresh"])
    say([f"! {note}" for note in made.notes])


@app.command()
def render(
    book: Book,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the pictures.", show_default=False)],
    sheet: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this sheet; may be given again.")
    ] = None,
) -> None:
    """Save each sheet as a picture, through LibreOffice."""
    from drawstop.hosts.calc import render as rendered  # noqa: PLC0415 - so that --help is quick
    from lender_model.xlsx.package import Package  # noqa: PLC0415 - as above

    names = Package.read(book).sheet_names
    for unknown in [name for name in sheet or () if name not in names]:
        raise typer.BadParameter(f"no sheet {unknown!r}; there are {', '.join(names)}", param_hint="--sheet")
    say([str(picture) for picture in rendered(book, directory, sheet or None)])


@app.command()
def certificate(
    book: Book,
    pdf: Annotated[
        Path | None, typer.Argument(metavar="PDF", help="Where to write it; beside the workbook if left out.")
    ] = None,
) -> None:
    """Save the certificate as PDF, through LibreOffice; a workbook whose figures are out of date is refused."""
    from drawstop.hosts.calc import print_sheet  # noqa: PLC0415 - so that --help is quick
    from lender_model.books.fresh import require_figures  # noqa: PLC0415 - as above
    from lender_model.xlsx.package import Package  # noqa: PLC0415 - as above

    target = output(pdf or book.with_name(f"{book.stem}-certificate.pdf"), book, ".pdf")
    require_figures(Package.read(book))
    print_sheet(book, "Certificate", target)
    say([f"Wrote {target}: figures as of the last refresh"])


@app.command("report")
def monthly_report(
    book: Book,
    page: Annotated[
        Path | None, typer.Argument(metavar="HTML", help="Where to write it; beside the workbook if left out.")
    ] = None,
) -> None:
    """Write the month's report to the lender as one HTML page, which prints on A4.

    The answer comes first: whether the loan is in trouble, why, and what would fix it. The workbook is not changed.
    Needs the extra: pip install drawstop[pictures].
    """
    from lender_model import monthly_report as reporting  # noqa: PLC0415 - so that --help is quick
    from lender_model.xlsx.swap import replace_file  # noqa: PLC0415 - as above

    target = output(page or book.with_name(f"{book.stem}-report.html"), book, ".html")
    text = reporting.page(book).encode()
    replace_file(target, text, was=target.read_bytes() if target.exists() else None)
    say([f"Wrote {target}"])


_PLAIN = str.maketrans({"→": "->", "–": "-", "—": "-", "−": "-", "×": "x", "✘": "x", "…": "...", "≥": ">=", "≤": "<="})


def _in_plain_signs(error: UnicodeError) -> tuple[str, int]:
    """The replacement for a character that the code page of a terminal or file lacks."""
    assert isinstance(error, UnicodeEncodeError)  # noqa: S101 - registered for encoding alone
    return error.object[error.start : error.end].translate(_PLAIN).encode("ascii", "replace").decode(), error.end


def _write_in_any_code_page() -> None:
    """A log in cp1252 must not abort a refresh that has already changed the workbook."""
    codecs.register_error("plain signs", _in_plain_signs)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plain signs")


for part in (risk_commands, function_commands, deal_commands):
    app.add_typer(part.app)
app.add_typer(host_commands.calc, name="calc")
app.add_typer(host_commands.excel, name="excel")


def main() -> None:
    """Run the command; an error is one line, with exit code 1."""
    _write_in_any_code_page()
    gc.set_threshold(2_000_000)  # a workbook is many small long-lived objects: collecting garbage is slow
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if not _is_ours(error):
            raise
        terminal(stderr=True).print(f"drawstop: {_words(error)}", style="red", soft_wrap=True, markup=False)
        sys.exit(1)


def _words(error: Exception) -> str:
    """The message of an error; for one of the system's, the file and the reason without its number."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _is_ours(error: Exception) -> bool:
    """Whether an error is one that the product raises for the user to read."""
    module = type(error).__module__
    return module.startswith(("lender_model", "drawstop")) or isinstance(error, OSError)
