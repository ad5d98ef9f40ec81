"""Cases of what happened and what follows from it: the history of 1996 and 1997, a default, an acceleration."""

from __future__ import annotations

import csv
import datetime as dt
from typing import Any

from . import deal
from .changes import named
from .given import CASE, Entry, Given, Results
from .results import EVENTS, RUNS

INSTALMENT = 19_500_000 / 8


def to_the_end_of_1997(base: Given) -> Given:
    """The bank's statement as the case has it: a default in September, a gain of hedges credited in December 1997."""
    given = named(base, "1997-12-31", "Base")
    with (CASE / "ledger.csv").open(encoding="utf-8", newline="") as file:
        given.entries = [_entry(row) for row in csv.DictReader(file)]
    return given


def _entry(row: dict[str, str]) -> Entry:
    def day(name: str) -> Any:
        return dt.date.fromisoformat(row[name]) if row[name] else None

    amount = float(row["amount"]) if row["amount"] else None
    return Entry(day("date"), row["what"], amount, day("due"), day("until"))


def unpaid(base: Given) -> Given:
    """No principal on the first date, half of it three months later, and the account's statement knows of it."""
    given = named(base, "1998-01-20", "Base")
    given.figures["loan.default_margin"] = 0.02
    given.by_month["actual.contribution"] = {dt.date(1996, 9, 30): 1_500_000.0}
    given.by_month["actual.account"] = {dt.date(1997, 9, 30): 9e6, dt.date(1997, 12, 31): 5e6}
    given.entries = [
        Entry(dt.date(1996, 7, 11), "drawn", 19_500_000.0),
        Entry(dt.date(1997, 9, 30), "principal paid", 0.0),
        Entry(dt.date(1997, 10, 15), "covenants waived until", None, None, dt.date(1998, 2, 15)),
        Entry(dt.date(1997, 12, 31), "principal paid", INSTALMENT / 2),
        Entry(dt.date(1997, 12, 31), "waived until", INSTALMENT / 2, dt.date(1997, 9, 30), dt.date(1998, 6, 30)),
    ]
    return given


def accelerated(base: Given) -> Given:
    """Without the standby, at a lower price; declared due after what the ledger prepaid, in the middle of a quarter."""
    given = named(base, "1997-08-31", "Combined downside")
    given.scenarios["scenario.standby"] = [0.0] * len(given.scenarios["scenario.standby"])
    given.figures["loan.accelerate"] = dt.date(1998, 5, 10)
    given.entries = [
        Entry(dt.date(1996, 7, 11), "drawn", 19_500_000.0),
        Entry(dt.date(1997, 8, 5), "prepaid", 2_000_000.0),
        Entry(dt.date(1997, 8, 6), "rescheduled", 500_000.0, dt.date(1997, 9, 30), dt.date(1999, 3, 31)),
        Entry(dt.date(1997, 8, 7), "rescheduled", 400_000.0, dt.date(1997, 12, 31), dt.date(2001, 6, 30)),
    ]
    return given


def drought(base: Given) -> Given:
    """The guarantor pays what is in arrears: tight funding, and no water in 1997."""
    given = named(base, "1996-07-31", "Drought")
    given.scenarios["scenario.standby"] = [0.0] * len(given.scenarios["scenario.standby"])
    given.figures["plan.company_cash"] = 9_000_000.0
    return given


def put_off(base: Given) -> Given:
    """Paid as agreed, but part of the last instalment is put off to a day that lies beyond the last month."""
    given = named(base, "1996-07-31", "Base")
    given.entries = [
        Entry(dt.date(1996, 7, 11), "drawn", 19_500_000.0),
        Entry(dt.date(1996, 7, 11), "fees paid", 292_500.0),
        Entry(dt.date(1996, 7, 31), "rescheduled", 1_000_000.0, dt.date(2000, 12, 31), dt.date(2004, 6, 30)),
    ]
    return given


def contribution_missed_at_completion(base: Given) -> Given:
    """All tests of Completion are met on the day on which the contribution is missed; nothing was amiss before it."""
    given = named(base, "1996-09-30", "Base")
    given.figures["equity_contribution.deadline"] = given["plan.completion"]
    given.by_month["plan.contribution"], given.by_month["actual.contribution"] = {}, {}
    given.by_month["plan.standby"] = {dt.date(1996, 10, 31): 9e6}
    return given


def penniless(base: Given) -> Given:
    """At a low price; the account, short of its minimum at the first test, is the only current asset."""
    given = named(base, "1996-09-30", "Low price")
    given.figures |= {"market.gold_forward": 200.0, "plan.other_current": 0.0, "plan.company_cash": 0.0}
    return given


def watched(base: Given) -> Given:
    """Nothing fails but commercial production; a simulation finds some paths in which everything does."""
    return _simulated(base, {"plan.capacity": 1e6}, 0.1, {"equity": {dt.date(1999, 12, 31): 310.0}})


def safe(base: Given) -> Given:
    """Nothing fails but the date of Completion, and in hardly a path anything else."""
    late = {"plan.completion": dt.date(1997, 12, 31)}
    return _simulated(base, late, 0.01, {"short": {dt.date(1998, 12, 31): 290.0}})


def _simulated(base: Given, figures: dict[str, Any], chance: float, prices: dict[str, dict[dt.date, float]]) -> Given:
    """After runs of every kind for the inputs as they are."""
    given = named(base, "1996-07-31", "Base")
    given.figures |= figures
    lines = deal.calculate(given).one("risk.sum")
    given.results = Results(
        now="abc",
        runs=dict.fromkeys(RUNS, ("abc", lines)),
        chances={event: {given.months[20]: chance} for event in EVENTS},
        prices=prices,
    )
    return given


def waived(base: Given) -> Given:
    """The contribution is missed and waived; everything else is kept, and reported, before the first test date."""
    given = named(base, "1996-08-31", "Base")
    given.figures["equity_contribution.deadline"] = dt.date(1996, 8, 15)
    given.by_month["actual.account"] = {dt.date(1996, 7, 31): 30e6, dt.date(1996, 8, 31): 30e6}
    given.entries = [
        Entry(dt.date(1996, 7, 11), "drawn", 19_500_000.0),
        Entry(dt.date(1996, 7, 11), "fees paid", 292_500.0),
        Entry(dt.date(1996, 8, 10), "contribution waived until", None, None, dt.date(1997, 6, 30)),
    ]
    return given


def in_gold(base: Given) -> Given:
    """The loan turned into gold at the end of 1997, repaid at the prices of months that are past.

    It was drawn in two parts, and half a dollar of advance royalty extends the agreement as a whole one does.
    """
    given = named(base, "1999-01-31", "Base")
    ounces = {month: 6_000.0 for month in given.months if dt.date(1997, 1, 1) <= month <= given.as_of}
    given.by_month["actual.ounces"] = ounces
    given.by_month["actual.advance"] = {dt.date(1996, 7, 31): 12e6, dt.date(1996, 8, 31): 7.5e6}
    given.figures |= {"plan.extensions": 1, "extension.advance_royalty": 0.5}
    return given
