"""What a cell holds, and how the file spells it."""

from __future__ import annotations

import datetime as dt
import html
import math
import re
from typing import NamedTuple, TypeAlias

from lxml import etree

from drawstop.functions.cells import ERROR_CODES, NA, VALUE
from drawstop.serials import serial_of

MAX_TEXT = 32_767  # UTF-16 units in a cell, a limit of Excel
STORED_ERRORS = ("#NULL!", "#DIV/0!", VALUE, "#REF!", "#NAME?", "#NUM!", NA, "#GETTING_DATA")
"""The errors that a file can hold (ECMA-376-1, 18.17.3); for newer errors of Excel it holds #VALUE!."""


class Error(str):
    """The value of an error cell, such as `Error("#N/A")`; a plain `"#N/A"` is text.

    Example:
        >>> Error("#N/A") == "#N/A", isinstance("#N/A", Error)
        (True, False)
    """

    __slots__ = ()


Value: TypeAlias = float | bool | str | Error | None
NewValue: TypeAlias = Value | int | dt.date


class Cell(NamedTuple):
    """One cell as stored.

    Attributes:
        value: Number (a date is its serial number), text, flag, `Error`, or None for a blank.
        formula: Text of the formula without its "="; "" where the text is elsewhere (a child of a shared
            formula, a data table); None for a constant.
        array: Range filled by the array formula that starts here, such as "B2:M2".
        shared: Number of the shared formula that this cell belongs to; the first of its cells holds the text.
        style: Index of the cell's format.
    """

    value: Value
    formula: str | None
    array: str | None
    shared: int | None
    style: int


_ESCAPED = re.compile(r"_x([0-9a-fA-F]{4})_")
_NOT_XML = r"\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff"
_TO_ESCAPE = re.compile(rf"[{_NOT_XML}]|_(?=x[0-9a-fA-F]{{4}}[_{_NOT_XML}])")


def text_of(xml: bytes) -> str:
    """Character data of an element without children, as XML reads it.

    Example:
        >>> text_of(b"IF(A1&lt;0,0,A1)")
        'IF(A1<0,0,A1)'
    """
    if b"&" in xml or b"\r" in xml:
        return etree.fromstring(b"<t>%b</t>" % xml).text or ""
    return xml.decode()


def unescaped(text: str) -> str:
    r"""Undo the escapes _xHHHH_ (ECMA-376-1, 22.9.2.19) for characters that XML cannot hold.

    Example:
        >>> unescaped("Month_x000D_")
        'Month\r'
    """
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def rich_text(item: etree._Element) -> str:
    """Text of a shared string: its own or its runs', without the phonetic reading."""
    texts = [node.text or "" for path in ("{*}t", "{*}r/{*}t") for node in item.iterfind(path)]
    return unescaped("".join(texts))


def encoded(value: Value) -> tuple[bytes | None, bytes]:
    """Type attribute and content of a value.

    Example:
        >>> encoded(2.0), encoded(True), encoded("A & B")
        ((None, b'2'), (b'b', b'1'), (b'str', b'A &amp; B'))
    """
    match value:
        case None:
            return None, b""
        case bool():
            return b"b", b"%d" % value
        case Error():
            return b"e", value.encode()
        case str():
            escaped = _TO_ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", value)
            return b"str", html.escape(escaped, quote=False).encode()
        case _:
            return None, repr(value).removesuffix(".0").encode()


def checked(value: NewValue, *, date1904: bool) -> Value:
    """The value as it will be read back.

    Raises:
        ValueError: no cell can hold it.
        OverflowError: an integer beyond the numbers of a cell.
    """
    match value:
        case None | bool():
            return value
        case dt.date():
            return serial(value, date1904=date1904)
        case float() | int():
            return finite(float(value)) + 0.0  # spreadsheet programs do not write a zero with a sign
        case Error():
            if value not in ERROR_CODES:
                raise ValueError(f"{value} is not an error of Excel; use one of {', '.join(STORED_ERRORS)}")
            return value if value in STORED_ERRORS else Error(VALUE)
        case str():
            if len(value.encode("utf-16-le", "surrogatepass")) > 2 * MAX_TEXT:
                raise ValueError(f"text of {len(value)} characters; a cell holds {MAX_TEXT}, so shorten it")
            return str(value)
    raise ValueError(f"{type(value).__name__} is not a value of a cell; give a number, text, flag, date, Error or None")


def finite(number: float) -> float:
    """The number, if a cell can hold it.

    Raises:
        ValueError: it is infinite, or not a number.
    """
    if not math.isfinite(number):
        raise ValueError(f"{number} is not a number that a cell can hold; give an Error instead")
    return number


def serial(day: dt.date, *, date1904: bool) -> float:
    """Serial number of a date, with its time as a part of the day.

    Raises:
        ValueError: a time zone, or a date before the first day of the workbook.

    Example:
        >>> serial(dt.date(1996, 7, 11), date1904=False)
        35257.0
    """
    midnight = dt.time.min
    moment = day if isinstance(day, dt.datetime) else dt.datetime.combine(day, midnight)
    if moment.tzinfo:
        raise ValueError(f"{moment} has a time zone, which a cell cannot hold; give the local time")
    first = dt.date(1904, 1, 1) if date1904 else dt.date(1899, 12, 31)
    if moment.date() < first:
        raise ValueError(f"{day} is before {first}, the first day of this workbook")
    time = (moment - dt.datetime.combine(moment.date(), midnight)) / dt.timedelta(days=1)
    return float(serial_of(moment.date()) - (serial_of(first) if date1904 else 0)) + time
