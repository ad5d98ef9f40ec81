"""How cells look: number formats by unit, and the few styles of the workbook."""

from __future__ import annotations

from typing import Any

FONT = "Arial"
INK, GREY, BLUE = "#1F2933", "#9AA5B1", "#0B3D91"
INPUT_FILL, HEAD_FILL, TITLE = "#FFF8E1", "#E4E7EB", "#102A43"

_THOUSANDS = '#,##0,_);(#,##0,);"–"_)'
_WHOLE = '#,##0_);(#,##0);"–"_)'
_CENTS = "#,##0.00_);(#,##0.00)"
FORMATS = {
    "US$": _THOUSANDS,
    "US$ ±": _THOUSANDS,
    "US$ exact": _CENTS,
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
    "change": "0.0%_);(0.0%)",
    "correlation": "0.00_);(0.00)",
    "x": '0.00"x"',
    "ratio": '0.00"x"',
    "index": "0.0",
    "1/year": "0.00",
    "date": "dd-mmm-yy",
    "1 or 0": '0_);(0);"·"_)',
    "light": "0",
}
TEXTS = frozenset({"text", "day count", ""})
LIMITS = {"fraction": (0, 2), "per year": (-0.1, 1), "1 or 0": (0, 1), "number": (0, 10_000), "index": (0.1, 1e5),
          "US$/share": (0.0001, 1e5), "US$/oz": (0, 1e5), "change": (-0.9, 5),
          "correlation": (-0.99, 0.99), "US$ ±": (-1e12, 1e12)}  # fmt: skip
"""Lowest and highest of an input by unit: so wide that they catch a percentage typed as 85, and nothing sensible."""
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


def cell(unit: str = "", **more: Any) -> dict[str, Any]:
    """The style of a cell, as XlsxWriter takes it."""
    align = "left" if unit in TEXTS else "right"
    return {"font_name": FONT, "font_size": 9, "font_color": INK, "num_format": number_format(unit), "align": align,
            "valign": "top"} | more  # fmt: skip


INPUT = {"font_color": BLUE, "bg_color": INPUT_FILL, "border": 1, "border_color": "#E8DFC2", "locked": False}
BOLD = {"bold": True, "top": 1, "top_color": GREY}
LEGEND = {"legend.input": INPUT, "legend.calc": {}, "legend.total": BOLD}
TRAFFIC_LIGHT = {
    "type": "icon_set",
    "icon_style": "3_traffic_lights",
    "icons_only": True,
    "icons": [{"criteria": ">=", "type": "number", "value": 1}, {"criteria": ">=", "type": "number", "value": 0.5}],
}
STYLES: dict[str, dict[str, Any]] = {
    "title": cell(font_size=14, bold=True, font_color=TITLE),
    "purpose": cell(font_color="#52606D"),
    "light": cell(bold=True, font_color="#0B6E4F"),
    "header": cell(bold=True, bg_color=HEAD_FILL, text_wrap=True, valign="vcenter"),
    "number header": cell(bold=True, bg_color=HEAD_FILL, text_wrap=True, valign="vcenter", align="right"),
    "month": cell("date", bold=True, bg_color=HEAD_FILL, valign="vcenter"),
    "head": cell(bold=True, font_color=TITLE, bottom=1, bottom_color=GREY, font_size=10),
    "broken": {"font_color": "#BA2525", "bold": True},
    "clauses": cell(font_color="#7B8794", font_size=8),
    "head note": cell(font_color="#7B8794", font_size=8, bottom=1, bottom_color=GREY),
    "key": cell(font_color=GREY, font_size=6),
    "label": cell(text_wrap=True),
    "unit": cell(font_color="#7B8794", font_size=8),
    "note": cell(font_color="#7B8794", font_size=8, text_wrap=True),
}
