"""Links of a workbook to other workbooks, which formulas name by number, as in `[1]`."""

from __future__ import annotations

from lxml import etree

from lender_model.xlsx.parts import BOOK, Parts
from lender_model.xlsx.splice import pattern, prefix_of, without_last_child

_EXTERNAL_REFERENCES = rb"<@externalReferences ATTRIBUTES > .*? </@externalReferences\s*>"


def linked_books(parts: Parts) -> dict[int, tuple[str, tuple[str, str]]]:
    """By number, the part of each link to another workbook, with the kind and target of the link."""
    references = parts.xml(BOOK).iterfind("{*}externalReferences/{*}externalReference")
    links, out = parts.links(), {}
    for number, reference in enumerate(references, start=1):
        _, part = links.get(relation_of(reference), ("", ""))
        book = parts.xml(part).find("{*}externalBook") if part in parts else None
        if book is not None and _relations_of(part) in parts:
            relations = {link.get("Id", ""): link for link in parts.xml(_relations_of(part))}
            link = relations.get(relation_of(book), book)
            out[number] = (parts.spelled(part), (link.get("Type", "").rpartition("/")[2], link.get("Target", "")))
    return out


def without_book(parts: Parts, number: int) -> Parts:
    """Without a link, if it is the last and no part uses it; see `Package.without_external_book`."""
    linked = linked_books(parts)
    if number not in linked or number < max(linked) or parts.holds(b"[%d]" % number):
        return parts
    part, _ = linked[number]
    elements = pattern(_EXTERNAL_REFERENCES, prefix_of(parts.xml(BOOK)))
    book = elements.sub(lambda found: without_last_child(found[0]), parts[BOOK])
    return parts.changed_to({BOOK: book}).without(part, _relations_of(part))


def relation_of(element: etree._Element) -> str:
    """The id of the relationship that an element names, in whichever of the two namespaces."""
    return str(element.xpath("string(@*[local-name()='id'])"))


def _relations_of(part: str) -> str:
    folder, _, name = part.rpartition("/")
    return f"{folder}/_rels/{name}.rels"
