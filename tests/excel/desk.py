"""Scenes at an analyst's desk, played through xlwings' own code in front of a stand-in for Excel.

They run in the worker's process, and give what the test looks at.
"""

from __future__ import annotations

import functools
import os
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import xlwings as xw
from fake_excel import Application, place
from xlwings import _xlwindows

from drawstop.hosts.excel import addin, installed, policies, program
from drawstop.hosts.excel import doctor as doctors
from drawstop.hosts.excel.book import recalculate
from drawstop.hosts.excel.program import ExcelError
from lender_model import live, refresh
from lender_model.xlsx.package import Package

LIBRARY = "xlwings{}-{}.dll"


def registry_of(values: dict[str, Any]) -> Any:
    """A registry with some values, by root, key and name; case does not matter."""
    known = {name.lower(): value for name, value in values.items()}
    return lambda root, key, name: known.get(f"{root}\\{key}\\{name}".lower())


@contextmanager
def windows(
    folder: str, *, is_open: bool = False, library: bool = True, values: dict[str, Any] | None = None, **options: Any
) -> Iterator[Application]:
    """A Windows with Excel, in a folder: its start folder, and a Python with a space and an accent in its path."""
    application = Application(Path(folder, "Roaming", "Microsoft", "Excel", "XLSTART"), **options)
    python = Path(folder, "Räume A", "Scripts", "python.exe")
    python.parent.mkdir(parents=True, exist_ok=True)
    if library:
        Path(python.parents[1], LIBRARY.format(64, xw.__version__)).touch()
    system = types.SimpleNamespace(platform="win32", executable=str(python))
    python.touch()
    with (
        mock.patch.object(_xlwindows, "DispatchEx", return_value=application),
        mock.patch.object(_xlwindows, "get_excel_hwnds", side_effect=lambda: iter([7] if is_open else [])),
        mock.patch.object(program, "sys", system),
        mock.patch.object(doctors, "sys", system),
        mock.patch.object(sys, "executable", str(python)),
        mock.patch.object(policies.findings, "__defaults__", (registry_of(values or {}),)),
        mock.patch.dict(os.environ, {"APPDATA": str(Path(folder, "Roaming"))}),
    ):
        yield application


def install(folder: str, **options: Any) -> dict[str, Any]:
    """Install: what was said, what is in the start folder, and whether Excel was started for it."""
    with windows(folder, **options) as excel:
        said = _said(installed.install)
    python = str(Path(folder, "Räume A", "Scripts", "python.exe"))
    return {**said, "files": _files(excel), "started": bool(excel.Workbooks.seen) or not excel.open, "python": python}


def uninstall(folder: str, **options: Any) -> dict[str, Any]:
    """Uninstall: what was said, and what is left in the start folder."""
    with windows(folder, **options) as excel:
        said = _said(installed.uninstall)
    return {**said, "files": _files(excel)}


def doctor(folder: str, **options: Any) -> list[str]:
    """The doctor's lines."""
    with windows(folder, **options):
        return [finding.line() for finding in doctors.findings()]


def press(path: str, button: str, **options: Any) -> dict[str, Any]:
    """Press a button of the ribbon over an open workbook, and look at what became of it."""
    with at_book(path, **options) as (excel, book):
        getattr(live, button)()
        sheets = {sheet.Name: sheet for sheet in book.api.Worksheets}
        return {
            "said": excel.messages,
            "written": {name: sheet.written for name, sheet in sheets.items() if sheet.written},
            "values": {name: sheet.stored() for name, sheet in sheets.items()},
            "unknown": {name for name, sheet in sheets.items() if sheet.unknown},
            "formulas": {name: set(sheet.formulas.values()) for name, sheet in sheets.items()},
            "names": {name.Name: name.RefersTo for name in book.api.Names},
            "calculation": excel.Calculation,
            "saved": book.api.saved,
        }


@contextmanager
def at_book(
    path: str,
    *,
    wrong: dict[str, dict[str, Any]] | None = None,
    known: bool = True,
    protected: str = "",
    typed: dict[str, dict[str, Any]] | None = None,
    **options: Any,
) -> Iterator[tuple[Application, xw.Book]]:
    """A workbook that is open in an Excel whose answers are the model's figures, but for those that are wrong.

    Args:
        path: the workbook.
        wrong: sheet → reference → what Excel calculates otherwise.
        known: whether the functions were there when the formulas were entered.
        protected: a sheet that rejects formulas.
        typed: sheet → reference → what the analyst has typed since the workbook was opened.
        options: of the Application.
    """
    excel = Application(Path(path).parent, **options)
    excel.messages = []
    excel.answers = answers(Path(path).read_bytes(), wrong or {})
    constants = {"MB_OK": 0, "MB_ICONWARNING": 0x30, "MB_OKCANCEL": 1, "MB_YESNO": 4, "MB_YESNOCANCEL": 3}

    def show(_: int, text: str, title: str, style: int) -> int:
        excel.messages.append((title, text, bool(style & 0x30)))
        return 1

    functions = types.SimpleNamespace(Name="drawstop.xlam", IsAddin=True, calculate=lambda: None)
    with (
        mock.patch.object(_xlwindows, "DispatchEx", return_value=excel),
        mock.patch.object(_xlwindows, "get_excel_hwnds", side_effect=lambda: iter([])),
        mock.patch.multiple(_xlwindows.win32con, create=True, MB_ICONINFORMATION=0x40, **constants),
        mock.patch.object(_xlwindows.win32api, "MessageBox", show, create=True),
    ):
        book = xw.App(visible=False, add_book=False).books.open(path)
        excel.Workbooks.books.append(functions)
        for sheet in book.api.Worksheets:
            sheet.protected = sheet.Name == protected
            if known:
                sheet.unknown.clear()
            for reference, value in (typed or {}).get(sheet.Name, {}).items():
                sheet.values[place(reference)] = value
        with (
            mock.patch.object(_xlwindows, "get_excel_hwnds", side_effect=lambda: iter([excel.Hwnd])),
            mock.patch.object(_xlwindows, "get_xl_app_from_hwnd", side_effect={excel.Hwnd: excel}.get),
            mock.patch.object(sys, "argv", ["-c", "--from_xl=1", f"--hwnd={excel.Hwnd}"]),
        ):
            yield excel, book


@functools.cache
def figures(model: bytes) -> dict[str, dict[str, Any]]:
    """The model's figures for a workbook, by sheet and reference."""
    package = refresh.calculate(Package(model)).package
    return {sheet: {ref: cell.value for ref, cell in package.cells(sheet).items()} for sheet in package.sheet_names}


def answers(model: bytes, wrong: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What Excel calculates: the model's figures, but for those that are wrong."""
    return {sheet: cells | wrong.get(sheet, {}) for sheet, cells in figures(model).items()}


def refresh_file(path: str, folder: str, wrong: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Refresh a file with Excel as engine."""
    with windows(folder) as excel:
        Path(excel.StartupPath).mkdir(parents=True, exist_ok=True)
        Path(excel.StartupPath, "drawstop.xlam").write_bytes(addin.build())
        excel.answers = answers(Path(path).read_bytes(), wrong)
        result = refresh.refresh(Path(path), engine="excel")
        return {"differences": result.differences, "stamp": result.values["cover.refreshed"], "open": excel.open}


def recalculate_without_addin(path: str, folder: str) -> str:
    """What a recalculation says where no add-in is installed."""
    with windows(folder):
        try:
            recalculate(Path(path))
        except ExcelError as error:
            return str(error)
    return ""


def _said(command: Any) -> dict[str, Any]:
    try:
        return {"lines": command(), "error": ""}
    except ExcelError as error:
        return {"lines": [], "error": str(error)}


def _files(excel: Application) -> dict[str, bytes]:
    folder = Path(excel.StartupPath)
    return {file.name: file.read_bytes() for file in folder.iterdir()} if folder.is_dir() else {}
