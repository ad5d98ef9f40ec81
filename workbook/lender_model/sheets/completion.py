"""Completion: deadlines, where each stands at the as-of date, and what falls away with Completion."""

from __future__ import annotations

from typing import Any

import numpy as np

from drawstop.core.dates import add_months
from lender_model.grid import DATE, FLAG, TEXT, USD, Row, Sheet, Values, balance, head, scalar

MILESTONES = (
    ("contribution", "Equity contribution", "{equity_contribution.deadline}",
     '=IF(MAX([comp.contributed:row])=1,INDEX([time.end:row],1,MATCH(1,[comp.contributed:row],0)),"")',
     "8-K 5(a) Equity Contribution"),
    ("mechanical", "Mechanical Completion", "{completion.mechanical_deadline}", "={plan.mechanical_date}",
     "8-K 5(a) Mechanical Completion"),
    ("completion", "Completion", "{completion.deadline}", "={plan.completion_date}", "8-K 5(a) Completion"),
    ("production", "Commercial production", "{npmc.deadline}", '=IF(ISNUMBER({npmc.production}),{npmc.production},"")',
     "8-K 2(a) Commercial Production"),
)  # fmt: skip

TESTS = (
    ("amounts", "Amounts and grades of production", "production"),
    ("costs", "Costs", "costs"),
    ("reserves", "Reserves", "reserves"),
)
"""Tests of Completion beside Mechanical Completion: key, label, and the word for one that is missing."""


def _tests() -> list[Row]:
    rows = list[Row]()
    for key, label, _ in TESTS:
        day = f"{{comp.{key}_test}}"
        rows += [
            scalar(f"comp.{key}_test", f"{label}: similar to the Development Plan on", DATE),
            scalar(f"comp.{key}_shown", "The same, scenario in use", DATE,
                   f'=IF(ISNUMBER({day}),EDATE({day},IF({day}>{{cover.as_of}},{{scenario.delay}},0)),"")',
                   "with the scenario's delay, unless it is past"),
        ]  # fmt: skip
    return rows


def _missing() -> str:
    """Formula: in words, what keeps the tests from being met."""
    words = [f'IF(ISNUMBER({{comp.{key}_shown}}),""," {word}")' for key, _, word in TESTS]
    words.append('IF({comp.completion_default}=1," cure","")')
    return f'=IF(ISNUMBER({{comp.tests_day}}),"nothing",SUBSTITUTE(TRIM({"&".join(words)})," ",", "))'


def _value(flows: str) -> str:
    """Formula: present value of a line's months after the as-of date, as in limb (I) but the whole of it."""
    return f"=FORMULA_AMOUNT({{cover.as_of}},[time.end:row],[{flows}:row],{{plan.discount_rate}},1)"


def _milestone(key: str, label: str, deadline: str, expected: str, clause: str) -> list[Row]:
    return [
        head(label, clause),
        scalar(f"comp.{key}_deadline", "Deadline", DATE, f"={deadline}"),
        scalar(f"comp.{key}_date", "Achieved, or expected by the model", DATE, expected, "known once the as-of date is past it"),
        scalar(f"comp.{key}", "At the as-of date", TEXT,
               f"=MILESTONE({{cover.as_of}},{{comp.{key}_deadline}},{{comp.{key}_date}})", "R-43", bold=True),
        scalar(f"comp.{key}_late", "Expected late", FLAG,
               f"=IF(ISNUMBER({{comp.{key}_date}}),IF({{comp.{key}_date}}>{{comp.{key}_deadline}},1,0),1)", "an alert"),
    ]  # fmt: skip


SHEET = Sheet(
    "Completion",
    "Deadlines and where they stand at the close of the as-of date; the date of Completion is the scenario's.",
    [
        *(row for milestone in MILESTONES for row in _milestone(*milestone)),
        head("What the contribution comes to"),
        scalar("comp.contribution_amount", "Agreed", USD, "={equity_contribution.amount}"),
        balance("comp.contributed", "Contributed in full", FLAG,
                "=IF([bal.contributed]>={equity_contribution.amount}-{checks.cent},1,0)"),
        head("Tests of Completion", "8-K 5(a) Completion (R-42); a blank date: not met"),
        scalar("comp.mechanical_test", "Mechanical Completion, scenario in use", DATE, "={plan.mechanical_date}"),
        *_tests(),
        scalar("comp.cured", "Last default cured on", DATE),
        balance("comp.default", "A default stands", FLAG,
                "=IF(OR([wf.default]=1,AND([time.end]>={equity_contribution.deadline},[comp.contributed]=0)),1,0)",
                "arrears to the Lender, or the contribution missed; broken covenants have alerts of their own"),
        scalar("comp.completion_default", "A default stands at the scenario's Completion", FLAG,
               "=SUMPRODUCT(--([time.end:row]={plan.completion_date}),[comp.default:row])"),
        scalar("comp.tests_day", "Last test met on", DATE,
               "=IFERROR(COMPLETION_DATE({comp.mechanical_test},{comp.amounts_shown},{comp.costs_shown},{comp.reserves_shown},"
               '{comp.cured},{comp.completion_default}=1),"–")', "the scenario's date is what the model uses", bold=True),
        scalar("comp.missing", "Still missing", TEXT, _missing(), "cure: of the default that stands"),
        scalar("comp.tests_late", "Later than the scenario's Completion, or not at all", FLAG,
               "=IF(ISNUMBER({comp.tests_day}),IF({comp.tests_day}>{plan.completion_date},1,0),1)", "an alert"),
        head("With Completion", "8-K 5(a) Guaranty (R-45)"),
        balance("comp.guaranty", "Guaranty of the loan stands", FLAG,
                "=IF(ISNUMBER({comp.tests_day}),"
                "IF(AND([time.complete]=1,[time.end]>={comp.tests_day},[comp.default]=0),0,1),1)",
                "until Completion is reached and its tests are met, and while a default stands, even a later one: "
                "the safe side for the Lender; the environmental one stays"),
        head("Against the Development Plan", "8-K 5(a) Development Plan (R-44)"),
        scalar("comp.reserve_declined", "Material decline of reserves", FLAG,
               "=IF(MATERIAL_DECLINE({plan.stated_oz},{plan.reserve_oz},{development_plan.tolerance}),1,0)"),
        scalar("comp.cash_plan", "Value of net cash flow after the as-of date, by the Plan", USD, _value("plan.net_cash"),
               "at the plan's discount rate, so that a delay counts; not below zero"),
        scalar("comp.cash_now", "Value of net cash flow after the as-of date, by the model", USD, _value("ops.project_cash"),
               "before financing, scenario in use"),
        scalar("comp.cash_declined", "Material decline of future net cash flow", FLAG,
               "=IF(MATERIAL_DECLINE({comp.cash_plan},{comp.cash_now},{development_plan.tolerance}),1,0)"),
    ],
    clauses=("8-K 5(a) Completion", "8-K 5(a) Mechanical Completion", "8-K 5(a) Guaranty", "8-K 5(a) Development Plan"),
)  # fmt: skip


def _shown(v: Values, day: Any) -> Any:
    """When a test is met in the scenario in use: what is past is not delayed, and a blank stays one."""
    if not isinstance(day, np.datetime64):
        return ""
    return add_months(day, int(v["scenario.delay"])) if day > v["cover.as_of"] else day
