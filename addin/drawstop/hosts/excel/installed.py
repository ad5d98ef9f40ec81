"""The add-in on a user's own Windows: made by Excel itself, put where Excel loads it from, and taken away again.

Excel is driven through xlwings' object model. The calls are few and stand in this module, in ``program`` and in
``book``; the tests run them against a stand-in for Excel's objects, and none has been seen in a real Excel.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import xlwings as xw

from drawstop.functions import FUNCTIONS
from drawstop.hosts.excel import addin, doctor
from drawstop.hosts.excel.program import ExcelError, addin_path, com_error, loaded_addin, require_windows, started
from drawstop.hosts.excel.vba import modules
from drawstop.hosts.links import ADDIN

NOT_TRUSTED = (
    "Excel lets no program put code into an add-in, which is right except while this one is installed. Tick "
    f"{doctor.TRUST}, close Excel, run this again, then untick it"
)
IS_OPEN = "Excel is open: close it, then try again"

_TEMPLATE_S_OWN = ("xlwings", "RibbonMyAddin")
"""The template's modules that ours take the place of."""


def install() -> list[str]:
    """Make the add-in for this Python environment and put it into Excel's start folder, in place of an older one.

    Returns:
        What was done, in lines for the user.

    Raises:
        ExcelError: not Windows, no Excel, Excel is open, or it lets no program write code.
    """
    require_windows()
    if len(xw.apps):
        raise ExcelError(IS_OPEN)
    with tempfile.TemporaryDirectory(prefix="drawstop-") as folder, started() as app:
        file = Path(folder, ADDIN)
        file.write_bytes(addin.template())
        _complete(app, file, Path(folder))
        target = addin_path(app)
        target.parent.mkdir(parents=True, exist_ok=True)
        _put(file, target)
        loaded_addin(app)
        answer = doctor.test_call(app)
    return [
        f"The add-in is installed: {target}",
        "From Excel's next start its functions are in every workbook, and its buttons in the tab drawstop.",
        answer.line(),
        f"Now untick {doctor.TRUST} again.",
    ]


def uninstall() -> list[str]:
    """Remove the add-in; nothing else of it was put anywhere. See `install`."""
    require_windows()
    if len(xw.apps):
        raise ExcelError(IS_OPEN)
    with started() as app:
        target = addin_path(app)
    if not target.exists():
        return [f"There is no add-in: {target} does not exist."]
    try:
        target.unlink()
    except PermissionError:
        raise ExcelError(IS_OPEN) from None
    return [f"The add-in is removed: {target}"]


def _complete(app: xw.App, file: Path, folder: Path) -> None:
    """Have Excel put the code and the functions' help into the add-in's file."""
    book = app.books.open(str(file))
    _program(book, folder)
    _describe(book)
    book.save()
    book.close()


def _program(book: xw.Book, folder: Path) -> None:
    """Put our modules in the place of the template's own; VBA imports a module from a file only."""
    try:
        components = book.api.VBProject.VBComponents
    except com_error():
        raise ExcelError(NOT_TRUSTED) from None
    for name in _TEMPLATE_S_OWN:
        components.Remove(components(name))
    for name, text in modules().items():
        module = folder / f"{name}.bas"
        module.write_bytes(text.encode("ascii"))
        components.Import(str(module))


def _describe(book: xw.Book) -> None:
    """Register each function's category and help, which Excel saves with the add-in ([MS-XLSB] 2.4.712, BrtNameExt).

    Excel describes no macro of a hidden workbook, and an add-in is one.
    """
    book.api.IsAddin = False
    for function in FUNCTIONS.values():
        book.api.Application.MacroOptions(
            f"'{book.name}'!{function.name}",
            Description=function.summary,
            Category=function.category,
            ArgumentDescriptions=[parameter.help() for parameter in function.parameters],
        )
    book.api.IsAddin = True


def _put(file: Path, target: Path) -> None:
    """Copy beside the target and swap, so that an add-in stands there whole or not at all."""
    beside = target.with_name(f"~{target.name}.new")
    try:
        shutil.copyfile(file, beside)
        beside.replace(target)
    except PermissionError:
        raise ExcelError(IS_OPEN) from None
    finally:
        beside.unlink(missing_ok=True)
