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
from lender_model.sheets.actuals import GROUPS
from lender_model.sheets.terms import FACILITY

_AT = "SUMPRODUCT([time.as_of:row],[{key}:row])"
NOT_REPORTED = "not reported"
"""In the place of a test that only figures of the plan would pass."""
WAIVED = "waived"
"""In the place of one that fails while the Lender has waived it, by the ledger."""


def _if(condition: str, good: str = "complied with", bad: str = "NOT COMPLIED WITH") -> str:
    return f'=IF({condition},"{good}","{bad}")'


def _covenant(key: str) -> str:
    tested = f"SUMIF([time.end:row],{{cert.test_date}},[{key}:row])"
    known = "SUMIF([time.end:row],{cert.test_date},[state.consolidated_known:row])"
    met = f'IF({known}=1,"complied with","{NOT_REPORTED}")'
    waived = f'IF({_AT.format(key="reported.covenants")}=1,"{WAIVED}","NOT COMPLIED WITH")'
    return f'=IF({{cert.test_date}}="–","not yet tested",IF({tested}=1,{met},{waived}))'


def _reported(condition: str, known: str) -> str:
    """Formula: kept as reported, not kept, or kept by figures of the plan only, which nobody certifies."""
    return f'=IF({condition},IF({known}=1,"complied with","{NOT_REPORTED}"),"NOT COMPLIED WITH")'


_CALCULATED = {
    "payments": f'=IF({_AT.format(key="wf.default")}>0,"NOT COMPLIED WITH",IF({{alert.unreported}}>0,"not reported","complied with"))',
    "minimum_balance": _reported(_AT.format(key="proceeds.short") + "=0", _AT.format(key="state.account_known")),
    "withdrawals": _if(
        f"{_AT.format(key='wf.distribution')}*(1-{_AT.format(key='time.complete')})+{_AT.format(key='wf.paid_locked')}=0"
    ),
    "parent_loans": _if(f"{_AT.format(key='wf.parent_loans_paid')}*(1-{_AT.format(key='wf.parent_allowed')})=0"),
    "mechanical_completion": '=IF({comp.mechanical}="missed","NOT COMPLIED WITH",{comp.mechanical})',
    "completion": '=IF({comp.completion}="missed","NOT COMPLIED WITH",{comp.completion})',
    "equity_contribution": f'=IF({{comp.contribution}}="missed",IF({_AT.format(key="reported.contribution")}=1,"{WAIVED}",'
    '"NOT COMPLIED WITH"),{comp.contribution})',
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
    ("loan", "Term loan outstanding", USD, "={cover.loan}", "8-K 5(a) Term Loan"),
    ("unpaid", "of which fell due and was not paid", USD, "=" + _AT.format(key="loan.unpaid"), ""),
    ("arrears", "Arrears to the Lender, with interest and fees", USD, "={cover.arrears}", ""),
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
               '={cover.scenario}&IF({scenario.changed}=1,": NOT THE BASE CASE","")', "of what is not actual", high=2),
        scalar("cert.basis", "Figures rest on", TEXT,
               '=IF({state.missing_months}=0,{state.basis},"reported to "&IF(ISNUMBER({state.reported_to}),{state.reported_name},"no month")'
               '&"; missing: "&{state.gaps})', "nothing that is missing or planned is certified (R-58)", bold=True, high=2),
        *(scalar(f"cert.missing_{group.key}", f"Missing: {group.label}", TEXT,
                 f'=IF({{state.{group.key}_list}}="","–",{{state.{group.key}_list}})') for group in GROUPS),
        scalar("cert.estimates", "Estimated, not final", TEXT, '=IF({state.estimate_list}="","–",{state.estimate_list})'),
        scalar("cert.result", "Calculated tests", TEXT,
               '=IF({cert.broken}=0,IF({cert.unreported}+{cert.waived}=0,"all complied with","none not complied with"),{cert.broken}&" not complied with")'
               f'&IF({{cert.waived}}=0,"",", "&{{cert.waived}}&" {WAIVED}")'
               f'&IF({{cert.unreported}}=0,"",", "&{{cert.unreported}}&" {NOT_REPORTED}")', bold=True),
        scalar("cert.broken", "Calculated tests not complied with", "count",
               "=" + "+".join(f'IF({{cert.{key}}}="NOT COMPLIED WITH",1,0)' for key in _CALCULATED)),
        scalar("cert.waived", "Calculated tests that fail and are waived, by the ledger", "count",
               "=" + "+".join(f'IF({{cert.{key}}}="{WAIVED}",1,0)' for key in _CALCULATED)),
        scalar("cert.unreported", "Calculated tests that only planned or missing figures would pass", "count",
               "=" + "+".join(f'IF({{cert.{key}}}="{NOT_REPORTED}",1,0)' for key in _CALCULATED)),
        scalar("cert.default", "Default", TEXT,
               f'=IF({_AT.format(key="comp.default")}+{_AT.format(key="cov.standing")}=0,"none by these tests","A DEFAULT STANDS")',
               "arrears, contribution missed, or a covenant broken at its last test", bold=True),
        scalar("cert.payments_rest_on", "Payments rest on", TEXT, "={cover.payments}"),
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
    widths={LABEL: 78, UNIT: 8, NOTE: 33, VALUE: 34, START: 11},
)  # fmt: skip
