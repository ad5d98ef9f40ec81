"""What was reported, estimated or is missing of each month up to the as-of date, and its names (R-58)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from .days import in_words
from .given import Given
from .lines import DASH, START, Lines

LEADS = {
    "production": "actual.ounces", "costs": "actual.cost", "capital": "actual.capex",
    "funding": "actual.contribution", "account": "actual.account", "company": "actual.payables",
}  # fmt: skip
"""What is reported together, and the line that says whether it was."""


def calculate(given: Given, out: Lines) -> None:
    """The states by month, the months named, and what the position rests on."""
    for month in out.months:
        states = {group: _state(given, group, month) for group in LEADS}
        together = _together(list(states.values()))
        known = {group: int(given.known(lead, month)) for group, lead in LEADS.items()}
        out.month(
            month,
            **{f"state_{group}": state for group, state in states.items()}, state_month=together,
            state_account_known=known["account"], state_consolidated_known=known["account"] * known["company"],
        )  # fmt: skip

    def in_state(key: str, word: str) -> Callable[[dt.date], bool]:
        return lambda month: out[f"state.{key}"][month] == word

    _runs(out, "missing", in_state("month", "missing"))
    _runs(out, "incomplete", in_state("month", "incomplete"))
    _runs(out, "estimate", lambda month: any(out[f"state.{group}"][month] == "estimated" for group in LEADS))
    for group in LEADS:
        _runs(out, group, in_state(group, "missing"))
    _basis(given, out)


def _state(given: Given, group: str, month: dt.date) -> str:
    if not given.is_past(month):
        return ""
    if not given.known(LEADS[group], month):
        return "missing"
    return "estimated" if given.by_month[f"actual.{group}_estimated"].get(month) == 1 else "reported"


def _together(states: list[str]) -> str:
    if "missing" in states:
        return "missing" if set(states) == {"missing"} else "incomplete"
    return "estimated" if "estimated" in states else states[0]


def _runs(out: Lines, key: str, holds: Callable[[dt.date], bool]) -> None:
    """Months in which something holds: how many in a row, and their names as far as each month knows them."""
    run, names = 0, ""
    out[f"state.{key}_names"][START] = ""
    before = None
    for month in out.months:
        if holds(month):
            run += 1
            names += f", {in_words(month)}" if run == 1 else ""
        else:
            names += f" to {in_words(before)}" if run > 1 and before else ""
            run = 0
        out[f"state.{key}_run"][month], out[f"state.{key}_names"][month] = run, names
        before = month
    out.put(f"state.{key}_list", names[2:])


def _basis(given: Given, out: Lines) -> None:
    past = [month for month in out.months if given.is_past(month)]
    reported = [month for month in past if out["state.month"][month] != "missing"]
    last = reported[-1] if reported else None
    out.put("state.reported_to", last or DASH)
    out.put("state.reported_name", in_words(last) if last else DASH)
    missing, part = out.one("state.missing_list"), out.one("state.incomplete_list")
    out.put("state.missing_months", sum(out["state.month"][m] in {"missing", "incomplete"} for m in past))
    words = [missing] * bool(missing) + [f"in part: {part}"] * bool(part)
    gaps, estimates = out.put("state.gaps", "; ".join(words)), out.one("state.estimate_list")
    whole = f"on actuals, estimates in {estimates}" if estimates else "on actuals"
    out.put("state.basis", f"on plan, not on actuals: {gaps}" if gaps else whole)
