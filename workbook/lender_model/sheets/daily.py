"""Daily: minerals produced for delivery by day, for the test of commercial production."""

from __future__ import annotations

import numpy as np

from drawstop.core.dates import MONTH
from lender_model.grid import Sheet, Values

FIRST = np.datetime64("1996-08-01", "D")
DAYS = 1614  # to 31-Dec-2000, the end of the note's term; the last possible deadline lies before

COLUMNS = ("Key", "Day", "Plan, oz", "Actual, oz", "Used, oz", "Share close, US$")

SHEET = Sheet(
    "Daily",
    "Gold equivalent produced by day, and the share's closes, to the end of the note's term.",
    [],
    monthly=False,
    upright=True,
    clauses=("A month's ounces are spread evenly over its days where a day has no figure of its own (R-36)",),
)


def calculate(v: Values) -> Values:
    """The month's ounces over its days, unless the day has its own figure."""
    date = FIRST + np.arange(DAYS)
    months = v["time.end"].astype("datetime64[M]")
    month = (date.astype("datetime64[M]") - months[0, 0]).astype(int)
    days = (months + MONTH).astype("datetime64[D]") - months
    plan = (v["ops.recovered"] / (days / np.timedelta64(1, "D")))[month, 0]
    actual = v["daily.actual"]
    use = (date <= v["cover.as_of"]) & ~np.isnan(actual)
    return {"daily.date": date, "daily.plan": plan, "daily.used": np.where(use, actual, plan)}
