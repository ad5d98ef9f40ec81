"""Days as the serial numbers of Excel's 1900 date system, which counts a 29 February 1900 that never existed as 60."""

from __future__ import annotations

from typing import Any

import numpy as np

PHANTOM = 60
LAST = 2_958_465
"""The serial number of 31 December 9999."""

EPOCH = np.datetime64("1899-12-30", "D")
"""The day from which serial numbers count since 1 March 1900, which is 61."""


def is_serial(serial: Any) -> Any:
    """Whether a number, or each of an array, is the serial number of a day, with or without a time of day."""
    day = np.floor(serial)
    return (day >= 1) & (day <= LAST) & (day != PHANTOM)


def day_of(serial: Any) -> Any:
    """The day of a serial number, or of each of an array; a time of day is dropped.

    >>> str(day_of(35338.75)), day_of(59.0).item()
    ('1996-09-30', datetime.date(1900, 2, 28))
    """
    day = np.floor(serial)
    return EPOCH + (day + (day < PHANTOM)) * np.timedelta64(1, "D")


def serial_of(day: Any) -> Any:
    """The serial number of a day or an array of days, as floats; NaN for NaT.

    >>> import datetime as dt
    >>> float(serial_of(dt.date(1996, 9, 30))), float(serial_of(np.datetime64("1900-02-28")))
    (35338.0, 59.0)
    """
    days = np.asarray(day, "datetime64[D]")
    number = np.where(np.isnat(days), np.nan, (days - EPOCH).astype(np.float64))
    return number - (number <= PHANTOM)
