"""Lines of the oracle: by key, and in a line by month; and what a line was the month before."""

from __future__ import annotations

import collections
import datetime as dt
from typing import Any

DASH = "–"
START = "start"
CENT = 0.01
"""Less than this is nothing."""


class Lines(collections.defaultdict[str, dict[Any, Any]]):
    """Figures by key and month; the column before the first month is ``START``, a single figure ``None``."""

    def __init__(self, months: list[dt.date]) -> None:
        super().__init__(dict)
        self.months = months
        self._previous = dict(zip(months, [START, *months[:-1]], strict=True))

    def put(self, key: str, figure: Any) -> Any:
        """A single figure."""
        self[key][None] = figure
        return figure

    def one(self, key: str) -> Any:
        return self[key][None]

    def before(self, key: str, month: dt.date) -> Any:
        """A line's figure of the month before; nothing before the first where none is stated."""
        return self[key].get(self._previous[month], 0.0)

    def total(self, key: str) -> float:
        return sum(self[key].get(month, 0.0) for month in self.months)

    def all(self, key: str) -> list[Any]:
        return [self[key][month] for month in self.months]

    def month(self, month: dt.date, **figures: Any) -> None:
        """Put figures of a month; the first underscore of a name stands for the dot."""
        for name, figure in figures.items():
            self[name.replace("_", ".", 1)][month] = figure
