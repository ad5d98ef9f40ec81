"""Certificate: the compliance certificate for the as-of date, one page: tests calculated, statements to tick."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from drawstop.core import completion
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
    Values,
    head,
    scalar,
)
from lender_model.sheets.terms import FACILITY

_AT = "SUMPRODUCT([time.as_of:row],[{key}:row])"


def _if(condition: str, good: str = "complied with", bad: str = "NOT COMPLIED WITH") -> str:
    return f'=IF({condition},"{good}","{bad}")'


def _covenant(key: str) -> str:
    at = _AT.format(key=key)
    return f'=IF({_AT.format(key="bal.live")}=0,"not yet tested",IF({at}=1,"complied with","NOT COMPLIED WITH"))'


_CALCULATED = {
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


def _at(key: str) -> str:
    return f'=IF({_AT.format(key="bal.live")}=0,"–",SUMIF([time.as_of:row],1,[{key}:row]))'


_FIGURES = (
    ("account", "Proceeds Account", USD, "={cover.account}", "8-K 5(a) Proceeds Account"),
    ("minimum", "Minimum balance", USD, "={cover.minimum}", ""),
    ("shortfall", "Shortfall", USD, "={cover.shortfall}", ""),
    ("ratio", "Current ratio", RATIO, _at("cov.ratio"), "8-K 5(a) Financial Covenants (a)"),
    ("least_ratio", "Required, at least", RATIO, "={covenants.current_ratio}", ""),
    ("equity", "Consolidated tangible equity", USD, _at("cov.tangible"), "8-K 5(a) Financial Covenants (b)"),
    ("least_equity", "Required, at least", USD, "={covenants.tangible_equity}", ""),
    ("liabilities", "Total liabilities to tangible equity", RATIO, _at("cov.liabilities_ratio"), "8-K 5(a) Financial Covenants (c)"),
    ("most_liabilities", "Required, at most", RATIO, "={covenants.liabilities}", ""),
)  # fmt: skip


def _undertakings(who: str) -> list[Row]:
    return [
        scalar(f"cert.{item.key}", item.title, "", _CALCULATED.get(item.key, INPUT), item.clause)
        for item in FACILITY.undertakings if item.who == who
    ]  # fmt: skip


SHEET = Sheet(
    "Certificate",
    "Compliance certificate to N M Rothschild & Sons Limited: tests are calculated, the rest is stated and dated by hand.",
    [
        head("Certificate"),
        scalar("cert.date", "As of", DATE, "={time.position}", bold=True),
        scalar("cert.result", "Calculated tests", TEXT, '=IF({cert.broken}=0,"all complied with",{cert.broken}&" not complied with")', bold=True),
        scalar("cert.broken", "Calculated tests not complied with", "count",
               "=" + "+".join(f'IF({{cert.{key}}}="NOT COMPLIED WITH",1,0)' for key in _CALCULATED)),
        head("Figures"),
        *(scalar(f"cert.{key}_figure", label, unit, formula, note) for key, label, unit, formula, note in _FIGURES),
        head("Undertakings of the Borrower", "calculated, or stated by an officer"),
        *_undertakings("borrower"),
        head("Undertakings of the Company", "calculated, or stated by an officer"),
        *_undertakings("company"),
        head("Signed"),
        scalar("cert.officer", "Officer, name and title", ""),
        scalar("cert.signed", "Date", ""),
    ],
    monthly=False,
    one_page=True,
    widths={LABEL: 62, UNIT: 6, NOTE: 32, VALUE: 22, START: 1},
)  # fmt: skip


def calculate(v: Values) -> Values:
    """Each calculated undertaking at the as-of month-end."""
    at = v["time.as_of"]

    def value(key: str) -> float:
        return float((at * v[key]).sum())

    def passed(good: bool, yes: str = "complied with", no: str = "NOT COMPLIED WITH") -> str:
        return yes if good else no

    def milestone(key: str) -> Any:
        return "NOT COMPLIED WITH" if v[key] == completion.MISSED else v[key]

    def covenant(key: str) -> str:
        return "not yet tested" if value("bal.live") == 0 else passed(value(key) == 1)

    results = {
        "minimum_balance": passed(value("proceeds.short") == 0),
        "withdrawals": passed(value("wf.distribution") * (1 - value("time.complete")) == 0),
        "parent_loans": passed(value("wf.parent_loans_paid") * (1 - value("wf.parent_allowed")) == 0),
        "mechanical_completion": milestone("comp.mechanical"),
        "completion": milestone("comp.completion"),
        "equity_contribution": milestone("comp.contribution"),
        "commercial_production": milestone("comp.production"),
        "material_decline": passed(v["comp.reserve_declined"] + v["comp.cash_declined"] == 0),
        "current_ratio": covenant("cov.ratio_ok"),
        "tangible_equity": covenant("cov.equity_ok"),
        "liabilities": covenant("cov.liabilities_ok"),
        "guaranty": passed(value("comp.guaranty") == 1, "in force", "released"),
    }
    broken = sum(result == "NOT COMPLIED WITH" for result in results.values())
    return {
        "cert.date": v["time.position"],
        "cert.result": "all complied with" if not broken else f"{broken} not complied with",
        "cert.broken": float(broken),
        **_figures(v, value),
        **{f"cert.{key}": result for key, result in results.items()},
    }


def _figures(v: Values, value: Callable[[str], float]) -> Values:
    """The figures that the tests compare."""
    live = value("bal.live") != 0
    position = int(np.argmax(v["time.as_of"][:, 0]))
    return {
        "cert.account_figure": v["cover.account"],
        "cert.minimum_figure": v["cover.minimum"],
        "cert.shortfall_figure": v["cover.shortfall"],
        "cert.ratio_figure": v["cov.ratio"][position, 0] if live else "–",
        "cert.least_ratio_figure": v["covenants.current_ratio"],
        "cert.equity_figure": v["cov.tangible"][position, 0] if live else "–",
        "cert.least_equity_figure": v["covenants.tangible_equity"],
        "cert.liabilities_figure": v["cov.liabilities_ratio"][position, 0] if live else "–",
        "cert.most_liabilities_figure": v["covenants.liabilities"],
    }
