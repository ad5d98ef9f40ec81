"""A deal's values and dates in plain words."""

from __future__ import annotations

import datetime as dt
from typing import Any


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
