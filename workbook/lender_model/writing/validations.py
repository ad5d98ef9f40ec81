"""What an input cell accepts, and Excel's message to a user who types anything else, in the words of the sheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from lender_model.sheets.together import AND
from lender_model.writing import style

FIRST_DAY, LAST_DAY = dt.date(1990, 1, 1), dt.date(2099, 12, 31)
_BARE = frozenset({"number", "count", "index", "correlation", "ratio", "x", "year", "change"})
"""Units that mean nothing to a user who types a number."""
_TITLE, _MESSAGE = 32, 255  # Excel's limits on characters


def rule(
    label: str,
    unit: str,
    choices: Sequence[str] = (),
    limits: tuple[float, float] | None = None,
    *,
    several: bool = False,
) -> dict[str, Any]:
    """The validation of an input cell for XlsxWriter; empty for a free text.

    Args:
        label: the input's name on the sheet.
        unit: its unit.
        choices: the texts that it may hold, if restricted.
        limits: its lowest and highest value; None: those of the unit.
        several: whether it may also hold several of the texts, joined by a plus sign: then any other text is asked
            about, not refused.

    >>> rule("Gold price", "US$/oz")["error_message"]
    'Gold price: type a number from 0 to 100,000, in US$/oz.'
    >>> rule("Recovery of gold", "fraction", limits=(0, 1))["error_message"]
    'Recovery of gold: type a percentage from 0% to 100%.'
    >>> rule("Source of the loan's figures in this month", "text", ["Plan", "Actual"])["error_title"]
    "Source of the loan's figures…"
    """
    low, high = limits or style.limits(unit)
    if choices:
        out: dict[str, Any] = {"validate": "list", "source": list(choices)}
        wanted = f"choose {' or '.join(choices)}"
        if several:
            out |= {"error_type": "information"}
            wanted = f"choose one of the list, or type several, for example {AND.join(choices[:2])}"
    elif unit == "date":
        out = {"validate": "date", "minimum": FIRST_DAY, "maximum": LAST_DAY}
        wanted = f"type a date from {FIRST_DAY.day}-{FIRST_DAY:%b-%Y} to {LAST_DAY.day}-{LAST_DAY:%b-%Y}"
    elif unit in style.TEXTS:
        return {}
    else:
        out = {"validate": "integer" if unit in style.WHOLE else "decimal", "minimum": low, "maximum": high}
        wanted = _wanted(unit, low, high)
    out |= {} if choices else {"criteria": "between"}
    return out | {"error_title": _short(label, _TITLE), "error_message": _short(f"{label}: {wanted}.", _MESSAGE)}


def _wanted(unit: str, low: float, high: float) -> str:
    """What to type, in the unit's words."""
    if unit == "1 or 0":
        return "type 1 for yes or 0 for no"
    if "%" in style.number_format(unit):
        return f"type a percentage from {low * 100:,.10g}% to {high * 100:,.10g}%"
    number = "a whole number" if unit in style.WHOLE else "a number"
    if high >= style.OTHER_LIMITS[1]:
        bounds = ", zero or more" if low == 0 else ""
    else:
        bounds = f" from {low:,.10g} to {high:,.10g}"
    shown = style.unit_label(unit)
    words = shown.removesuffix(style.THOUSANDS)
    exact = ", the exact amount" if words != shown else ""
    return f"type {number}{bounds}" + ("" if unit in _BARE else f", in {words}{exact}")


def _short(text: str, room: int) -> str:
    """A text that fits, cut after a whole word."""
    return text if len(text) <= room else f"{text[: room - 1].rsplit(' ', 1)[0]}…"
