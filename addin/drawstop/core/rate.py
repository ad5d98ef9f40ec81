"""An overnight rate compounded daily in arrears, as today's agreements use SOFR.

A series of fixings is also the calendar: its dates are the business days. Outside the series every weekday counts as a
business day that has no fixing (R-52). Units, shapes and errors: :mod:`drawstop.core`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from drawstop.core.dates import year_fraction

_CELLS = 2**20
"""Periods × business days calculated at a time, to limit memory."""

_FAR = np.datetime64("9999-12-31", "D")


def compounded(
    dates: NDArray[np.datetime64],
    fixings: NDArray[np.float64],
    start: Any,
    stop: Any,
    *,
    lookback: Any,
    shift: Any,
    floor: Any,
    adjustment: Any,
    basis: Any,
) -> tuple[Any, Any]:
    """Rate per year of a period, and NaT; or NaN, and the business day whose fixing is missing.

    Each business day's rate, ``max(fixing + adjustment, floor)`` (R-51), applies to the calendar days until the next
    one, the last until ``stop``. A period that starts between business days starts with the rate of the one before.

    Args:
        dates: the business days, a series in order without duplicates, at least one.
        fixings: beside them, per year; NaN where there is none.
        start: first day of the period, not before the first of the dates.
        stop: day on which it ends, itself excluded.
        lookback: business days by which each day's fixing is taken earlier.
        shift: whether the weights, too, are those of the earlier days: the whole observation period moves.
        floor: lowest rate of a day; NaN for no floor.
        adjustment: added to each fixing before the floor.
        basis: day count.

    Two days at 5% and one at 6%, from Thursday to Monday with one business day's lookback:

    >>> dates = np.array(["2024-06-05", "2024-06-06", "2024-06-07"], "datetime64[D]")
    >>> rate, missing = compounded(dates, np.array([0.05, 0.06, 0.07]), dates[1], np.datetime64("2024-06-10"),
    ...     lookback=1, shift=False, floor=np.nan, adjustment=0.0, basis="ACT/360")
    >>> round(float(rate), 9) == round(((1 + 0.05 / 360) * (1 + 0.06 * 3 / 360) - 1) * 360 / 4, 9), str(missing)
    (True, 'NaT')
    """
    given = np.broadcast_arrays(*(np.asarray(one) for one in (start, stop, lookback, shift, floor, adjustment, basis)))
    columns = [one.ravel() for one in given]
    days, values = _with_weekdays(dates, fixings, int(np.max(lookback)) + 1)
    rate, missing = np.empty(given[0].size), np.empty(given[0].size, dtype="datetime64[D]")
    for part in np.array_split(np.arange(rate.size), -(-rate.size * len(days) // _CELLS)):
        rate[part], missing[part] = _periods(days, values, *(one[part, None] for one in columns))
    return rate.reshape(given[0].shape)[()], missing.reshape(given[0].shape)[()]


def _with_weekdays(
    dates: NDArray[np.datetime64], fixings: NDArray[np.float64], reach: int
) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """The series with ``count`` weekdays added before and after it, which have no fixing."""
    before = np.busday_offset(dates[0], np.arange(-reach, 0), roll="forward")
    after = np.busday_offset(dates[-1], np.arange(1, reach + 1), roll="backward")
    return np.r_[before, dates, after], np.r_[np.full(reach, np.nan), fixings, np.full(reach, np.nan)]


def _periods(
    days: NDArray[np.datetime64],
    fixings: NDArray[np.float64],
    start: Any,
    stop: Any,
    lookback: Any,
    shift: Any,
    floor: Any,
    adjustment: Any,
    basis: Any,
) -> tuple[Any, Any]:
    """Rate and missing day of each period; the periods' terms are columns, and the business days run along the rows."""
    lag = lookback.astype(np.int64)
    start = np.where(shift, _earlier(days, start, lag), start)
    stop = np.where(shift, _earlier(days, stop, lag), stop)
    lag = np.where(shift, 0, lag)
    first, last = np.clip(days, start, stop), np.clip(np.r_[days[1:], _FAR], start, stop)
    counts = last > first
    source = np.maximum(np.arange(len(days)) - lag, 0)
    fixing = np.where(counts, fixings[source], 0.0)
    lacking = np.isnan(fixing)
    missing = days[np.take_along_axis(source, lacking.argmax(axis=1)[:, None], axis=1)[:, 0]]
    missing = np.where(lacking.any(axis=1), missing, np.datetime64("NaT", "D"))
    daily = np.where(lacking, np.nan, np.fmax(fixing + adjustment, floor))
    growth = np.where(counts, 1.0 + daily * year_fraction(first, last, basis), 1.0).prod(axis=1)
    return (growth - 1.0) / year_fraction(start, stop, basis)[:, 0], missing


def _earlier(days: NDArray[np.datetime64], date: Any, lag: Any) -> Any:
    """The day a number of business days before a date; the date itself for 0."""
    place = np.searchsorted(days, date) - lag
    return np.where(lag == 0, date, days[np.clip(place, 0, len(days) - 1)])
