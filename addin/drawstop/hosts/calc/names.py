"""Copies of a workbook for LibreOffice: with formulas whose functions it finds, or with values only.

In a typed formula LibreOffice understands ``PROCEEDS_MIN(…)``; when it reads an .xlsx it looks for
``DRAWSTOP.PROCEEDS_MIN(…)``. So the names are rewritten in a copy: in cells, defined names, validations and
conditional formats. The same pass makes a blank cell reach our functions as a blank, where Calc would pass a zero.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Collection
from pathlib import Path
from typing import NamedTuple

from lxml import etree
from xlsxwriter.utility import xl_cell_to_rowcol, xl_rowcol_to_cell

from drawstop import opc
from drawstop.functions import FUNCTIONS
from drawstop.hosts.calc.addin import ROWS, SERVICE, methods, with_texts
from drawstop.hosts.calc.office import CalcError

_BOOK, _LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_FORMULAS = ("{*}f", "{*}formula", "{*}formula1", "{*}formula2", "{*}definedName")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = re.compile(r"(?:(?:'(?:[^']|'')+'|[\w.]+)!)?\$?[A-Za-z]{1,3}\$?[0-9]+")
_OWN = "|".join(sorted(FUNCTIONS, key=len, reverse=True))
_TOKEN = re.compile(
    rf"""
      "(?:[^"]|"")*"                             # a text
    | '(?:[^']|'')*'                             # a sheet's name
    | (?:(?<![\w.!'\]])                          # a function of ours, with any prefix from Excel
        (?:_xll\.|_xludf\.|\[[0-9]+\]!)? (?P<own>{_OWN}) (?=\())
    | \[(?:[^\[\]]|\[[^\[\]]*\])*\]                # a table's column, another file
    | [\w.\\$!:]+                                # a reference, a number, any other name
    | .
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


class _Bracket(NamedTuple):
    """An open bracket: where in the output its call and its current argument begin, if it is a call of ours."""

    method: str = ""
    start: int = 0
    argument: int = 0


def resolved(formula: str, cells: Collection[str] = (), *, array: bool = False) -> str:
    """The formula with the names that LibreOffice finds.

    Args:
        formula: as stored in the file.
        cells: defined names of single cells, in upper case.
        array: it is an array formula.

    Example:
        >>> resolved('IF(B1>0,PROCEEDS_SHORTFALL(B1,"PROCEEDS_MIN("),0)')
        'IF(B1>0,DRAWSTOP.PROCEEDS_SHORTFALL(IF(ISBLANK(B1),"",B1),"PROCEEDS_MIN("),0)'
    """
    out: list[str] = []
    brackets: list[_Bracket] = []
    method = ""
    for token in _TOKEN.finditer(formula):
        text = token[0]
        inside = brackets[-1] if brackets else _Bracket()
        if inside.method and text in {",", ")"}:
            out[inside.argument :] = [_blank_kept("".join(out[inside.argument :]), cells), text]
            if text == ",":
                brackets[-1] = inside._replace(argument=len(out))
            else:
                brackets.pop()
                out[inside.start :] = [_joined(inside.method, "".join(out[inside.start :]), array)]
            continue
        if text in {"(", "{"}:
            brackets.append(_Bracket(method, len(out) - 1, len(out) + 1))
        elif text in {")", "}"} and brackets:
            brackets.pop()
        method = _method(token["own"].upper(), array) if token["own"] else ""
        out.append(f"{SERVICE}.{method}" if method else text)
    return "".join(out)


def _method(function: str, array: bool) -> str:
    """The method of a function: in an array formula the one that returns rows."""
    rows = function + ROWS
    return rows if array and rows in methods() else function


def _joined(method: str, call: str, array: bool) -> str:
    """A call, its texts joined to an empty one: only then do they equal other texts in LibreOffice."""
    return f'IF(ISTEXT({call}),{call}&"",{call})' if array and method in with_texts() else call


def _blank_kept(argument: str, cells: Collection[str]) -> str:
    """An argument that is a single cell, kept blank if it is."""
    cell = argument.strip()
    if _CELL.fullmatch(cell) or cell.upper() in cells:
        return f'IF(ISBLANK({cell}),"",{cell})'
    return argument


def resolved_copy(source: Path, target: Path) -> dict[str, dict[str, bool]]:
    """Copy a workbook with the functions' names resolved.

    Returns:
        Every formula cell by sheet and reference, cells that an array formula fills included, and whether its stored
        value is TRUE or FALSE.

    Raises:
        CalcError: the file is not a workbook.
    """
    cells: set[str] = set()
    formulas: dict[str, dict[str, bool]] = {}

    def edit(root: etree._Element) -> None:
        if root.tag.endswith("}workbook"):
            cells.update(
                name.get("name", "").upper()
                for name in root.iterfind("{*}definedNames/{*}definedName")
                if _CELL.fullmatch((name.text or "").strip())
            )
        for element in root.iter(*_FORMULAS):
            if element.text:
                element.text = resolved(element.text, cells, array=element.get("t") == "array")

    def look(sheet: str, root: etree._Element) -> None:
        flags = {c.get("r", "") for c in root.iter("{*}c") if c.get("t") == "b"}
        filled = (_filled(c.get("r", ""), f) for c in root.iter("{*}c") for f in c.iterfind("{*}f"))
        formulas[sheet] = {ref: ref in flags for refs in filled for ref in refs}

    _copy(source, target, edit, look)
    return formulas


def _filled(reference: str, formula: etree._Element) -> list[str]:
    """The cells that a formula fills."""
    if formula.get("t") not in {"array", "dataTable"}:
        return [reference]
    first, _, last = formula.get("ref", reference).partition(":")
    (top, left), (bottom, right) = xl_cell_to_rowcol(first), xl_cell_to_rowcol(last or first)
    return [xl_rowcol_to_cell(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)]


def valued_copy(source: Path, target: Path) -> None:
    """Copy a workbook with its stored values in place of its formulas.

    Raises:
        CalcError: the file is not a workbook.
    """

    def edit(root: etree._Element) -> None:
        for cell in root.iter("{*}c"):
            for formula in cell.findall("{*}f"):
                cell.remove(formula)

    _copy(source, target, edit, lambda _sheet, _root: None)


def _copy(
    source: Path,
    target: Path,
    edit: Callable[[etree._Element], None],
    look: Callable[[str, etree._Element], None],
) -> None:
    """Copy a workbook with the workbook's own part and then every sheet edited."""
    try:
        _, parts = opc.unzip(str(source), opc.read(source))
        sheets = _sheets(*(opc.parse(f"{source}: {part}", parts[part]) for part in (_BOOK, _LINKS)))
        for part in (_BOOK, *sheets):
            root = opc.parse(f"{source}: {part}", parts[part])
            if part in sheets:
                look(sheets[part], root)
            edit(root)
            parts[part] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    except opc.PackageError as error:
        raise CalcError(str(error)) from error
    except KeyError as error:
        raise CalcError(f"{source}: is incomplete or damaged (it has no {error}); {opc.RESAVE}") from error
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for part, content in parts.items():
            copy.writestr(part, content)


def _sheets(book: etree._Element, links: etree._Element) -> dict[str, str]:
    """The sheets' names by the parts that hold them."""
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    return {
        posixpath.join("/xl", targets[sheet.get(_RELATION)])[1:]: sheet.get("name", "")
        for sheet in book.iterfind("{*}sheets/{*}sheet")
    }
