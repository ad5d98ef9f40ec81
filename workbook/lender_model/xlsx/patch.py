"""New values in the cells of a sheet: each is spliced into the XML, and every other byte stays as it was.

Libraries that load a workbook and save it again lose what they do not support: comments, validations, extensions.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping

from drawstop.opc import PackageError
from lender_model.xlsx.cells import NewValue, Value, checked, encoded
from lender_model.xlsx.sheet import CELL_START, Sheet
from lender_model.xlsx.splice import Edit, pattern, spliced, with_attribute

_ROW = rb"""<@row (?= [^>]* \s r=["'](?P<number>[0-9]+) ) (?P<attributes>ATTRIBUTES) (?P<empty>/?)>"""
_DIMENSION = rb"<@dimension ATTRIBUTES (?: /> | > \s* </@dimension\s*> )"
_EMPTY_DATA = rb"<(@sheetData) \s* />"


def patched(sheet: Sheet, values: Mapping[str, NewValue]) -> bytes:
    """XML of the sheet with these values in place of the old ones; see `Package.patch`.

    Raises:
        PackageError: not a cell reference, or a value that a cell cannot hold.
    """
    edits: list[Edit] = []
    missing: dict[tuple[int, int], bytes] = {}
    for reference, new in values.items():
        try:
            value = checked(new, date1904=sheet.date1904)
        except (ValueError, OverflowError) as error:
            raise PackageError(f"{sheet.where}!{reference}: {error}") from error
        if reference in sheet.starts:
            edits += _replaced(sheet, reference, value)
            continue
        place = sheet.place(reference)
        if value is not None:
            missing[place] = _new_cell(sheet, reference, value)
    xml = pattern(_EMPTY_DATA, sheet.prefix).sub(rb"<\1></\1>", sheet.xml) if missing else sheet.xml
    return spliced(xml, edits + _inserted(sheet, xml, missing))


def _replaced(sheet: Sheet, reference: str, value: Value) -> list[Edit]:
    found = sheet.match(reference)
    old = sheet.value(reference, found)
    if type(old) is type(value) and old == value:
        return []
    kind, content = _written(sheet, value, reference, formula=found["formula"] is not None)
    attributes = found["attributes"]
    if found["type"] != kind:
        attributes = with_attribute(attributes, b"t", kind)
    if b"vm" in attributes:  # a link to rich data (a stock, a picture), which went with the old value
        attributes = with_attribute(attributes, b"vm", None)
    tag = sheet.prefix + b"c"
    head, tail = found["head"] or b"", found["tail"] or b""
    return [(found.start(), found.end(), b"<%b%b>%b%b%b</%b>" % (tag, attributes, head, content, tail, tag))]


def _new_cell(sheet: Sheet, reference: str, value: Value) -> bytes:
    kind, content = _written(sheet, value, reference, formula=False)
    attributes = with_attribute(b' r="%b"' % reference.encode(), b"t", kind)
    return b"<%bc%b>%b</%bc>" % (sheet.prefix, attributes, content, sheet.prefix)


def _written(sheet: Sheet, value: Value, reference: str, *, formula: bool) -> tuple[bytes | None, bytes]:
    """Type attribute and element of a value. Text goes inline, but as "str" where a formula makes it."""
    if value is None:
        return None, b""
    tag = sheet.prefix
    kind, text = encoded(value)
    space = b' xml:space="preserve"' if text != text.strip() else b""
    if kind == b"str" and not formula and not sheet.in_array(reference):
        return b"inlineStr", b"<%bis><%bt%b>%b</%bt></%bis>" % (tag, tag, space, text, tag, tag)
    return kind, b"<%bv%b>%b</%bv>" % (tag, space, text, tag)


def _inserted(sheet: Sheet, xml: bytes, cells: Mapping[tuple[int, int], bytes]) -> list[Edit]:
    """Insert cells, by row and column, where there are none."""
    if not cells:
        return []
    prefix = sheet.prefix
    rows = {int(m["number"]): m for m in pattern(_ROW, prefix).finditer(xml)}
    end = xml.rindex(b"</%bsheetData" % prefix)
    edits = [(m.start(), m.end(), b"") for m in pattern(_DIMENSION, prefix).finditer(xml)]
    for number, group in itertools.groupby(sorted(cells.items()), key=lambda item: item[0][0]):
        new = {column: cell for (_, column), cell in group}
        if number in rows:
            edits += _into_row(sheet, rows[number], new)
        else:
            at = min((row.start() for other, row in rows.items() if other > number), default=end)
            edits.append((at, at, b'<%brow r="%d">%b</%brow>' % (prefix, number, b"".join(new.values()), prefix)))
    return edits


def _into_row(sheet: Sheet, row: re.Match[bytes], new: Mapping[int, bytes]) -> list[Edit]:
    attributes = with_attribute(row["attributes"], b"spans", None)
    tag = b"<%brow%b>" % (sheet.prefix, attributes)
    if row["empty"]:
        return [(row.start(), row.end(), b"%b%b</%brow>" % (tag, b"".join(new.values()), sheet.prefix))]
    end = sheet.xml.index(b"</%brow" % sheet.prefix, row.end())
    old = [m[1].decode() for m in pattern(CELL_START, sheet.prefix).finditer(sheet.xml, row.end(), end)]
    starts = {sheet.place(reference)[1]: sheet.starts[reference] for reference in old}
    after_last = sheet.match(old[-1]).end() if old else row.end()
    edits = [(row.start(), row.end(), tag)]
    for column, cell in new.items():
        at = min((start for other, start in starts.items() if other > column), default=after_last)
        edits.append((at, at, cell))
    return edits
