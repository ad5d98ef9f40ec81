"""The add-in's file before Excel puts the code in: xlwings' own template for add-ins with our ribbon and our settings.

xlwings reads the settings from a sheet of the add-in. Every setting that it knows stands there, so that it looks for
none elsewhere, neither beside the workbook that is open nor in the user's home.
"""

from __future__ import annotations

import html
import importlib.metadata
import importlib.util
import io
import re
import sys
import zipfile
from pathlib import Path

import xlwings as xw

from drawstop.hosts.excel import __name__ as udf_module
from drawstop.hosts.excel.vba import NAME

CONFIG_SHEET = f"{NAME}.conf"
"""The sheet with the settings."""

_TEMPLATE = "quickstart_addin_ribbon.xlam"
_ITS_RIBBON, _OUR_RIBBON = "customUI/customUI.xml", "customUI/customUI14.xml"
_PARTS_CHANGED = {"_rels/.rels", "xl/workbook.xml", "xl/worksheets/sheet1.xml"}


def settings() -> dict[str, str | bool]:
    """What xlwings shall do, in its own words, and who made the add-in.

    Returns:
        Interpreter and module path of this environment; every other setting as xlwings has it by itself, apart from the
        folder of the open workbook, from which nothing is to be imported; last the versions.
    """
    return {
        "INTERPRETER_WIN": sys.executable,
        "INTERPRETER_MAC": "",
        "PYTHONPATH": ";".join(folders()),
        "UDF MODULES": udf_module,
        "ADD_WORKBOOK_TO_PYTHONPATH": "false",
        "DEBUG UDFS": False,
        "SHOW CONSOLE": False,
        "USE UDF SERVER": False,
        "SHOW_ERROR_POPUPS": "True",
        "TEMP DIR": "%TEMP%",
        "CONDA PATH": "",
        "CONDA ENV": "",
        "LICENSE_KEY": "",
        "ONEDRIVE_CONSUMER_WIN": "",
        "ONEDRIVE_COMMERCIAL_WIN": "",
        "SHAREPOINT_WIN": "",
        **versions(),
    }


def versions() -> dict[str, str | bool]:
    """The versions of drawstop and xlwings in this environment."""
    return {"DRAWSTOP VERSION": importlib.metadata.version("drawstop"), "XLWINGS VERSION": xw.__version__}


def folders() -> list[str]:
    """The folders in which our packages were found, for the add-in's Python to look in."""
    specs = [importlib.util.find_spec(package) for package in ("drawstop", "lender_model")]
    found = [str(Path(spec.origin).resolve().parents[1]) for spec in specs if spec and spec.origin]
    return list(dict.fromkeys(found))


def template() -> bytes:
    """The add-in as a file (.xlam), all but its code.

    >>> zipfile.ZipFile(io.BytesIO(template())).namelist()[-1]
    'customUI/customUI14.xml'
    """
    buffer = io.BytesIO()
    source = Path(xw.__file__).with_name(_TEMPLATE)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name in _PARTS_CHANGED:
                new.writestr(name, _changed(old.read(name).decode("utf-8")))
            elif name != _ITS_RIBBON:
                new.writestr(name, old.read(name))
        new.write(Path(__file__).with_name("ribbon.xml"), _OUR_RIBBON)
    return buffer.getvalue()


def _changed(xml: str) -> str:
    """A part with the ribbon's place, the name of the sheet of settings, and the settings, where it holds them."""
    xml = xml.replace(_ITS_RIBBON, _OUR_RIBBON).replace('name="_myaddin.conf"', f'name="{CONFIG_SHEET}"')
    xml = re.sub(r"<dimension [^>]*/>", "", xml)
    return re.sub(r"<sheetData>.*</sheetData>", lambda _: f"<sheetData>{_rows()}</sheetData>", xml)


def _rows() -> str:
    return "".join(
        f'<row r="{row}">{_cell(f"A{row}", name)}{_cell(f"B{row}", value)}</row>'
        for row, (name, value) in enumerate(settings().items(), start=1)
    )


def _cell(reference: str, value: str | bool) -> str:
    if isinstance(value, bool):
        return f'<c r="{reference}" t="b"><v>{value:d}</v></c>'
    text = html.escape(value, quote=False)
    return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>' if value else ""
