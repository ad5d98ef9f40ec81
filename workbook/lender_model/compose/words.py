"""A deal's values and dates in plain words."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lender_model.clauses import Deal
    from lender_model.compose.case import Case


def when(start: Any) -> str:
    """A date or state in words."""
    if isinstance(start, dt.date):
        return f"{start:%d %B %Y}".lstrip("0")
    if isinstance(start, str):
        return start.replace("_", " ")
    event = start.event.replace("_", " ")
    after = f"{start.months} months after {event}" if start.months else event
    return after + (f", at the latest on {when(start.by)}" if start.by else "")


def every(months: int) -> str:
    """How often.

    >>> every(1), every(3)
    ('every month', 'every 3 months')
    """
    return f"every {months} months" if months > 1 else "every month"


def dates(pattern: Any) -> str:
    """A pattern of dates in words."""
    until = getattr(pattern, "until", None)
    return f"{every(pattern.every)} from {when(pattern.first)}" + (f" to {when(until)}" if until else "")


def between(starts: Any, ends: Any) -> str:
    """From when and until when, where either is given."""
    return (f", from {when(starts)}" if starts else "") + (f", until {when(ends)}" if ends else "")


def say(value: Any, form: str) -> str:
    """A value over time in words.

    >>> say(0.05, "{:.2%}")
    '5.00%'
    """
    if isinstance(value, list):
        steps = [form.format(step.value) + (f" from {when(step.start)}" if step.start else "") for step in value]
        return ", ".join(steps)
    if hasattr(value, "bands"):
        bands = [
            form.format(band.value) + (f" below {band.below:,.10g}" if band.below is not None else " above that")
            for band in value.bands
        ]
        return f"{', '.join(bands)} by {value.metric.replace('_', ' ')}"
    return form.format(value)


def in_currency(deal: Deal, case: Case) -> Callable[[str], str]:
    """What puts the deal's currency into the workbook's words, which say US$; the deal's own words stay as they are."""
    own = {*_texts(deal.model_dump()), *(each.name for each in case.scenario)}
    own |= {series.unit for series in case.market.values() if series.is_exchange}
    kept = sorted((text for text in own if "US$" in text and text != "US$"), key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, [*kept, *(text.replace('"', '""') for text in kept), "US$"])))
    return lambda text: pattern.sub(lambda found: deal.currency if found[0] == "US$" else found[0], text)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            yield from (text for each in value.values() for text in _texts(each))
        case list():
            yield from (text for each in value for text in _texts(each))
