"""Sheets as pictures and as pages, with the values stored in a file."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from drawstop.hosts.calc.names import valued_copy
from drawstop.hosts.calc.office import CalcError, Office

DOTS_PER_INCH = 110


def render(
    path: str | os.PathLike[str], directory: str | os.PathLike[str], sheets: Sequence[str] | None = None
) -> list[Path]:
    """Save each visible sheet of a workbook, or some sheets, as one picture named after it.

    The pictures show the values stored in the file. They are PNG, or PDF where poppler's ``pdftoppm`` is missing. A
    picture shows the sheet's print area, or everything on it, on one page.

    Returns:
        The pictures' paths, in the order of the sheets.

    Raises:
        CalcError: LibreOffice is missing, or cannot open the file.
    """
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    painter = shutil.which("pdftoppm")
    saved = []
    with Office() as office:
        for sheet, page in _pages(office, Path(path), sheets, whole=True):
            picture = directory / (re.sub(r"[^\w.() -]", "_", sheet) + (".png" if painter else ".pdf"))
            if painter:
                _paint(painter, page, picture)
            else:
                shutil.copyfile(page, picture)
            saved.append(picture)
    return saved


def print_sheet(path: str | os.PathLike[str], sheet: str, target: str | os.PathLike[str]) -> None:
    """Save a sheet as PDF as it would be printed, on the paper and with the margins that the workbook asks for.

    Raises:
        CalcError: LibreOffice is missing, or cannot open the file, or there is no such sheet.
    """
    with Office() as office:
        [(_, page)] = _pages(office, Path(path), [sheet], whole=False)
        shutil.copyfile(page, target)


def _pages(office: Office, path: Path, sheets: Sequence[str] | None, *, whole: bool) -> list[tuple[str, Path]]:
    copy = office.folder / "book.xlsx"
    valued_copy(path, copy)
    names = None if sheets is None else list(sheets)
    try:
        saved = office.ask("pages", path=str(copy), folder=str(office.folder), sheets=names, whole=whole)
    except CalcError as error:
        raise CalcError(f"{path}: {error}") from error
    return [(sheet, Path(page)) for sheet, page in saved]


def _paint(painter: str, page: Path, picture: Path) -> None:
    command = [painter, "-png", "-singlefile", "-r", str(DOTS_PER_INCH), str(page), str(picture).removesuffix(".png")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - a path found above, no shell
    if done.returncode:
        raise CalcError(f"{picture}: pdftoppm failed: {done.stderr.strip()}")
