"""Dates of payment and business days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from drawstop.core import business_days
from drawstop.functions.cells import NUM, Choice, Number, require
from drawstop.functions.declare import DATE, Arg, function
from drawstop.functions.loan import MAX_INSTALMENTS

CATEGORY = "drawstop: Calendar"
CLAUSE = "Today's loans"
STEP = Number("a whole number of months, 1 to 1200", low=1, high=1200, whole=True)

_ABBREVIATED = {
    "": "none", "UNADJUSTED": "none", "F": "following", "P": "preceding", "MF": "modified following",
    "MOD FOLLOWING": "modified following", "MODFOLLOWING": "modified following",
    "MODIFIEDFOLLOWING": "modified following",
}  # fmt: skip


@dataclass(frozen=True)
class Convention(Choice):
    """A business-day convention, as agreements spell or abbreviate it."""

    def parse(self, cell: Any) -> Any:
        """The convention that a cell names."""
        if isinstance(cell, str):
            words = " ".join(cell.replace("-", " ").replace("_", " ").replace(".", " ").upper().split())
            return super().parse(_ABBREVIATED.get(words, words))
        return super().parse(cell)


CONVENTION = Convention('"none", "following", "modified following" or "preceding"', options=business_days.CONVENTIONS)

How = Annotated[Any, Arg("How a date on a weekend or holiday is adjusted", CONVENTION)]
Holidays = Annotated[Any, Arg("Holidays, a row or a column", DATE, role="series")]


def _holidays(given: Any) -> NDArray[np.datetime64]:
    """The holidays as an array, empty where the argument is left out."""
    days: NDArray[np.datetime64] = np.atleast_1d(given)
    return days[~np.isnat(days)]


@function(CATEGORY, CLAUSE, spills=True)
def PAYMENT_DATES(
    first: Annotated[Any, Arg("First date, before adjustment", DATE)],
    last: Annotated[Any, Arg("Last date at most, before adjustment", DATE)],
    months: Annotated[Any, Arg("Months between dates", STEP)],
    convention: How = "none",
    holidays: Holidays = None,
) -> Any:
    """Payment dates, a column: the given months apart, each adjusted to a business day where a convention is given.

    A month-end stays a month-end, before adjustment (R-02). Weekends are Saturday and Sunday.

    Errors:
        #NUM! last must not be before first
        #NUM! last gives … dates: at most 1000 are allowed

    >>> import datetime as dt
    >>> first, last = dt.date(2025, 5, 31), dt.date(2025, 9, 1)
    >>> [day.isoformat() for [day] in PAYMENT_DATES(first, last, 1, "modified following")]
    ['2025-05-30', '2025-06-30', '2025-07-31', '2025-08-29']
    """
    require(last >= first, NUM, "last", "must not be before first")
    dates = business_days.payment_dates(first, last, int(months))
    require(
        len(dates) <= MAX_INSTALMENTS, NUM, "last", f"gives {len(dates):,} dates: at most {MAX_INSTALMENTS} are allowed"
    )
    return business_days.adjusted(dates, convention, _holidays(holidays))


@function(CATEGORY, CLAUSE)
def BUSINESS_DAY(
    day: Annotated[Any, Arg("A date", DATE)],
    convention: How = "modified following",
    holidays: Holidays = None,
) -> Any:
    """The business day that a date is adjusted to; a business day stays. Weekends are Saturday and Sunday.

    >>> import datetime as dt
    >>> BUSINESS_DAY(dt.date(2025, 5, 31)).isoformat()
    '2025-05-30'
    """
    return business_days.adjusted(day, convention, _holidays(holidays))
