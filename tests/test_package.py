"""The workbook patcher: what it reads, what it changes, and above all what it leaves alone.

Nothing here is checked with the patcher's own reader alone: cells are read again with ElementTree, and the places of
cells in a sheet are found with expat, which tells byte positions.
"""

import contextlib
import datetime as dt
import importlib.resources
import io
import re
import struct
import tracemalloc
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.parsers import expat

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from drawstop.opc import PackageError
from lender_model.xlsx.cells import STORED_ERRORS, Cell, Error
from lender_model.xlsx.package import Package

DATA = Path(__file__).parent / "data" / "workbooks"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def model() -> bytes:
    """A workbook with what an analyst's file holds beside plain cells."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        loan, notes = book.add_worksheet("Loan"), book.add_worksheet("Notes & more")
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0"})
        loan.write_row("A1", ["Month", "Opening", "Rate", "Interest", "Paid"], bold)
        for row in range(1, 13):
            loan.write_number(row, 0, row)
            loan.write_number(row, 1, 19_500_000 - 1_000_000 * row, money)
            loan.write_number(row, 2, 0.05 + row / 1000)
            loan.write_formula(row, 3, f'=IF(B{row + 1}>0,B{row + 1}*C{row + 1}/12,"none")', money, 81_250.5)
            loan.write_boolean(row, 4, row % 2 == 0)
        loan.write_array_formula("G2:I3", "{=INSTALMENTS(B2:B13)}")
        loan.write_formula("G5", '=A1&" & <"', None, "Month & <")
        loan.write_comment("B2", "Lender's figure")
        loan.data_validation("C2:C13", {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1})
        loan.conditional_format("B2:B13", {"type": "data_bar", "data_bar_2010": True})
        loan.write_url("K1", "https://example.com/terms")
        loan.freeze_panes(1, 1)
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Loan!$B$2:$B$13"})
        loan.insert_chart("M2", chart)
        notes.write_rich_string("A1", "plain ", bold, "bold", " again")
        notes.write_string("A2", "  spaces and\nlines  ")
        notes.write_string("A3", "_x0041_")
        notes.write_blank("A4", None, money)
        book.define_name("Principal", "=Loan!$B$2")
        book.define_name("Loan!Local", "=Loan!$C$2")
    return buffer.getvalue()


BOOKS = {
    **{path.stem: path.read_bytes() for path in sorted(DATA.glob("*.xlsx"))},
    "excel_macros": importlib.resources.files("xlwings").joinpath("quickstart.xlsm").read_bytes(),
    "xlsxwriter": model(),
}
every_book = pytest.mark.parametrize("data", BOOKS.values(), ids=BOOKS.keys())


def worksheet(rows: str, before: str = "", after: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def book_of(
    sheet: str | bytes,
    *,
    strings: str | None = None,
    workbook: str = "",
    parts: Mapping[str, bytes | str] | None = None,
) -> bytes:
    """A small workbook around one sheet part; `parts` replaces or adds members."""
    links = f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    links += f'<Relationship Id="rId2" Type="{OFFICE}/sharedStrings" Target="/xl/sharedStrings.xml"/>' * (
        strings is not None
    )
    members: dict[str, bytes | str] = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{workbook}'
        '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f"<Relationships>{links}</Relationships>",
        "xl/worksheets/sheet1.xml": sheet,
    }
    if strings is not None:
        members["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{strings}</sst>'
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**members, **(parts or {})}.items():
            archive.writestr(zipfile.ZipInfo(name, (1996, 9, 30, 12, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def parsed(xml: bytes) -> ET.Element:
    return ET.fromstring(xml)  # noqa: S314 - of books made here or stored beside the tests


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def sheet_parts(data: bytes) -> dict[str, str]:
    """Sheet name → part, by ElementTree."""
    parts = parts_of(data)
    links = {link.get("Id"): link.get("Target", "") for link in parsed(parts["xl/_rels/workbook.xml.rels"])}
    sheets = parsed(parts["xl/workbook.xml"]).findall("{*}sheets/{*}sheet")
    return {s.get("name", ""): "xl/" + links[s.get(f"{{{OFFICE}}}id")].removeprefix("/xl/") for s in sheets}


def unescaped(text: str) -> str:
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)


def plain_text(item: ET.Element) -> str:
    runs = [item, *item.findall("{*}r")]
    return unescaped("".join(t.text or "" for run in runs for t in run.findall("{*}t")))


def read_plainly(data: bytes) -> dict[str, dict[str, object]]:
    """Values by sheet and reference, by ElementTree alone."""
    parts = parts_of(data)
    table = parsed(parts["xl/sharedStrings.xml"]) if "xl/sharedStrings.xml" in parts else []
    strings = [plain_text(item) for item in table]

    def value(cell: ET.Element) -> object:
        text, kind = cell.findtext("{*}v"), cell.get("t", "n")
        if kind == "inlineStr":
            return plain_text(cell.find("{*}is"))
        if kind == "str":
            return unescaped(text or "")
        if not text:
            return None
        return {"n": float, "s": lambda t: strings[int(t)], "b": lambda t: t == "1", "e": Error}[kind](text)

    return {
        name: {cell.get("r", ""): value(cell) for cell in parsed(parts[part]).iter(f"{{{MAIN}}}c")}
        for name, part in sheet_parts(data).items()
    }


def cell_spans(xml: bytes) -> dict[str, tuple[int, int]]:
    """Reference → first and last byte of its element, by expat."""
    parser = expat.ParserCreate(namespace_separator=" ")
    spans: dict[str, tuple[int, int]] = {}
    inside: list[tuple[str, int]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == f"{MAIN} c":
            inside.append((attributes["r"], parser.CurrentByteIndex))

    def end(name: str) -> None:
        if name == f"{MAIN} c":
            reference, begin = inside.pop()
            at = parser.CurrentByteIndex  # of "</c>", or behind "<c/>"
            closing = re.compile(rb"</(?:\w+:)?c\s*>").match(xml, at)
            spans[reference] = (begin, closing.end() if closing else at)

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(xml, True)
    return spans


def outside(xml: bytes, references: set[str]) -> list[bytes]:
    """The bytes before, between and after these cells."""
    edges = sorted(span for reference, span in cell_spans(xml).items() if reference in references)
    return [xml[a:b] for a, b in zip([0, *(end for _, end in edges)], [*(s for s, _ in edges), len(xml)], strict=True)]


def element(xml: bytes, span: tuple[int, int]) -> ET.Element:
    root = re.search(rb"<(?:\w+:)?worksheet[^>]*>", xml)[0]
    name = re.match(rb"<([\w:]+)", root)[1]
    return parsed(root + xml[slice(*span)] + b"</" + name + b">")[0]


def same(left: object, right: object) -> bool:
    return type(left) is type(right) and left == right


# ---------------------------------------------------------------------------------------------------------- reading


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


# --------------------------------------------------------------------------------------------------------- patching


def other_value(reference: str, old: object) -> object:
    """Some value of another kind or size than the old one."""
    values = [0.1 + 0.2, -7, True, "=1+1 & <b>", Error("#N/A"), None, "  two\nlines ", False, dt.date(1996, 9, 30), ""]
    start = sum(reference.encode()) % len(values)
    return next(v for v in values[start:] + values[:start] if v != old)


@every_book
def test_only_the_patched_cells_change(data):
    package = Package(data)
    new = {
        name: {r: other_value(r, cell.value) for r, cell in list(package.cells(name).items())[::3]}
        for name in package.sheet_names
    }
    patched = package.patch(new).to_bytes()
    old_parts, new_parts, touched = parts_of(data), parts_of(patched), sheet_parts(data)
    assert list(old_parts) == list(new_parts)
    for name, part in touched.items():
        before, after = old_parts.pop(part), new_parts.pop(part)
        assert outside(before, set(new[name])) == outside(after, set(new[name]))
        old_spans, new_spans = cell_spans(before), cell_spans(after)
        for reference in new[name]:
            was, now = element(before, old_spans[reference]), element(after, new_spans[reference])
            assert {k: v for k, v in was.items() if k != "t"} == {k: v for k, v in now.items() if k != "t"}
            assert [ET.tostring(f) for f in was.findall("{*}f")] == [ET.tostring(f) for f in now.findall("{*}f")]
    assert old_parts == new_parts


@every_book
def test_the_patched_values_are_read_by_elementtree(data):
    package = Package(data)
    new = {
        name: {reference: other_value(reference, cell.value) for reference, cell in package.cells(name).items()}
        for name in package.sheet_names
    }
    plain = read_plainly(package.patch(new).to_bytes())
    epoch = dt.date(1904, 1, 1) if package.date1904 else dt.date(1899, 12, 30)  # for dates after February 1900
    for name, cells in new.items():
        for reference, value in cells.items():
            expected = (value - epoch).days if isinstance(value, dt.date) else value
            assert plain[name][reference] == expected, (name, reference)


@every_book
def test_members_keep_order_dates_attributes_and_method(data):
    package = Package(data)
    patched = package.patch({name: {"C3": "new"} for name in package.sheet_names}).to_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(io.BytesIO(patched)) as new:
        for was, now in zip(old.infolist(), new.infolist(), strict=True):
            kept = ["filename", "date_time", "compress_type", "external_attr", "create_system", "comment"]
            assert [getattr(was, name) for name in kept] == [getattr(now, name) for name in kept]


def test_extra_fields_of_the_zip_go():
    """Field 1 (zip64) holds sizes, which would contradict the new ones."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts_of(BOOKS["excel_dates"]).items():
            info = zipfile.ZipInfo(name)
            info.extra = struct.pack("<HHQQ", 1, 16, len(content), len(content))
            archive.writestr(info, content)
    patched = Package(buffer.getvalue()).patch({"Sheet1": {"A1": "new"}}).to_bytes()
    with zipfile.ZipFile(io.BytesIO(patched)) as archive:
        assert {info.extra for info in archive.infolist()} == {b""}


@every_book
def test_equal_values_leave_the_file_as_it_was(data):
    package = Package(data)
    values = {name: {r: cell.value for r, cell in package.cells(name).items()} for name in package.sheet_names}
    assert package.patch(values).to_bytes() == data
    assert package.to_bytes() == data


@every_book
def test_the_same_change_gives_the_same_bytes(data):
    def change() -> bytes:
        package = Package(data)
        return package.patch({name: {"B2": 1.5, "ZZ9": "x"} for name in package.sheet_names}).to_bytes()

    assert change() == change()


def test_a_package_never_changes():
    package = Package(BOOKS["xlsxwriter"])
    patched = package.patch({"Loan": {"B2": 1}})
    again = patched.patch({"Loan": {"B3": 2}}).with_calculation(full_on_load=False)
    assert package.to_bytes() == BOOKS["xlsxwriter"]
    assert [p.cells("Loan")["B2"].value for p in (package, patched, again)] == [18_500_000, 1, 1]
    assert [p.cells("Loan")["B3"].value for p in (patched, again)] == [17_500_000, 2]


CELLS = [
    ('<c r="B2" s="3"><v>1</v></c>', 2.5, '<c r="B2" s="3"><v>2.5</v></c>'),
    ('<c r="B2" s="3"><v>1</v></c>', 19_500_000, '<c r="B2" s="3"><v>19500000</v></c>'),
    ('<c r="B2"><v>1.00</v></c>', 1, '<c r="B2"><v>1.00</v></c>'),
    ('<c r="B2"><v>1</v></c>', True, '<c r="B2" t="b"><v>1</v></c>'),
    ('<c r="B2" s="3"/>', 0.1, '<c r="B2" s="3"><v>0.1</v></c>'),
    ('<c r="B2" s="3"/>', None, '<c r="B2" s="3"/>'),
    ('<c r="B2" t="s" s="3"><v>0</v></c>', 2, '<c r="B2" s="3"><v>2</v></c>'),
    ('<c r="B2" t="s" s="3"><v>0</v></c>', "old", '<c r="B2" t="s" s="3"><v>0</v></c>'),
    ('<c r="B2" t="s" s="3"><v>0</v></c>', "=1", '<c r="B2" t="inlineStr" s="3"><is><t>=1</t></is></c>'),
    ('<c r="B2" t="s" s="3"><v>0</v></c>', None, '<c r="B2" s="3"></c>'),
    ('<c r="B2" t="s"><v>0</v></c>', " a", '<c r="B2" t="inlineStr"><is><t xml:space="preserve"> a</t></is></c>'),
    ('<c r="B2" t="inlineStr"><is><t>x</t></is></c>', 5, '<c r="B2"><v>5</v></c>'),
    ('<c r="B2" t="inlineStr"><is/></c>', "y", '<c r="B2" t="inlineStr"><is><t>y</t></is></c>'),
    ('<c r="B2" t="inlineStr"><is><t>x</t></is></c>', "x", '<c r="B2" t="inlineStr"><is><t>x</t></is></c>'),
    ('<c r="B2"><f>A1*2</f><v>1</v></c>', 3, '<c r="B2"><f>A1*2</f><v>3</v></c>'),
    ('<c r="B2"><f>A1&gt;2</f><v>1</v></c>', "a&b", '<c r="B2" t="str"><f>A1&gt;2</f><v>a&amp;b</v></c>'),
    ('<c r="B2"><f>A1</f></c>', Error("#N/A"), '<c r="B2" t="e"><f>A1</f><v>#N/A</v></c>'),
    ('<c r="B2" t="e"><f>A1</f><v>#N/A</v></c>', "#N/A", '<c r="B2" t="str"><f>A1</f><v>#N/A</v></c>'),
    ('<c r="B2" t="str"><f>A1</f><v>#N/A</v></c>', Error("#N/A"), '<c r="B2" t="e"><f>A1</f><v>#N/A</v></c>'),
    ('<c r="B2" t="str"><f>A1</f><v/></c>', "", '<c r="B2" t="str"><f>A1</f><v/></c>'),
    ('<c r="B2" t="b"><f>A1</f><v>1</v></c>', None, '<c r="B2"><f>A1</f></c>'),
    (
        '<c r="B2" cm="1"><f t="array" ref="B2:C2">X(1)</f><v>1</v></c>',
        "x",
        '<c r="B2" cm="1" t="str"><f t="array" ref="B2:C2">X(1)</f><v>x</v></c>',
    ),
    ('<c r="B2"><f t="shared" si="0"/><v>1</v></c>', 2, '<c r="B2"><f t="shared" si="0"/><v>2</v></c>'),
    ('<c r="B2" t="e" vm="4"><f>A1</f><v>#VALUE!</v></c>', 2, '<c r="B2"><f>A1</f><v>2</v></c>'),
    ('<c r="B2" t = "e" vm = "4"><f>A1</f><v>#VALUE!</v></c>', 2, '<c r="B2"><f>A1</f><v>2</v></c>'),
    (
        '<c r="B2"><v>1</v><extLst><ext uri="u"><v>9</v></ext></extLst></c>',
        2,
        '<c r="B2"><v>2</v><extLst><ext uri="u"><v>9</v></ext></extLst></c>',
    ),
    ("<c s='3'  r='B2' t='n'><v>1</v></c>", False, "<c s='3'  r='B2' t=\"b\"><v>0</v></c>"),
    ('<c r="B2">\n <f>A1</f>\n <v>1</v>\n</c>', 2, '<c r="B2">\n <f>A1</f>\n <v>2</v>\n</c>'),
]


@pytest.mark.parametrize(("old", "value", "new"), CELLS)
def test_the_xml_of_a_cell(old, value, new):
    around = worksheet('<row r="2"><c r="A2"><v>1</v></c>{}<c r="C2" t="s"><v>0</v></c></row>')
    package = Package(book_of(around.format(old), strings="<si><t>old</t></si>"))
    assert parts_of(package.patch({"S": {"B2": value}}).to_bytes())[
        "xl/worksheets/sheet1.xml"
    ].decode() == around.format(new)


ROWS = [
    ("", {"B2": 1}, '<row r="2"><c r="B2"><v>1</v></c></row>'),
    ('<row r="2"/>', {"B2": 1}, '<row r="2"><c r="B2"><v>1</v></c></row>'),
    ('<row r="2" spans="3:4" ht="20"/>', {"B2": 1}, '<row r="2" ht="20"><c r="B2"><v>1</v></c></row>'),
    ('<row r="2"></row>', {"C2": 2, "B2": 1}, '<row r="2"><c r="B2"><v>1</v></c><c r="C2"><v>2</v></c></row>'),
    (
        '<row r="1"/><row r="4"/>',
        {"A3": 3, "A2": 2},
        ('<row r="1"/><row r="2"><c r="A2"><v>2</v></c></row><row r="3"><c r="A3"><v>3</v></c></row><row r="4"/>'),
    ),
    (
        '<row r="1"><c r="Z1"/><c r="AB1"/></row>',
        {"AA1": 1, "AC1": 2, "B1": 3},
        '<row r="1"><c r="B1"><v>3</v></c><c r="Z1"/><c r="AA1"><v>1</v></c><c r="AB1"/><c r="AC1"><v>2</v></c></row>',
    ),
    (
        '<row r="1"><c r="B1"><v>0</v></c></row>',
        {"B1": 9, "A1": 8, "C1": 10},
        '<row r="1"><c r="A1"><v>8</v></c><c r="B1"><v>9</v></c><c r="C1"><v>10</v></c></row>',
    ),
    ('<row r="1"><c r="B1"/><extLst/></row>', {"C1": 1}, '<row r="1"><c r="B1"/><c r="C1"><v>1</v></c><extLst/></row>'),
    ('<row r="1"/>', {"A2": None}, '<row r="1"/>'),
    (
        '<row r="1"><c r="A1"><f t="array" ref="A1:B1">X()</f><v>1</v></c></row>',
        {"B1": "x", "C1": "y"},
        (
            '<row r="1"><c r="A1"><f t="array" ref="A1:B1">X()</f><v>1</v></c>'
            '<c r="B1" t="str"><v>x</v></c><c r="C1" t="inlineStr"><is><t>y</t></is></c></row>'
        ),
    ),
    (
        '<row r = "1"><c r = "A1"><f t = "array" ref = "A1:B1">X()</f><v>1</v></c></row>',
        {"B1": "x"},
        (
            '<row r = "1"><c r = "A1"><f t = "array" ref = "A1:B1">X()</f><v>1</v></c>'
            '<c r="B1" t="str"><v>x</v></c></row>'
        ),
    ),
]


@pytest.mark.parametrize(("old", "values", "new"), ROWS)
def test_the_xml_of_new_cells(old, values, new):
    patched = Package(book_of(worksheet(old))).patch({"S": values})
    assert parts_of(patched.to_bytes())["xl/worksheets/sheet1.xml"].decode() == worksheet(new)


def test_long_white_space_does_not_stop_the_patcher():
    """Half a megabyte of it: a search that looks again from every position would take minutes."""
    row = f'<row r="1"{" " * 500_000}/>'
    assert Package(book_of(worksheet(row))).patch({"S": {"B1": 2}}).cells("S")["B1"].value == 2


def test_an_empty_sheet_and_a_prefix():
    sheet = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:dimension ref="A1"/><x:sheetData/><x:pageMargins left="1"/></x:worksheet>'
    )
    patched = Package(book_of(sheet)).patch({"S": {"B2": "t", "A1": 1, "B1": None}})
    first = patched.patch({"S": {"A1": True}})
    assert parts_of(first.to_bytes())["xl/worksheets/sheet1.xml"].decode() == (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>'
        '<x:row r="1"><x:c r="A1" t="b"><x:v>1</x:v></x:c></x:row>'
        '<x:row r="2"><x:c r="B2" t="inlineStr"><x:is><x:t>t</x:t></x:is></x:c></x:row>'
        '</x:sheetData><x:pageMargins left="1"/></x:worksheet>'
    )


def test_the_hints_at_the_extent_go_only_when_a_cell_is_new():
    sheet = worksheet('<row r="1" spans="1:1"><c r="A1"><v>1</v></c></row>', before='<dimension ref="A1"/>')
    package = Package(book_of(sheet))
    changed = parts_of(package.patch({"S": {"A1": 2}}).to_bytes())["xl/worksheets/sheet1.xml"]
    grown = parts_of(package.patch({"S": {"B1": 2}}).to_bytes())["xl/worksheets/sheet1.xml"]
    assert b'<dimension ref="A1"/>' in changed
    assert b'spans="1:1"' in changed
    assert b"dimension" not in grown
    assert b"spans" not in grown


def test_array_formulas_get_true_values():
    values = {"G2": 1.5, "H2": "–", "I2": True, "G3": Error("#NUM!"), "H3": -0.25, "I3": "=x"}
    data = Package(BOOKS["xlsxwriter"]).patch({"Loan": values}).to_bytes()
    assert {reference: read_plainly(data)["Loan"][reference] for reference in values} == values
    xml = parts_of(data)["xl/worksheets/sheet1.xml"]
    assert b'<c r="G2"><f t="array" ref="G2:I3">INSTALMENTS(B2:B13)</f><v>1.5</v></c>' in xml
    assert '<c r="H2" t="str"><v>–</v></c>'.encode() in xml


def test_dates_agree_with_excel():
    """Excel calculated DATE(year, month, day) in column A; rows 2 to 7 hold true dates."""
    cells = Package(BOOKS["excel_dates"]).cells("Sheet1")
    rows = range(2, 8)
    dates = {f"F{row}": dt.date(*(int(cells[f"{column}{row}"].value) for column in "BCD")) for row in rows}
    patched = Package(BOOKS["excel_dates"]).patch({"Sheet1": dates}).cells("Sheet1")
    assert [patched[f"F{row}"].value for row in rows] == [cells[f"A{row}"].value for row in rows]
    assert patched["F7"].value == 39507  # 29 February 2008


def test_dates_agree_with_excel_1904():
    """The file's twin in its package gives these moments for column F."""
    moments = {
        "F2": dt.datetime(1971, 1, 1, 4, 14),  # noqa: DTZ001 - a cell has no time zone
        "F3": dt.datetime(1948, 1, 1, 14, 57, 13),  # noqa: DTZ001 - a cell has no time zone
        "F4": dt.date(1920, 1, 1),
    }
    package = Package(BOOKS["excel_mac_1904"])
    read = package.cells("data")
    written = package.patch({"data": dict.fromkeys(moments, 0)}).patch({"data": moments}).cells("data")
    assert [written[r].value for r in moments] == pytest.approx([read[r].value for r in moments], rel=1e-15)


@pytest.mark.parametrize(
    ("day", "serial"),
    [  # Excel numbers 1 January 1900 as 1, and a 29 February 1900 that never was as 60
        (dt.date(1899, 12, 31), 0),
        (dt.date(1900, 1, 1), 1),
        (dt.date(1900, 2, 28), 59),
        (dt.date(1900, 3, 1), 61),
        (dt.date(1996, 7, 11), 35257),
        (dt.datetime(1996, 7, 11, 18), 35257.75),  # noqa: DTZ001 - a cell has no time zone
        (dt.date(9999, 12, 31), 2_958_465),
    ],
)
def test_serial_numbers(day, serial):
    patched = Package(book_of(worksheet(""))).patch({"S": {"A1": day}})
    assert read_plainly(patched.to_bytes()) == {"S": {"A1": serial}}


CALCULATION = [
    ('<calcPr calcId="191029"/>', True, None, '<calcPr calcId="191029" fullCalcOnLoad="1"/>'),
    ('<calcPr calcId="124519" fullCalcOnLoad="1"/>', False, 191029, '<calcPr calcId="191029"/>'),
    ('<calcPr fullCalcOnLoad="0" iterate="1" />', True, None, '<calcPr fullCalcOnLoad="1" iterate="1" />'),
    ("<calcPr></calcPr>", True, 5, '<calcPr fullCalcOnLoad="1" calcId="5"></calcPr>'),
    ("", True, None, '<calcPr fullCalcOnLoad="1"/>'),
    ("", False, 191029, '<calcPr calcId="191029"/>'),
    ("", False, None, ""),
]


@pytest.mark.parametrize(("old", "full", "engine", "new"), CALCULATION)
def test_calculation_on_load(old, full, engine, new):
    workbook = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets>'
        "<definedNames><definedName name='N'>S!$A$1</definedName></definedNames>{}<oleSize ref='A1'/></workbook>"
    )
    data = book_of(worksheet(""), parts={"xl/workbook.xml": workbook.format(old)})
    patched = Package(data).with_calculation(full_on_load=full, calc_id=engine).to_bytes()
    assert parts_of(patched)["xl/workbook.xml"].decode() == workbook.format(new)
    assert {k: v for k, v in parts_of(patched).items() if k != "xl/workbook.xml"} == {
        k: v for k, v in parts_of(data).items() if k != "xl/workbook.xml"
    }


def test_frozen_formulas_leave_their_values():
    frozen = Package(BOOKS["excel_dynamic_array"]).frozen(lambda formula: "CHOOSE(" in formula).to_bytes()
    assert read_plainly(frozen) == read_plainly(BOOKS["excel_dynamic_array"])
    parts = parts_of(frozen)
    assert set(parts_of(BOOKS["excel_dynamic_array"])) - set(parts) == {"xl/calcChain.xml"}
    assert not any(b"calcChain" in content for content in parts.values())
    (part,) = sheet_parts(frozen).values()
    assert b"<f" not in parts[part]
    assert b" cm=" not in parts[part]
    dates = Package(BOOKS["excel_dates"])
    assert dates.frozen(lambda formula: "CHOOSE(" in formula).cells("Sheet1")["A3"].formula == "DATE(B3,C3,D3)"
    without = dates.frozen(lambda formula: formula.startswith("DATE("))
    assert {cell.formula for cell in without.cells("Sheet1").values()} == {None}


PIECES = [
    *"aZ09 =+-@<>&\"'_\n\r\t\0\x07\x1f\x7f\x85é€\u2028\ufeff\ufffe\uffff\ud800\udfff",
    *("_x0041_", "_x000", "_x00", "x0041_", "&amp;", "]]>", "</v>", "\N{GRINNING FACE}"),
]
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**18), 10**18),
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(st.sampled_from(PIECES), max_size=8).map("".join),
    st.dates(dt.date(1900, 3, 1)),
    st.sampled_from([Error(code) for code in STORED_ERRORS]),
)
REFERENCES = st.builds("{}{}".format, st.sampled_from(["A", "B", "C", "G", "H", "K", "AA", "XFD"]), st.integers(1, 15))


BEFORE = read_plainly(BOOKS["xlsxwriter"])["Loan"]


@given(values=st.dictionaries(REFERENCES, VALUES, max_size=12))
def test_whatever_is_written_is_read_back(values):
    package = Package(BOOKS["xlsxwriter"])
    data = package.patch({"Loan": values}).to_bytes()
    plain, own = read_plainly(data)["Loan"], Package(data).cells("Loan")
    assert list(own) == list(plain) == sorted(plain, key=place)
    for reference in {**BEFORE, **values}:
        expected = as_stored(values[reference] if reference in values else BEFORE[reference])
        assert same(plain.get(reference), expected)
        assert same(own[reference].value if reference in own else None, expected)


def test_a_zero_has_no_sign():
    """Otherwise the bytes would depend on what a cell held before: a zero equal to it is left as it is."""
    written = Package(book_of(worksheet(ONE))).patch({"S": {"A1": -0.0}})
    assert b"<v>0</v>" in parts_of(written.to_bytes())["xl/worksheets/sheet1.xml"]


def as_stored(value: object) -> object:
    if isinstance(value, dt.date):
        return float((value - dt.date(1899, 12, 30)).days)  # serial number from March 1900 on
    return float(value) if type(value) is int else value


def place(reference: str) -> tuple[int, int, str]:
    """Row, then column: by the number of its letters first."""
    letters = reference.rstrip("0123456789")
    return int(reference.removeprefix(letters)), len(letters), letters


# ----------------------------------------------------------------------------------------------------------- faults


def lying_zip() -> bytes:
    """A member that inflates to 64 MB and is declared as 10 bytes."""
    data = bytearray(book_of(worksheet(""), parts={"xl/media/image1.bin": b"\0" * (64 << 20)}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.rindex(signature)
        assert struct.unpack_from("<I", data, at + offset) == (64 << 20,)
        struct.pack_into("<I", data, at + offset, 10)
    return bytes(data)


def damaged_member() -> bytes:
    """One byte wrong in the middle of a compressed picture."""
    data = bytearray(book_of(worksheet(""), parts={"xl/media/image1.bin": bytes(range(256)) * 8}))
    data[data.rindex(b"xl/media/image1.bin", 0, data.rindex(b"PK\x01\x02")) + 100] ^= 1
    return bytes(data)


def with_flag(data: bytes, flag: int) -> bytes:
    """Set a bit of every member's flags in the central directory."""
    changed = bytearray(data)
    for found in re.finditer(b"PK\x01\x02", data):
        changed[found.start() + 8] |= flag
    return bytes(changed)


def many_parts() -> bytes:
    return book_of(worksheet(""), parts={f"xl/media/{n}": b"" for n in range(10_001)})


def twice() -> bytes:
    return book_of(worksheet(""), parts={"XL/Workbook.xml": "<other/>"})


DOCTYPE = '<!DOCTYPE worksheet [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
ONE = '<row r="1"><c r="A1"><v>1</v></c></row>'
UNREADABLE = {
    "empty file": (b"", "incomplete or damaged"),
    "text": (b"month,price\n", "incomplete or damaged"),
    "cut short": (BOOKS["excel_dates"][:-100], "incomplete or damaged"),
    "damaged member": (damaged_member(), "incomplete or damaged"),
    "password": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "password"),
    "zip with a password": (with_flag(book_of(worksheet("")), 1), "Excel does not use"),
    "empty zip": (b"PK\x05\x06" + b"\0" * 18, "no xl/workbook.xml"),
    "no sheets": (book_of("", parts={"xl/workbook.xml": f'<workbook xmlns="{MAIN}"><sheets/></workbook>'}), "no sheet"),
    "lost sheet part": (
        book_of(
            "",
            parts={
                "xl/_rels/workbook.xml.rels": "<Relationships><Relationship Id='rId1' "
                "Type='x/worksheet' Target='worksheets/sheet9.xml'/></Relationships>"
            },
        ),
        "no xl/worksheets/sheet9.xml",
    ),
    "too many parts": (many_parts(), "beyond what"),
    "bomb": (book_of(worksheet(""), parts={"xl/media/a.bin": b"\0" * (64 << 20)}), "beyond what"),
    "lying bomb": (lying_zip(), "incomplete or damaged"),
    "two parts of a name": (twice(), "same name"),
    "doctype in the workbook": (book_of("", parts={"xl/workbook.xml": DOCTYPE + "<workbook/>"}), "DOCTYPE"),
    "doctype in strings": (book_of("", strings="<si/>", parts={"xl/sharedStrings.xml": DOCTYPE + "<sst/>"}), "DOCTYPE"),
}


@pytest.mark.parametrize(("data", "message"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_unreadable_workbooks(tmp_path, data, message):
    path = tmp_path / "book.xlsx"
    path.write_bytes(data)
    with pytest.raises(PackageError, match=re.escape(message)) as caught:
        Package.read(path)
    one_line_with_advice(caught.value, str(path))


def test_a_member_is_not_inflated_beyond_its_declared_size():
    data = lying_zip()
    tracemalloc.start()
    try:
        with pytest.raises(PackageError):
            Package(data)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def one_line_with_advice(error: PackageError, name: str) -> None:
    assert str(error).startswith(name)
    assert "\n" not in str(error)
    assert "; " in str(error)


BAD_SHEETS = {
    "doctype": (DOCTYPE + worksheet(ONE), "DOCTYPE"),
    "comment": (worksheet('<!-- <row r="1"><c r="A1"/></row> -->'), "a comment"),
    "cdata": (worksheet('<row r="1"><c r="A1" t="str"><v><![CDATA[</c>]]></v></c></row>'), "a comment"),
    "instruction": (worksheet("<?php echo 1 ?>"), "a comment"),
    "unknown entity": (worksheet('<row r="1"><c r="A1" t="str"><v>&a;</v></c></row>'), "not sound XML"),
    "not closed": (worksheet(ONE)[:-5], "not sound XML"),
    "utf-16": (worksheet(ONE).encode("utf-16"), "UTF-8"),
    "latin": ('<?xml version="1.0" encoding="iso-8859-1"?>' + worksheet(ONE), "UTF-8"),
    "latin, spaced": ('<?xml version="1.0" encoding = "iso-8859-1"?>' + worksheet(ONE), "UTF-8"),
    "deep": (worksheet("", after="<a>" * 300 + "</a>" * 300), "not sound XML"),
    "no worksheet": (f'<chartsheet xmlns="{MAIN}"/>', "no worksheet"),
    "no namespace": (worksheet(ONE).replace(f' xmlns="{MAIN}"', ""), "no worksheet"),
    "cell without reference": (worksheet('<row r="1"><c><v>1</v></c></row>'), "without a reference"),
    "row without reference": (worksheet('<row><c r="A1"><v>1</v></c></row>'), "without a reference"),
    "cell twice": (worksheet('<row r="1"><c r="A1"/><c r="A1"/></row>'), "twice"),
    "cell in another place": (worksheet("", after='<extLst><c r="A1"/></extLst>'), "without a reference"),
    "two prefixes": (worksheet(f'<row r="1"><y:c xmlns:y="{MAIN}" r="A1"/></row>'), "without a reference"),
}


@pytest.mark.parametrize(("sheet", "message"), BAD_SHEETS.values(), ids=BAD_SHEETS.keys())
def test_bad_sheets(sheet, message):
    with pytest.raises(PackageError, match=message) as caught:
        Package(book_of(sheet), "book.xlsx").cells("S")
    one_line_with_advice(caught.value, "book.xlsx: xl/worksheets" if message == "DOCTYPE" else "book.xlsx: S")


BAD_CELLS = {
    "number": ('<c r="A1"><v>1,5</v></c>', "no value of type 'n'"),
    "not a number": ('<c r="A1"><v>nan</v></c>', "no value of type 'n'"),
    "flag": ('<c r="A1" t="b"><v>yes</v></c>', "no value of type 'b'"),
    "date": ('<c r="A1" t="d"><v>yesterday</v></c>', "no value of type 'd'"),
    "string beyond the table": ('<c r="A1" t="s"><v>7</v></c>', "no value of type 's'"),
    "string before the table": ('<c r="A1" t="s"><v>-1</v></c>', "no value of type 's'"),
    "unknown type": ('<c r="A1" t="z"><v>7</v></c>', "no value of type 'z'"),
    "value before formula": ('<c r="A1"><v>1</v><f>A2</f></c>', "standard"),
    "two values": ('<c r="A1"><v>1</v><v>2</v></c>', "standard"),
    "cell within a cell": ('<c r="A1"><v>1</v><extLst><ext/></extLst><a/></c>', "standard"),
    "bracket in an attribute": ('<c r="A1" a="&lt;>"><v>1</v></c>', "standard"),
    "long white space": (f'<c r="A1">{" " * 200_000}<a/>{" " * 200_000}</c>', "standard"),
}


@pytest.mark.parametrize(("cell", "message"), BAD_CELLS.values(), ids=BAD_CELLS.keys())
def test_bad_cells(cell, message):
    package = Package(book_of(worksheet(f'<row r="1">{cell}</row>'), strings="<si><t>x</t></si>"), "book.xlsx")
    for use in (lambda: package.cells("S")["A1"], lambda: package.patch({"S": {"A1": 1}})):
        with pytest.raises(PackageError, match=message) as caught:
            use()
        one_line_with_advice(caught.value, "book.xlsx: S!A1")


@pytest.mark.parametrize(
    ("reference", "value", "message"),
    [
        ("A1", float("nan"), "nan"),
        ("A1", float("-inf"), "-inf"),
        ("A1", 10**400, "too large"),
        ("A1", 1j, "complex"),
        ("A1", b"bytes", "bytes"),
        ("A1", [1], "list"),
        ("A1", Error("oops"), "oops"),
        ("A1", "x" * 32_768, "32767"),
        ("A1", "\N{SNOWMAN WITHOUT SNOW}" * 16_383 + "\N{GRINNING FACE}" * 8_193, "32767"),
        ("A1", dt.date(1899, 12, 30), "first day"),
        ("A1", dt.datetime(1996, 7, 11, tzinfo=dt.UTC), "time zone"),
        ("a1", 1, "reference"),
        ("$A$1", 1, "reference"),
        ("A0", 1, "reference"),
        ("A1:B2", None, "reference"),
        ("XFE1", 1, "reference"),
        ("A1048577", 1, "reference"),
    ],
)
def test_values_that_no_cell_holds(reference, value, message):
    package = Package(book_of(worksheet(ONE)), "book.xlsx")
    with pytest.raises(PackageError, match=re.escape(message)) as caught:
        package.patch({"S": {reference: value}})
    assert str(caught.value).startswith(f"book.xlsx: S!{reference}: ")


@pytest.mark.parametrize("code", ["#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!"])
def test_newer_errors_are_stored_as_excel_stores_them(code):
    """In a file Excel leaves #VALUE! for them, since the standard has no others (ECMA-376-1, 18.18.11 and 18.17.3)."""
    data = Package(book_of(worksheet(ONE))).patch({"S": {"A1": Error(code)}}).to_bytes()
    assert read_plainly(data) == {"S": {"A1": Error("#VALUE!")}}


def test_the_longest_text_is_written():
    text = "\N{GRINNING FACE}" * 16_383 + "x"
    assert read_plainly(Package(book_of(worksheet(""))).patch({"S": {"A1": text}}).to_bytes()) == {"S": {"A1": text}}


def test_unknown_sheets_and_files(tmp_path):
    package = Package(BOOKS["xlsxwriter"], "book.xlsx")
    for use in (lambda: package.cells("loan"), lambda: package.patch({"loan": {}})):
        with pytest.raises(PackageError, match="no worksheet 'loan'; there are Loan, Notes & more"):
            use()
    for path in (tmp_path, tmp_path / "none.xlsx"):
        with pytest.raises(PackageError, match="check the path"):
            Package.read(path)


@given(data=st.data())
def test_damage_is_an_error_of_ours_or_none(data):
    """Bytes of the file, or of one part inside an intact zip, are overwritten: nothing comes but PackageError."""
    original = BOOKS["excel_dynamic_array"]
    parts = parts_of(original)
    name = data.draw(
        st.sampled_from(["", *(n for n in parts if n.startswith("xl/") and n.endswith((".xml", ".rels")))])
    )
    target = bytearray(parts.get(name, original))
    places = st.tuples(st.integers(0, len(target) - 1), st.sampled_from(b"<>&\"'=/ 0Azr\0\xff"))
    for at, byte in data.draw(st.lists(places, min_size=1, max_size=4)):
        target[at] = byte
    damaged = rezipped({**parts, name: bytes(target)}) if name else bytes(target)
    with contextlib.suppress(PackageError):
        package = Package(damaged)
        for sheet in package.sheet_names:
            dict(package.cells(sheet))
        package.patch({sheet: {"A1": "x", "C9": 1.0} for sheet in package.sheet_names}).to_bytes()


def rezipped(parts: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()
