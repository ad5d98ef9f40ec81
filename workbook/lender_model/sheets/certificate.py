"""Certificate: the compliance certificate for the as-of date, one page: tests calculated, statements to tick."""

from __future__ import annotations

from drawstop.facility import Undertaking
from lender_model.grid import (
    DATE,
    INPUT,
    LABEL,
    NOTE,
    RATIO,
    START,
    TEXT,
    UNIT,
    USD,
    VALUE,
    Row,
    Sheet,
    head,
    scalar,
)
from lender_model.sheets.terms import FACILITY

_AT = "SUMPRODUCT([time.as_of:row],[{key}:row])"


def _if(condition: str, good: str = "complied with", bad: str = "NOT COMPLIED WITH") -> str:
    return f'=IF({condition},"{good}","{bad}")'


def _covenant(key: str) -> str:
    tested = f"SUMIF([time.end:row],{{cert.test_date}},[{key}:row])"
    return f'=IF({{cert.test_date}}="–","not yet tested",IF({tested}=1,"complied with","NOT COMPLIED WITH"))'


_CALCULATED = {
    "payments": _if(_AT.format(key="wf.default") + "=0"),
    "minimum_balance": _if(_AT.format(key="proceeds.short") + "=0"),
    "withdrawals": _if(f"{_AT.format(key='wf.distribution')}*(1-{_AT.format(key='time.complete')})=0"),
    "parent_loans": _if(f"{_AT.format(key='wf.parent_loans_paid')}*(1-{_AT.format(key='wf.parent_allowed')})=0"),
    "mechanical_completion": '=IF({comp.mechanical}="missed","NOT COMPLIED WITH",{comp.mechanical})',
    "completion": '=IF({comp.completion}="missed","NOT COMPLIED WITH",{comp.completion})',
    "equity_contribution": '=IF({comp.contribution}="missed","NOT COMPLIED WITH",{comp.contribution})',
    "commercial_production": '=IF({comp.production}="missed","NOT COMPLIED WITH",{comp.production})',
    "material_decline": _if("{comp.reserve_declined}+{comp.cash_declined}=0"),
    "current_ratio": _covenant("cov.ratio_ok"),
    "tangible_equity": _covenant("cov.equity_ok"),
    "liabilities": _covenant("cov.liabilities_ok"),
    "guaranty": _if(_AT.format(key="comp.guaranty") + "=1", "in force", "released"),
}


def _tested(key: str) -> str:
    return f'=IF({{cert.test_date}}="–","–",INDEX([{key}:row],1,MATCH({{cert.test_date}},[time.end:row],0)))'


_FIGURES = (
    ("account", "Proceeds Account", USD, "={cover.account}", "8-K 5(a) Proceeds Account"),
    ("minimum", "Minimum balance", USD, "={cover.minimum}", ""),
    ("shortfall", "Shortfall", USD, "={cover.shortfall}", ""),
    ("arrears", "Arrears to the Lender", USD, "={cover.arrears}", "8-K 5(a) Term Loan"),
    ("ratio", "Current ratio", RATIO, _tested("cov.ratio"), "8-K 5(a) Financial Covenants (a)"),
    ("least_ratio", "Required, at least", RATIO, "={covenants.current_ratio}", ""),
    ("equity", "Consolidated tangible equity", USD, _tested("cov.tangible"), "8-K 5(a) Financial Covenants (b)"),
    ("least_equity", "Required, at least", USD, "={covenants.tangible_equity}", ""),
    ("liabilities", "Total liabilities to tangible equity", RATIO, _tested("cov.liabilities_ratio"), "8-K 5(a) Financial Covenants (c)"),
    ("most_liabilities", "Required, at most", RATIO, "={covenants.liabilities}", ""),
)  # fmt: skip


def _undertakings(who: str) -> list[Row]:
    return [_undertaking(item) for item in FACILITY.undertakings if item.who == who]


def _undertaking(item: Undertaking) -> Row:
    """A line with its test, or with a tick and a date to fill in."""
    ends = [FACILITY.terms[key].value for key in item.terms if key.endswith(".until")]
    title = item.title + "".join(f", until {end:%B %Y}" for end in ends)
    if item.key in _CALCULATED:
        return scalar(f"cert.{item.key}", title, "", _CALCULATED[item.key], item.clause)
    return scalar(f"cert.{item.key}", title, "", INPUT, item.clause, choices=STATED, start=INPUT, start_unit=DATE)


STATED = ("yes", "no")
"""What an officer ticks: kept, or not."""


SHEET = Sheet(
    "Certificate",
    f"Compliance certificate to {FACILITY.parties['lender'].name}: tests are calculated, the rest is stated and dated by hand.",
    [
        head("Certificate"),
        scalar("cert.date", "Figures at the month-end", DATE, "={time.position}", bold=True),
        scalar("cert.test_date", "Financial covenants at their last test date", DATE, "={cov.test_date}", "on quarter-ends"),
        scalar("cert.as_of", "Milestones at the close of", DATE, "={cover.as_of}"),
        scalar("cert.scenario", "Scenario", TEXT,
               '={cover.scenario}&IF({scenario.changed}=1,": NOT THE BASE CASE","")', "of what is not actual"),
        scalar("cert.result", "Calculated tests", TEXT, '=IF({cert.broken}=0,"all complied with",{cert.broken}&" not complied with")', bold=True),
        scalar("cert.broken", "Calculated tests not complied with", "count",
               "=" + "+".join(f'IF({{cert.{key}}}="NOT COMPLIED WITH",1,0)' for key in _CALCULATED)),
        head("Figures", "at the month-end; of the covenants at the test date"),
        *(scalar(f"cert.{key}_figure", label, unit, formula, note) for key, label, unit, formula, note in _FIGURES),
        head("Undertakings of the Borrower", "calculated; or kept, yes or no, and the date"),
        scalar("cert.payments", "Payments to the Lender, all made when due", "", _CALCULATED["payments"], "8-K 5(a) Term Loan"),
        *_undertakings("borrower"),
        head("Undertakings of the Company", "calculated; or kept, yes or no, and the date"),
        *_undertakings("company"),
        head("Signed"),
        scalar("cert.officer", "Officer, name and title", ""),
        scalar("cert.signed", "Date", ""),
    ],
    monthly=False,
    one_page=True,
    start_title="Date",
    widths={LABEL: 78, UNIT: 8, NOTE: 33, VALUE: 20, START: 11},
)  # fmt: skip
