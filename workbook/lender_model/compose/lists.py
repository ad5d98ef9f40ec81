"""Sheets Holidays and Fixings: days on which banks are closed, and base rates day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from lender_model.compose.draft import INPUTS
from lender_model.grid import DATE, INPUT, RATE, Row, head

if TYPE_CHECKING:
    from lender_model.compose.draft import Draft


def write_holidays(draft: Draft, days: Sequence[dt.date]) -> None:
    """The holidays."""
    draft.page("Holidays", "Days on which banks are closed.", INPUTS, monthly=False)
    rows = [Row(f"calendar.holidays.{k}", f"{day:%A}", "date", value=INPUT) for k, day in enumerate(days, start=1)]
    draft.ranges["calendar.holidays"] = len(days)
    draft.inputs |= {row.key: day for row, day in zip(rows, days, strict=True)}
    draft.add("Holidays", head("Holidays"), *rows)


def write_fixings(draft: Draft, name: str, days: Mapping[dt.date, float]) -> None:
    """The fixings of a base rate, their days beside them."""
    draft.page("Fixings", "Fixings of base rates that are compounded daily: their days are the business days.", INPUTS, monthly=False, start_title="Day")  # fmt: skip
    key = f"fixing.{name}"
    rows = [
        Row(f"{key}.{k}", f"{day:%A}", RATE, value=INPUT, start=INPUT, start_unit=DATE)
        for k, day in enumerate(days, start=1)
    ]
    draft.ranges[key] = len(days)
    draft.beside[f"{key}.dates"] = key
    for row, (day, rate) in zip(rows, days.items(), strict=True):
        draft.inputs |= {row.key: rate, f"{row.key}@start": day}
    draft.add("Fixings", head(name.upper()), *rows)
