"""Copies of a workbook for those without the add-in: with values, or with the functions as LAMBDAs in the workbook.

A LAMBDA is a defined name with the function's own spelling, so formulas do not change. Excel distinguishes a formula
that may return several cells from one that is reduced to a single cell: the file marks the former as a dynamic array
([MS-XLSX] 2.2.4, XLDAPR). Without the mark Excel puts an @ before the call of such a name.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from dataclasses import dataclass

import xlsxwriter
from lxml import etree

from drawstop.functions import FUNCTIONS
from drawstop.functions.native import FORMULAS, HELPERS, definitions, in_file
from drawstop.hosts.links import called, calls
from drawstop.opc import PackageError
from lender_model.links import without_addin
from lender_model.xlsx.package import Package

_BOOK, _METADATA = "xl/workbook.xml", "xl/metadata.xml"
_TYPES, _RELATIONS = "[Content_Types].xml", "xl/_rels/workbook.xml.rels"
_SHOWN = 255  # characters of a name's comment, a limit of Excel


@dataclass(frozen=True)
class Copy:
    """A copy, and what its reader may not expect, a line each."""

    package: Package
    notes: list[str]


def with_values(package: Package) -> Copy:
    """Values in place of the formulas that call our functions; native formulas stay."""
    copy = without_addin(package.frozen(calls))
    left = [f"{place}: {formula}" for place, formula in copy.formula_texts() if calls(formula)]
    return Copy(copy, [f"{formula} stays: it cannot be replaced by a value" for formula in left])


def with_lambdas(package: Package) -> Copy:
    """The functions as LAMBDAs in the workbook; a formula that calls any other function becomes its value.

    Raises:
        PackageError: a defined name of the workbook already has the name of a function.
    """
    notes = _replaced_by_values(package)
    plain = without_addin(package.frozen(_calls_others))
    left = [f"{place}: {formula}" for place, formula in plain.formula_texts() if _calls_others(formula)]
    notes += [f"{formula} stays: it cannot be replaced by a value" for formula in left]
    marked, mark = _with_mark(plain)
    return Copy(_with_names(marked).as_dynamic(calls, mark), notes)


def _calls_others(formula: str) -> bool:
    """Whether a formula calls a function that cannot be a LAMBDA."""
    return not called(formula) <= set(FORMULAS)


def _replaced_by_values(package: Package) -> list[str]:
    cells: dict[str, list[str]] = {}
    for sheet in package.sheet_names:
        for reference, cell in package.cells(sheet).items():
            for name in sorted(called(cell.formula or "") - set(FORMULAS)):
                cells.setdefault(name, []).append(f"{sheet}!{reference}")
    return [f"{name} cannot be a LAMBDA: a value in {', '.join(where)}" for name, where in sorted(cells.items())]


# ---- defined names -----------------------------------------------------------------------------------------------


def _with_names(package: Package) -> Package:
    """The workbook with a defined name for each function and each helper."""
    wanted = definitions(FORMULAS)
    taken = {name.upper(): name for name in package.defined_names}
    for definition in wanted:
        if definition.name in taken:
            raise PackageError(f"{package.name}: has a name {taken[definition.name]!r} of its own; rename it")
    elements = "".join(
        f'<definedName name="{definition.name}" comment="{html.escape(_comment(definition.name))}">'
        f"{html.escape(in_file(definition.text), quote=False)}</definedName>"
        for definition in wanted
    ).encode()
    book = package.part(_BOOK) or b""
    prefix = (re.search(rb"<(\w+:)?workbook[\s>]", book) or [b"", b""])[1] or b""
    elements = elements.replace(b"<definedName", b"<%bdefinedName" % prefix)
    elements = elements.replace(b"</definedName", b"</%bdefinedName" % prefix)
    end = re.search(rb"</%bdefinedNames\s*>" % prefix, book)
    if end is None:
        elements = b"<%bdefinedNames>%b</%bdefinedNames>" % (prefix, elements, prefix)
        end = _after_sheets(book, prefix)
    at = end.start() if end[0].startswith(b"</%bdefinedNames" % prefix) else end.end()
    return package.with_parts({_BOOK: book[:at] + elements + book[at:]})


def _after_sheets(book: bytes, prefix: bytes) -> re.Match[bytes]:
    """The last of the elements that precede defined names, in the schema's order."""
    ends = rb"</%b(?:sheets|functionGroups|externalReferences)\s*>" % prefix
    return list(re.finditer(ends, book))[-1]


def _comment(name: str) -> str:
    """The comment that Excel shows beside the name while typing."""
    if name in HELPERS:
        return "Used by drawstop's functions"
    text = FUNCTIONS[name].summary
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


# ---- the mark of a dynamic array ---------------------------------------------------------------------------------


def _with_mark(package: Package) -> tuple[Package, int]:
    """The workbook with metadata that mark dynamic arrays, and the number of the mark."""
    there = package.part(_METADATA)
    if there is not None:
        return package, _mark(there, package.name)
    types, relations = package.part(_TYPES) or b"", package.part(_RELATIONS) or b""
    content = _element(types, b"Types", b'<Override PartName="/xl/metadata.xml" ContentType="%b"/>' % _CONTENT_TYPE)
    number = 1 + max(map(int, re.findall(rb'Id="rId(\d+)"', relations)), default=0)
    link = b'<Relationship Id="rId%d" Type="%b" Target="metadata.xml"/>' % (number, _RELATION)
    metadata = _metadata()
    parts = {_TYPES: content, _RELATIONS: _element(relations, b"Relationships", link), _METADATA: metadata}
    return package.with_parts(parts), _mark(metadata, package.name)


_CONTENT_TYPE = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheetMetadata+xml"
_RELATION = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sheetMetadata"


def _metadata() -> bytes:
    """The part as XlsxWriter writes it for a workbook with a dynamic array."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        book.add_worksheet().write_dynamic_array_formula("A1", "=SEQUENCE(2)")
    with zipfile.ZipFile(buffer) as archive:
        return archive.read(_METADATA)


def _mark(metadata: bytes, name: str) -> int:
    """The number of the cell metadata that mark a dynamic array."""
    root = etree.fromstring(metadata)
    kinds = [kind.get("name") for kind in root.iterfind("{*}metadataTypes/{*}metadataType")]
    for number, block in enumerate(root.iterfind("{*}cellMetadata/{*}bk"), start=1):
        record = block.find("{*}rc")
        if record is not None and kinds[int(record.get("t", "0")) - 1] == "XLDAPR":
            return number
    raise PackageError(f"{name}: its metadata do not know dynamic arrays; type =SEQUENCE(2) into a cell and save it")


def _element(xml: bytes, parent: bytes, child: bytes) -> bytes:
    """A part with one more child at its end, in the parent's own namespace prefix."""
    end = list(re.finditer(rb"</(\w+:)?%b\s*>" % parent, xml))[-1]
    prefix = end[1] or b""
    return xml[: end.start()] + child.replace(b"<", b"<" + prefix, 1) + xml[end.start() :]
