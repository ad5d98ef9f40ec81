"""The look of cells: number formats by unit, and the workbook's few styles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

FONT = "Arial"
STANDARD_FONT = {"font_name": FONT, "font_size": 10}
"""The font in whose digits column widths are measured. Every spreadsheet program has its metrics, so columns are as
wide in LibreOffice as in Excel; Excel's own default font is not available everywhere."""
LINE_HEIGHT = 12.5  # points, of a line of a wrapped text
ROW_HEIGHT = 14.25  # points, of every other row
_POINTS = 5.25  # per unit of a column's width: 7 pixels
_ADVANCES = {0.24: "ijl'|", 0.31: "frtI.,:;!()[]-/ ", 0.5: "cksvxyzJ", 0.7: "ABCDEFGHKLNOPQRSTUVXYZ&w", 0.86: "mMW%"}
_SHARES = {letter: share for share, letters in _ADVANCES.items() for letter in letters}
"""Widths of letters, as parts of the font's size; any other is as wide as a digit."""
INK, GREY, BLUE = "#1F2933", "#9AA5B1", "#0B3D91"
INPUT_FILL, HEAD_FILL, TITLE = "#FFF8E1", "#E4E7EB", "#102A43"

NIL = '"–"_)'
"""How an amount of nil shows."""
_THOUSANDS = f"#,##0,_);(#,##0,);{NIL}"
_WHOLE = f"#,##0_);(#,##0);{NIL}"
_CENTS = "#,##0.00_);(#,##0.00)"
FORMATS = {
    "US$": _THOUSANDS,
    "US$ ±": _THOUSANDS,
    **dict.fromkeys(("US$ exact", "oz exact", "days exact", "number exact"), _CENTS),
    "USD": _WHOLE,
    "oz": _WHOLE,
    "oz exact": _CENTS,
    "tons": _WHOLE,
    "shares": _WHOLE,
    "number": _WHOLE,
    "count": "0",
    "days": "0",
    "months": "0",
    "times a year": "0",
    "year": "0",
    "years": "0.00",
    "months of the year": "0",
    "US$/oz": _CENTS,
    "USD/oz": _CENTS,
    "US$/ton": _CENTS,
    "US$/share": "0.000",
    "USD/share": "0.000",
    "oz/ton": "0.0000",
    "per year": "0.0000%",
    "fraction": "0.00%",
    "volatility": "0.00%",
    "change": "0.0%_);(0.0%)",
    "correlation": "0.00_);(0.00)",
    "x": '0.00"x"',
    "ratio": '0.00"x"',
    "index": "0.0",
    "1/year": "0.00",
    "amount": _WHOLE,
    "rate of exchange": "0.0000",
    "date": 'dd-mmm-yy;;"–"',  # nothing yet, and not the day before 1900
    "1 or 0": '0_);(0);"·"_)',
    "light": '[>=1]"●";[>=0.5]"▲";"■"',
}
TEXTS = frozenset({"text", "day count", ""})
LIMITS = {"fraction": (0, 1), "volatility": (0, 5),
          "per year": (-0.1, 1), "1 or 0": (0, 1), "number": (0, 10_000), "index": (0.1, 1e5),
          "US$/share": (0.0001, 1e5), "US$/oz": (0, 1e5), "change": (-0.9, 5),
          "correlation": (-0.99, 0.99), "US$ ±": (-1e12, 1e12)}  # fmt: skip
"""Lowest and highest of an input by unit: wide enough for any sensible figure, but not for a percentage typed as 85.

No part exceeds the whole: a recovery or a tax of 150% is a typing error. A volatility may exceed 100%."""
OTHER_LIMITS, CHANGE_LIMITS = (0, 1e12), (-1e6, 1e6)
WHOLE = frozenset(
    {"number", "count", "days", "months", "year", "shares", "times a year", "months of the year", "1 or 0"}
)


def limits(unit: str) -> tuple[float, float]:
    """Lowest and highest of an input of a unit."""
    return LIMITS.get(unit, OTHER_LIMITS)


def number_format(unit: str) -> str:
    """Excel's number format for a unit."""
    return FORMATS.get(unit, "General")


THOUSANDS = " 000"
"""The suffix of a unit shown in thousands."""


def unit_label(unit: str) -> str:
    """A unit in the unit column: whether the number format shows thousands, and dollars as one sign.

    >>> unit_label("US$"), unit_label("USD"), unit_label("USD/oz"), unit_label("US$ exact")
    ('US$ 000', 'US$', 'US$/oz', 'US$')
    """
    thousands = THOUSANDS if number_format(unit) == _THOUSANDS else ""
    return unit.removesuffix(" exact").removesuffix(" ±").replace("USD", "US$") + thousands


def lines(text: str, width: float, look: Mapping[str, Any]) -> int:
    """The number of lines of a text wrapped in a column.

    >>> lines("above the minimum; before Completion only interest", 38, cell(font_size=8))
    1
    >>> lines("above the minimum; before Completion only interest", 20, cell(font_size=8))
    2
    >>> lines("functions_have_long_names_that_break_anywhere", 20, cell(font_size=8))
    2
    """
    size = look["font_size"] * (1.07 if look.get("bold") else 1.0)
    room, count = width * _POINTS - 6 * look.get("indent", 0), 0
    for part in text.split("\n"):
        count, used = count + 1, 0.0
        for word in part.split(" "):
            wide = size * sum(_SHARES.get(letter, 0.56) for letter in word)
            if used and used + wide > room:
                count, used = count + 1, 0.0
            count += int(wide // room)  # a word that is itself broken
            used += wide + size * _SHARES[" "]
    return count


def conditions(unit: str) -> Sequence[tuple[dict[str, Any], str]]:
    """Conditions of a formula's cell, each with its style; the first that holds applies."""
    if unit == "light":
        return _LIGHT_CONDITIONS
    return _WORD_CONDITIONS if unit == "state" or unit in TEXTS else ()


_LIGHT_CONDITIONS = (
    ({"type": "cell", "criteria": ">=", "value": 1}, "green"),
    ({"type": "cell", "criteria": ">=", "value": 0.5}, "amber"),
    ({"type": "cell", "criteria": "<", "value": 0.5}, "red"),
)
_LOOK_OF_WORDS = {
    **dict.fromkeys(("NOT COMPLIED WITH", "IN DEFAULT", "IN TROUBLE", "BROKEN", "missed", "met late"), "broken"),
    **dict.fromkeys(("TO BE WATCHED", "expected late"), "amber"),
    "SOUND": "green",
}
_WORD_CONDITIONS = tuple(
    ({"type": "text", "criteria": "begins with", "value": words}, look) for words, look in _LOOK_OF_WORDS.items()
)


def cell(unit: str = "", **more: Any) -> dict[str, Any]:
    """The style of a cell for XlsxWriter."""
    align = "left" if unit in TEXTS else "right"
    size = 11 if unit == "light" else 9
    return {"font_name": FONT, "font_size": size, "font_color": INK, "num_format": number_format(unit), "align": align,
            "valign": "top"} | more  # fmt: skip


INPUT = {"font_color": BLUE, "bg_color": INPUT_FILL, "border": 1, "border_color": "#E8DFC2", "locked": False}
BOLD = {"bold": True, "top": 1, "top_color": GREY}
LEGEND = {"legend.input": INPUT, "legend.calc": {}, "legend.total": BOLD}
GREEN, AMBER, RED = "#0B6E4F", "#B7791F", "#BA2525"
STYLES: dict[str, dict[str, Any]] = {
    "title": cell(font_size=14, bold=True, font_color=TITLE),
    "purpose": cell(font_color="#52606D"),
    "light": cell(bold=True, font_color=GREEN),
    "green": {"font_color": GREEN},
    "amber": {"font_color": AMBER},
    "red": {"font_color": RED},
    "header": cell(bold=True, bg_color=HEAD_FILL, text_wrap=True, valign="vcenter"),
    "number header": cell(bold=True, bg_color=HEAD_FILL, text_wrap=True, valign="vcenter", align="right"),
    "month": cell("date", bold=True, bg_color=HEAD_FILL, valign="vcenter"),
    "head": cell(bold=True, font_color=TITLE, bottom=1, bottom_color=GREY, font_size=10),
    "broken": {"font_color": RED, "bold": True},
    "clauses": cell(font_color="#7B8794", font_size=8),
    "link": cell(font_color=BLUE, font_size=8, valign="vcenter"),
    "head note": cell(font_color="#7B8794", font_size=8, bottom=1, bottom_color=GREY),
    "key": cell(font_color=GREY, font_size=6, align="fill"),  # which never runs on into the next column
    "label": cell(text_wrap=True),
    "unit": cell(font_color="#7B8794", font_size=8),
    "note": cell(font_color="#7B8794", font_size=8, text_wrap=True),
}
