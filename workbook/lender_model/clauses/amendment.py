"""amendment: dated patches on the agreement's keys.

``set`` names a key by its path, ``"tranche.senior.final"``, and gives its new value, of the same form. Before its date
an amendment has no effect: sheet Terms holds every version of each figure that an amendment changes, and the as-of date
selects the one in force. Sheet Amendments lists the amendments and their changes.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from drawstop.deal import Text
from drawstop.deal.record import Clause
from drawstop.deal.value import Date
from lender_model.compose.words import when

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
    set: dict[Text, Any] = Field(min_length=1, title="Paths of keys and their new values")


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


def describe(amendment: Amendment) -> list[str]:
    """The amendment in words."""
    changes = "; ".join(f"{path} becomes {_short(value)}" for path, value in amendment.set.items())
    return [f"{when(amendment.date)}: {amendment.title}: {changes}."]


def _short(value: Any) -> str:
    if isinstance(value, dt.date):
        return when(value)
    if isinstance(value, list):
        return "; ".join(_short(each) for each in value)
    if isinstance(value, dict):
        return " ".join(_short(each) for each in value.values())
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
