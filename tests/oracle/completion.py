"""Completion: its tests and deadlines, defaults, the guaranty, what follows from a default, what has declined."""

from __future__ import annotations

import datetime as dt
from typing import Any

from .around import milestone
from .covenants import at_least
from .days import later, month_end
from .given import Given
from .lines import CENT, DASH, START, Lines
from .project import present_value

TESTS = (
    ("amounts", "actual.amounts", "production"), ("costs", "actual.costs_test", "costs"),
    ("reserves", "actual.reserves", "reserves"),
)  # fmt: skip
"""The tests besides Mechanical Completion: key, what was reported, and the word for it."""


def opening(given: Given, out: Lines) -> None:
    """Before the first month: nothing reached, the guaranty stands; and the days of the tests, which no cash moves."""
    out["comp.paid_in"][START], out["comp.default"][START] = 0.0, 0
    out["comp.reached"][START], out["comp.guaranty"][START] = 0, 1
    out.put("comp.completion_reported", int(bool(given.reported("actual.completion"))))
    out.put("comp.mechanical_test", out.one("plan.mechanical_date"))
    for key, actual, _ in TESTS:
        out.put(f"comp.{key}_shown", _tested_on(given, out, key, actual))


def _tested_on(given: Given, out: Lines, key: str, actual: str) -> Any:
    """As reported, else as planned and late; a planned date that is past and was not reported counts for nothing."""
    planned, reported = given.day(f"comp.{key}_test"), given.reported(actual)
    if reported or not planned:
        return reported or ""
    return later(planned, int(out.one("plan.delay"))) if planned > given.as_of else ""


def tested(given: Given, out: Lines, month: dt.date) -> bool:
    """Whether all tests are met by a month-end, and the last default cured."""
    days = [out.one("comp.mechanical_test"), *(out.one(f"comp.{key}_shown") for key, _, _ in TESTS)]
    days += [cured] if (cured := given.day("comp.cured")) else []
    return all(isinstance(day, dt.date) and day <= month for day in days)


def calculate(given: Given, out: Lines, month: dt.date) -> None:
    """Whether a default stands, and whether Completion is reached: by date and tests; once reached, it stays (R-42)."""
    asked = given["equity_contribution.amount"]
    known = given.known("actual.contribution", month) or not given.is_past(month)
    paid_in = out.before("comp.paid_in", month) + (out["fund.contribution"][month] if known else 0.0)
    contributed = int(paid_in >= asked - CENT)
    waived = out["reported.contribution"][month]
    owed = out["cov.owed"][month]  # once the Lender is owed nothing, nothing is asked for
    missed = month >= given["equity_contribution.deadline"] and not contributed and not waived and owed
    default = int(bool(out["wf.default"][month] or missed))
    met = tested(given, out, month)
    free = owed and not default and not out.before("cov.standing", month)  # a broken covenant: from the month after
    reached = out.before("comp.reached", month) or int(bool(out["time.complete"][month] and met) and free)
    out.month(
        month,
        comp_paid_in=paid_in, comp_contributed=contributed, comp_default=default, comp_tested=int(met),
        comp_reached=reached, comp_guaranty=int(not reached),
        comp_called=int(out["wf.guaranty_call"][month] > CENT), comp_held_back=int(out["wf.held_back"][month] > CENT),
    )  # fmt: skip


def results(given: Given, out: Lines) -> None:
    """Deadlines (R-43), the day of the last test, consequences, and what has declined."""
    _deadlines(given, out)
    _tests(given, out)
    _consequences(out)
    _decline(given, out)


def _deadlines(given: Given, out: Lines) -> None:
    out.put("comp.contribution_amount", given["equity_contribution.amount"])
    production = out.one("npmc.production")
    paid_in = next((month for month in out.months if out["comp.contributed"][month]), "")
    for key, deadline, done in (
        ("contribution", given["equity_contribution.deadline"], paid_in),
        ("mechanical", given["completion.mechanical_deadline"], out.one("plan.mechanical_date")),
        ("completion", given["completion.deadline"], out.one("plan.completion_date")),
        ("production", out.one("npmc.deadline"), production if production != DASH else ""),
    ):
        out.put(f"comp.{key}_deadline", deadline)
        out.put(f"comp.{key}_date", done)
        out.put(f"comp.{key}", milestone(given.as_of, deadline, done))
        out.put(f"comp.{key}_late", int(not isinstance(done, dt.date) or done > deadline))


def _tests(given: Given, out: Lines) -> None:
    completion = out.one("plan.completion_date")
    days: list[Any] = [out.one("comp.mechanical_test"), *(out.one(f"comp.{key}_shown") for key, _, _ in TESTS)]
    missing = [word for key, _, word in TESTS if out.one(f"comp.{key}_shown") == ""]
    stands = out.put("comp.completion_default", out["comp.default"].get(month_end(completion), 0))
    cured = given.day("comp.cured")
    days += [cured] if cured else []
    met = not missing and not stands
    tests_day = out.put("comp.tests_day", max(days) if met else DASH)
    out.put("comp.missing", "nothing" if met else ", ".join([*missing, *(["cure"] if stands else [])]))
    out.put("comp.tests_late", int(not met or tests_day > completion))


def _consequences(out: Lines) -> None:
    """From which month on, and in how many."""
    for key, line in {
        "arrears": out["wf.default"], "contribution": out["comp.default"], "covenants": out["cov.standing"],
        "cover": out["wf.lock_cover"], "completion": out["loan.held_back"], "guaranty": out["comp.called"],
        "locked": out["comp.held_back"], "accelerated": out["loan.due_at_once"],
    }.items():  # fmt: skip
        months = [month for month in out.months if line[month]]
        out.put(f"cons.{key}", months[0] if months else DASH)
        out[f"cons.{key}"][START] = len(months)


def _decline(given: Given, out: Lines) -> None:
    """Reserves and future net cash flow against the Development Plan (R-44)."""
    tolerance, rate = given["development_plan.tolerance"], given["plan.discount_rate"]
    out.put("comp.reserve_declined", _declined(given["plan.stated_oz"], given["plan.reserve_oz"], tolerance))
    for month in out.months:
        out["plan.net_cash"][month] = given.plan("plan.net_cash", month)
    planned = out.put("comp.cash_plan", max(0.0, present_value(out, "plan.net_cash", given.as_of, rate)))
    now = out.put("comp.cash_now", max(0.0, present_value(out, "ops.project_cash", given.as_of, rate)))
    out.put("comp.cash_declined", _declined(planned, now, tolerance))


def _declined(plan: float, now: float, tolerance: float) -> int:
    return int(not at_least(now, plan * (1 - tolerance)))
