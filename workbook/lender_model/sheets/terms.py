"""Terms: every number of the facility, with unit, clause and reading; changing one changes the model."""

from __future__ import annotations

from drawstop.facility import Facility, load
from lender_model.grid import LABEL, NOTE, START, UNIT, VALUE, Row, Sheet, head, scalar


def _rows(facility: Facility) -> list[Row]:
    rows, section = list[Row](), ""
    for key, term in facility.terms.items():
        if key.partition(".")[0] != section:
            section = key.partition(".")[0]
            rows.append(head(section.replace("_", " ").capitalize()))
        many = len(term.value) if isinstance(term.value, tuple) else 1
        note = f"{term.clause} ({term.reading})" if term.reading else term.clause
        rows.append(scalar(key, term.label, term.unit, note=note, spill=many))
        rows += [scalar("", "", term.unit, None)] * (many - 1)
    return rows


FACILITY = load()
SHEET = Sheet(
    "Terms",
    "Every number of the filing with its clause; a change here changes the model. Stated results stand for comparison.",
    _rows(FACILITY),
    monthly=False,
    upright=True,
    widths={LABEL: 62, UNIT: 15, NOTE: 36, VALUE: 18, START: 1},
)
