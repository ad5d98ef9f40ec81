"""Figures of a size that their unit does not have: a percentage for a fraction, an amount below zero."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic.fields import FieldInfo

from drawstop.deal.lines import Path
from drawstop.deal.record import Record
from drawstop.deal.value import Bands, Step

_MOST = {"per year": 1.0, "fraction": 1.0, "change": 5.0}
"""By unit, what no figure exceeds."""
_WHOLE = frozenset({"fraction"})
"""Units of which the whole is a figure like others: all of the cash, and not a rate of 100%."""
_ABOVE_ZERO = frozenset({"US$", "US$/oz", "oz", "fraction", "ratio", "a month"})


def wrong_sizes(record: Record, place: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every figure of a record and those within it that its unit cannot have: its position, and what would be right.

    A field with bounds of its own is left to them.
    """
    for name, field in type(record).model_fields.items():
        value, here = getattr(record, name), (*place, field.alias or name)
        unit = field.json_schema_extra.get("unit") if isinstance(field.json_schema_extra, dict) else None
        if unit is None or (isinstance(value, Record) and not isinstance(value, Bands)):
            yield from _within(value, here)
        else:
            yield from _of_value(value, here, str(unit), field)


def _within(value: Any, place: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Record):
        yield from wrong_sizes(value, place)
    elif isinstance(value, list):
        for k, item in enumerate(value):
            yield from _within(item, (*place, k))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _within(item, (*place, key))


def _of_value(value: Any, place: Path, unit: str, field: FieldInfo) -> Iterator[tuple[Path, str]]:
    for here, figure in _figures(value, place):
        what = _wrong(figure, unit, field)
        if what:
            yield here, what


def _figures(value: Any, place: Path) -> Iterator[tuple[Path, float]]:
    if isinstance(value, Bands):
        yield from (((*place, "bands", k, "value"), band.value) for k, band in enumerate(value.bands))
    elif isinstance(value, list):
        yield from (((*place, k, "value"), step.value) for k, step in enumerate(value) if isinstance(step, Step))
    elif isinstance(value, float | int) and not isinstance(value, bool):
        yield place, float(value)


def _wrong(figure: float, unit: str, field: FieldInfo) -> str:
    most = _MOST.get(unit)
    if most is not None and not _bounded(field, "le", "lt"):
        too_much = abs(figure) > most or (abs(figure) == most and unit not in _WHOLE)
        if too_much:
            return f"{figure:g} would be {figure:.0%}; write {figure / 100:g} for {figure:g} per cent"
    if unit in _ABOVE_ZERO and figure < 0 and not _bounded(field, "ge", "gt"):
        return f"must not be below zero, not {figure:,.10g}"
    return ""


def _bounded(field: FieldInfo, *sides: str) -> bool:
    return any(hasattr(each, side) for each in field.metadata for side in sides)
