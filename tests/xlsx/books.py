"""Workbooks for the tests of the file, and readers of their own: ElementTree for cells, expat for their places."""

import importlib.resources
import io
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.parsers import expat

import pytest
import xlsxwriter

from lender_model.xlsx.cells import Error

DATA = Path(__file__).parents[1] / "data" / "workbooks"
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


ONE = '<row r="1"><c r="A1"><v>1</v></c></row>'
