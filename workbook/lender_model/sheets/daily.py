"""Daily: minerals produced for delivery by day, for the test of commercial production."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from lender_model.formulas.syntax import Area, Cell, column_number
from lender_model.grid import FIRST_ROW, Book, Extra, Sheet

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


NAMES = {
    "daily.date": "daily_dates", "daily.plan": "daily_plan", "daily.actual": "daily_actual", "daily.used": "daily_used",
    "daily.closes": "daily_closes",
}  # fmt: skip
"""By key of the figures, the name of their column."""
INPUTS = {"daily.actual": "oz", "daily.closes": "US$/share"}
"""Keys of the columns that hold inputs, with their units."""


def formulas(row: int, columns: Mapping[str, str], ounces: str, *, first: bool) -> dict[str, str]:
    """The formulas of a day by name of their column.

    Args:
        row: of the day.
        columns: letters of the columns by name.
        ounces: reference of the months' ounces on sheet Operations.
        first: whether it is the first day.
    """
    date, plan, actual = (f"${columns[name]}{row}" for name in ("daily_dates", "daily_plan", "daily_actual"))
    month = f"(YEAR({date})-YEAR(time_first))*time_months_a_year+MONTH({date})-MONTH(time_first)+1"
    return {
        "daily_dates": "time_first+1" if first else f"${columns['daily_dates']}{row - 1}+1",
        "daily_plan": f"INDEX({ounces},1,{month})/DAY(EOMONTH({date},0))",
        "daily_used": f"IF(AND({date}<=cover_as_of,ISNUMBER({actual})),{actual},{plan})",
    }


LETTERS = dict(zip(NAMES.values(), "BCDEF", strict=True))
"""Columns of the sheet by their names."""


def cells(book: Book) -> Iterator[tuple[Cell, str]]:
    """Every formula of the sheet with its cell."""
    ounces = book.formula("[ops.recovered:row]", "Daily", 0)
    for k in range(DAYS):
        for name, formula in formulas(FIRST_ROW + k, LETTERS, ounces, first=k == 0).items():
            yield Cell("Daily", FIRST_ROW - 1 + k, column_number(LETTERS[name])), formula


EXTRA = Extra(
    places={key: Area("Daily", FIRST_ROW - 1, n, FIRST_ROW + DAYS - 2, n) for n, key in enumerate(NAMES, start=1)},
    inputs=frozenset(INPUTS),
    dates=frozenset({"daily.date"}),
    formulas=cells,
)
"""Its cells, for the calculator."""
