"""What is read of a workbook: values, formulas, names and dates, held against ElementTree."""

import pytest
from tests.xlsx.books import (
    BOOKS,
    MAIN,
    book_of,
    every_book,
    parsed,
    parts_of,
    read_plainly,
    same,
    sheet_parts,
    worksheet,
)

from lender_model.xlsx.cells import Cell, Error
from lender_model.xlsx.package import Package


@every_book
def test_reads_what_elementtree_reads(data):
    package, plain = Package(data), read_plainly(data)
    assert package.sheet_names == list(plain)
    for sheet, expected in plain.items():
        cells = package.cells(sheet)
        assert list(cells) == list(expected)
        assert len(cells) == len(expected)
        for reference, value in expected.items():
            assert same(cells[reference].value, value), (sheet, reference)


@every_book
def test_reads_formulas_as_elementtree_does(data):
    package = Package(data)
    for sheet, part in sheet_parts(data).items():
        for cell in parsed(parts_of(data)[part]).iter(f"{{{MAIN}}}c"):
            found, formula = package.cells(sheet)[cell.get("r")], cell.find("{*}f")
            assert found.style == int(cell.get("s", "0"))
            assert found.formula == (None if formula is None else formula.text or "")
            about = {} if formula is None else formula.attrib
            assert found.array == (about["ref"] if about.get("t") == "array" else None)
            assert found.shared == (int(about["si"]) if about.get("t") == "shared" else None)


def test_shared_formulas_of_excel():
    cells = Package(BOOKS["excel_dates"]).cells("Sheet1")
    assert cells["A3"] == Cell(39755.0, "DATE(B3,C3,D3)", None, 0, 1)
    assert cells["A12"] == Cell(Error("#NUM!"), "", None, 0, 1)


def test_names_dates_and_order_of_sheets():
    assert Package(BOOKS["xlsxwriter"]).defined_names == {"Principal": "Loan!$B$2"}
    assert Package(BOOKS["libreoffice_chart"]).sheet_names == ["b", "e", "d", "a"]
    assert [Package(BOOKS[name]).date1904 for name in ("excel_mac_1904", "excel_dates", "libreoffice_chart")] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c r="A1"/>', None),
        ('<c r="A1" s="7"></c>', None),
        ('<c r="A1"><v/></c>', None),
        ('<c r="A1" t="n"><v>-1.5E-7</v></c>', -1.5e-7),
        ("<c r='A1' t='b'><v>1</v></c>", True),
        ('<c r="A1" t="b"><v>0</v></c>', False),
        ('<c r="A1" t="e"><v>#DIV/0!</v></c>', Error("#DIV/0!")),
        ('<c r="A1" t="str"><f>A2</f><v></v></c>', ""),
        ('<c r="A1" t="str"><f>A2</f><v xml:space="preserve"> &lt;&amp;&#233;&#x80; </v></c>', " <&é\x80 "),
        ('<c r="A1" t="str"><v>a\r\nb</v></c>', "a\nb"),
        ('<c t="s" r="A1"><v>0</v></c>', "plain "),
        ('<c r="A1" t="s"><v>1</v></c>', "two runs\r"),
        ('<c r="A1" t="s"><v>2</v></c>', ""),
        ('<c r="A1" t="inlineStr"><is><t>in</t></is></c>', "in"),
        (
            '<c r="A1" t="inlineStr"><is><r><t>a</t></r><rPh sb="0" eb="1"><t>x</t></rPh><r><t> b</t></r></is></c>',
            "a b",
        ),
        ('<c r="A1" t="inlineStr"><is/></c>', ""),
        ('<c r="A1" t="d"><v>1996-07-11T12:00:00</v></c>', 35257.5),
        ('<c\n r="A1"\n ><v>2</v\n></c >', 2.0),
        # white space may stand around the "=" of an attribute (XML 1.0, 3.1, production 25 Eq)
        ('<c r = "A1" s\t=\n"7" t = "b"><v>1</v></c>', True),
        ("<c t\n=\n's' r ='A1'><v>0</v></c>", "plain "),
    ],
)
def test_kinds_of_values(cell, value):
    strings = (
        '<si><t xml:space="preserve">plain </t><phoneticPr fontId="1"/></si>'
        "<si><r><t>two</t></r><r><rPr><b/></rPr><t> runs_x000D_</t></r><rPh sb='0' eb='1'><t>x</t></rPh></si><si/>"
    )
    package = Package(book_of(worksheet(f'<row r="1">{cell}</row>'), strings=strings))
    assert same(package.cells("S")["A1"].value, value)


def test_strict_workbooks_and_parts_spelled_in_another_case():
    strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    data = book_of(
        worksheet('<row r="1"><c r="A1"><v>1</v></c></row>').replace(MAIN, strict),
        parts={
            "xl/workbook.xml": f'<workbook xmlns="{strict}" xmlns:q="http://purl.oclc.org/ooxml/officeDocument/relationships">'
            '<sheets><sheet name="S" sheetId="1" q:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="rId1" Type="http://purl.oclc.org/ooxml'
            '/officeDocument/relationships/worksheet" Target="WorkSheets/Sheet1.xml"/></Relationships>',
        },
    )
    assert Package(data).patch({"S": {"A1": 2}}).cells("S")["A1"].value == 2
