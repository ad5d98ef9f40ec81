"""Completion: deadlines, where each stands at the as-of date, and what falls away with Completion."""

from __future__ import annotations

import numpy as np

from drawstop.core import completion
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
        head("With Completion", "8-K 5(a) Guaranty (R-45)"),
        balance("comp.guaranty", "Guaranty of the loan stands", FLAG, "=1-[time.complete]", "the environmental one stays"),
    ],
    clauses=("8-K 5(a) Completion", "8-K 5(a) Mechanical Completion", "8-K 5(a) Guaranty"),
)  # fmt: skip


def calculate(v: Values) -> Values:
    """Each milestone at the as-of date."""
    contributed = (v["bal.contributed"] >= v["equity_contribution.amount"] - v["checks.cent"]) * 1.0
    paid = v["time.end"][int(np.argmax(contributed[:, 0])), 0] if contributed.any() else np.datetime64("NaT", "D")
    production = np.datetime64("NaT", "D") if isinstance(v["npmc.production"], str) else v["npmc.production"]
    dates = {
        "contribution": (v["equity_contribution.deadline"], paid),
        "mechanical": (v["completion.mechanical_deadline"], v["plan.mechanical_date"]),
        "completion": (v["completion.deadline"], v["plan.completion_date"]),
        "production": (v["npmc.deadline"], production),
    }
    out: Values = {
        "comp.contributed": contributed,
        "comp.contribution_amount": v["equity_contribution.amount"],
        "comp.guaranty": 1 - v["time.complete"],
    }
    for key, (deadline, expected) in dates.items():
        out[f"comp.{key}_deadline"] = deadline
        out[f"comp.{key}_date"] = "" if np.isnat(expected) else expected
        out[f"comp.{key}"] = str(completion.milestone(v["cover.as_of"], deadline, expected))
        out[f"comp.{key}_late"] = float(np.isnat(expected) or expected > deadline)
    return out
