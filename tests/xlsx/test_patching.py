"""What changes in a workbook, and above all what does not.

Cells are read again with ElementTree, and the places of cells are found with expat, which tells byte positions.
"""

import datetime as dt
import io
import struct
import xml.etree.ElementTree as ET
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.xlsx.books import (
    BOOKS,
    MAIN,
    OFFICE,
    ONE,
    book_of,
    cell_spans,
    element,
    every_book,
    outside,
    parts_of,
    read_plainly,
    same,
    sheet_parts,
    worksheet,
)

from lender_model.xlsx.cells import STORED_ERRORS, Error
from lender_model.xlsx.package import Package


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
