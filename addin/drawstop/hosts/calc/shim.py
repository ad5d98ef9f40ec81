# ruff: noqa: N802 - UNO's interfaces name the methods
"""Calc's side of the add-in: unpacked into the LibreOffice profile, run by LibreOffice's own Python.

It receives cells as UNO values, calls drawstop, and returns the answer. Everything it says about the functions
comes from ``functions.json`` beside it, written when the extension was built; the type of every method from
``functions.idl``.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import uno
import unohelper
from com.sun.star.lang import Locale, XServiceInfo, XServiceName
from com.sun.star.sheet import XAddIn

SERVICE = "DRAWSTOP"
ADDIN = "com.sun.star.sheet.AddIn"

DECLARED = json.loads(Path(__file__).with_name("functions.json").read_text(encoding="utf-8"))
METHODS = DECLARED["methods"]

OUR_COPIES = os.environ.get("DRAWSTOP_COPIES", "no folder")  # of workbooks whose formulas pass blanks as blanks

sys.path[:0] = [folder for folder in [str(Path(__file__).parent), *DECLARED["folders"]] if folder not in sys.path]
from drawstop_blanks import Blanks  # type: ignore[import-not-found]  # noqa: E402 - beside this file once unpacked

try:
    from drawstop.functions import FUNCTIONS
    from drawstop.functions.cells import ERROR_CODES
    from drawstop.serials import serial_of
except Exception as error:  # noqa: BLE001 - whatever it is, cells must show an error and EXPLAIN must say why
    FUNCTIONS, ERROR_CODES = {}, frozenset()
    FAULT = (
        f"drawstop, installed with Python {DECLARED['python']}, cannot be loaded by LibreOffice's Python "
        f"{sys.version_info[0]}.{sys.version_info[1]}: {' '.join(str(error).split())}"
    )
else:
    FAULT = ""


def _nan(code: int) -> float:
    """Calc's error with this number: a NaN that carries it in its low bits."""
    number: float = struct.unpack("<d", struct.pack("<Q", 0x7FF8 << 48 | code))[0]
    return number


ERRORS = {
    "#NULL!": _nan(521),
    "#DIV/0!": _nan(532),
    "#VALUE!": _nan(519),
    "#REF!": _nan(524),
    "#NAME?": _nan(525),
    "#NUM!": _nan(503),
    "#N/A": _nan(32767),
}


def cell_out(cell: Any) -> float | str:
    """An answer's cell as Calc takes it: a number, a text, or an error's NaN."""
    if isinstance(cell, str):
        return ERRORS.get(cell, ERRORS["#VALUE!"]) if cell in ERROR_CODES else cell
    if isinstance(cell, dt.date):
        return float(serial_of(cell))
    return float(cell)


def documents() -> Iterator[Any]:
    """The open workbooks whose formulas may pass a blank as 0."""
    context = uno.getComponentContext()
    desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    components = desktop.Components.createEnumeration()
    while components.hasMoreElements():
        document = components.nextElement()
        if hasattr(document, "Sheets") and not _hands_over_blanks(document):
            yield document


def _hands_over_blanks(document: Any) -> bool:
    """Whether a workbook is a copy of ours in which no formula has been typed since."""
    place = document.getURL()
    return place.startswith(OUR_COPIES) or ("/drawstop-open-" in place and not document.isModified())


BLANKS = Blanks(SERVICE, METHODS, documents)


def answer(name: str, arguments: Sequence[Any]) -> Any:
    """The result for a cell with this formula: a cell or rows, or an error's code."""
    given = list(arguments)
    while given and given[-1] is None:  # left out by the user; Calc always passes every argument
        given.pop()
    if name not in FUNCTIONS:
        return FAULT if name == "EXPLAIN" else "#NAME?"
    return FUNCTIONS[name].in_cell(*given)


def method(name: str) -> Callable[..., Any]:
    """The UNO method of one function."""
    function, in_rows, variadic, zeros = (METHODS[name][key] for key in ("function", "rows", "variadic", "zeros"))

    def call(_: Shim, *arguments: Any) -> Any:
        given = (*arguments[:-1], *arguments[-1]) if variadic else arguments
        positions = [*zeros, *range(len(arguments), len(given))]
        result = answer(function, BLANKS.told(name, given, positions))
        if in_rows:
            rows = result if isinstance(result, list) else [[result]]
            return tuple(tuple(map(cell_out, row)) for row in rows)
        return cell_out("#VALUE!" if isinstance(result, list) else result)

    return call


class Shim:
    """What Calc asks of an add-in, apart from the functions themselves."""

    def __init__(self, *_: Any) -> None:
        self.locale = Locale("en", "US", "")

    def getServiceName(self) -> str:
        return SERVICE

    def getImplementationName(self) -> str:
        return SERVICE

    def supportsService(self, name: str) -> bool:
        return name in self.getSupportedServiceNames()

    def getSupportedServiceNames(self) -> tuple[str, ...]:
        return ADDIN, SERVICE

    def setLocale(self, locale: Any) -> None:
        self.locale = locale

    def getLocale(self) -> Any:
        return self.locale

    def getProgrammaticFuntionName(self, display: str) -> str:  # spelt this way in the interface
        return display if display in METHODS else ""

    def getDisplayFunctionName(self, name: str) -> str:
        return name if name in METHODS else ""

    def getFunctionDescription(self, name: str) -> str:
        return str(METHODS[name]["summary"]) if name in METHODS else ""

    def getDisplayArgumentName(self, name: str, position: int) -> str:
        return self._argument(name, position)[0]

    def getArgumentDescription(self, name: str, position: int) -> str:
        return self._argument(name, position)[1]

    def getProgrammaticCategoryName(self, _: str) -> str:
        return "Add-In"  # Calc knows its own categories only, and lists add-ins under this one

    def getDisplayCategoryName(self, _: str) -> str:
        return "Add-In"

    def _argument(self, name: str, position: int) -> Sequence[str]:
        arguments: list[list[str]] = METHODS[name]["arguments"] if name in METHODS else []
        return arguments[position] if position < len(arguments) else ("", "")


Functions = type(
    "Functions",
    (unohelper.Base, Shim, XAddIn, XServiceName, XServiceInfo, uno.getClass("drawstopcalc.XFunctions")),
    {name: method(name) for name in METHODS},
)
g_ImplementationHelper = unohelper.ImplementationHelper()  # noqa: N816 - the name that LibreOffice looks for
g_ImplementationHelper.addImplementation(Functions, SERVICE, (ADDIN, SERVICE))
