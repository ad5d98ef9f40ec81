"""What may have happened to the loan, at random: paid in full, in part, late or never, prepaid, moved, forgiven."""

from __future__ import annotations

import datetime as dt
import random

from . import deal
from .days import later, month_end
from .given import Entry, Given

SHORTER = ("prepaid", "credited", "waived")
"""What shortens the loan from its end."""
PARTS = (0.0, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.001)
"""Of what fell due, how much is paid on the day."""


def at_random(given: Given, rng: random.Random) -> list[Entry]:
    """A statement from signing, or from later, to the as-of date or earlier, and an entry that is still to come."""
    plan = deal.calculate(given)
    past = [month for month in plan.months if given.is_past(month)]
    first = rng.choice([0, 0, 0, rng.randrange(len(past))])
    reported = past[first : rng.choice([len(past), len(past), rng.randint(1, len(past))])]
    entries: list[Entry] = []
    shorter = 0.0
    for month in reported:
        entries += _drawn(plan["fund.advance"][month], given, month)
        due = {key: plan[f"loan.{key}"][month] for key in ("fees_due", "interest_due", "repayment", "closing")}
        rest = max(0.0, due["closing"] + due["repayment"] - shorter)
        moved = _instalment(rng, month, min(due["repayment"], rest))
        principal = min(due["repayment"], rest) - sum(entry.amount or 0.0 for entry in moved)
        for what, amount in (
            ("fees paid", due["fees_due"]), ("interest paid", due["interest_due"]), ("principal paid", principal),
        ):  # fmt: skip
            entries += _paid(rng, month, what, amount, given.as_of) if amount > 0 else []
        agreed = _agreed(rng, month, given, due["closing"])
        shorter += sum(entry.amount or 0.0 for entry in agreed if entry.what in SHORTER)
        entries += [*moved, *agreed]
    entries = [entry for entry in entries if month_end(entry.date) in reported]
    if rng.random() < 0.3:
        later_on = given.as_of + dt.timedelta(days=rng.randint(1, 90))
        entries.append(Entry(later_on, rng.choice(["prepaid", "drawn", "loan balance"]), 1e6))
    return entries


def _drawn(amount: float, given: Given, month: dt.date) -> list[Entry]:
    """On the day of signing, or in two parts."""
    day = max(given["facility.effective_date"], month.replace(day=5))
    if amount <= 0:
        return []
    return [Entry(day, "drawn", 0.6 * amount), Entry(month - dt.timedelta(days=3), "drawn", 0.4 * amount)]


def _paid(rng: random.Random, month: dt.date, what: str, due: float, as_of: dt.date) -> list[Entry]:
    """In full; or a part, and now and then the rest some months later."""
    part = rng.choice(PARTS)
    entries = [Entry(month, what, part * due)]
    day = later(month, rng.randint(1, 4))
    return (
        [*entries, Entry(day, what, (1 - part) * due)] if part < 1 and rng.random() < 0.5 and day <= as_of else entries
    )


def _instalment(rng: random.Random, month: dt.date, due: float) -> list[Entry]:
    """What the Lender may agree to of an instalment: on its day, before it, or after it has fallen due."""
    if due <= 0 or rng.random() < 0.5:
        return []
    day = month - dt.timedelta(days=rng.choice([0, 0, 40]))
    what = rng.choice(["rescheduled", "waived until", "waived", "credited"])
    until = later(month, rng.randint(1, rng.choice([30, 90]))) if what in {"rescheduled", "waived until"} else None
    return [Entry(day, what, rng.choice([0.3, 0.5]) * due, month, until)]


def _agreed(rng: random.Random, month: dt.date, given: Given, owed: float) -> list[Entry]:
    """What may come in any month, seldom; never more is forgiven or prepaid than is owed."""
    day, entries = month.replace(day=rng.randint(15, 28)), list[Entry]()
    until = later(day, rng.randint(1, 9))
    for what, part in (("prepaid", 0.04), ("credited", 0.03), ("waived", 0.02), ("capitalised", 0.02)):
        if rng.random() < 0.06 and owed > 0.3 * given["term_loan.max_credit"]:
            entries.append(Entry(day, what, rng.random() * part * owed))
    for what in ("contribution waived until", "covenants waived until"):
        if rng.random() < 0.08:
            entries.append(Entry(day, what, None, None, until))
    if rng.random() < 0.1:
        entries.append(Entry(month, "loan balance", rng.random() * given["term_loan.max_credit"]))
    return entries
