"""Excel takes the workbook as it is, without a repair: as built, refreshed, simulated and exported.

Two checks: Excel's own limits and loose ends (``limits.py``), and openxml-audit, which holds every part to the schemas
of the Open XML SDK, those of ISO/IEC 29500 and of Microsoft's extensions, and to its rules for packages.
"""

import io
import zipfile
from pathlib import Path

import limits
import openxml_audit
import pytest
import xlsxwriter
from lxml import etree
from typer.testing import CliRunner

import lender_model
from lender_model import cli
from lender_model.xlsx.package import Package

DEALS = Path(lender_model.__file__).parent / "deals"

KINDS = ["built", "refreshed", "simulated", "exported", "exported as LAMBDAs"]
OTHER_DEAL = ["deal built", "deal refreshed", "deal exported", "deal exported as LAMBDAs"]
"""The same of another deal's workbook, built from its folder."""


def drawstop(*arguments):
    result = CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output


@pytest.fixture(scope="module")
def books(built, tmp_path_factory):
    """A workbook at each step of its life: kind to file."""
    folder = tmp_path_factory.mktemp("life")
    files = {kind: folder / f"{kind}.xlsx" for kind in KINDS}
    files["built"].write_bytes(built)
    files["refreshed"].write_bytes(built)
    drawstop("refresh", files["refreshed"], "--as-of", "1997-03-31")
    files["simulated"].write_bytes(files["refreshed"].read_bytes())
    drawstop("simulate", files["simulated"], "--paths", 100, "--workers", 1)
    drawstop("export", files["simulated"], files["exported"])
    drawstop("export", files["simulated"], files["exported as LAMBDAs"], "--lambda")
    return files | another_deal(folder)


def another_deal(folder):
    """The books of Gold Bar 2018."""
    files = {kind: folder / f"{kind}.xlsx" for kind in OTHER_DEAL}
    drawstop("build", DEALS / "gold_bar_2018", files["deal built"])
    files["deal refreshed"].write_bytes(files["deal built"].read_bytes())
    drawstop("refresh", files["deal refreshed"])
    drawstop("export", files["deal refreshed"], files["deal exported"])
    drawstop("export", files["deal refreshed"], files["deal exported as LAMBDAs"], "--lambda")
    return files


@pytest.mark.parametrize("kind", [*KINDS, *OTHER_DEAL])
def test_excel_s_limits_hold(books, kind):
    assert list(limits.faults(books[kind].read_bytes())) == []


@pytest.mark.parametrize("kind", [*KINDS[2:], *OTHER_DEAL[1:]])
def test_schemas_and_package_hold(books, kind):
    result = openxml_audit.OpenXmlValidator(file_format=openxml_audit.FileFormat.MICROSOFT_365).validate(books[kind])
    assert [error for error in result.errors if error.severity is openxml_audit.ValidationSeverity.ERROR] == []


@pytest.mark.parametrize("kind", ["built", "deal built"])
def test_every_chart_has_words_for_those_who_do_not_see_it(books, kind):
    with zipfile.ZipFile(books[kind]) as file:
        drawings = [file.read(name) for name in file.namelist() if name.startswith("xl/drawings/drawing")]
    frames = [frame for part in drawings for frame in etree.fromstring(part).iter("{*}graphicFrame")]
    assert frames
    for frame in frames:
        assert len(next(frame.iter("{*}cNvPr")).get("descr", "")) > 20


@pytest.mark.parametrize("kind", OTHER_DEAL)
def test_rests_of_rounding_do_not_look_like_losses(books, kind):
    """A value just below zero would show as (0) or -0.00%."""
    package = Package.read(books[kind])
    figures = ((sheet, at, cell.value) for sheet in package.sheet_names for at, cell in package.cells(sheet).items())
    assert [found for found in figures if isinstance(found[2], float) and -1e-6 < found[2] < 0] == []


def changed(file, part, old, new):
    """A package with something changed in a part."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as package, zipfile.ZipFile(out, "w") as copy:
        for name in package.namelist():
            content = package.read(name)
            if name == part:
                assert old in content
                content = content.replace(old, new, 1)
            copy.writestr(name, content)
    return out.getvalue()


@pytest.fixture(scope="module")
def small():
    """A small workbook without a fault."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet("Cover").write("A1", 1)
        book.define_name("Rate", "=Cover!$A$1")
    assert list(limits.faults(out.getvalue())) == []
    return out.getvalue()


BOOK, SHEET, NAME = "xl/workbook.xml", "xl/worksheets/sheet1.xml", b"<definedName "


@pytest.mark.parametrize(
    ("part", "old", "new", "fault"),
    [
        (BOOK, b'<sheet name="Cover"', b'<sheet name="Cover:1"', "sheet name 'cover:1'"),
        (BOOK, NAME, b'<definedName name="AB12">1</definedName><definedName ', "'AB12'"),
        (BOOK, NAME, b'<definedName name="rate">2</definedName><definedName ', "rate is duplicated"),
        (BOOK, NAME, b'<definedName name="x">Gone!$A$1</definedName><definedName ', "no sheet 'Gone'"),
        ("xl/styles.xml", b"<fonts count=", b'<fonts count="9" x=', "fonts says 9"),
        (SHEET, b"<row r=", b'<row r="9000"/><row r=', "after 9000"),
        (SHEET, b"</sheetData>", b'<row r="9"><c r="A9" s="999"/></row></sheetData>', "style 999"),
        (SHEET, b"</sheetData>", b'<row r="9"><c r="A9"><f>MAX(1</f></c></row></sheetData>', "brackets do not match"),
        (SHEET, b"</sheetData>", b'<row r="9"><c r="A9"><v>INF</v></c></row></sheetData>', "'INF'"),
        ("[Content_Types].xml", b"<Default ", b'<Override PartName="/gone.xml"/><Default ', "which is not there"),
        ("xl/_rels/workbook.xml.rels", b"worksheets/sheet1.xml", b"worksheets/sheet2.xml", "is reached by no"),
    ],
)
def test_a_fault_is_seen(small, part, old, new, fault):
    assert fault in "\n".join(limits.faults(changed(small, part, old, new)))


@pytest.mark.parametrize(
    ("formula", "fault"),
    [
        ("1+" * 5000 + "1", "formula of 10001 characters"),
        ("(" * 70 + "1" + ")" * 70, "nested deeper than 64"),
        (f"SUM({','.join(['1'] * 256)})", "more than 255 arguments"),
        (f'"{"x" * 256}"', "text of 256 characters in a formula"),
        ("SUM(#REF!)", "#REF! in a formula"),
    ],
)
def test_a_formula_beyond_excel_is_seen(formula, fault):
    assert fault in limits.of_formula(formula)
