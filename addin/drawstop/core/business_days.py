"""Payment dates and their adjustment to business days.

A business day is a day from Monday to Friday that is not a holiday. Units, shapes and errors: :mod:`drawstop.core`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from drawstop.core.dates import add_months

CONVENTIONS = ("none", "following", "modified following", "preceding")
"""How a date that is not a business day is adjusted; "modified following" goes back rather than leave the month."""


def adjusted(days: Any, convention: str, holidays: NDArray[np.datetime64]) -> Any:
    """Days adjusted to business days by one of :data:`CONVENTIONS`.

    Saturday 31 May 2025 would follow into June:

    >>> day, none = np.datetime64("2025-05-31"), np.array([], "datetime64[D]")
    >>> [str(adjusted(day, convention, none)) for convention in CONVENTIONS]
    ['2025-05-31', '2025-06-02', '2025-05-30', '2025-05-30']
    """
    if convention == "none":
        return days
    roll: Any = convention.replace(" ", "")  # NumPy's name for it
    return np.busday_offset(days, 0, roll=roll, holidays=holidays)


def payment_dates(first: np.datetime64, last: np.datetime64, months: int) -> NDArray[np.datetime64]:
    """Dates ``months`` apart, from first up to last, a series in order; a month-end stays a month-end (R-02).

    >>> dates = payment_dates(np.datetime64("2024-11-30"), np.datetime64("2025-09-15"), 3)
    >>> dates.astype(str).tolist()
    ['2024-11-30', '2025-02-28', '2025-05-31', '2025-08-31']
    """
    span = (last.astype("datetime64[M]") - first.astype("datetime64[M]")).astype(np.int64)
    dates: NDArray[np.datetime64] = add_months(first, np.arange(0, span + 1, months))
    return dates[dates <= last]
