"""The add-in's file and code: xlwings' template with our ribbon and settings, and the modules that go into it.

Nothing here has been seen in Excel. The ribbon's schema is the part of [MS-CUSTOMUI2] that it uses.
"""

import importlib
import io
import re
import zipfile
from pathlib import Path

import pytest
import xlwings as xw
from lxml import etree

import drawstop.hosts.excel
from drawstop.hosts.excel import addin, vba
from drawstop.hosts.excel.program import ExcelError
from lender_model.package import Package

HOST = Path(drawstop.hosts.excel.__file__).parent
RIBBON = (HOST / "ribbon.xml").read_text(encoding="utf-8")
THEIRS = Path(xw.__file__).with_name("xlwings_custom_addin.bas").read_text(encoding="ascii")


@pytest.fixture(scope="module")
def parts():
    """The parts of the add-in's file."""
    with zipfile.ZipFile(io.BytesIO(addin.template())) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def schema():
    return etree.XMLSchema(etree.parse(Path(__file__).with_name("customui14.xsd")))


# ---- the file --------------------------------------------------------------------------------------------------------


def test_template_differs_from_xlwings_own_in_ribbon_and_settings_alone(parts):
    with zipfile.ZipFile(Path(xw.__file__).with_name("quickstart_addin_ribbon.xlam")) as archive:
        theirs = {name: archive.read(name) for name in archive.namelist()}
    assert theirs.keys() - parts.keys() == {"customUI/customUI.xml"}
    assert parts.keys() - theirs.keys() == {"customUI/customUI14.xml"}
    changed = {name for name in theirs.keys() & parts.keys() if theirs[name] != parts[name]}
    assert changed == {"_rels/.rels", "xl/workbook.xml", "xl/worksheets/sheet1.xml"}


def test_ribbon_is_found_from_the_package_as_office_2010_looks_for_it(parts):
    # [MS-CUSTOMUI2] 2.2.1: the relationship of the namespace of 2009, which Excel 2007 does not follow
    kind = "http://schemas.microsoft.com/office/2007/relationships/ui/extensibility"
    targets = [link.get("Target") for link in etree.fromstring(parts["_rels/.rels"]) if link.get("Type") == kind]
    assert targets == ["customUI/customUI14.xml"]
    assert parts["customUI/customUI14.xml"] == RIBBON.encode()


def test_settings_name_this_python_and_leave_nothing_to_be_looked_for_elsewhere(monkeypatch):
    monkeypatch.setattr("sys.executable", r"C:\Räume & mehr\Scripts\python.exe")
    cells = Package(addin.template()).cells("drawstop.conf")
    settings = {cells[f"A{row}"].value: row for row in range(1, 40) if f"A{row}" in cells}
    assert cells[f"B{settings['INTERPRETER_WIN']}"].value == r"C:\Räume & mehr\Scripts\python.exe"
    assert cells[f"B{settings['UDF MODULES']}"].value == "drawstop.hosts.excel"
    assert cells[f"B{settings['ADD_WORKBOOK_TO_PYTHONPATH']}"].value == "false"
    assert cells[f"B{settings['DEBUG UDFS']}"].value is False
    asked = set(re.findall(r'GetConfig\("([^"]+)"', vba.xlwings_module()))
    on_windows = {name for name in asked if not name.endswith("_MAC")} - {"INTERPRETER"}  # its old name, asked if blank
    assert on_windows <= settings.keys()


# ---- the ribbon ------------------------------------------------------------------------------------------------------


def test_ribbon_is_valid(schema):
    schema.assertValid(etree.fromstring(RIBBON.encode()))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('id="drawstopConnect"', 'id="drawstopRefresh"'),
        ('id="drawstopConnect"', 'id="drawstop connect"'),
        ('size="large"', 'size="huge"'),
        ("2009/07", "2006/01"),
        ("onAction", "onClick"),
        ("<tabs>", "<tabs><button id='b' />"),
    ],
)
def test_schema_refuses_what_office_would(schema, right, wrong):
    assert not schema.validate(etree.fromstring(RIBBON.replace(right, wrong, 1).encode()))


def test_every_button_has_its_macro_and_every_macro_its_python():
    macros = re.findall(r'onAction="drawstop_ribbon\.(\w+)"', RIBBON)
    module = vba.modules()["drawstop_ribbon"]
    assert macros == re.findall(r"^Public Sub (\w+)\(ByVal control As Object\)\r$", module, re.MULTILINE)
    commands = re.findall(r'RunOnBook "from (\w+) import (\w+); (\w+)\.(\w+)\(\)"', module)
    assert len(commands) == len(macros) - 1  # help needs no Python
    for package, name, same, function in commands:
        assert name == same
        assert callable(getattr(importlib.import_module(f"{package}.{name}"), function))


# ---- the code --------------------------------------------------------------------------------------------------------


def test_xlwings_module_is_their_own_but_for_the_lines_that_are_ours():
    ours = vba.xlwings_module().replace("\r\n", "\n").splitlines()
    changed = [
        (their.strip(), our.strip()) for their, our in zip(THEIRS.splitlines(), ours, strict=True) if their != our
    ]
    assert len(changed) == 14
    assert not any("ActiveWorkbook" in our for _, our in changed)
    assert changed[0] == (
        'Public Const PROJECT_NAME As String = "myaddin"',
        'Public Const PROJECT_NAME As String = "drawstop"',
    )


def test_module_of_another_xlwings_is_refused(monkeypatch, tmp_path):
    changed = THEIRS.replace("GetConfigFromSheet(ActiveWorkbook)", "GetConfigOf(ActiveWorkbook)")
    (tmp_path / "xlwings_custom_addin.bas").write_text(changed, encoding="ascii")
    monkeypatch.setattr(xw, "__file__", str(tmp_path / "__init__.py"))
    with pytest.raises(ExcelError, match="0 times in its module"):
        vba.xlwings_module()


@pytest.mark.parametrize("name", vba.modules())
def test_module_is_as_vba_imports_it(name):
    text = vba.modules()[name]
    assert text.startswith(f'Attribute VB_Name = "{name}"\r\n')
    assert text.isascii()
    assert "\n" not in text.replace("\r\n", "")
