"""When production becomes commercial (8-K 2(a) Commercial Production).

Units, shapes and errors: :mod:`drawstop.core`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from drawstop.core.dates import DAY, first_reached
from drawstop.core.tolerance import complies


def first_steady_run(
    dates: NDArray[np.datetime64], delivered: NDArray[np.float64], *, days: Any, level: Any
) -> NDArray[np.datetime64]:
    """Day that first completes ``days`` consecutive calendar days at or above the level; NaT if never (R-35).

    A missing date breaks the run. ``dates``, in order without duplicates, and ``delivered`` per day are one series; the
    result has the shape of ``days`` and ``level``, which is in the unit of ``delivered``.

    >>> dates = np.array(["1997-09-01", "1997-09-02", "1997-09-03"], "datetime64[D]")
    >>> str(first_steady_run(dates, np.array([60.0, 70.0, 75.0]), days=2, level=70.0))
    '1997-09-03'
    """
    days, level = np.asarray(days)[..., None], np.asarray(level)[..., None]
    good = complies(delivered - level, level)
    position = np.arange(1, len(dates) + 1)
    next_day = np.r_[False, np.diff(dates) == DAY][: len(dates)]
    before_run = np.maximum.accumulate(np.where(good, np.where(next_day, 0, position - 1), position), axis=-1)
    return first_reached(dates, good & (position - before_run >= days))


def first_average_run(
    dates: NDArray[np.datetime64], delivered: NDArray[np.float64], *, days: Any, level: Any
) -> NDArray[np.datetime64]:
    """Last day of the first ``days`` calendar days whose average is at or above the level; NaT if never (R-35).

    A date without a figure counts as zero; all days are between the first and the last date. Arguments and
    shapes are those of :func:`first_steady_run`.

    100 on the first day, nothing on the second and 110 on the third average 70 a day:

    >>> dates = np.array(["1997-09-01", "1997-09-03"], "datetime64[D]")
    >>> str(first_average_run(dates, np.array([100.0, 110.0]), days=3, level=70.0))
    '1997-09-03'
    """
    days, level = np.asarray(days)[..., None], np.asarray(level)[..., None]
    span = (dates[-1] - dates[0]) // DAY + 1 if len(dates) else 0
    reach = (np.minimum(days, span).astype(np.int64) - 1) * DAY
    # as its end moves on, a window's sum grows only on a date that has a figure
    ends = np.maximum(dates, dates[:1] + reach)
    total = np.r_[0.0, np.cumsum(delivered)]
    upto = np.searchsorted(dates, ends, side="right")
    since = np.searchsorted(dates, ends - reach, side="left")
    reached = complies(total[upto] - total[since] - level * days, level * days)
    return first_reached(ends, reached & (days <= span))
