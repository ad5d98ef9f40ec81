"""Excel itself: started through xlwings for our own use, and the folder it loads add-ins from."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import xlwings as xw

from drawstop.hosts.links import ADDIN

ELSEWHERE = {
    "darwin": "Excel for Mac does not support this kind of add-in. What works there: the functions through "
    "xlwings Lite (see README); drawstop refresh, build and export; drawstop calc install for LibreOffice",
}
_OTHERWISE = (
    "there is no Excel on this system. What works here: drawstop refresh, build and export; drawstop calc install for "
    "the functions in LibreOffice; xlwings Lite in Excel for the web (see README)"
)


class ExcelError(RuntimeError):
    """Why Excel could not do what was asked: one line that says how to fix it."""


def require_windows() -> None:
    """Refuse on other systems.

    Raises:
        ExcelError: this is not Windows; it says what works here instead.
    """
    if sys.platform != "win32":
        raise ExcelError(ELSEWHERE.get(sys.platform, _OTHERWISE))


def com_error() -> type[Exception]:
    """The exception that a call into Excel raises when Excel refuses it."""
    error: type[Exception] = importlib.import_module("pywintypes").com_error  # of pywin32: on Windows only
    return error


def words(error: Exception) -> str:
    """Excel's own message in such an error: code, its words, (…, program, the program's words, …), argument."""
    said = error.args[2] if len(error.args) > 2 else None
    return str(said[2]) if said and said[2] else str(error)


@contextmanager
def started() -> Iterator[xw.App]:
    """An Excel of our own, hidden and without prompts; closed at the end.

    Raises:
        ExcelError: this is not Windows, or Excel does not start.
    """
    require_windows()
    try:
        app = xw.App(visible=False, add_book=False)
    except com_error() as error:
        raise ExcelError(f"Excel does not start ({words(error)}); is it installed, and was it opened once?") from error
    try:
        app.display_alerts = False
        yield app
    finally:
        app.quit()


def of_window(handle: int) -> xw.App:
    """The Excel that a window belongs to, by the window's handle."""
    process = importlib.import_module("win32process")  # of pywin32: on Windows only
    return xw.apps[process.GetWindowThreadProcessId(handle)[1]]


def addin_path() -> Path:
    """Where Excel loads the add-in from: the user's start folder, which it trusts and which links name without a path.

    Raises:
        ExcelError: this user has no application data folder.
    """
    settings = os.environ.get("APPDATA")
    if not settings:
        raise ExcelError("the environment variable APPDATA is not set; it names the folder of your programs' settings")
    return Path(settings, "Microsoft", "Excel", "XLSTART", ADDIN)


def loaded_addin(app: xw.App) -> xw.Book:
    """The add-in, opened: an Excel started by a program does not load add-ins by itself.

    Raises:
        ExcelError: it is not installed.
    """
    path = addin_path()
    if not path.exists():
        raise ExcelError(f"{path} is not there; run: drawstop excel install")
    return app.books.open(str(path))


def bits(app: xw.App) -> int:
    """32 or 64: Excel's own bitness, which may differ from Python's.

    ``Application.OperatingSystem`` names Excel's, as in ``Windows (64-bit) NT 10.00``; other languages write "64 Bit".
    """
    system: str = app.api.OperatingSystem
    return 64 if "(64" in system else 32
