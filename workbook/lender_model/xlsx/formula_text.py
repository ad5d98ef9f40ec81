"""The formulas in a part: as values, as dynamic arrays, and in other words."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

from lender_model.xlsx.cells import text_of
from lender_model.xlsx.sheet import Sheet
from lender_model.xlsx.splice import Edit, attributes_of, spliced, with_attribute

_FORMULA_TEXT = re.compile(rb"<(?:\w+:)?(?:f|formula[12]?|definedName)\b[^>]*+>([^<]++)</")


def texts(xml: bytes) -> Iterator[str]:
    """Every formula in a part: of cells, formats and validations, and of defined names."""
    return (text_of(found[1]) for found in _FORMULA_TEXT.finditer(xml))


def reworded(xml: bytes, word: Callable[[str], str]) -> bytes:
    """XML of a part with every formula as rewritten by a function."""
    edits = []
    for found in _FORMULA_TEXT.finditer(xml):
        old = text_of(found[1])
        new = word(old)
        if new != old:
            edits.append((*found.span(1), html.escape(new, quote=False).encode()))
    return spliced(xml, edits)


def frozen(sheet: Sheet, goes: Callable[[str], bool]) -> bytes:
    """XML of the sheet without the formulas that go; their values stay. See `Package.frozen`."""
    found = [sheet.match(reference) for reference in sheet]
    going = {m.start() for m in found if m["formula_text"] and goes(text_of(m["formula_text"]))}
    # A child of a shared formula holds no text: it goes with the one that does.
    shared = {number for m in found if m.start() in going for number in _shared(m)}
    gone = [m for m in found if m.start() in going or shared.intersection(_shared(m))]
    # `cm` marks the formula of a dynamic array, so it goes with the formula.
    marks = [(*m.span("attributes"), with_attribute(m["attributes"], b"cm", None)) for m in gone]
    return spliced(sheet.xml, marks + [(*m.span("formula"), b"") for m in gone])


def as_dynamic(sheet: Sheet, goes: Callable[[str], bool], mark: int) -> bytes:
    """XML of the sheet with the formulas that go as dynamic arrays; see `Package.as_dynamic`."""
    edits: list[Edit] = []
    for reference in sheet:
        found = sheet.match(reference)
        kind, text = attributes_of(found["about_formula"]).get(b"t"), found["formula_text"]
        if kind or not text or not goes(text_of(text)) or sheet.merged(reference):
            continue
        attributes = with_attribute(found["attributes"], b"cm", b"%d" % mark)
        about = found["about_formula"] + b' t="array" ref="%b"' % reference.encode()
        edits += [(*found.span("attributes"), attributes), (*found.span("about_formula"), about)]
    return spliced(sheet.xml, edits)


def _shared(found: re.Match[bytes]) -> list[bytes]:
    """Number of the shared formula that a cell takes part in, if any."""
    about = attributes_of(found["about_formula"])
    return [about[b"si"]] if about.get(b"t") == b"shared" and b"si" in about else []
