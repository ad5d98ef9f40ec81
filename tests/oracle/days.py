"""Calendar days as the agreement counts them; nothing here knows of arrays."""

from __future__ import annotations

import calendar
import datetime as dt

DAY = dt.timedelta(days=1)


def month_end(day: dt.date) -> dt.date:
    """Last day of a day's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def later(day: dt.date, months: int) -> dt.date:
    """The same day of the month a number of months later; the month's last where there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def month_ends(first: dt.date, count: int) -> list[dt.date]:
    """A number of month-ends, the first that of a day's month."""
    return [month_end(later(first.replace(day=1), k)) for k in range(count)]


def within(day: dt.date, months: int, due: dt.date) -> bool:
    """Whether a day falls due after another, up to the same day a number of months later (R-02)."""
    last = later(day, months)
    if day == month_end(day):
        last = month_end(last)
    return day < due <= last


def years(start: dt.date, stop: dt.date, basis: str) -> float:
    """Part of a year between two days, as loans count it (R-07)."""
    if basis in {"ACT/360", "ACT/365"}:
        return (stop - start).days / int(basis[-3:])
    first, last = start.day, stop.day
    if basis == "30/360":
        if _last_of_february(start):  # Excel's YEARFRAC: a 31st that follows stays
            first, last = 30, 30 if _last_of_february(stop) else last
        elif first >= 30:
            first, last = 30, min(last, 30)
    elif basis == "30E/360":
        first, last = min(first, 30), min(last, 30)
    else:
        raise ValueError(f"the oracle does not count by {basis}")
    return ((stop.year - start.year) * 360 + (stop.month - start.month) * 30 + last - first) / 360


def _last_of_february(day: dt.date) -> bool:
    return day.month == 2 and (day + DAY).month == 3
