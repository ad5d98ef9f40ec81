"""The add-in's file and code: made without Excel, and looked at with other tools that read such files.

Nothing here has been seen in Excel. The ribbon's schema is the part of [MS-CUSTOMUI2] that it uses.
"""

import io
import json
import re
import subprocess
import sys
import zipfile
from importlib.metadata import entry_points
from pathlib import Path

import openxml_audit
import pytest
import xlwings as xw
from lxml import etree

import drawstop.hosts.excel
from drawstop.functions import FUNCTIONS
from drawstop.hosts.calc.office import CalcError, clean_environment, find_office, find_python
from drawstop.hosts.excel import addin, buttons, vba
from drawstop.hosts.excel.program import ExcelError
from lender_model import live
from lender_model.xlsx.package import Package

HOST = Path(drawstop.hosts.excel.__file__).parent
RIBBON = (HOST / "ribbon.xml").read_text(encoding="utf-8")
THEIRS = Path(xw.__file__).with_name("xlwings_custom_addin.bas").read_text(encoding="ascii")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """The add-in's file."""
    path = tmp_path_factory.mktemp("addin") / "drawstop.xlam"
    path.write_bytes(addin.build())
    return path


@pytest.fixture(scope="module")
def parts(file):
    """The parts of the add-in's file."""
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def schema():
    return etree.XMLSchema(etree.parse(Path(__file__).with_name("customui14.xsd")))


# ---- the file --------------------------------------------------------------------------------------------------------


def test_the_same_environment_makes_the_same_file(file):
    assert addin.build() == file.read_bytes()


def test_the_package_passes_an_audit(file):
    result = openxml_audit.OpenXmlValidator().validate(file)
    assert [error for error in result.errors if error.severity.name == "ERROR"] == []


def test_excel_is_given_no_reason_to_calculate_and_no_place_of_another_desk(parts):
    [asked] = etree.fromstring(parts["xl/workbook.xml"]).iterfind("{*}calcPr")
    assert dict(asked.attrib) == {"calcId": "191029"}
    assert not [name for name, content in parts.items() if b"Users" in content or b"William" in content]


EXTRACT = """\
import json, sys, zipfile, olefile
from oletools.olevba import VBA_Parser, decompress_stream
with zipfile.ZipFile(sys.argv[1]) as archive, olefile.OleFileIO(archive.read("xl/vbaProject.bin")) as project:
    record = bytes(decompress_stream(bytearray(project.openstream("VBA/dir").read()))).hex()
    text = project.openstream("PROJECT").read().decode("ascii")
code = {name: code for _, _, name, code in VBA_Parser(sys.argv[1]).extract_all_macros()}
print(json.dumps([code, text, record]))
"""


def test_an_extracting_tool_shows_our_code_under_our_name(file):
    """olevba reads the compressed sources as scanners of mail do; it warns of its own dependencies, so in a process."""
    command = [sys.executable, "-W", "ignore", "-c", EXTRACT, str(file)]
    code, text, record = json.loads(subprocess.check_output(command, text=True))  # noqa: S603 - this Python
    assert {name: code[f"{name}.bas"].rstrip() for name in vba.modules()} == {
        name: module.rstrip() for name, module in vba.modules().items()
    }
    assert {name for name in code if not name.endswith(".bas")} == {"ThisWorkbook.cls", "Sheet1.cls"}
    assert 'Name="drawstop"\r\n' in text
    assert b"\x04\x00\x08\x00\x00\x00drawstop" in bytes.fromhex(record)  # PROJECTNAME, [MS-OVBA] 2.3.4.2.1.6
    assert "drawstop.bas" not in code, "VBA refuses a module with its project's name"


def test_libreoffice_finds_every_module(file, tmp_path):
    """Another program that knows VBA projects opens it, with the project as a library of macros."""
    try:
        office = find_office()
    except CalcError as error:
        pytest.skip(str(error))
    done = subprocess.run(  # noqa: S603 - programs found by path, no shell
        [find_python(office), Path(__file__).with_name("run_basic.py"), tmp_path, office],
        input=json.dumps({"file": str(file)}),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=120,
        env=clean_environment(),
    )
    modules = json.loads(done.stdout)["drawstop"]
    assert set(vba.modules()) <= set(modules)
    assert all(f"Function {name}(" in modules["drawstop_functions"] for name in FUNCTIONS)


def test_ribbon_is_found_from_the_package_as_office_2010_looks_for_it(parts):
    # [MS-CUSTOMUI2] 2.2.1: the relationship of the namespace of 2009, which Excel 2007 does not follow
    kind = "http://schemas.microsoft.com/office/2007/relationships/ui/extensibility"
    targets = [link.get("Target") for link in etree.fromstring(parts["_rels/.rels"]) if link.get("Type") == kind]
    assert targets == ["customUI/customUI14.xml"]
    assert parts["customUI/customUI14.xml"] == RIBBON.encode()


def test_settings_name_this_python_and_leave_nothing_to_be_looked_for_elsewhere(monkeypatch):
    monkeypatch.setattr("sys.executable", r"C:\Räume & mehr\Scripts\python.exe")
    cells = Package(addin.build()).cells("drawstop.conf")
    settings = {cells[f"A{row}"].value: row for row in range(1, 40) if f"A{row}" in cells}
    assert cells[f"B{settings['INTERPRETER_WIN']}"].value == r"C:\Räume & mehr\Scripts\python.exe"
    assert cells[f"B{settings['UDF MODULES']}"].value == "drawstop.hosts.excel"
    assert cells[f"B{settings['ADD_WORKBOOK_TO_PYTHONPATH']}"].value == "false"
    assert cells[f"B{settings['DEBUG UDFS']}"].value is False
    asked = set(re.findall(r'GetConfig\("([^"]+)"', vba.xlwings_module()))
    on_windows = {name for name in asked if not name.endswith("_MAC")} - {"INTERPRETER"}  # its old name, asked if blank
    assert on_windows <= settings.keys()


def test_another_blank_add_in_is_refused(monkeypatch):
    monkeypatch.setattr(addin, "_BLANK_SHEET", "Blatt1")
    with pytest.raises(ExcelError, match="blank add-in is not the one that this was made for"):
        addin.build()


# ---- help ------------------------------------------------------------------------------------------------------------


def test_every_function_has_its_help_and_category_where_excel_keeps_them(parts):
    book = etree.fromstring(parts["xl/workbook.xml"])
    [groups] = book.iterfind("{*}functionGroups")
    categories = [group.get("name") for group in groups]
    first = int(groups.get("builtInGroupCount")) + 1
    names = {name.get("name"): name for name in book.iterfind("{*}definedNames/{*}definedName")}
    assert set(names) == set(FUNCTIONS)
    for name, function in FUNCTIONS.items():
        shown = names[name]
        assert shown.get("description") == function.summary
        assert len(function.summary) <= 255
        assert categories[int(shown.get("functionGroupId")) - first] == function.category
        assert (shown.get("function"), shown.get("vbProcedure")) == ("1", "1")


def test_help_can_be_left_out(parts):
    with zipfile.ZipFile(io.BytesIO(addin.build(described=False))) as archive:
        bare = {name: archive.read(name) for name in archive.namelist()}
    assert {name for name in parts if parts[name] != bare[name]} == {"xl/workbook.xml"}
    book = etree.fromstring(bare["xl/workbook.xml"])
    assert book.find("{*}definedNames") is None
    assert b"argumentDescription" not in bare["xl/workbook.xml"]


def test_every_argument_has_its_help(parts):
    space = {"x14": "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"}
    book = etree.fromstring(parts["xl/workbook.xml"])
    found = {
        name.get("name"): [
            (int(text.get("index")), text.text) for text in name.iterfind(".//x14:argumentDescription", space)
        ]
        for name in book.iterfind(".//x14:definedName", space)
    }
    assert found == {
        name: list(enumerate(parameter.help() for parameter in function.parameters))
        for name, function in FUNCTIONS.items()
        if function.parameters
    }


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
    buttons_pressed = re.findall(
        r"RunOnBook \"from drawstop\.hosts\.excel import buttons; buttons\.press\('(\w+)'\)\"", module
    )
    assert len(buttons_pressed) == len(macros) - 1  # help needs no Python
    registered = {point.name: point.load() for point in entry_points(group=buttons.GROUP)}
    assert registered == {"refresh": live.refresh, "connect": live.connect}
    assert set(buttons_pressed) == set(registered)


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
