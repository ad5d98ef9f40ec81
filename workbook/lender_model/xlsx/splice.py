"""Changes to the bytes of an XML part that leave all other bytes as they were.

The patterns hold because `drawstop.opc.parse` accepts only well-formed XML in which "<" can only begin a tag.
Quantifiers are possessive, so that a hostile part cannot make the search backtrack. No value of an attribute may hold
">", so that "[^>]*" stays inside a tag; a cell that has one is refused.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import TypeAlias

from lxml import etree

Edit: TypeAlias = tuple[int, int, bytes]
"""Start and end of the old bytes, and the new ones."""

_ATTRIBUTE = re.compile(rb"""([^\s=]+)\s*=\s*["']([^"']*)""")
_ATTRIBUTES = rb"""(?:\s++[^\s=<>"'/]++\s*+=\s*+(?:"[^">]*+"|'[^'>]*+'))*+\s*+"""


@functools.cache
def pattern(text: bytes, prefix: bytes) -> re.Pattern[bytes]:
    """A pattern for elements of one namespace.

    Args:
        text: the pattern, with white space and line ends as one likes. "@" is the namespace prefix, "ATTRIBUTES" any
            attributes; around the "=" of an attribute white space is allowed.
        prefix: the prefix with its colon, or nothing.
    """
    text = text.replace(b"""=["']""", rb"""\s*+=\s*+["']""")
    text = text.replace(b"ATTRIBUTES", _ATTRIBUTES).replace(b"@", re.escape(prefix))
    return re.compile(text, re.VERBOSE | re.DOTALL)


def prefix_of(root: etree._Element) -> bytes:
    """The namespace prefix of an element with its colon, or nothing."""
    return f"{root.prefix}:".encode() if root.prefix else b""


def attributes_of(xml: bytes | None) -> dict[bytes, bytes]:
    """The attributes in the inside of a tag.

    Example:
        >>> attributes_of(b' t="shared" si = "0"')
        {b't': b'shared', b'si': b'0'}
    """
    return dict(_ATTRIBUTE.findall(xml or b""))


def with_attribute(xml: bytes, name: bytes, value: bytes | None) -> bytes:
    """Set an attribute in place, or at the end; None removes it, with one blank before it.

    Example:
        >>> with_attribute(b' r="B2" s="3"', b"s", b"4"), with_attribute(b' r="B2" s="3"', b"s", None)
        (b' r="B2" s="4"', b' r="B2"')
    """
    new = b"" if value is None else b' %b="%b"' % (name, value)
    replaced, count = re.subn(rb"""\s%b\s*+=\s*(?:"[^"]*"|'[^']*')""" % name, new, xml)
    return replaced if count else xml + new


def spliced(xml: bytes, edits: Iterable[Edit]) -> bytes:
    """Splice in the new bytes; at the same position in the given order, insertions before replacements.

    Example:
        >>> spliced(b"<v>1</v>", [(3, 4, b"2")])
        b'<v>2</v>'
    """
    pieces = []
    position = 0
    for start, end, new in sorted(edits, key=lambda edit: edit[:2]):
        pieces += [xml[position:start], new]
        position = end
    return b"".join([*pieces, xml[position:]])


def without_last_child(xml: bytes) -> bytes:
    """An element without its last child, which has no children itself; nothing if that was the only child.

    Example:
        >>> without_last_child(b"<a><b/><c/></a>"), without_last_child(b"<a><b/></a>")
        (b'<a><b/></a>', b'')
    """
    at = xml.rindex(b"<", 0, xml.rindex(b"</"))
    if b"<" not in xml[1:at]:
        return b""
    return xml[:at] + xml[xml.rindex(b"</") :]
