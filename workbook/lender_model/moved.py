"""What has moved since the last refresh: key figures and changed inputs, kept on the workbook's sheet Log."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from drawstop.serials import serial_of
from lender_model import model
from lender_model.formulas.reading import Cells
from lender_model.grid import USD, Values
from lender_model.locate import Places
from lender_model.sheets import log

FIGURES = (
    "cover.account", "cover.minimum", "cover.shortfall", "cover.loan", "cover.arrears", "cov.first_breach",
    "ratio.min_dscr", "checks.alerts",
)  # fmt: skip
"""Keys of the figures that an analyst wants to see."""
_NO_INPUTS = ("cover.refreshed", "cover.version", "words.", "cert.")
"""Inputs that no figure depends on."""
_MOST = 40  # lines of inputs that a refresh leaves on the Log
_LONGEST = 250  # characters of a line of the Log
_SERIES = "#"  # begins the digest of a line of many figures, in place of a value

State = dict[str, dict[str, Any]]
"""Inputs and key figures of a refresh by key, in a form for JSON."""


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


def state(inputs: Values, values: Values) -> State:
    """The results of a refresh, with which the next one is compared."""
    read = [key for key in sorted(inputs.keys() - model.NO_RESULTS.keys()) if not key.startswith(_NO_INPUTS)]
    return {
        "inputs": {key: _stored(inputs[key]) for key in read},
        "figures": {key: _stored(np.ravel(values[key])[:1]) for key in FIGURES},
    }


def since(places: Places, inputs: Values, values: Values, asked: Container[str], stale: Sequence[str] = ()) -> Moved:
    """What has moved since the refresh whose state the workbook holds.

    Args:
        places: the workbook.
        inputs: of this refresh.
        values: all its figures.
        asked: keys of the inputs that the refresh was asked for.
        stale: lines for the Log on what the refresh could not calculate.
    """
    before, now = _read(places), state(inputs, values)
    head = [values["cover.refreshed"], float(serial_of(values["cover.as_of"]))]
    lost = [[*head, f"NOT RECALCULATED: {line}"[:_LONGEST], None, None] for line in stale[:_MOST]]
    if before is None:
        return Moved([], [], known=False, cells=_cells(places, now, lost))
    figures = [Move(_label(key), old, new) for key, old, new in _differing(before, now, "figures") if old != new]
    changed = [
        Move(f"{_label(key)} ({'asked for' if key in asked else 'typed'})", old, new)
        for key, old, new in _differing(before, now, "inputs")
    ]
    if not figures and not changed and not lost:
        return Moved([], [], known=True, cells={})
    more = [Move(f"and {len(changed) - _MOST} more inputs", "", "")] if len(changed) > _MOST else []
    lines = [[*head, *(words or None for words in move)] for move in [*figures, *changed[:_MOST], *more]]
    return Moved(figures, changed, known=True, cells=_cells(places, now, [*lost, *lines]))


def last(places: Places) -> list[Move]:
    """The last entry on the sheet Log of a refresh that moved anything."""
    if not _has_log(places):
        return []
    cells = places.home[log.STATE].cells
    found = [[cells[ref].value if ref in cells else None for ref in row] for row in _rows(places, log.KEYS)]
    return [
        Move(*("" if word is None else str(word) for word in words))
        for refreshed, _, *words in found
        if refreshed and refreshed == found[0][0]
    ]


def _differing(before: State, now: State, part: str) -> Iterator[tuple[str, str, str]]:
    """Keys whose value has changed, with both values in words."""
    for key, new in now[part].items():
        old = before[part].get(key)
        if old != new:
            many = isinstance(new, str) and new.startswith(_SERIES)
            yield (key, "…", "other figures") if many else (key, _words(key, old), _words(key, new))


def _label(key: str) -> str:
    home = key.partition("@")[0]
    return model.BOOK.row(home).label if home in model.BOOK.place else key


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


def _words(key: str, stored: Any) -> str:
    """A stored value as the industry writes it."""
    if stored is None or stored == "":
        return "blank"
    unit = model.BOOK.row(key).unit if key in model.BOOK.place else ""
    if unit == "date" and isinstance(stored, str) and stored[:1].isdigit():
        return f"{dt.date.fromisoformat(stored):%d-%b-%Y}"
    if isinstance(stored, float):
        return f"{stored:,.0f}" if unit == USD else f"{stored:.2f}x" if unit == "x" else f"{stored:,.6g}"
    return str(stored)


def _written(found: State) -> str:
    return json.dumps(found, separators=(",", ":"), ensure_ascii=False)


# ---- the sheet -------------------------------------------------------------------------------------------------------


def _rows(places: Places, keys: Iterable[str]) -> list[list[str]]:
    """References of the cells of the existing lines of the Log, by line."""
    table = places.home[log.STATE]
    letters = [table.columns[title] for title in log.COLUMNS[1:]]
    return [[f"{letter}{table.rows[key]}" for letter in letters] for key in keys if key in table.rows]


def _has_log(places: Places) -> bool:
    return log.STATE in places.home and places.home[log.STATE].columns.keys() >= set(log.COLUMNS[1:])


def _read(places: Places) -> State | None:
    """The state left by the last refresh; None if it is lost."""
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


def _cells(places: Places, now: State, new: list[list[Any]]) -> Cells:
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
