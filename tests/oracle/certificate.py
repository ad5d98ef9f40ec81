"""The compliance certificate: tests calculated, and on what they rest."""

from __future__ import annotations

from typing import Any

from .given import Given
from .lines import DASH, Lines
from .states import LEADS

KEPT, BROKEN, UNKNOWN, WAIVED = "complied with", "NOT COMPLIED WITH", "not reported", "waived"


def calculate(given: Given, out: Lines) -> None:
    """Every line that is calculated, and nothing that is missing or planned certified (R-58)."""
    position, tested = out.one("time.position"), out.one("cov.test_date")

    def at_test(line: str) -> Any:
        return DASH if tested == DASH else out[line][tested]

    def kept(line: str) -> str:
        if tested == DASH or not out[line][tested]:
            broken = WAIVED if out["reported.covenants"][position] else BROKEN
            return "not yet tested" if tested == DASH else broken
        return KEPT if out["state.consolidated_known"][tested] else UNKNOWN

    def said(broken: object, known: object = True) -> str:
        return BROKEN if broken else KEPT if known else UNKNOWN

    def now(line: str) -> float:
        return out[line][position]

    milestones = {
        "mechanical_completion": "mechanical", "completion": "completion", "equity_contribution": "contribution",
        "commercial_production": "production",
    }  # fmt: skip
    words = {
        "payments": said(now("wf.default"), not out.one("alert.unreported")),
        "minimum_balance": said(now("proceeds.short"), now("state.account_known")),
        "withdrawals": said(now("wf.paid_locked") or (now("wf.distribution") > 0 and not now("time.complete"))),
        "parent_loans": said(now("wf.parent_loans_paid") > 0 and not now("wf.parent_allowed")),
        "material_decline": said(out.one("comp.reserve_declined") or out.one("comp.cash_declined")),
        "current_ratio": kept("cov.ratio_ok"), "tangible_equity": kept("cov.equity_ok"),
        "liabilities": kept("cov.liabilities_ok"), "guaranty": "in force" if now("comp.guaranty") else "released",
        **{
            key: BROKEN if out.one(f"comp.{source}") == "missed" else out.one(f"comp.{source}")
            for key, source in milestones.items()
        },
    }  # fmt: skip
    if words["equity_contribution"] == BROKEN and now("reported.contribution"):
        words["equity_contribution"] = WAIVED
    broken, unknown, waived = (sum(word == found for word in words.values()) for found in (BROKEN, UNKNOWN, WAIVED))
    in_doubt = unknown or waived
    result = f"{broken} not complied with" if broken else "none not complied with" if in_doubt else "all complied with"
    result += f", {waived} waived" if waived else ""
    result += f", {unknown} not reported" if unknown else ""
    stands = now("comp.default") or now("cov.standing")
    base = given.in_use == ["Base"]
    for key, figure in {
        **words, "date": position, "test_date": tested, "as_of": given.as_of,
        "scenario": given["cover.scenario"] + ("" if base else ": NOT THE BASE CASE"), "broken": broken,
        "unreported": unknown, "waived": waived, "result": result, "basis": _basis(out),
        "default": "A DEFAULT STANDS" if stands else "none by these tests",
        "payments_rest_on": out.one("cover.payments"), "loan_figure": now("loan.outstanding"),
        "unpaid_figure": now("loan.unpaid"), "estimates": out.one("state.estimate_list") or DASH,
        **{f"missing_{group}": out.one(f"state.{group}_list") or DASH for group in LEADS},
        "account_figure": now("proceeds.closing"), "minimum_figure": now("proceeds.minimum"),
        "shortfall_figure": now("proceeds.shortfall"), "arrears_figure": now("wf.lender_close"),
        "ratio_figure": at_test("cov.ratio"), "equity_figure": at_test("cov.tangible"),
        "liabilities_figure": at_test("cov.liabilities_ratio"), "least_ratio_figure": given["covenants.current_ratio"],
        "least_equity_figure": given["covenants.tangible_equity"],
        "most_liabilities_figure": given["covenants.liabilities"],
    }.items():  # fmt: skip
        out.put(f"cert.{key}", figure)


def _basis(out: Lines) -> str:
    if not out.one("state.missing_months"):
        return out.one("state.basis")
    to = "no month" if out.one("state.reported_to") == DASH else out.one("state.reported_name")
    return f"reported to {to}; missing: {out.one('state.gaps')}"
