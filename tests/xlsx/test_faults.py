"""Workbooks that cannot be read, and values that no cell holds: each is named, with a remedy."""

import contextlib
import datetime as dt
import io
import re
import struct
import tracemalloc
import zipfile
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.xlsx.books import (
    BOOKS,
    MAIN,
    ONE,
    book_of,
    parts_of,
    read_plainly,
    worksheet,
)

from drawstop.opc import PackageError
from lender_model.xlsx.cells import Error
from lender_model.xlsx.package import Package


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
    "no worksheet": (f'<chartsheet xmlns="{MAIN}"/>', "not a worksheet"),
    "no namespace": (worksheet(ONE).replace(f' xmlns="{MAIN}"', ""), "not a worksheet"),
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
    "number": ('<c r="A1"><v>1,5</v></c>', "not a value of type 'n'"),
    "not a number": ('<c r="A1"><v>nan</v></c>', "not a value of type 'n'"),
    "flag": ('<c r="A1" t="b"><v>yes</v></c>', "not a value of type 'b'"),
    "date": ('<c r="A1" t="d"><v>yesterday</v></c>', "not a value of type 'd'"),
    "string beyond the table": ('<c r="A1" t="s"><v>7</v></c>', "not a value of type 's'"),
    "string before the table": ('<c r="A1" t="s"><v>-1</v></c>', "not a value of type 's'"),
    "unknown type": ('<c r="A1" t="z"><v>7</v></c>', "not a value of type 'z'"),
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
