"""A value over time, and when: the same types in every clause.

A value is a number; or steps, each from a date or state; or bands of a metric::

    margin = 0.0475
    margin = [{ value = 0.0475 }, { from = "completion", value = 0.0425 }]
    margin = { metric = "net_debt_to_ebitda", bands = [{ below = 1.0, value = 0.025 }, { value = 0.0375 }] }

Of the steps that hold in a month, the last of the list counts. A state is a milestone that has been reached, or
``lockup``, ``sweep`` and ``default``, which the tests of the month before have set.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Strict, Tag, field_validator, model_validator

from drawstop.deal.record import Key, Record, Ref

Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Whole = Annotated[int, Strict()]
Flag = Annotated[bool, Strict()]
Date = Annotated[dt.date, Strict()]
Convention = Literal["none", "following", "modified following", "preceding"]


class After(Record):
    """A milestone, or the month's end some months after it; or a date, if that is earlier."""

    event: Annotated[Key, Ref("milestone")] = Field(title="Milestone")
    months: Whole = Field(0, ge=0, le=480, title="Months after it")
    by: Date | None = Field(None, title="On this date at the latest")


def _kind_of_when(value: Any) -> str:
    if isinstance(value, dict | After):
        return "after"
    return "state" if isinstance(value, str) else "date"


When = Annotated[
    Annotated[Date, Tag("date")] | Annotated[Key, Tag("state")] | Annotated[After, Tag("after")],
    Discriminator(_kind_of_when),
]
"""A date, a state or milestone by its key, or some months after a milestone."""


class Step(Record):
    """A value from a date or state onwards; without ``from``, from the start."""

    start: Annotated[When | None, Ref("state")] = Field(None, alias="from", title="From")
    value: Number = Field(title="Value")


class Band(Record):
    """A value while the metric is below a limit; the last band has no limit."""

    below: Number | None = Field(None, title="While the metric is below")
    value: Number = Field(title="Value")


class Bands(Record):
    """A value by the band that a metric is in, as last tested."""

    metric: Annotated[Key, Ref("metric")] = Field(title="Metric")
    months: Whole = Field(12, ge=1, le=60, title="Look-back or look-forward window of the metric, in months")
    start: Annotated[When | None, Ref("milestone")] = Field(
        None, alias="from", title="The bands apply from; before it the first band does"
    )
    bands: list[Band] = Field(min_length=1, title="Bands, rising")

    @field_validator("bands")
    @classmethod
    def _rising(cls, bands: list[Band]) -> list[Band]:
        limits = [band.below for band in bands[:-1]]
        if bands[-1].below is not None or None in limits:
            raise ValueError("every band but the last needs `below`, and the last has none")
        known = [limit for limit in limits if limit is not None]
        if known != sorted(set(known)):
            raise ValueError("the limits of the bands must ascend")
        return bands


def _kind_of_value(value: Any) -> str:
    if isinstance(value, dict | Bands):
        return "bands"
    return "steps" if isinstance(value, list | tuple) else "number"


Value = Annotated[
    Annotated[Number, Tag("number")]
    | Annotated[Annotated[list[Step], Field(min_length=1)], Tag("steps")]
    | Annotated[Bands, Tag("bands")],
    Discriminator(_kind_of_value),
]
"""A number, steps by date or state, or bands of a metric."""


class Cycle(Record):
    """A date every ``every`` months; a month-end stays a month-end."""

    every: Whole = Field(3, ge=1, le=60, title="Months from one date to the next")
    first: Annotated[When, Ref("milestone")] = Field(title="First date")


class Dates(Cycle):
    """A pattern of dates from the first to the last."""

    until: Annotated[When | None, Ref("milestone")] = Field(None, title="Last date")

    @model_validator(mode="after")
    def _in_order(self) -> Dates:
        if isinstance(self.first, dt.date) and isinstance(self.until, dt.date) and self.until < self.first:
            raise ValueError(f"until {self.until} is before first {self.first}")
        return self


class Payments(Cycle):
    """Payment dates: on the first date's day of the month or another, adjusted where banks are closed."""

    day: Whole | None = Field(None, ge=1, le=31, title="Day of the month, where the first date does not say it")
    business_days: Convention = Field("none", title="Where the day is a weekend or holiday")


def values_of(value: Any) -> list[float]:
    """Every number that a value over time can take.

    >>> values_of(0.05)
    [0.05]
    """
    if isinstance(value, Bands):
        return [band.value for band in value.bands]
    if isinstance(value, list | tuple):
        return [step.value for step in value]
    return [float(value)]
