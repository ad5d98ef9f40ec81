"""What has moved since the last refresh: key figures and changed inputs, kept on the workbook's sheet Log."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from drawstop.serials import serial_of
from lender_model.books.locate import Table
from lender_model.formulas.reading import Cells
from lender_model.grid import USD, Row, Values
from lender_model.sheets import log

_NO_INPUTS = ("cover.refreshed", "cover.version", "words.", "cert.", "cash.month")
"""Inputs that no figure depends on."""
_MOST = 40  # lines of inputs that a refresh leaves on the Log
_LONGEST = 250  # characters of a line of the Log
_SERIES = "#"  # begins the digest of a line of many figures, in place of a value

State = dict[str, dict[str, Any]]
"""Inputs and key figures of a refresh by key, in a form for JSON."""


class Lines(Protocol):
    """A workbook's lines: where each stands, and what is told of them."""

    @property
    def home(self) -> Mapping[str, Table]:
        """The sheet of every line."""

    @property
    def results(self) -> Mapping[str, Any]:
        """Keys of what commands write."""

    @property
    def told(self) -> Sequence[str]:
        """Keys of what an analyst wants to be told of when it has moved."""

    def row(self, key: str) -> Row | None:
        """The line that a key names; None if it names none."""


class Move(NamedTuple):
    """A figure or an input, and its value before and now, in words."""

    what: str
    before: str
    now: str


@dataclass(frozen=True)
class Moved:
    """What a refresh has moved.

    Attributes:
        figures: key figures.
        inputs: inputs, and whether the refresh was asked for them or somebody typed them into the workbook.
        known: whether the workbook holds the results of the last refresh; without them there is nothing to compare.
        cells: cells to write on the sheet Log; none if nothing moved, or there is no such sheet.
    """

    figures: list[Move]
    inputs: list[Move]
    known: bool
    cells: Cells

    def lines(self) -> list[str]:
        """The lines for the user."""
        if not self.known:
            return []
        told = [f"  {what}: {before} → {now}" for what, before, now in [*self.figures, *self.inputs]]
        return ["\nMoved since the last refresh", *told] if told else ["\nNothing has moved since the last refresh."]


def state(places: Lines, inputs: Values, values: Values) -> State:
    """What a refresh has found, to compare the next one with."""
    read = [key for key in sorted(inputs.keys() - places.results.keys()) if not key.startswith(_NO_INPUTS)]
    return {
        "inputs": {key: _stored(inputs[key]) for key in read},
        "figures": {key: _stored(np.ravel(values[key])[:1]) for key in places.told},
    }


def since(places: Lines, inputs: Values, values: Values, asked: Container[str], stale: Sequence[str] = ()) -> Moved:
    """What has moved since the refresh whose state the workbook holds.

    Args:
        places: the workbook.
        inputs: of this refresh.
        values: all its figures.
        asked: keys of the inputs that the refresh was asked for.
        stale: lines for the Log on what the refresh could not calculate.
    """
    before, now = _read(places), state(places, inputs, values)
    head = [values["cover.refreshed"], float(serial_of(values["cover.as_of"]))]
    lost = [[*head, f"NOT RECALCULATED: {line}"[:_LONGEST], None, None] for line in stale[:_MOST]]
    if before is None:
        return Moved([], [], known=False, cells=_cells(places, now, lost))
    told = _differing(places, before, now, "figures")
    figures = [Move(_label(places, key), old, new) for key, old, new in told if old != new]
    changed = [
        Move(f"{_label(places, key)} ({'asked for' if key in asked else 'typed'})", old, new)
        for key, old, new in _differing(places, before, now, "inputs")
    ]
    if not figures and not changed and not lost:
        return Moved([], [], known=True, cells={})
    more = [Move(f"and {len(changed) - _MOST} more inputs", "", "")] if len(changed) > _MOST else []
    lines = [[*head, *(words or None for words in move)] for move in [*figures, *changed[:_MOST], *more]]
    return Moved(figures, changed, known=True, cells=_cells(places, now, [*lost, *lines]))


def last(places: Lines) -> list[Move]:
    """What the last refresh that moved anything has left on the sheet Log."""
    if not _has_log(places):
        return []
    cells = places.home[log.STATE].cells
    found = [[cells[ref].value if ref in cells else None for ref in row] for row in _rows(places, log.KEYS)]
    return [
        Move(*("" if word is None else str(word) for word in words))
        for refreshed, _, *words in found
        if refreshed and refreshed == found[0][0]
    ]


def _differing(places: Lines, before: State, now: State, part: str) -> Iterator[tuple[str, str, str]]:
    """Keys whose value is another one, with both in words."""
    for key, new in now[part].items():
        old = before[part].get(key)
        if old != new:
            many = isinstance(new, str) and new.startswith(_SERIES)
            yield (key, "…", "other figures") if many else (key, _words(places, key, old), _words(places, key, new))


def _label(places: Lines, key: str) -> str:
    row = places.row(key.partition("@")[0])
    return row.label if row else key


# ---- values in JSON ---------------------------------------------------------------------------------------


def _stored(value: Any) -> float | str | None:
    """A value, or the digest of several."""
    items = [_plain(item) for item in np.ravel(value).tolist()]
    return items[0] if len(items) == 1 else _SERIES + hashlib.sha256(json.dumps(items).encode()).hexdigest()[:8]


def _plain(item: Any) -> float | str | None:
    """A number to twelve digits, since a workbook saved by LibreOffice holds fifteen; or a text."""
    if not isinstance(item, float | int):
        return str(item)
    return None if math.isnan(item) else float(f"{item:.12g}") + 0.0


def _words(places: Lines, key: str, stored: Any) -> str:
    """A stored value as people in the field write it."""
    if stored is None or stored == "":
        return "blank"
    row = places.row(key)
    unit = row.unit if row else ""
    if unit == "date" and isinstance(stored, str) and stored[:1].isdigit():
        return f"{dt.date.fromisoformat(stored):%d-%b-%Y}"
    if isinstance(stored, float):
        return f"{stored:,.0f}" if unit == USD else f"{stored:.2f}x" if unit == "x" else f"{stored:,.6g}"
    return str(stored)


def _written(found: State) -> str:
    return json.dumps(found, separators=(",", ":"), ensure_ascii=False)


# ---- the sheet -------------------------------------------------------------------------------------------------------


def _rows(places: Lines, keys: Iterable[str]) -> list[list[str]]:
    """References of the cells of lines of the Log that are there, by line."""
    table = places.home[log.STATE]
    letters = [table.columns[title] for title in log.COLUMNS[1:]]
    return [[f"{letter}{table.rows[key]}" for letter in letters] for key in keys if key in table.rows]


def _has_log(places: Lines) -> bool:
    return log.STATE in places.home and places.home[log.STATE].columns.keys() >= set(log.COLUMNS[1:])


def _read(places: Lines) -> State | None:
    """The state that the last refresh has left; None where it is lost."""
    if not _has_log(places):
        return None
    [[reference, *_]] = _rows(places, [log.STATE])
    cell = places.home[log.STATE].cells.get(reference)
    try:
        found = json.loads(str(cell.value)) if cell else None
    except (ValueError, RecursionError):  # somebody has typed into it
        return None
    whole = isinstance(found, dict) and all(isinstance(found.get(part), dict) for part in ("inputs", "figures"))
    return found if whole else None


def _cells(places: Lines, now: State, new: list[list[Any]]) -> Cells:
    """The current state, and new lines above the existing ones; the oldest are dropped."""
    if not _has_log(places):
        return {}
    table = places.home[log.STATE]
    [[reference, *_]] = _rows(places, [log.STATE])
    rows = _rows(places, log.KEYS)
    old = [[table.cells[ref].value if ref in table.cells else None for ref in row] for row in rows]
    lines = [*new, *old][: len(rows)]
    filled = {ref: value for row, line in zip(rows, lines, strict=True) for ref, value in zip(row, line, strict=True)}
    return {table.name: {**filled, reference: _written(now)}}
