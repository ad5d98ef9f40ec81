"""The command ``drawstop``."""

from __future__ import annotations

import codecs
import datetime as dt
import enum
import gc
import io
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from typer.core import TyperCommand

from lender_model import deal_commands

_Function = TypeVar("_Function", bound=Callable[..., Any])


class _Command(TyperCommand):
    """A command whose usage line shows a required argument as manuals do: BOOK, not {BOOK}."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The words of the usage line."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]


class _App(typer.Typer):
    """Commands of that kind."""

    def command(self, name: str | None = None, **options: Any) -> Callable[[_Function], _Function]:
        """Register a command; see :meth:`typer.Typer.command`."""
        return super().command(name, **{"cls": _Command, **options})


app = _App(
    pretty_exceptions_enable=False, rich_markup_mode=None,
    help="Spreadsheet functions and a lender model for a mine's project loan.",
    epilog="Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 alerts with --fail-on-alert.",
)  # fmt: skip

calc = _App(no_args_is_help=True, help="drawstop's functions in your own LibreOffice.")
app.add_typer(calc, name="calc")

excel = _App(no_args_is_help=True, help="drawstop's functions and buttons in your own Excel.")
app.add_typer(excel, name="excel")


class Engine(enum.StrEnum):
    """What calculates a refresh."""

    PYTHON = "python"
    CALC = "calc"
    EXCEL = "excel"


Book = Annotated[Path, typer.Argument(metavar="BOOK", help="The lender model workbook (.xlsx).", show_default=False)]

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")]
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
        _say([installed()])
        raise typer.Exit
    if context.invoked_subcommand is None:
        _say([_FIRST_STEPS.format(version=installed())])


_WIDTH = 100  # characters of the widest table: a narrower terminal wraps its lines, so that no figure is cut


def _console(*, stderr: bool = False, least: int = _WIDTH) -> Console:
    """The terminal, or a file, pipe or nothing in its place, with lines of a given width."""
    stream = (sys.stderr if stderr else sys.stdout) or io.StringIO()
    width = max(least, shutil.get_terminal_size().columns) if stream.isatty() else least
    return Console(file=stream, highlight=False, width=width)


def _output(path: Path, book: Path, suffix: str) -> Path:
    """The path of a file to write: with the right ending, in an existing folder, and not the workbook itself."""
    if path.suffix.lower() != suffix:
        raise typer.BadParameter(f"{path} must end in {suffix}")
    if path.resolve() == book.resolve():
        raise typer.BadParameter("is the workbook itself; name another file")
    if not path.absolute().parent.is_dir():
        raise typer.BadParameter(f"{path.parent} is not a folder")
    return path


def _say(lines: Sequence[str]) -> None:
    for line in lines:
        _console().print(line, soft_wrap=True, markup=False)


def _say_json(document: Any) -> None:
    """One document on standard output, in reading order."""
    _say([json.dumps(document, indent=2, ensure_ascii=False)])


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _whole(low: int, high: int | None = None) -> Callable[[str], int]:
    """A parser of whole numbers, which may be written 100000, 100,000 or 1e5."""
    bounds = f"a whole number from {low:,} to {high:,}" if high else f"a whole number of {low:,} or more"

    def read(text: str) -> int:
        try:
            number = float(str(text).replace(",", ""))
        except ValueError:
            number = float("nan")
        if not number.is_integer() or number < low or (high is not None and number > high):
            raise typer.BadParameter(f"{text!r} must be {bounds}")
        return int(number)

    return read


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a valid date; write it as 1996-09-30") from None


@app.command()
def refresh(
    book: Book,
    as_of: Annotated[
        dt.date | None, typer.Option(parser=_date, metavar="DATE", help="New as-of date, as 1996-09-30.")
    ] = None,
    scenario: Annotated[str | None, typer.Option(help="New scenario, one of the six of sheet Scenarios.")] = None,
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
    from lender_model import refresh as refreshing  # noqa: PLC0415 - so that --help is quick
    from lender_model import report  # noqa: PLC0415 - as above

    lines = deal_commands.refresh(book, as_of, scenario, others={
        "--market": market, "--json": as_json or None, "--fail-on-alert": fail_on_alert or None,
        "--engine": None if engine is Engine.PYTHON else engine,
    })  # fmt: skip
    if lines:
        _say(lines)
        return
    result = refreshing.refresh(book, as_of=as_of, scenario=scenario, market=market, engine=engine.value)
    found = report.facts(result.values)
    if as_json:
        moved = {"figures": result.moved.figures, "inputs": result.moved.inputs}
        told = {part: [move._asdict() for move in moves] for part, moves in moved.items()}
        _say_json({**found, "moved": told, "notes": result.notes, "book": str(book), "backup": _text(result.backup)})
    else:
        console = _console()
        report.position(found, console)
        report.news(result, console)
        kept = f"; the previous version is {result.backup}" if result.backup else ""
        console.print(f"\nRefreshed {book}{kept}", style="dim", soft_wrap=True, markup=False)
    if fail_on_alert and (found["alerts"] or found["checks_failed"]):
        raise typer.Exit(_ALERTS)


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
        _say(deal_commands.build(book, target))
        return
    from lender_model.build import build as built  # noqa: PLC0415 - so that --help is quick
    from lender_model.swap import replace_file  # noqa: PLC0415 - as above

    if book.suffix.lower() != ".xlsx":
        raise typer.BadParameter(f"{book} must end in .xlsx, or be a folder with deal.toml")
    was = book.read_bytes() if book.exists() else None
    backup = replace_file(book, built(), was=was)
    kept = f"; the previous version is {backup}" if backup else ""
    _say([f"Built {book}{kept}"])


@app.command()
def restore(
    book: Book,
    backup: Annotated[
        int | None,
        typer.Argument(
            metavar="NUMBER", parser=_whole(1), help="Number of the backup to restore; without it, they are listed."
        ),
    ] = None,
) -> None:
    """List the backups of a workbook, newest first, or restore one.

    The workbook that it replaces becomes a backup itself.
    """
    from lender_model import swap  # noqa: PLC0415 - so that --help is quick

    kept = swap.backups(book)
    if not kept and not book.is_file():
        raise typer.BadParameter(f"{book}: no such workbook, and no backups of it")
    if backup is None:
        _say([_backup_line(*numbered) for numbered in enumerate(kept, start=1)] or [f"No backups of {book}"])
        return
    if backup > len(kept):
        raise typer.BadParameter(f"{book} has {len(kept)} backups; drawstop restore {book} lists them")
    was_there = book.exists()
    before = swap.restore(book, kept[backup - 1])
    tail = f"; the previous version is {before}" if before else ", which it was already" if was_there else ""
    _say([f"Restored {book} from {kept[backup - 1].name}{tail}"])


def _backup_line(number: int, backup: Path) -> str:
    about = backup.stat()
    saved = dt.datetime.fromtimestamp(about.st_mtime, dt.UTC).astimezone()
    return f"{number:3}  saved {saved:%d-%b-%Y %H:%M:%S}  {_about(backup)}  {backup.name}"


def _about(backup: Path) -> str:
    """The as-of date and scenario of a version."""
    from drawstop.opc import PackageError  # noqa: PLC0415 - so that --help is quick
    from drawstop.serials import day_of  # noqa: PLC0415 - as above
    from lender_model.locate import Places, WorkbookError  # noqa: PLC0415 - as above
    from lender_model.package import Package  # noqa: PLC0415 - as above

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
    most: Annotated[int, typer.Option(metavar="N", parser=_whole(1), help="Lines of each kind to show.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Compare two workbooks: inputs and formulas that differ, results that moved, largest effect first.

    Lines are matched by key and columns by heading, so that cells that were only moved do not differ.
    """
    from lender_model import diff as comparing  # noqa: PLC0415 - so that --help is quick
    from lender_model.package import Package  # noqa: PLC0415 - as above

    found = comparing.differences(Package.read(before), Package.read(now))
    if as_json:
        _say_json(found.as_data())
    else:
        _say(list(comparing.lines(found, most)))


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
    from lender_model import copies  # noqa: PLC0415 - so that --help is quick
    from lender_model.fresh import require_figures  # noqa: PLC0415 - as above
    from lender_model.package import Package  # noqa: PLC0415 - as above
    from lender_model.swap import replace_file  # noqa: PLC0415 - as above

    _output(copy, book, book.suffix.lower() or ".xlsx")
    package = Package.read(book)
    require_figures(package)
    made = copies.with_lambdas(package) if lambdas else copies.with_values(package)
    replace_file(copy, made.package.to_bytes(), was=copy.read_bytes() if copy.exists() else None)
    _say([f"Wrote {copy}: figures as of the last refresh"])
    _say([f"! {note}" for note in made.notes])


@app.command("lambda")
def as_lambda(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A function, as PROCEEDS_MIN.", show_default=False)],
) -> None:
    """Print a function as a LAMBDA, for Excel's Name Manager or the Advanced Formula Environment.

    It is complete: in Formulas > Name Manager > New, give it the function's name and paste it into Refers to.
    """
    from drawstop.functions.native import FORMULAS, lambda_text  # noqa: PLC0415 - so that --help is quick
    from drawstop.functions.reference import find  # noqa: PLC0415 - as above

    spec = find(name)
    if spec.name not in FORMULAS:
        raise typer.BadParameter(f"{spec.name} cannot be a LAMBDA: it needs the add-in", param_hint="NAME")
    sys.stdout.write(lambda_text(spec.name) + "\n")


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
    from lender_model.package import Package  # noqa: PLC0415 - as above

    names = Package.read(book).sheet_names
    for unknown in [name for name in sheet or () if name not in names]:
        raise typer.BadParameter(f"no sheet {unknown!r}; there are {', '.join(names)}", param_hint="--sheet")
    _say([str(picture) for picture in rendered(book, directory, sheet or None)])


@app.command()
def certificate(
    book: Book,
    pdf: Annotated[
        Path | None, typer.Argument(metavar="PDF", help="Where to write it; beside the workbook if left out.")
    ] = None,
) -> None:
    """Save the certificate as PDF, through LibreOffice; a workbook whose figures are out of date is refused."""
    from drawstop.hosts.calc import print_sheet  # noqa: PLC0415 - so that --help is quick
    from lender_model.fresh import require_figures  # noqa: PLC0415 - as above
    from lender_model.package import Package  # noqa: PLC0415 - as above

    target = _output(pdf or book.with_name(f"{book.stem}-certificate.pdf"), book, ".pdf")
    require_figures(Package.read(book))
    print_sheet(book, "Certificate", target)
    _say([f"Wrote {target}: figures as of the last refresh"])


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
    from lender_model.swap import replace_file  # noqa: PLC0415 - as above

    target = _output(page or book.with_name(f"{book.stem}-report.html"), book, ".html")
    deal_commands.require_1996(book, "report")
    text = reporting.page(book).encode()
    replace_file(target, text, was=target.read_bytes() if target.exists() else None)
    _say([f"Wrote {target}"])


@calc.command("install")
def calc_install() -> None:
    """Install the functions in your LibreOffice."""
    from drawstop.hosts.calc import install  # noqa: PLC0415 - so that --help is quick

    _say(install())


@calc.command("uninstall")
def calc_uninstall() -> None:
    """Remove the functions from your LibreOffice."""
    from drawstop.hosts.calc import uninstall  # noqa: PLC0415 - so that --help is quick

    _say(uninstall())


@calc.command("status")
def calc_status() -> None:
    """Report whether the functions work in your LibreOffice."""
    from drawstop.hosts.calc import status  # noqa: PLC0415 - so that --help is quick

    _say(status())


@calc.command("open")
def calc_open(book: Book) -> None:
    """Open a copy of a workbook in LibreOffice.

    In the copy, array formulas find the functions, which LibreOffice cannot do in the original.
    """
    from drawstop.hosts.calc import open_book  # noqa: PLC0415 - so that --help is quick

    _say(open_book(book))


@app.command()
def simulate(
    book: Book,
    paths: Annotated[int, typer.Option(metavar="N", parser=_whole(1, 10_000_000), help="How many paths.")] = 100_000,
    seed: Annotated[int, typer.Option(metavar="N", parser=_whole(0), help="The same seed gives the same figures.")] = 1,
    workers: Annotated[
        int | None, typer.Option(metavar="N", parser=_whole(1), help="Processes; as many as cores if left out.")
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
    """Run the workbook's formulas along many paths of prices, costs and start-up.

    The workbook is refreshed, and the results go on its sheet Risk.
    """
    from lender_model.risk import commands  # noqa: PLC0415 - so that --help is quick

    others = {"--workers": workers, "--scheduler": scheduler, "--market": market, "--csv": csv,
              "--pictures": pictures, "--watch": watch}  # fmt: skip
    lines = deal_commands.simulate(book, paths, seed, others)
    if lines:
        _say(lines)
        return
    if csv:
        _output(csv, book, ".csv")
    done = commands.simulate(
        book, paths=paths, seed=seed, workers=workers, scheduler=scheduler, market=market, csv=csv, pictures=pictures,
        watch=watch, console=_console(),
    )  # fmt: skip
    _say(done)


@app.command()
def breakeven(book: Book) -> None:
    """Find the gold price, the cost and the delay at which each test first fails, year by year.

    The workbook is refreshed, and the results go on its sheet Risk.
    """
    from lender_model.risk import commands  # noqa: PLC0415 - so that --help is quick

    deal_commands.require_1996(book, "breakeven")
    _say(commands.breakeven(book, _console()))


@app.command()
def sensitivity(
    book: Book,
    pictures: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Save the tornado there; needs the extra: pip install drawstop[pictures]."),
    ] = None,
) -> None:
    """Show the effect of a move in each main input.

    The workbook is refreshed, and the results go on its sheet Risk.
    """
    from lender_model.risk import commands  # noqa: PLC0415 - so that --help is quick

    deal_commands.require_1996(book, "sensitivity")
    _say(commands.sensitivity(book, pictures, _console()))


@app.command()
def functions(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="A function; without it, all are listed.")] = None,
) -> None:
    """List the spreadsheet functions, or show one with its arguments, errors and an example."""
    from drawstop.functions.reference import find  # noqa: PLC0415 - so that --help is quick
    from lender_model import manual  # noqa: PLC0415 - as above

    console = _console(least=80)
    if name is None:
        manual.contents(console)
    else:
        manual.entry(find(name), console)


@excel.command("install")
def excel_install(
    without_help: Annotated[
        bool,
        typer.Option("--without-help", help="Leave out the help for the function wizard, in case Excel rejects it."),
    ] = False,
) -> None:
    """Make the add-in and put it where your Excel loads it (Windows)."""
    from drawstop.hosts.excel.installed import install  # noqa: PLC0415 - so that --help is quick

    _say(install(described=not without_help))


@excel.command("uninstall")
def excel_uninstall() -> None:
    """Remove the add-in from your Excel."""
    from drawstop.hosts.excel.installed import uninstall  # noqa: PLC0415 - so that --help is quick

    _say(uninstall())


@excel.command("doctor")
def excel_doctor() -> None:
    """Check each link from a cell of Excel to Python, and say what to do.

    Exit code 1 if a link is broken.
    """
    from drawstop.hosts.excel.doctor import findings  # noqa: PLC0415 - so that --help is quick

    broken = False
    for finding in findings():
        _say([finding.line()])
        broken = broken or bool(finding.remedy)
    raise typer.Exit(int(broken))


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


app.add_typer(deal_commands.app)


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
        _console(stderr=True).print(f"drawstop: {_words(error)}", style="red", soft_wrap=True, markup=False)
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
