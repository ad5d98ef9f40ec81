"""Months, quarter-ends and day counts.

Units, shapes and errors: :mod:`drawstop.core`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

DAY, MONTH = np.timedelta64(1, "D"), np.timedelta64(1, "M")

BASES = ("30/360", "ACT/ACT", "ACT/360", "ACT/365", "30E/360", "ACT/ACT ISDA", "30E/360 ISDA")
"""The day counts; the first five in the order of Excel's codes 0 to 4."""


def days_between(start: Any, stop: Any) -> Any:
    """Days from start to stop as floats, negative if stop comes first.

    >>> float(days_between(np.datetime64("1996-07-11"), np.datetime64("1996-09-30")))
    81.0
    """
    return (stop - start) / DAY


def add_months(date: Any, months: Any) -> Any:
    """The same day a number of whole months later; a month-end gives a month-end, and no date leaves its month (R-02).

    >>> add_months(np.array(["1996-09-30", "1996-11-30", "1996-01-15"], "datetime64[D]"), 3).astype(str).tolist()
    ['1996-12-31', '1997-02-28', '1996-04-15']
    """
    date = np.asarray(date, dtype="datetime64[D]")
    month = date.astype("datetime64[M]")
    target = month + np.asarray(months, dtype=np.int64)
    last = month_end(target)
    same_day = np.minimum(target.astype("datetime64[D]") + (date - month.astype("datetime64[D]")), last)
    return np.where(date == month_end(month), last, same_day)


def month_end(date: Any) -> Any:
    """The last day of a date's month.

    >>> str(month_end(np.datetime64("1996-02-05")))
    '1996-02-29'
    """
    return (np.asarray(date).astype("datetime64[M]") + MONTH).astype("datetime64[D]") - DAY


def quarter_ends(first: np.datetime64, last: np.datetime64) -> NDArray[np.datetime64]:
    """The last days of March, June, September and December from first to last, both included: a series in order.

    >>> quarter_ends(np.datetime64("1996-07-11"), np.datetime64("1996-12-31")).astype(str).tolist()
    ['1996-09-30', '1996-12-31']
    """
    months = np.arange(first.astype("datetime64[M]"), last.astype("datetime64[M]") + MONTH)
    ends = month_end(months[_month(months) % 3 == 0])
    inside: NDArray[np.datetime64] = ends[(ends >= first) & (ends <= last)]
    return inside


def first_reached(dates: Any, reached: NDArray[np.bool_]) -> NDArray[np.datetime64]:
    """The first of the dates that is reached; NaT if none is.

    Args:
        dates: in order along the last axis; they broadcast to ``reached``.
        reached: time along the last axis, which the result is without.

    >>> dates = np.array(["1996-07-11", "1996-07-12", "1996-07-15"], "datetime64[D]")
    >>> first_reached(dates, np.array([[False, True, True], [False, False, False]])).astype(str).tolist()
    ['1996-07-12', 'NaT']
    """
    never = np.datetime64("NaT", "D")
    if not reached.shape[-1]:
        return np.full(reached.shape[:-1], never)
    first = np.take_along_axis(np.broadcast_to(dates, reached.shape), np.argmax(reached, axis=-1)[..., None], axis=-1)
    return np.where(reached.any(axis=-1), first[..., 0], never)


def year_fraction(start: Any, stop: Any, basis: Any, *, maturity: Any = None) -> Any:
    """The years between two dates, in either order, by one of :data:`BASES`, or by each of an array of them.

    The first five give what Excel's YEARFRAC gives; "ACT/ACT ISDA" counts each calendar year by its own length.
    "30E/360 ISDA" counts the end of February as a 30th, unless it is the ``maturity`` of the loan and ends the period.
    The facility uses "ACT/360" (R-07). Any other name raises KeyError.

    >>> float(year_fraction(np.datetime64("1996-07-11"), np.datetime64("1996-09-30"), "ACT/360"))  # 81 days
    0.225
    """
    if isinstance(basis, np.ndarray):
        return _by_each(start, stop, basis, maturity)
    start, stop = np.minimum(start, stop), np.maximum(start, stop)
    if basis == "30E/360 ISDA":
        return _isda_30e_360(start, stop, maturity)
    if basis == "ACT/360":
        return days_between(start, stop) / 360
    if basis == "ACT/365":
        return days_between(start, stop) / 365
    return {
        "30/360": _us_30_360,
        "30E/360": _european_30_360,
        "ACT/ACT": _excel_act_act,
        "ACT/ACT ISDA": _isda,
    }[basis](start, stop)


def _by_each(start: Any, stop: Any, bases: NDArray[Any], maturity: Any) -> NDArray[np.float64]:
    """The years by each cell's own day count."""
    used = set(bases.flat)
    start, stop, bases = np.broadcast_arrays(start, stop, bases)
    years = np.empty(bases.shape)
    for basis in used:
        chosen = bases == basis
        years[chosen] = year_fraction(start[chosen], stop[chosen], basis, maturity=maturity)
    return years


def _year(date: Any) -> Any:
    return np.asarray(date).astype("datetime64[Y]").astype(np.int64) + 1970


def _month(date: Any) -> Any:
    return np.asarray(date).astype("datetime64[M]").astype(np.int64) % 12 + 1


def _day(date: Any) -> Any:
    first = np.asarray(date).astype("datetime64[M]").astype("datetime64[D]")
    return (date - first) // DAY + 1


def _leap(year: Any) -> Any:
    return (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))


def _new_year(year: Any) -> Any:
    return (np.asarray(year) - 1970).astype("datetime64[Y]").astype("datetime64[D]")


def _days_360(start: Any, stop: Any, day1: Any, day2: Any) -> Any:
    return 360.0 * (_year(stop) - _year(start)) + 30.0 * (_month(stop) - _month(start)) + (day2 - day1)


def _us_30_360(start: Any, stop: Any) -> Any:
    """30/360 as Excel counts it: the February rule, then the 31st, in that order of precedence."""
    day1, day2 = _day(start), _day(stop)
    february1 = (_month(start) == 2) & (start == month_end(start))
    february2 = (_month(stop) == 2) & (stop == month_end(stop))
    day2 = np.where(february1 & february2 | (day1 >= 30) & (day2 == 31), 30, day2)
    day1 = np.where(february1 | (day1 == 31), 30, day1)
    return _days_360(start, stop, day1, day2) / 360


def _european_30_360(start: Any, stop: Any) -> Any:
    return _days_360(start, stop, np.minimum(_day(start), 30), np.minimum(_day(stop), 30)) / 360


def _isda_30e_360(start: Any, stop: Any, maturity: Any) -> Any:
    """30E/360 as the ISDA definitions of 2006 have it, section 4.16(h)."""
    day1, day2 = _day(start), _day(stop)
    february2 = (_month(stop) == 2) & (stop == month_end(stop))
    if maturity is not None:
        february2 = february2 & ((stop != maturity) | (start == stop))  # zero days from a day to itself
    day1 = np.where((day1 == 31) | (_month(start) == 2) & (start == month_end(start)), 30, day1)
    day2 = np.where((day2 == 31) | february2, 30, day2)
    return _days_360(start, stop, day1, day2) / 360


def _excel_act_act(start: Any, stop: Any) -> Any:
    """Actual days over the length of the year: its own if at most one year apart, else the average of those touched."""
    year1, year2 = _year(start), _year(stop)
    anniversary = (_month(start) > _month(stop)) | (_month(start) == _month(stop)) & (_day(start) >= _day(stop))
    within_a_year = (year1 == year2) | (year1 + 1 == year2) & anniversary
    leap_day1 = _new_year(year1) + 59 * DAY
    leap_day2 = _new_year(year2) + 59 * DAY
    holds_leap_day = _leap(year1) & (start <= leap_day1) & (stop >= leap_day1) | _leap(year2) & (start <= leap_day2) & (
        stop >= leap_day2
    )
    short = np.where((year1 == year2) & _leap(year1) | holds_leap_day, 366.0, 365.0)
    average = days_between(_new_year(year1), _new_year(year2 + 1)) / (year2 - year1 + 1)
    return days_between(start, stop) / np.where(within_a_year, short, average)


def _isda(start: Any, stop: Any) -> Any:
    year1, year2 = _year(start), _year(stop)
    since1 = days_between(_new_year(year1), start) / np.where(_leap(year1), 366, 365)
    since2 = days_between(_new_year(year2), stop) / np.where(_leap(year2), 366, 365)
    return (year2 - year1) + since2 - since1
