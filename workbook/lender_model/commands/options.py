"""What all commands share: arguments that many have, and how they say things."""

from __future__ import annotations

import datetime as dt
import enum
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

_Function = TypeVar("_Function", bound=Callable[..., Any])


class _Command(TyperCommand):
    """A command whose usage line writes a required argument as manuals do: BOOK, not {BOOK}."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The words of the usage line."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]


class App(typer.Typer):
    """Commands of that kind."""

    def command(self, name: str | None = None, **options: Any) -> Callable[[_Function], _Function]:
        """Register a command; see :meth:`typer.Typer.command`."""
        return super().command(name, **{"cls": _Command, **options})


class Engine(enum.StrEnum):
    """What calculates a refresh."""

    PYTHON = "python"
    CALC = "calc"
    EXCEL = "excel"


Book = Annotated[Path, typer.Argument(metavar="BOOK", help="The lender model workbook (.xlsx).", show_default=False)]

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")]
_WIDTH = 100  # characters of the widest table: a narrower terminal breaks its lines, and no figure is cut


def terminal(*, stderr: bool = False, least: int = _WIDTH) -> Console:
    """The terminal, or a file, pipe or nothing in its place, with lines of a given width."""
    stream = (sys.stderr if stderr else sys.stdout) or io.StringIO()
    width = max(least, shutil.get_terminal_size().columns) if stream.isatty() else least
    return Console(file=stream, highlight=False, width=width)


def output(path: Path, book: Path, suffix: str) -> Path:
    """The path of a file to write: with the right ending, in an existing folder, and not the workbook itself."""
    if path.suffix.lower() != suffix:
        raise typer.BadParameter(f"{path} must end in {suffix}")
    if path.resolve() == book.resolve():
        raise typer.BadParameter("is the workbook itself; name another file")
    if not path.absolute().parent.is_dir():
        raise typer.BadParameter(f"{path.parent} is not a folder")
    return path


def say(lines: Sequence[str]) -> None:
    """Lines on standard output, as wide as they are."""
    for line in lines:
        terminal().print(line, soft_wrap=True, markup=False)


def say_json(document: Any) -> None:
    """One document on standard output, in the order in which a reader wants it."""
    say([json.dumps(document, indent=2, ensure_ascii=False)])


def whole(low: int, high: int | None = None) -> Callable[[str], int]:
    """A reader of whole numbers, which may be written 100000, 100,000 or 1e5."""
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


def date(text: str) -> dt.date:
    """A reader of dates."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a valid date; write it as 1996-09-30") from None
