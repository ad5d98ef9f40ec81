"""A stand-in for pywin32, so that xlwings' own Windows code for worksheet functions runs on any system.

Only pywin32 and the few Excel objects that a function call touches are faked; decorators, converters, the VBA text
and the import are xlwings' own. Not covered: xlwings' DLL, COM itself, and Excel.

xlwings chooses its decorators when it is first imported, so this needs a process of its own: see ``worker.py``.
"""

from __future__ import annotations

import asyncio  # noqa: F401 - loaded while the platform still has its own name
import ctypes
import datetime as dt
import importlib
import sys
import types
from pathlib import Path
from typing import Any
from unittest import mock

import pandas as pd  # noqa: F401 - as asyncio

RANGE_ID = "{00020846-0000-0000-C000-000000000046}"  # by which xlwings knows a Range
OMITTED = -2147352572  # an optional argument left out: DISP_E_PARAMNOTFOUND


class ComError(Exception):
    """What pywin32 raises when a COM call fails: code, its words, what the program says, argument."""

    hresult = -2147352567  # DISP_E_EXCEPTION: the program itself raised it

    def __init__(self, text: Any) -> None:
        said = (0, "Microsoft Excel", str(text), None, 0, -2146827284)
        super().__init__(self.hresult, "Exception occurred.", said, None)


class ComTime(dt.datetime):
    """A date as pywin32 passes it: its own kind of datetime, said to be in UTC."""


def install() -> types.ModuleType:
    """Put the stand-in in place and import xlwings as on Windows."""
    if "xlwings" in sys.modules:
        raise RuntimeError("xlwings is imported already, and has chosen its decorators")
    for name, attributes in _modules().items():
        _module(name, attributes)
    for name in ("windll", "oledll"):
        setattr(ctypes, name, mock.MagicMock())
    with mock.patch.object(sys, "platform", "win32"), mock.patch.object(ctypes, "PyDLL", mock.MagicMock()):
        return importlib.import_module("xlwings")


def _modules() -> dict[str, dict[str, Any]]:
    """The modules and names of pywin32 that xlwings asks for."""

    def anything(*_: Any, **__: Any) -> Any:
        return mock.MagicMock()

    def bare(name: str) -> type:
        return type(name, (), {})

    dispatch_ids = {"IID_IDispatch": "IDispatch", "IID_IEnumVARIANT": "IEnumVARIANT"}
    return {
        "pywintypes": {"TimeType": ComTime, "IID": str, "com_error": ComError},
        "pythoncom": {
            **dispatch_ids,
            "TypeIIDs": {"IDispatch": bare("PyIDispatch")},
            "CoInitialize": anything,
            "CoMarshalInterThreadInterfaceInStream": anything,
            "CoGetInterfaceAndReleaseStream": anything,
            "com_error": ComError,
            "DISPATCH_PROPERTYGET": 2,
            "MakeIID": str,
            "__file__": "pythoncom.dll",
        },
        "win32api": {},
        "win32con": {},
        "win32gui": {},
        "win32event": {},
        "win32process": {"GetWindowThreadProcessId": lambda _: (1, 4242)},
        "win32timezone": {"TimeZoneInfo": types.SimpleNamespace(utc=lambda: dt.UTC)},
        "win32com": {"__path__": []},
        "win32com.client": {
            "Dispatch": lambda thing, **_: thing,
            "DispatchEx": anything,
            "CDispatch": bare("CDispatch"),
            "CoClassBaseClass": bare("CoClassBaseClass"),
            "DispatchBaseClass": bare("DispatchBaseClass"),
            "gencache": mock.MagicMock(),
        },
        "win32com.server": {"__path__": []},
        "win32com.server.dispatcher": {"DefaultDebugDispatcher": object},
        "win32com.server.policy": {"DefaultPolicy": object, "EventHandlerPolicy": object},
        "win32com.server.util": {"wrap": lambda thing, **_: thing, "unwrap": lambda thing: thing},
    }


def _module(name: str, attributes: dict[str, Any]) -> None:
    module = types.ModuleType(name)
    module.__dict__.update(attributes)
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)


# ---- the few Excel objects that worksheet functions touch ----------------------------------------------------


def variant(value: Any) -> Any:
    """A value as COM passes it to Python: an array is a tuple, a date pywin32's own."""
    if isinstance(value, tuple):
        return tuple(variant(cell) for cell in value)
    if isinstance(value, dt.datetime):
        return ComTime.combine(value.date(), value.time(), tzinfo=dt.UTC)
    return value


class Range:
    """A reference to cells: a rectangle of values, of which xlwings asks the value and the size."""

    CLSID = RANGE_ID

    def __init__(self, rows: list[list[Any]]) -> None:
        self._rows = variant(tuple(map(tuple, rows)))
        self._oleobj_ = mock.Mock()
        self._oleobj_.GetTypeInfo().GetTypeAttr().iid = RANGE_ID
        self.Worksheet = mock.Mock()
        self.Row = self.Column = 1
        self.Rows = types.SimpleNamespace(Count=len(rows))
        self.Columns = types.SimpleNamespace(Count=len(rows[0]))

    @property
    def Value(self) -> Any:  # noqa: N802 - Excel's name
        """One cell's value, or a tuple of rows."""
        return self._rows if self.Rows.Count * self.Columns.Count > 1 else self._rows[0][0]


class Workbook:
    """A workbook that takes a VBA module and the descriptions of its functions, and keeps both."""

    def __init__(self, name: str) -> None:
        self.Name = name
        self.Worksheets: list[Any] = []
        self.Sheets = types.SimpleNamespace(Count=0)
        self.VBProject = types.SimpleNamespace(VBComponents=Components())
        self.descriptions: dict[str, dict[str, Any]] = {}
        self.Application = types.SimpleNamespace(Version="16.0", MacroOptions=self._describe)

    def _describe(self, macro: str, **options: Any) -> None:
        self.descriptions[macro] = options


class Components:
    """The modules of a workbook's VBA project: none at first, then the one imported."""

    text = ""

    def __call__(self, name: str) -> Any:
        raise ComError(name)

    def Remove(self, component: Any) -> None:  # noqa: N802 - Excel's name
        """Take a module out: there is none."""
        raise ComError(component)

    def Import(self, path: str) -> None:  # noqa: N802 - Excel's name
        """Take in a module's text."""
        self.text = Path(path).read_text(encoding="ascii")
