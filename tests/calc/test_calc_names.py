"""Formulas rewritten so that LibreOffice finds our functions, needing no LibreOffice."""

import zipfile

import pytest
import xlsxwriter

from drawstop.hosts.calc import CalcError
from drawstop.hosts.calc.names import resolved, resolved_copy, valued_copy


def kept(cell):
    return f'IF(ISBLANK({cell}),"",{cell})'


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("DSCR(1,2)", "DRAWSTOP.DSCR(1,2)"),
        ("dscr(1,2)", "DRAWSTOP.DSCR(1,2)"),
        ("_xll.DSCR(1,2)", "DRAWSTOP.DSCR(1,2)"),
        ("[1]!DSCR(1,2)", "DRAWSTOP.DSCR(1,2)"),
        ("-DSCR(1,2)^2%", "-DRAWSTOP.DSCR(1,2)^2%"),
        ("ESTABLISHMENT_FEE()", "DRAWSTOP.ESTABLISHMENT_FEE()"),
        ("PROCEEDS_MIN(1,,3)", "DRAWSTOP.PROCEEDS_MIN(1,,3)"),
        # the longer name wins, and part of a name is none
        ("PROCEEDS_MIN_ITEMS(1,2,3,4)", "DRAWSTOP.PROCEEDS_MIN_ITEMS(1,2,3,4)"),
        ("MY_DSCR(1,2)+DSCR2(1,2)+DSCR+Sheet.DSCR(1,2)", "MY_DSCR(1,2)+DSCR2(1,2)+DSCR+Sheet.DSCR(1,2)"),
        # texts and names of sheets do not contain formulas
        ('"DSCR(A1,B1)"&DSCR(1,2)', '"DSCR(A1,B1)"&DRAWSTOP.DSCR(1,2)'),
        ('"say ""DSCR(1,2)"""', '"say ""DSCR(1,2)"""'),
        ("'DSCR(1)'!B1+'It''s DSCR(1,2)'!B1", "'DSCR(1)'!B1+'It''s DSCR(1,2)'!B1"),
        # a single cell stays blank if it is; a range does by itself
        ("DSCR(A1,$B$2)", f"DRAWSTOP.DSCR({kept('A1')},{kept('$B$2')})"),
        ("DSCR( A1 ,Loan!B2)", f"DRAWSTOP.DSCR({kept('A1')},{kept('Loan!B2')})"),
        ("DSCR('It''s (x), y'!A1,1)", "DRAWSTOP.DSCR(" + kept("'It''s (x), y'!A1") + ",1)"),
        ("DSCR(A1:B2,A1+1)", "DRAWSTOP.DSCR(A1:B2,A1+1)"),
        ("SUM(A1,DSCR(A1,1),A1)", f"SUM(A1,DRAWSTOP.DSCR({kept('A1')},1),A1)"),
        ("DSCR(SUM(A1,B1),MAX(A1))", "DRAWSTOP.DSCR(SUM(A1,B1),MAX(A1))"),
        ("DSCR(DSCR(A1,1),2)", f"DRAWSTOP.DSCR(DRAWSTOP.DSCR({kept('A1')},1),2)"),
        # commas that separate no arguments
        ("DSCR({1,2},(A1,B2))", "DRAWSTOP.DSCR({1,2},(A1,B2))"),
        ("DSCR(T[[#All],[a(]],A1)", f"DRAWSTOP.DSCR(T[[#All],[a(]],{kept('A1')})"),
        # names: of a cell, of a range
        ("DSCR(Cash,Debts)", f"DRAWSTOP.DSCR({kept('Cash')},Debts)"),
        ("MILESTONE(1,2)", "DRAWSTOP.MILESTONE(1,2)"),
    ],
)  # fmt: skip
def test_a_formula(formula, expected):
    assert resolved(formula, {"CASH"}) == expected


def test_an_array_formula_of_texts_joins_them():
    call = "DRAWSTOP.MILESTONE_ROWS(B1:D1,2)"
    assert resolved("MILESTONE(B1:D1,2)", array=True) == f'IF(ISTEXT({call}),{call}&"",{call})'
    assert resolved("DSCR(B1:D1,2)", array=True) == "DRAWSTOP.DSCR(B1:D1,2)"


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("R&D")
        book.define_name("Cash", "='R&D'!$A$1")
        book.define_name("Cover", "=DSCR('R&D'!$A$1,2)")
        sheet.write_formula("B1", '=IF(DSCR(Cash,2)>=1,"a & b <c>","")', None, "a & b <c>")
        sheet.write_array_formula("B2:C3", "{=DSCR(A1:B2,{1;2})}", None, 7)
        sheet.write_formula("B4", "=A1>2", None, True)
        sheet.write_boolean("B5", True)
        sheet.data_validation("D1", {"validate": "custom", "value": "=DSCR(A1,2)>1"})
        sheet.conditional_format("D1", {"type": "formula", "criteria": "=DSCR($A1,2)>1", "format": book.add_format()})
    return path


def parts(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_a_copy(book, tmp_path):
    formulas = resolved_copy(book, tmp_path / "copy.xlsx")
    assert formulas == {"R&D": {"B1": False, "B2": False, "C2": False, "B3": False, "C3": False, "B4": True}}
    sheet = parts(tmp_path / "copy.xlsx")["xl/worksheets/sheet1.xml"]
    assert '<f>IF(DRAWSTOP.DSCR(IF(ISBLANK(Cash),"",Cash),2)&gt;=1,"a &amp; b &lt;c&gt;","")</f>' in sheet
    assert '<f t="array" ref="B2:C3">DRAWSTOP.DSCR(A1:B2,{1;2})</f>' in sheet
    assert '<formula1>DRAWSTOP.DSCR(IF(ISBLANK(A1),"",A1),2)&gt;1</formula1>' in sheet
    assert '<formula>DRAWSTOP.DSCR(IF(ISBLANK($A1),"",$A1),2)&gt;1</formula>' in sheet
    workbook = parts(tmp_path / "copy.xlsx")["xl/workbook.xml"]
    assert "<definedName name=\"Cover\">DRAWSTOP.DSCR(IF(ISBLANK('R&amp;D'!$A$1),\"\",'R&amp;D'!$A$1),2)" in workbook


def test_a_copy_of_values(book, tmp_path):
    valued_copy(book, tmp_path / "copy.xlsx")
    sheet = parts(tmp_path / "copy.xlsx")["xl/worksheets/sheet1.xml"]
    assert "<f" not in sheet.partition("<sheetData>")[2].partition("</sheetData>")[0]
    assert '<c r="B4" t="b"><v>1</v></c>' in sheet


def test_other_parts_are_copied_as_they_are(book, tmp_path):
    resolved_copy(book, tmp_path / "copy.xlsx")
    edited = {"xl/workbook.xml", "xl/worksheets/sheet1.xml"}
    before, after = parts(book), parts(tmp_path / "copy.xlsx")
    assert before.keys() == after.keys()
    assert {name for name in before if before[name] != after[name]} == edited


def changed(path, part, content):
    """The workbook with a part more, or another in its place."""
    members = parts(path) | {part: content}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)


@pytest.mark.parametrize("copy", [resolved_copy, valued_copy])
@pytest.mark.parametrize(
    ("part", "content", "message"),
    [
        ("xl/media/image1.bin", "0" * 17 * 2**20, "unpacks to 10 parts and 178.* do not trust it"),
        ("xl/worksheets/sheet1.xml", '<!DOCTYPE worksheet [<!ENTITY a "aa">]><worksheet>&a;</worksheet>', "DOCTYPE"),
        ("xl/worksheets/sheet1.xml", "<worksheet>", "is not sound XML"),
        ("xl/_rels/workbook.xml.rels", "<Relationships/>", "is incomplete or damaged"),
    ],
)
def test_what_is_not_a_sound_workbook_is_refused(book, tmp_path, copy, part, content, message):
    changed(book, part, content)
    with pytest.raises(CalcError, match=f"book.xlsx: .*{message}"):
        copy(book, tmp_path / "copy.xlsx")
