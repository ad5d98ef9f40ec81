"""amendment: dated patches on the agreement's keys.

``set`` names a key by its path, ``"tranche.senior.final"``, and gives its new value, of the same form. Before its date
an amendment has no effect: each figure that one changes stands on sheet Terms in every version, and the as-of date
chooses. ``adds`` names clauses of the file, as ``"tranche.bridge"``, that it brings in, and ``drops`` those that it ends:
they count from its date on. Sheet Amendments lists all with what they changed.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, model_validator

from drawstop.deal import Fault, Ref, Text
from drawstop.deal.record import Clause
from drawstop.deal.value import Date
from lender_model.clauses.drawing import Advance
from lender_model.compose.words import when

if TYPE_CHECKING:
    from drawstop.deal.read import Source
    from lender_model.clauses import Deal

EXAMPLE = """
[[amendment]]
date = 2027-03-31
title = "First amendment: later maturity"
set = { "tranche.senior.final" = 2031-12-31 }
"""


class Amendment(Clause):
    """An amendment."""

    date: Date = Field(title="Date")
    title: Text = Field(title="Title")
    set: dict[Text, Any] = Field({}, title="Paths of keys and their new values")
    adds: Annotated[list[Text], Ref("clause")] = Field([], title="Clauses that it brings in, as tranche.bridge")
    drops: Annotated[list[Text], Ref("clause")] = Field([], title="Clauses that it ends")

    @model_validator(mode="after")
    def _changes(self) -> Amendment:
        if not (self.set or self.adds or self.drops):
            raise ValueError("an amendment needs set, adds or drops")
        return self


def amended(values: Mapping[str, Any], amendment: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """A deal's values with an amendment's patches; and the faults by path."""
    out, wrong = copy.deepcopy(dict(values)), dict[str, str]()
    for path, value in amendment.get("set", {}).items():
        reason = _patch(out, path.split("."), value)
        if reason:
            wrong[path] = reason
    return out, wrong


def _patch(values: dict[str, Any], path: list[str], value: Any) -> str:
    here: Any = values
    for k, part in enumerate(path[:-1]):
        if isinstance(here, list):
            here = next((each for each in here if each.get("key") == part), None)
        else:
            here = here.get(part) if isinstance(here, dict) else None
        if here is None:
            return f"there is no {'.'.join(path[: k + 1])} in the deal"
    if not isinstance(here, dict):
        return "does not lead to a key"
    here[path[-1]] = value
    return ""


GROUPS = ("equity", "tranche", "fee", "account", "letter", "sweep", "hedge", "stream", "royalty", "offtake", "prepay", "covenant",
          "warrant", "convertible", "gold_loan")  # fmt: skip
"""Kinds of clauses that an amendment may add or end."""


def faults_of(deal: Deal, raw: Source) -> Iterator[Fault]:
    """What is wrong with the amendments: their order, and money of a clause before it is added."""
    dates = [amendment.date for amendment in deal.amendment]
    if dates != sorted(dates):
        yield raw.fault(("amendment",), "the dates of the amendments must ascend")
    clauses = {
        f"{group}.{each.key}": (group, k, each) for group in GROUPS for k, each in enumerate(getattr(deal, group))
    }
    added = dict[str, dt.date]()
    for k, amendment in enumerate(deal.amendment):
        for n, path in enumerate(amendment.adds):
            if path in added:
                yield raw.fault(("amendment", k, "adds", n), f"{path} has been added on {added[path]} already")
            added[path] = amendment.date
            if path in clauses:
                group, at, record = clauses[path]
                yield from _too_early((group, at), record, amendment.date, raw)
        for n, path in enumerate(amendment.drops):
            if path in added and added[path] >= amendment.date:
                yield raw.fault(("amendment", k, "drops", n), f"{path} has been added on {added[path]}, not before")
    yield from _fee_before(deal, added, raw)


def _fee_before(deal: Deal, added: Mapping[str, dt.date], raw: Source) -> Iterator[Fault]:
    """An upfront fee on a tranche that is not there yet, which would come to nothing."""
    for k, fee in enumerate(deal.fee):
        day = added.get(f"tranche.{fee.tranche}")
        begins = added.get(f"fee.{fee.key}") or (fee.date if isinstance(fee.date, dt.date) else deal.signing)
        if fee.kind == "upfront" and fee.rate is not None and day and begins < day:
            what = (
                f"the fee of {begins} is on a tranche that is added on {day}; add fee.{fee.key} too, or give its date"
            )
            yield raw.fault(("fee", k, "tranche"), what)


def _too_early(place: tuple[str | int, ...], record: Any, added: dt.date, raw: Source) -> Iterator[Fault]:
    """Money that a clause would have given before it was added."""
    if getattr(record, "opening", 0.0):
        yield raw.fault((*place, "opening"), f"is added by an amendment on {added}: it has nothing at the start")
    parts = [(place, record)] + ([((*place, "draw"), record.draw)] if hasattr(record, "draw") else [])
    for here, part in parts:
        for name in type(part).model_fields:
            rows = getattr(part, name)
            for k, row in enumerate(rows if isinstance(rows, list) else []):
                if isinstance(row, Advance) and row.date < added:
                    yield raw.fault(
                        (*here, name, k, "date"), f"{row.date} is before the amendment of {added} that adds it"
                    )
    day = getattr(record, "date", None)
    if isinstance(day, dt.date) and day < added:
        yield raw.fault((*place, "date"), f"{day} is before the amendment of {added} that adds it")


def left_out(before: Deal, after: Deal, date: dt.date) -> Iterator[str]:
    """Instalments that had fallen due before an amendment and that its new table does not repeat."""
    tables = {each.key: {row.date for row in each.repayment.table} for each in after.tranche}
    for tranche in before.tranche:
        kept = tables.get(tranche.key, set())
        for row in tranche.repayment.table:
            if kept and row.date < date and row.date not in kept:
                yield f"the table of {tranche.key} leaves out the instalment of {row.date}, which fell due before the amendment; repeat it, with 0 if it was put off"


def describe(amendment: Amendment) -> list[str]:
    """The amendment in words."""
    changes = "; ".join(
        [f"{path} becomes {_short(value)}" for path, value in amendment.set.items()]
        + [f"{path} is added" for path in amendment.adds]
        + [f"{path} ends" for path in amendment.drops]
    )
    return [f"{when(amendment.date)}: {amendment.title}: {changes}."]


def _short(value: Any) -> str:
    if isinstance(value, dt.date):
        return when(value)
    if isinstance(value, list):
        return "; ".join(_short(each) for each in value)
    if isinstance(value, dict):
        return " ".join(_short(each) for each in value.values())
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
