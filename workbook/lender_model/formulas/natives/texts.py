"""Texts: joining, cutting, and numbers written in a format."""

from __future__ import annotations

import re
from typing import Any

from drawstop.functions.cells import VALUE
from lender_model.formulas.natives.dates import day
from lender_model.formulas.natives.declare import Stop, cellwise, is_number, to_float
from lender_model.formulas.values import text_of
from lender_model.xlsx.cells import Error


def _joined(*parts: Any) -> str:
    """Texts of values and of all cells of ranges."""
    out = []
    for part in parts:
        for value in [x for row in part for x in row] if isinstance(part, list) else [part]:
            if isinstance(value, Error):
                raise Stop(value)
            out.append(text_of(value))
    return "".join(out)


def _textjoin(between: str, skip: Any, *parts: Any) -> str:
    texts = [_joined([[value]]) for part in parts for row in part for value in row]
    return between.join(text for text in texts if text or not skip)


def _substitute(text: str, old: str, new: str, which: int = 0) -> str:
    if not old or which < 0:
        return text
    if not which:
        return text.replace(old, new)
    parts = text.split(old)
    return text if which >= len(parts) else old.join(parts[:which]) + new + old.join(parts[which:])


def _position(place: int) -> str | float:
    if place < 0:
        raise Stop(VALUE)
    return place + 1.0


def _pattern(text: str) -> str:
    """A pattern with wildcards as a regular expression."""
    out, at = "", 0
    while at < len(text):
        sign, after = text[at], text[at + 1 : at + 2]
        at += 1
        if sign == "~" and after in {"*", "?", "~"}:
            out, at = out + re.escape(after), at + 1
        else:
            out += {"*": ".*", "?": "."}.get(sign, re.escape(sign))
    return out


def matches(pattern: str, text: str) -> bool:
    """Whether a text matches a pattern, in which ``?`` is any character and ``*`` any characters; case is ignored.

    >>> matches("loan*", "Loan closing"), matches("a~*", "ab")
    (True, False)
    """
    return re.fullmatch(_pattern(pattern), text, re.IGNORECASE | re.DOTALL) is not None


def _search(wanted: str, text: str, start: int = 1) -> Any:
    if not 1 <= start <= len(text) + 1:
        raise Stop(VALUE)
    found = re.compile(_pattern(wanted), re.IGNORECASE | re.DOTALL).search(text, start - 1)
    return _position(found.start() if found else -1)


def _cut(text: str, start: int, count: int) -> str:
    if start < 1 or count < 0:
        raise Stop(VALUE)
    return text[start - 1 : start - 1 + count]


# ---- formats -----------------------------------------------------------------------------------------------------

_DATE = re.compile(r"yyyy|yy|mmmm|mmm|mm|m|dddd|ddd|dd|d", re.IGNORECASE)
_QUOTED = re.compile(r'"([^"]*)"|\\(.)')


def formatted(value: Any, form: str) -> str:
    """A value in one of the usual formats: digits, thousands, per cent, dates.

    >>> formatted(1234.5, "#,##0.00"), formatted(0.0225, "0.00%"), formatted(35246.0, "dd-mmm-yyyy")
    ('1,234.50', '2.25%', '30-Jun-1996')
    """
    if isinstance(value, str) or value is None:
        return text_of(value)
    number = to_float(value)
    sections = form.split(";")
    chosen = sections[1] if number < 0 and len(sections) > 1 else sections[0]
    if number == 0 and len(sections) > 2:
        chosen = sections[2]
    if len(sections) > 1:
        number = abs(number)
    if chosen.casefold() == "general" or chosen == "@":
        return text_of(number)
    bare = _QUOTED.sub("", chosen)
    if _DATE.search(bare):
        return _DATE.sub(lambda found: _date_part(number, found[0].lower()), _QUOTED.sub(r"\1\2", chosen))
    return _number(number, chosen)


def _date_part(serial: float, code: str) -> str:
    when = day(serial)
    forms = {"yyyy": "%Y", "yy": "%y", "mmmm": "%B", "mmm": "%b", "mm": "%m", "dddd": "%A", "ddd": "%a", "dd": "%d"}
    return when.strftime(forms[code]) if code in forms else str(when.month if code == "m" else when.day)


def _number(number: float, form: str) -> str:
    place = re.search(r"[#0?][#0?,]*(?:\.[#0?]+)?|\.[#0?]+", form)
    if not place:
        return _QUOTED.sub(r"\1\2", form)
    before, after = (_QUOTED.sub(r"\1\2", part) for part in (form[: place.start()], form[place.end() :]))
    digits, _, decimals = place[0].partition(".")
    if "%" in before + after:
        number *= 100
    while digits.endswith(","):
        digits, number = digits[:-1], number / 1000
    whole = f"{abs(number) + 1e-12 * abs(number):{',' if ',' in digits else ''}.{len(decimals)}f}"
    head, _, tail = whole.partition(".")
    while tail and tail[-1] == "0" and decimals[len(tail) - 1] in "#?":
        tail = tail[:-1]
    least = digits.replace(",", "").count("0")
    head = head.zfill(least) if least or head.strip("0,") else ""
    sign = "-" if number < 0 and (head + tail).strip("0,") else ""
    return f"{sign}{before}{head}{'.' + tail if tail or (decimals and decimals[0] == '0') else ''}{after}"


cellwise("CONCATENATE", "v", _joined)
cellwise("CONCAT", "r", _joined)
cellwise("TEXTJOIN", "tvr", _textjoin)
cellwise("TEXT", "vt", formatted)
cellwise("VALUE", "v", to_float)
cellwise("LEN", "t", lambda text: float(len(text)))
cellwise("LEFT", "ti", lambda text, count=1: _cut(text, 1, count))
cellwise("RIGHT", "ti", lambda text, count=1: _cut(text, max(1, len(text) - count + 1), count))
cellwise("MID", "tii", _cut)
cellwise("TRIM", "t", lambda text: " ".join(part for part in text.split(" ") if part))
cellwise("UPPER", "t", str.upper)
cellwise("LOWER", "t", str.lower)
cellwise("PROPER", "t", str.title)
cellwise("SUBSTITUTE", "ttti", _substitute)
cellwise("REPLACE", "tiit", lambda text, start, count, new: text[: start - 1] + new + text[start - 1 + count :])
cellwise("REPT", "ti", lambda text, count: text * count)
cellwise("FIND", "tti", lambda wanted, text, start=1: _position(text.find(wanted, start - 1)))
cellwise("SEARCH", "tti", _search)
cellwise("EXACT", "tt", lambda a, b: a == b)
cellwise("CHAR", "i", chr)
cellwise("CODE", "t", lambda text: float(ord(text[0])))
cellwise("T", "v", lambda value: value if isinstance(value, str) else "")
cellwise("N", "v", lambda value: float(value) if is_number(value) or isinstance(value, bool) else 0.0)
