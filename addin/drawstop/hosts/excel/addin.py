"""The add-in's file, made without Excel: a blank Excel add-in with our code, ribbon, settings and help.

pyOpenVBA supplies the blank add-in and writes the code into it. xlwings reads its settings from a sheet of the add-in.
Every setting that it knows is there, so that it looks nowhere else, neither beside the open workbook nor in the user's
home. Excel's function wizard reads the functions' help from the workbook's defined names, where Excel stores what
``Application.MacroOptions`` sets (ISO/IEC 29500-1, 18.2.5 and 18.2.14; [MS-XLSX] 2.6.9).
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import io
import sys
import tempfile
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import xlwings as xw
from pyopenvba import ExcelFile
from pyopenvba.cfb import CFB
from pyopenvba.vba import compress, decompress

from drawstop.functions import FUNCTIONS
from drawstop.functions.declare import Function
from drawstop.hosts.excel import __name__ as udf_module
from drawstop.hosts.excel.program import ExcelError
from drawstop.hosts.excel.vba import NAME, modules
from drawstop.hosts.links import ADDIN

CONFIG_SHEET = f"{NAME}.conf"
"""The sheet with the settings."""

BUILT_IN_GROUPS = 17
"""The number of function categories built into Excel when this format was defined; ours are numbered after them."""

_BLANK_PROJECT, _BLANK_MODULE, _BLANK_SHEET, _BLANK_AUTHOR = "VBAProject", "Module1", "Sheet1", "William Smith"
_RIBBON = "customUI/customUI14.xml"
_RIBBON_LINK = "http://schemas.microsoft.com/office/2007/relationships/ui/extensibility"
_X14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
_X14_NAMES = "{876F7934-8845-4945-9796-88D515C7AA90}"  # the extension for help of arguments, [MS-XLSX] 2.3.1
_DAY = (1980, 1, 1, 0, 0, 0)  # of every part, so that the same environment makes the same file


def settings() -> dict[str, str | bool]:
    """The settings of xlwings, in its own words, and the versions that made the add-in.

    Returns:
        Interpreter and module path of this environment; every other setting at xlwings' default, except that nothing is
        imported from the open workbook's folder; last the versions.
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


def build(*, described: bool = True) -> bytes:
    """The add-in as a file (.xlam).

    Args:
        described: with the functions' categories and the help of their arguments, not yet seen in an Excel.

    >>> with zipfile.ZipFile(io.BytesIO(build())) as file:
    ...     "xl/vbaProject.bin" in file.namelist()
    True
    """
    with tempfile.TemporaryDirectory(prefix="drawstop-") as folder:
        blank = Path(folder, ADDIN)
        with ExcelFile.create_new(blank) as file:
            project = file.vba_project()
            project.delete_module(_BLANK_MODULE)
            for name, text in modules().items():
                project.add_module(name, text)
            file.save()
        with zipfile.ZipFile(blank) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/vbaProject.bin"] = _named(parts["xl/vbaProject.bin"])
    parts[_RIBBON] = Path(__file__).with_name("ribbon.xml").read_bytes()
    for part, replaced in _changes(described=described).items():
        parts[part] = _with(part, parts[part].decode(), replaced).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _DAY), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _named(project: bytes) -> bytes:
    """The VBA project under our name, which two of its streams hold ([MS-OVBA] 2.3.1.5 and 2.3.4.2.1.6)."""
    storage = CFB.from_bytes(project)
    old, new = (name.encode("ascii") for name in (_BLANK_PROJECT, NAME))
    text = storage.get_stream("PROJECT")
    storage.write_stream("PROJECT", text.replace(b'Name="%s"' % old, b'Name="%s"' % new, 1))
    record = decompress(storage.get_stream_in_storage("VBA", "dir"))
    head, body = (b"\x04\x00" + len(name).to_bytes(4, "little") + name for name in (old, new))
    storage.write_stream_in_storage("VBA", "dir", compress(record.replace(head, body, 1)))
    return bytes(storage.to_bytes())


def _changes(*, described: bool) -> dict[str, dict[str, str]]:
    """The replacements in the parts of the blank add-in."""
    names = f"{_groups()}<definedNames>{''.join(map(_name, _by_name()))}</definedNames>"
    ribbon = f'<Relationship Id="rIdRibbon" Type="{_RIBBON_LINK}" Target="{_RIBBON}"/>'
    return {
        "_rels/.rels": {"</Relationships>": f"{ribbon}</Relationships>"},
        "xl/workbook.xml": {
            f'<sheet name="{_BLANK_SHEET}"': f'<sheet name="{CONFIG_SHEET}"',
            "</sheets>": f"</sheets>{names if described else ''}",
            "<extLst>": f"<extLst>{_arguments() if described else ''}",
        },
        "xl/worksheets/sheet1.xml": {'<dimension ref="A1"/>': "", "<sheetData/>": f"<sheetData>{_rows()}</sheetData>"},
        "docProps/app.xml": {f"<vt:lpstr>{_BLANK_SHEET}<": f"<vt:lpstr>{CONFIG_SHEET}<"},
        "docProps/core.xml": {
            f"{_BLANK_AUTHOR}</dc:creator>": f"{NAME}</dc:creator>",
            f"{_BLANK_AUTHOR}</cp:lastModifiedBy>": f"{NAME}</cp:lastModifiedBy>",
        },
    }


def _with(part: str, xml: str, replaced: dict[str, str]) -> str:
    for old, new in replaced.items():
        if xml.count(old) != 1:
            raise ExcelError(f"pyOpenVBA's blank add-in is not the one that this was made for: {old!r} in {part}")
        xml = xml.replace(old, new)
    return xml


def _by_name() -> list[Function]:
    return sorted(FUNCTIONS.values(), key=lambda function: function.name)


def _categories() -> list[str]:
    return list(dict.fromkeys(function.category for function in FUNCTIONS.values()))


def _groups() -> str:
    groups = "".join(f"<functionGroup name={quoteattr(category)}/>" for category in _categories())
    return f'<functionGroups builtInGroupCount="{BUILT_IN_GROUPS}">{groups}</functionGroups>'


def _name(function: Function) -> str:
    """A function's help as a defined name: not a name for formulas, but Excel's record of a macro."""
    group = BUILT_IN_GROUPS + 1 + _categories().index(function.category)
    return (
        f'<definedName name="{function.name}" description={quoteattr(function.summary)} hidden="1" function="1" '
        f'vbProcedure="1" functionGroupId="{group}">#REF!</definedName>'
    )


def _arguments() -> str:
    """The help of every argument, as an extension of the workbook."""
    names = "".join(
        f'<x14:definedName name="{function.name}"><x14:argumentDescriptions count="{len(function.parameters)}">'
        + "".join(
            f'<x14:argumentDescription index="{k}">{escape(parameter.help())}</x14:argumentDescription>'
            for k, parameter in enumerate(function.parameters)
        )
        + "</x14:argumentDescriptions></x14:definedName>"
        for function in _by_name()
        if function.parameters
    )
    return f'<ext uri="{_X14_NAMES}" xmlns:x14="{_X14}"><x14:definedNames>{names}</x14:definedNames></ext>'


def _rows() -> str:
    return "".join(
        f'<row r="{row}">{_cell(f"A{row}", name)}{_cell(f"B{row}", value)}</row>'
        for row, (name, value) in enumerate(settings().items(), start=1)
    )


def _cell(reference: str, value: str | bool) -> str:
    if isinstance(value, bool):
        return f'<c r="{reference}" t="b"><v>{value:d}</v></c>'
    text = escape(value)
    return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>' if value else ""
