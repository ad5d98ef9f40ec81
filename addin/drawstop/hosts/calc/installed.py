"""The add-in in a user's own LibreOffice: install it, remove it, report its status, open a book with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from drawstop.hosts.calc import addin
from drawstop.hosts.calc.names import resolved_copy
from drawstop.hosts.calc.office import CalcError, Office, clean_environment, find_office, find_python


def install(profile: Path | None = None) -> list[str]:
    """Install the add-in for the user, root included, in place of an older one.

    Args:
        profile: the folder of a LibreOffice profile; None: the user's own.

    Returns:
        The add-in's status, in lines for the user.

    Raises:
        CalcError: LibreOffice or its bridge to Python is missing, or LibreOffice is open.
    """
    with _users(profile) as office:
        extension = office.folder / "drawstop.oxt"
        addin.build(extension)
        office.ask("install", path=str(extension))
        return _state(office)


def uninstall(profile: Path | None = None) -> list[str]:
    """Remove the add-in; see `install`."""
    with _users(profile) as office:
        removed = office.ask("uninstall", identifier=addin.IDENTIFIER)
    return [f"drawstop's functions {'are removed from' if removed else 'were not installed in'} LibreOffice."]


def status(profile: Path | None = None) -> list[str]:
    """The add-in's status; see `install`."""
    program = find_office()
    lines = [f"LibreOffice: {program}", f"its bridge to Python: {find_python(program)}"]
    with _users(profile) as office:
        return [*lines, *_state(office)]


def open_book(path: str | os.PathLike[str]) -> list[str]:
    """Open a copy of a workbook in which LibreOffice finds our functions, on the user's screen.

    In the workbook itself LibreOffice would show #NAME? where an array formula calls one of them.

    Raises:
        CalcError: LibreOffice is missing, or the file is not a workbook.
    """
    program = find_office()
    folder = Path(tempfile.mkdtemp(prefix="drawstop-open-"))
    copy = folder / Path(path).name
    try:
        resolved_copy(Path(path), copy)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    starter = program.with_name("soffice")  # the one that restarts when a new profile asks for it
    subprocess.Popen(  # noqa: S603 - a path found above, no shell
        [str(starter if starter.is_file() else program), str(copy)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=clean_environment(),
        start_new_session=True,
    )
    return [f"Opened a copy: {copy}", "To keep what you change there, save it under another name."]


def _users(profile: Path | None) -> Office:
    """LibreOffice with the user's own profile."""
    return Office(lambda _: [f"-env:UserInstallation={profile.resolve().as_uri()}"] if profile else [])


def _state(office: Office) -> list[str]:
    """Whether the add-in is installed, and answers in a cell."""
    version = office.ask("installed", identifier=addin.IDENTIFIER)
    if version is None:
        return ["drawstop's functions: not installed; run: drawstop calc install"]
    outdated = "" if version == addin.version() else " by another drawstop; run again: drawstop calc install"
    try:
        office.ask("check")
    except CalcError as fault:
        return [f"drawstop's functions: installed{outdated}", f"They do not work: {fault}"]
    shown = office.ask("evaluate", cells={}, formulas={"A1": "=ESTABLISHMENT_FEE()"})["A1"][0][0]
    return [
        f"drawstop's functions: installed{outdated}",
        f"They answer: =ESTABLISHMENT_FEE() shows {shown:,.0f}",
    ]
