"""What happened to the loan: the entries of the bank's statement up to the as-of date, by month (R-56, R-57)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from .days import month_end
from .given import Entry, Given
from .lines import DASH, Lines

ROWS = 120
MOVED = ("rescheduled", "waived until")
"""Kinds of entries that give principal a new date."""


def calculate(given: Given, out: Lines) -> None:
    """The entries, each with what it counts for, and the months that they report."""
    entries = [entry for entry in given.entries if entry.date <= given.as_of]
    _rows(given, out)
    first = min((entry.month for entry in entries), default=None)
    last = max((entry.month for entry in entries), default=None)
    out.put("ledger.from", first or DASH)
    out.put("ledger.to_month", last or DASH)
    for month in out.months:
        now = [entry for entry in entries if entry.month == month]
        statements = [entry for entry in now if entry.what == "loan balance"]
        drawn = _sum(now, "drawn")
        days = sum((month - entry.date).days * (entry.amount or 0) for entry in now if entry.what == "drawn")
        out.month(
            month,
            reported_kept=int(bool(first and last and given.is_past(month) and first <= month <= last)),
            reported_after=int(bool(last and given.is_past(month) and month > last)),
            reported_drawn=drawn, reported_draw_days=days / drawn if drawn else 0.0,
            reported_principal=_sum(now, "principal paid"), reported_prepaid=_sum(now, "prepaid"),
            reported_credited=_sum(now, "credited", lambda entry: not fell_due(entry)),
            reported_credited_due=_sum(now, "credited", fell_due),
            reported_waived=_sum(now, "waived", lambda entry: not fell_due(entry)),
            reported_waived_due=_sum(now, "waived", fell_due),
            reported_capitalised=_sum(now, "capitalised"), reported_interest=_sum(now, "interest paid"),
            reported_fees=_sum(now, "fees paid"), reported_balance=_last(statements)[1],
            reported_balance_day=_last(statements)[0],
            reported_has_balance=int(bool(statements)),
            reported_contribution=_in_force(entries, "contribution waived until", month),
            reported_covenants=_in_force(entries, "covenants waived until", month),
            **_moved(entries, month),
        )  # fmt: skip


def fell_due(entry: Entry) -> bool:
    """Whether an entry concerns what had fallen due by the end of its month."""
    return bool(entry.due and month_end(entry.due) <= entry.month)


def effect(entry: Entry) -> dt.date:
    """The month in which an entry takes effect: that in which what it concerns falls due, if it is later."""
    return max(entry.month, month_end(entry.due)) if entry.due else entry.month


def _last(statements: list[Entry]) -> tuple[dt.date | str, float]:
    """Day and amount of the last statement; on average, if there are several of one day."""
    day = max((entry.date for entry in statements), default=DASH)
    amounts = [entry.amount or 0.0 for entry in statements if entry.date == day]
    return day, sum(amounts) / len(amounts) if amounts else 0.0


def _sum(entries: list[Entry], what: str, holds: Callable[[Entry], bool] = lambda _: True) -> float:
    return sum(entry.amount or 0.0 for entry in entries if entry.what == what and holds(entry))


def _in_force(entries: list[Entry], what: str, month: dt.date) -> int:
    """Whether a waiver stands at a month-end: its own last day is the day on which it is due again (R-43)."""
    return int(any(e.what == what and e.date <= month < (e.until or month) for e in entries))


def _moved(entries: list[Entry], month: dt.date) -> dict[str, float]:
    """Principal with a new date: out of the month's instalment, out of arrears, and what comes back."""
    found = {"moved_out": 0.0, "put_off": 0.0, "moved_in": 0.0, "later": 0.0}
    for entry in entries:
        if entry.what not in MOVED or entry.due is None or entry.until is None:
            continue
        amount, back = entry.amount or 0.0, month_end(entry.until)
        behind = month_end(entry.due) < entry.month
        if behind and entry.month == month:
            found["put_off"] += amount
        if not behind and effect(entry) == month:
            found["moved_out"] += amount
        if back == month:
            found["moved_in"] += amount
        if effect(entry) <= month < back:
            found["later"] += amount
    return {f"reported_{key}": amount for key, amount in found.items()}


def _rows(given: Given, out: Lines) -> None:
    """The columns beside the entries; what is dated after the as-of date does not count yet."""
    for k in range(ROWS):
        entry = given.entries[k] if k < len(given.entries) else None
        if entry is None or entry.date > given.as_of:
            figures: dict[str, object] = dict.fromkeys(("month", "takes", "behind", "to"), "")
            figures |= {"used": 0, "dollar_days": 0}
        else:
            due = month_end(entry.due) if entry.due else None
            behind = "not said" if due is None else "ahead"
            if due and fell_due(entry):
                behind = "before" if due < entry.month else "then"
            amount = entry.amount or 0.0
            figures = {
                "month": entry.month, "used": amount, "takes": effect(entry), "behind": behind,
                "to": month_end(entry.until) if entry.until else "",
                "dollar_days": amount * (entry.month - entry.date).days,
            }  # fmt: skip
        for key, figure in figures.items():
            out[f"ledger.{key}"][k] = figure


def instalments(given: Given, out: Lines) -> None:
    """Each instalment, and what became of it: what settles principal settles the oldest first."""
    dates, agreed = out["loan.instalment_dates"], out["loan.instalment_amounts"]
    past = [month for month in out.months if given.is_past(month)]
    unpaid = out["wf.principal_close"][past[-1]]
    settled = sum(out["loan.repayment"][month] for month in past) - unpaid
    out.put("ledger.settled", settled)
    for k, day in dates.items():
        due, after = out["loan.repayment"].get(day, 0.0), out["loan.closing"].get(day, 0.0)
        so_far = sum(out["loan.repayment"][month] for month in out.months if month <= day)
        if day > given.as_of:
            state = "changed, to come" if due < agreed[k] - 0.01 else "to come"
        elif not out["reported.kept"][day]:
            state = "not reported"
        elif settled >= so_far - 0.01:
            state = "settled"
        else:
            state = "settled in part, in arrears" if settled > so_far - due + 0.01 else "in arrears"
        for key, figure in {
            "no": k + 1, "instalment_date": day, "instalment_agreed": agreed[k], "instalment_due": due,
            "instalment_after": after, "instalment_state": state,
        }.items():  # fmt: skip
            out[f"ledger.{key}"][k] = figure
