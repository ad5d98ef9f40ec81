"""Dates as serial numbers, day counts and working days."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from drawstop.functions.cells import NUM, VALUE
from drawstop.serials import LAST, day_of, serial_of
from lender_model.formulas.natives.declare import Stop, cellwise, is_number, numeric


def _days(serials: Any) -> Any:
    """The days of serial numbers; NaT where a number is not a day's."""
    good = (serials >= 0) & (serials < LAST + 1)
    return np.where(good, day_of(np.where(good, serials, 1.0)), np.datetime64("NaT", "D"))


def _part(serials: Any, unit: str, base: str | None, offset: int) -> Any:
    """A part of a date, counted from the start of a longer one; of a year, from the year 0."""
    days = _days(serials)
    part = days.astype(f"datetime64[{unit}]")
    out = part.astype(np.int64) if base is None else (part - days.astype(f"datetime64[{base}]")).astype(np.int64)
    return np.where(np.isnat(days), np.nan, out + float(offset))


def _of(year: Any, month: Any, day: Any) -> Any:
    year, month, day = (np.trunc(x) for x in (year, month, day))
    year = np.where((year >= 0) & (year < 1900), year + 1900, year)
    good = (year >= 0) & (year < 10_000)
    months = (np.where(good, year, 1970) - 1970).astype(np.int64) * 12 + month.astype(np.int64) - 1
    first = (months.astype("datetime64[M]")).astype("datetime64[D]")
    return np.where(good, serial_of(first + (day - 1).astype(np.int64)), np.nan)


def _moved(serials: Any, months: Any) -> tuple[Any, Any]:
    """The day of a serial number, and the month a number of months later."""
    days = _days(serials)
    return days, days.astype("datetime64[M]") + np.trunc(months).astype(np.int64)


def _eomonth(serials: Any, months: Any) -> Any:
    _, month = _moved(serials, months)
    return serial_of((month + 1).astype("datetime64[D]") - 1)


def _edate(serials: Any, months: Any) -> Any:
    days, month = _moved(serials, months)
    day_of_month = days - days.astype("datetime64[M]").astype("datetime64[D]")
    return serial_of(np.minimum(month.astype("datetime64[D]") + day_of_month, (month + 1).astype("datetime64[D]") - 1))


def _weekday(serials: Any, kind: Any = 1.0) -> Any:
    """From Sunday 1 to Saturday 7, from Monday 1, from Monday 0, or from another day 1 (11 Monday … 17 Sunday)."""
    monday = np.mod(np.floor(serials) - 2, 7)
    first = np.where(kind == 1, 6, np.where((kind == 2) | (kind == 3), 0, kind - 11))
    good = np.isin(kind, [1, 2, 3, *range(11, 18)])
    return np.where(good, np.mod(monday - first, 7) + (kind != 3), np.nan)


def _days360(first: Any, last: Any, european: Any = 0.0) -> Any:
    y1, m1, d1 = _part(first, "Y", None, 1970), _part(first, "M", "Y", 1), _part(first, "D", "M", 1)
    y2, m2, d2 = _part(last, "Y", None, 1970), _part(last, "M", "Y", 1), _part(last, "D", "M", 1)
    ends_first, ends_last = (_eomonth(x, np.float64(0)) == np.floor(x) for x in (first, last))
    ends_february = ends_first & (m1 == 2)
    d2 = np.where(european != 0, np.minimum(d2, 30), np.where(ends_february & ends_last & (m2 == 2), 30, d2))
    start = np.where((european == 0) & ends_february, 30, np.minimum(d1, 30))
    d2 = np.where((european == 0) & (d2 == 31) & (start == 30), 30, d2)
    return (y2 - y1) * 360 + (m2 - m1) * 30 + d2 - start


def _yearfrac(first: float, last: float, basis: int = 0) -> float:
    """The part of a year between two days: US 30/360, actual/actual, actual/360, actual/365, European 30/360."""
    first, last = sorted((np.floor(first), np.floor(last)))
    if basis in {0, 4}:
        return float(np.ravel(_days360(np.array(first), np.array(last), np.array(float(basis == 4))))[0]) / 360
    if basis in {2, 3}:
        return (last - first) / {2: 360, 3: 365}[basis]
    if basis != 1:
        raise Stop(NUM)
    start, end = day(first), day(last)
    if start.year == end.year or (end.year == start.year + 1 and (start.month, start.day) >= (end.month, end.day)):
        leap = _is_leap(start.year) and start <= dt.date(start.year, 2, 29)
        leap |= start.year != end.year and _is_leap(end.year) and end >= dt.date(end.year, 2, 29)
        leap |= start.year == end.year and _is_leap(start.year)
        return (last - first) / (366 if leap else 365)
    years = end.year - start.year + 1
    whole = (dt.date(end.year + 1, 1, 1) - dt.date(start.year, 1, 1)).days
    return (last - first) / (whole / years)


def _is_leap(year: int) -> bool:
    return (year % 4 == 0 and year % 100 != 0) or year % 400 == 0


def day(serial: Any) -> dt.date:
    """The day of a serial number."""
    if not 0 <= serial < LAST + 1:
        raise Stop(NUM)
    found: dt.date = day_of(float(serial)).item()
    return found


def _holidays(rows: Any) -> list[Any]:
    return [np.datetime64(day(value), "D") for row in rows or [] for value in row if is_number(value)]


def _workday(start: float, count: int, holidays: Any = None) -> float:
    if count == 0:
        return float(np.floor(start))
    first = np.datetime64(day(start), "D") + (1 if count > 0 else -1)
    roll: Any = "forward" if count > 0 else "backward"
    steps = count - 1 if count > 0 else count + 1
    found = np.busday_offset([first], steps, roll=roll, holidays=_holidays(holidays))[0]
    return float(serial_of(found))


def _networkdays(first: float, last: float, holidays: Any = None) -> float:
    start, end = sorted((day(first), day(last)))
    count = np.busday_count(start, end + dt.timedelta(days=1), holidays=_holidays(holidays))
    return float(count if first <= last else -count)


def _datedif(first: float, last: float, unit: str) -> float:
    start, end = day(first), day(last)
    if start > end:
        raise Stop(NUM)
    months = (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)
    counts = {"Y": months // 12, "M": months, "D": (end - start).days, "YM": months % 12}
    if unit.upper() not in counts:
        raise Stop(NUM)
    return float(counts[unit.upper()])


def _datevalue(text: str) -> float:
    for form in ("%Y-%m-%d", "%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%m/%d/%Y", "%d-%b-%y"):
        try:
            return float(serial_of(np.datetime64(dt.datetime.strptime(text.strip(), form).date(), "D")))  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise Stop(VALUE)


numeric("YEAR", lambda x: _part(x, "Y", None, 1970))
numeric("MONTH", lambda x: _part(x, "M", "Y", 1))
numeric("DAY", lambda x: _part(x, "D", "M", 1))
numeric("DATE", _of)
numeric("EOMONTH", _eomonth)
numeric("EDATE", _edate)
numeric("DAYS", lambda last, first: np.floor(last) - np.floor(first))
numeric("DAYS360", _days360)
numeric("WEEKDAY", _weekday)
numeric("HOUR", lambda x: np.floor(np.mod(x, 1) * 24 + 1e-9))
cellwise("YEARFRAC", "ffi", _yearfrac)
cellwise("WORKDAY", "fir", _workday)
cellwise("NETWORKDAYS", "ffr", _networkdays)
cellwise("DATEDIF", "fft", _datedif)
cellwise("DATEVALUE", "t", _datevalue)
