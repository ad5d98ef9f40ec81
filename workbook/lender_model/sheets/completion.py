"""Completion: deadlines, where each stands at the as-of date, and what falls away with Completion."""

from __future__ import annotations

from lender_model.grid import COUNT, DATE, FLAG, TEXT, USD, Row, Sheet, balance, head, scalar

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

REPORTED_AS = {"costs": "costs_test"}
"""Where sheet Actuals calls the date of a test something else."""


def _tests() -> list[Row]:
    rows = list[Row]()
    for key, label, _ in TESTS:
        day, reported = f"{{comp.{key}_test}}", f"{{actual.{REPORTED_AS.get(key, key)}}}"
        rows += [
            scalar(f"comp.{key}_test", f"{label}: similar to the Development Plan on", DATE),
            scalar(f"comp.{key}_shown", "The same, as reported, or expected in the scenario in use", DATE,
                   f'=IF(AND(ISNUMBER({reported}),{reported}<={{cover.as_of}}),{reported},'
                   f'IF(ISNUMBER({day}),IF({day}>{{cover.as_of}},EDATE({day},{{plan.delay}}),""),""))',
                   "a planned date that is past and was not reported counts for nothing"),
        ]  # fmt: skip
    return rows


def _each(part: str) -> str:
    """Part of a formula, for every test."""
    return ",".join(part % key for key, *_ in TESTS)


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


CONSEQUENCES = (
    ("arrears", "Arrears to the Lender", "wf.default", "nothing leaves the account; arrears bear interest; the minimum stays in force"),
    ("contribution", "Default: arrears, or the contribution missed", "comp.default", "nothing leaves; no step-down of the margin; the Lender need not advance"),
    ("covenants", "Covenant broken at its last test", "cov.standing", "nothing leaves from the next month on; no step-down; the Lender need not advance"),
    ("cover", "Cover below the lock-up", "wf.lock_cover", "no distribution, by the cover of the month before"),
    ("completion", "After the scenario's Completion, its tests not met or a default standing", "loan.held_back", "margin as before Completion; no distribution; the guaranty stands"),
    ("guaranty", "Call on the guaranty", "comp.called", "the Company pays what is in arrears, up to its cash"),
    ("locked", "Cash held back", "comp.held_back", "what may leave once the tests are met stays in the account"),
    ("accelerated", "Acceleration", "loan.due_at_once", "all that is not yet due falls due: a scenario"),
)  # fmt: skip
"""What follows when a test fails: key, test, the flag of the months in which it stands, what follows."""


def consequences() -> list[Row]:
    """Each test that has consequences: its first month, how many months it stands, and what follows."""
    return [
        head("Consequences", "from the month in column E on; how many months: column F"),
        balance("comp.called", "A call on the guaranty", FLAG, "=IF([wf.guaranty_call]>{checks.cent},1,0)"),
        balance("comp.held_back", "Cash held back", FLAG, "=IF([wf.held_back]>{checks.cent},1,0)"),
        *(
            scalar(f"cons.{key}", label, DATE, f'=IFERROR(INDEX([time.end:row],1,MATCH(1,[{flag}:row],0)),"–")', what,
                   start=f"=SUM([{flag}:row])", start_unit=COUNT)
            for key, label, flag, what in CONSEQUENCES
        ),
    ]  # fmt: skip


SHEET = Sheet(
    "Completion",
    "Deadlines and where they stand at the close of the as-of date; the date of Completion is the scenario's.",
    [
        *(row for milestone in MILESTONES for row in _milestone(*milestone)),
        head("What the contribution comes to"),
        scalar("comp.contribution_amount", "Agreed", USD, "={equity_contribution.amount}"),
        balance("comp.paid_in", "Contributed so far, as reported", USD,
                "=[comp.paid_in:-1]+IF([time.actual]=1,IF(ISNUMBER([actual.contribution]),[actual.contribution],0),[fund.contribution])",
                "up to the as-of date only what sheet Actuals has; the plan after it", start=0.0),
        balance("comp.contributed", "Contributed in full", FLAG,
                "=IF([comp.paid_in]>={equity_contribution.amount}-{checks.cent},1,0)"),
        scalar("comp.completion_reported", "Completion was reported", FLAG,
               "=IF(AND(ISNUMBER({actual.completion}),{actual.completion}<={cover.as_of}),1,0)"),
        head("Tests of Completion", "8-K 5(a) Completion (R-42); a blank date: not met"),
        scalar("comp.mechanical_test", "Mechanical Completion, scenario in use", DATE, "={plan.mechanical_date}"),
        *_tests(),
        scalar("comp.cured", "Last default cured on", DATE),
        balance("comp.default", "A default stands", FLAG,
                "=IF(OR([wf.default]=1,AND([cov.owed]=1,[time.end]>={equity_contribution.deadline},[comp.contributed]=0,"
                "[reported.contribution]=0)),1,0)",
                "arrears to the Lender, or the contribution missed and not waived; broken covenants beside it: sheet Covenants", start=0.0),
        scalar("comp.completion_default", "A default stands at the scenario's Completion", FLAG,
               "=SUMPRODUCT(--([time.end:row]=EOMONTH({plan.completion_date},0)),[comp.default:row])"),
        scalar("comp.tests_day", "Last test met on", DATE,
               "=IFERROR(COMPLETION_DATE({comp.mechanical_test},{comp.amounts_shown},{comp.costs_shown},{comp.reserves_shown},"
               '{comp.cured},{comp.completion_default}=1),"–")', "the scenario's date is what the model uses", bold=True),
        scalar("comp.missing", "Still missing", TEXT, _missing(), "cure: of the default that stands"),
        scalar("comp.tests_late", "Later than the scenario's Completion, or not at all", FLAG,
               "=IF(ISNUMBER({comp.tests_day}),IF({comp.tests_day}>{plan.completion_date},1,0),1)", "an alert"),
        head("With Completion", "8-K 5(a) Guaranty (R-45)"),
        balance("comp.tested", "All tests met", FLAG,
                f"=IF(AND({_each('ISNUMBER({comp.%s_shown})')}),"
                f"IF([time.end]>=MAX({{comp.mechanical_test}},{_each('{comp.%s_shown}')},{{comp.cured}}),1,0),0)"),
        balance("comp.reached", "Completion reached", FLAG,
                "=IF([comp.reached:-1]=1,1,IF([time.complete]*[comp.tested]*[cov.owed]*(1-[comp.default])*(1-[cov.standing:-1])=1,1,0))",
                "by date and tests, with no default standing; once reached, it stays (R-42)", start=0.0),
        balance("comp.guaranty", "Guaranty of the loan stands", FLAG, "=1-[comp.reached]",
                "until Completion is reached with its tests met and no default standing; the environmental one stays", start=1.0),
        *consequences(),
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
