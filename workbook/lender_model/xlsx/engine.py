"""The part of the workbook that says which engine calculated its values, and whether to recalculate on opening."""

from __future__ import annotations

from lender_model.xlsx.splice import attributes_of, pattern, spliced, with_attribute

EXCEL_CALC_ID = 191029
"""The calculation engine of Excel 2019 to 365. An Excel whose engine is not newer shows the stored values on opening; a
newer one recalculates every formula ([MS-XLS] 2.4.215 RecalcId, ECMA-376 part 1, 18.2.2), so a colleague without the
add-in would see #NAME?. For the same reason fullCalcOnLoad is not set."""

_CALCULATION = rb"<@calcPr (ATTRIBUTES) (?= /?> )"
_BEFORE_CALCULATION = rb"</@(?:sheets|functionGroups|externalReferences|definedNames)\s*>"  # in the schema's order


def calc_id_of(xml: bytes, prefix: bytes) -> str | None:
    """Version of the engine that a workbook's part states, if any."""
    found = pattern(_CALCULATION, prefix).search(xml)
    calc_id = attributes_of(found[1]).get(b"calcId") if found else None
    return calc_id.decode() if calc_id else None


def with_calculation(xml: bytes, prefix: bytes, *, full_on_load: bool, calc_id: int | None) -> bytes:
    """A workbook's part with another `calcPr`; see `Package.with_calculation`."""
    found = pattern(_CALCULATION, prefix).search(xml)
    attributes = found[1] if found else b""
    attributes = with_attribute(attributes, b"fullCalcOnLoad", b"1" if full_on_load else None)
    if calc_id is not None:
        attributes = with_attribute(attributes, b"calcId", b"%d" % calc_id)
    if found:
        return spliced(xml, [(*found.span(1), attributes)])
    if not attributes:
        return xml
    at = max(element.end() for element in pattern(_BEFORE_CALCULATION, prefix).finditer(xml))
    return spliced(xml, [(at, at, b"<%bcalcPr%b/>" % (prefix, attributes))])
