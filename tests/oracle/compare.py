"""The oracle's figures against a model's, by key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from .lines import START, Lines

RELATIVE, ABSOLUTE = 1e-9, 1e-6
EPOCH = dt.date(1899, 12, 30)
INNER = "oracle."
"""What the oracle keeps for itself."""


def plain(value: Any) -> Any:
    """A figure as both sides have it: a date as its serial number, a flag as a number; a blank is nothing."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dt.date):
        return float((value - EPOCH).days)
    if value is None:
        return ""
    return str(value) if isinstance(value, str) else float(value)


def agree(one: Any, other: Any) -> bool:
    """Whether two figures are the same, to a billionth or a millionth of a dollar."""
    one, other = plain(one), plain(other)
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    return abs(one - other) <= max(RELATIVE * max(abs(one), abs(other)), ABSOLUTE)


def differing(out: Lines, figures: Mapping[str, Any]) -> list[str]:
    """Where a model's figures are not the oracle's: a line each. What the model does not give is not compared."""
    return sorted(differences(out, figures))


def differences(out: Lines, figures: Mapping[str, Any]) -> Iterator[str]:
    """The same, one after the other."""
    for key, expected in out.items():
        if key.startswith(INNER):
            continue
        for at, value in expected.items():
            ours = _at(figures, key, at, out.months)
            if ours is not _ABSENT and not agree(value, ours):
                yield f"{key} {at or ''}: {plain(value)!r} by the oracle, {plain(ours)!r} in the model"
        total = figures.get(f"{key}@total")
        if total is not None and not agree(out.total(key), total[0]):
            yield f"{key} total: {out.total(key)!r} by the oracle, {plain(total[0])!r} in the model"


_ABSENT = object()


def _at(figures: Mapping[str, Any], key: str, at: Any, months: list[dt.date]) -> Any:
    """A model's figure of a line: in a month, at start, or the k-th of a block or of the cells beside a value."""
    name = f"{key}@start" if at == START else key
    if name not in figures:
        return _ABSENT
    shown = figures[name]
    if isinstance(shown, np.ndarray):
        shown = shown.reshape(len(shown), -1)[:, 0] if shown.ndim else [shown.item()]
    elif not isinstance(shown, list | tuple):
        shown = [shown]
    if at == START or at is None:
        return shown[0]
    return shown[at if isinstance(at, int) else months.index(at)]
