"""The command ``drawstop``."""

from __future__ import annotations

import datetime as dt
import enum
import io
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="Spreadsheet functions and lender model of a mine's project loan.",
)  # fmt: skip

calc = typer.Typer(no_args_is_help=True, help="drawstop's functions in your own LibreOffice.")
app.add_typer(calc, name="calc")

excel = typer.Typer(no_args_is_help=True, help="drawstop's functions and buttons in your own Excel.")
app.add_typer(excel, name="excel")


class Engine(enum.StrEnum):
    """What calculates a refresh."""

    PYTHON = "python"
    CALC = "calc"
    EXCEL = "excel"


Book = Annotated[Path, typer.Argument(help="The lender model workbook (.xlsx).", show_default=False)]


_WIDTH = 100  # characters of the widest table: a narrower terminal breaks its lines, and no figure is cut


def _console(*, stderr: bool = False, least: int = _WIDTH) -> Console:
    """The terminal, or what stands in its place: a file, a pipe, or nothing; with lines of so many characters."""
    stream = (sys.stderr if stderr else sys.stdout) or io.StringIO()
    width = max(least, shutil.get_terminal_size().columns) if stream.isatty() else least
    return Console(file=stream, highlight=False, width=width)


def _output(path: Path, book: Path, suffix: str) -> Path:
    """Where a file shall be written: of its kind, in a folder that is there, and not in the workbook's place."""
    if path.suffix.lower() != suffix:
        raise typer.BadParameter(f"{path} must end in {suffix}")
    if path.resolve() == book.resolve():
        raise typer.BadParameter("is the workbook itself; name another file")
    if not path.absolute().parent.is_dir():
        raise typer.BadParameter(f"{path.parent} is no folder")
    return path


def _say(lines: Sequence[str]) -> None:
    for line in lines:
        _console().print(line, soft_wrap=True, markup=False)


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
    scenario: Annotated[str | None, typer.Option(help="New scenario, one of the six of sheet Scenarios.")] = None,
    market: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder with market files to read.")] = None,
    engine: Annotated[
        Engine,
        typer.Option(help="What calculates: the Python model; or LibreOffice or Excel, your own formulas too."),
    ] = Engine.PYTHON,
) -> None:
    """Refresh a workbook and show the position.

    It is calculated from its own inputs, and the version before is kept as a backup.
    """
    from lender_model import refresh as refreshing  # noqa: PLC0415 - so that --help is quick
    from lender_model import report  # noqa: PLC0415 - as above

    result = refreshing.refresh(book, as_of=as_of, scenario=scenario, market=market, engine=engine.value)
    console = _console()
    report.position(result.values, console)
    report.news(result, console)
    kept = f"; the version before is {result.backup}" if result.backup else ""
    console.print(f"\nRefreshed {book}{kept}", style="dim", soft_wrap=True, markup=False)


@app.command()
def build(
    book: Annotated[Path, typer.Argument(help="Where to write the workbook.")] = Path("lender_model.xlsx"),
) -> None:
    """Build the workbook of the case anew.

    A workbook that stands there already is kept as a backup.
    """
    from lender_model.build import build as built  # noqa: PLC0415 - so that --help is quick
    from lender_model.swap import replace_file  # noqa: PLC0415 - as above

    if book.suffix.lower() != ".xlsx":
        raise typer.BadParameter(f"{book} must end in .xlsx")
    was = book.read_bytes() if book.exists() else None
    backup = replace_file(book, built(), was=was)
    kept = f"; the version before is {backup}" if backup else ""
    _say([f"Built {book}{kept}"])


@app.command()
def restore(
    book: Book,
    backup: Annotated[
        int | None, typer.Argument(min=1, help="Number of the backup to restore; without it, they are listed.")
    ] = None,
) -> None:
    """List the backups of a workbook, the newest first, or put one back in its place.

    What stood there becomes a backup itself.
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
    tail = f"; the version before is {before}" if before else ", which it was already" if was_there else ""
    _say([f"Restored {book} from {kept[backup - 1].name}{tail}"])


def _backup_line(number: int, backup: Path) -> str:
    about = backup.stat()
    saved = dt.datetime.fromtimestamp(about.st_mtime, dt.UTC).astimezone()
    return f"{number:3}  saved {saved:%d-%b-%Y %H:%M:%S}  {about.st_size / 1000:7,.0f} kB  {backup.name}"


@app.command()
def export(
    book: Book,
    copy: Annotated[Path, typer.Argument(help="The copy to write (.xlsx).", show_default=False)],
) -> None:
    """Write a copy for those without the add-in.

    It holds values in place of our functions; native formulas stay. Rules and names that call our functions hold no
    value: they stay, and are named.
    """
    from drawstop.hosts.links import calls  # noqa: PLC0415 - so that --help is quick
    from lender_model.links import without_addin  # noqa: PLC0415 - as above
    from lender_model.package import Package  # noqa: PLC0415 - as above
    from lender_model.swap import replace_file  # noqa: PLC0415 - as above

    _output(copy, book, book.suffix.lower() or ".xlsx")
    frozen = without_addin(Package.read(book).frozen(calls))
    replace_file(copy, frozen.to_bytes(), was=copy.read_bytes() if copy.exists() else None)
    _say([f"Wrote {copy}: figures as of the last refresh"])
    left = [f"{place}: {formula}" for place, formula in frozen.formula_texts() if calls(formula)]
    _say([f"! {formula} stays: no value can stand in its place" for formula in left])


@app.command()
def render(
    book: Book,
    directory: Annotated[Path, typer.Argument(help="Folder for the pictures.", show_default=False)],
    sheet: Annotated[list[str] | None, typer.Option(help="Only this sheet; may be given again.")] = None,
) -> None:
    """Save each sheet as a picture, through LibreOffice."""
    from drawstop.hosts.calc import render as rendered  # noqa: PLC0415 - so that --help is quick

    _say([str(picture) for picture in rendered(book, directory, sheet or None)])


@app.command()
def certificate(
    book: Book,
    pdf: Annotated[Path | None, typer.Argument(help="Where to write it; beside the workbook if left out.")] = None,
) -> None:
    """Save the certificate as PDF, through LibreOffice."""
    from drawstop.hosts.calc import print_sheet  # noqa: PLC0415 - so that --help is quick

    target = _output(pdf or book.with_name(f"{book.stem}-certificate.pdf"), book, ".pdf")
    print_sheet(book, "Certificate", target)
    _say([f"Wrote {target}: figures as of the last refresh"])


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
    """Say how the functions stand in your LibreOffice."""
    from drawstop.hosts.calc import status  # noqa: PLC0415 - so that --help is quick

    _say(status())


@calc.command("open")
def calc_open(book: Book) -> None:
    """Open a copy of a workbook in LibreOffice.

    In the copy the array formulas find the functions, which LibreOffice does not manage by itself.
    """
    from drawstop.hosts.calc import open_book  # noqa: PLC0415 - so that --help is quick

    _say(open_book(book))


@app.command()
def simulate(
    book: Book,
    paths: Annotated[int, typer.Option(min=1, max=10_000_000, help="How many paths.")] = 100_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same figures.")] = 1,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; as many as cores if left out.")] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Dask instead of processes: local, or a scheduler as tcp://host:8786.")
    ] = None,
    market: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder with the daily history.")] = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a line for each path.")] = None,
    pictures: Annotated[Path | None, typer.Option(metavar="DIR", help="Save fan charts there.")] = None,
) -> None:
    """Send the workbook's model along many paths of prices, costs and start-up.

    The workbook is refreshed, and the results go on its sheet Risk.
    """
    from lender_model.risk import commands  # noqa: PLC0415 - so that --help is quick

    if csv:
        _output(csv, book, ".csv")
    done = commands.simulate(
        book, paths=paths, seed=seed, workers=workers, scheduler=scheduler, market=market, csv=csv, pictures=pictures,
        console=_console(),
    )  # fmt: skip
    _say(done)


@app.command()
def breakeven(book: Book) -> None:
    """Find the gold price, the cost and the delay at which each test first fails, year by year.

    The workbook is refreshed, and the results go on its sheet Risk.
    """
    from lender_model.risk import commands  # noqa: PLC0415 - so that --help is quick

    _say(commands.breakeven(book, _console()))


@app.command()
def sensitivity(
    book: Book,
    pictures: Annotated[Path | None, typer.Option(metavar="DIR", help="Save the tornado there.")] = None,
) -> None:
    """Show what a move of each main input does.

    The workbook is refreshed, and the results go on its sheet Risk.
    """
    from lender_model.risk import commands  # noqa: PLC0415 - so that --help is quick

    _say(commands.sensitivity(book, pictures, _console()))


@app.command()
def functions(
    name: Annotated[str | None, typer.Argument(help="A function; without it, all are listed.")] = None,
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
def excel_install() -> None:
    """Make the add-in and put it where your Excel loads it (Windows)."""
    from drawstop.hosts.excel.installed import install  # noqa: PLC0415 - so that --help is quick

    _say(install())


@excel.command("uninstall")
def excel_uninstall() -> None:
    """Remove the add-in from your Excel."""
    from drawstop.hosts.excel.installed import uninstall  # noqa: PLC0415 - so that --help is quick

    _say(uninstall())


@excel.command("doctor")
def excel_doctor() -> None:
    """Check each link from a cell of Excel to Python, and say what to do.

    Exit code 1 if one of them does not hold.
    """
    from drawstop.hosts.excel.doctor import findings  # noqa: PLC0415 - so that --help is quick

    broken = False
    for finding in findings():
        _say([finding.line()])
        broken = broken or bool(finding.remedy)
    raise typer.Exit(int(broken))


def main() -> None:
    """Run the command; what is wrong is said in one line, with exit code 1."""
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
    """What an error says; of the system's own, the file and the reason without its number."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _is_ours(error: Exception) -> bool:
    """Whether an error is one that the product raises to be read."""
    module = type(error).__module__
    return module.startswith(("lender_model", "drawstop")) or isinstance(error, OSError)
