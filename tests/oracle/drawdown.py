"""What is drawn: by the ledger, the actuals, need, or the plan (R-16 to R-18); and the Company's funding."""

from __future__ import annotations

import datetime as dt

from . import facility
from .given import Given
from .lines import START, Lines


def calculate(given: Given, out: Lines) -> None:
    """Month by month, since an advance by need rests on those before it."""
    out.put("fund.facility", given["term_loan.max_credit"] + given["note.principal"])
    out.put("fund.any_drawn", int(any(drawn > 0 for drawn in out.all("reported.drawn"))))
    out["fund.advanced"][START] = 0.0
    for month in out.months:
        _company(given, out, month)
        before = out.before("fund.advanced", month)
        needed = _need(given, out, month, before)
        drawn, days = _drawn(given, out, month, before, needed)
        out.month(month, fund_advance=drawn, fund_advanced=before + drawn, fund_draw_days=days)
        _after(given, out, month, drawn)
    out.put("loan.drawn", out["fund.advanced"][out.months[-1]])


def _company(given: Given, out: Lines, month: dt.date) -> None:
    """What the Company puts in; what of it was standby equity, sheet Actuals does not say apart."""
    standby = given.plan("plan.standby", month) * given.changed("standby")
    out.month(
        month,
        fund_note=given["parent_loans.note_proceeds"] if month == out.months[0] else 0.0,
        fund_contribution=given.actual("actual.contribution", month, given.plan("plan.contribution", month)),
        fund_standby=0.0 if given.known("actual.equity", month) else standby,
        fund_equity=given.actual("actual.equity", month, given.plan("plan.equity", month) + standby),
    )  # fmt: skip


def _drawn(given: Given, out: Lines, month: dt.date, before: float, needed: float) -> tuple[float, float]:
    """How much, and for how many days it bears interest: the ledger's; else from signing, or from the month-end."""
    asked = needed if given["fund.by_need"] else given.plan("plan.advance", month)
    left = given["term_loan.max_credit"] - before
    drawn = min(asked, left) if out["time.advances_open"][month] else 0.0
    drawn = given.actual("actual.advance", month, drawn)
    if out.one("fund.any_drawn") and out["reported.kept"][month]:
        drawn = out["reported.drawn"][month]
    if out["reported.drawn"][month] > 0:
        return drawn, out["reported.draw_days"][month]
    return drawn, out["time.days"][month] if month == out.months[0] else 0


def _need(given: Given, out: Lines, month: dt.date, drawn: float) -> float:
    """What holds the minimum, at its most, if all is paid that falls due; ``drawn`` is what was drawn before."""
    undrawn, count = given["term_loan.max_credit"] - drawn, given["instalments.count"]
    interest = drawn * out["loan.cost"][month]
    fee_open = 0.0 if out["time.period_start"][month] else out.before("fund.need_fee", month)
    fee = fee_open + undrawn * out["fund.fee_cost"][month]
    accrued = out.before("fund.need_accrued", month) + interest
    pays = out["time.quarter_end"][month]
    due = (accrued + fee if pays else 0.0) + out["loan.establishment_due"][month]
    due += out["fund.hedge_paid"][month] + out["note.interest_due"][month]
    fees, parts = (facility.ahead(given, out, key, month) for key in ("fund.fee_cost", "time.instalment"))
    most = max(given["proceeds_account.floor"], out["proceeds.formula"][month]) + given["proceeds_account.interest_cap"]
    minimum = most + out["proceeds.capex_3m"][month] + undrawn * fees + drawn / count * parts
    costs = out["ops.cost_paid"][month] + out["ops.closure"][month] + out["ops.capex"][month] + out["ops.tax"][month]
    royalty = out["npmc.payable"][month] + out["npmc.advance_paid"][month]
    came = sum(out[f"fund.{key}"][month] for key in ("note", "contribution", "equity", "hedge"))
    opening = out.before("fund.need_close", month)
    before = opening + came + out["ops.received"][month] - costs - royalty - due
    out.month(
        month,
        fund_need_open=opening, fund_need_interest=interest, fund_fee_3m=fees, fund_instalment_3m=parts,
        fund_need_fee=fee, fund_need_due=due, fund_need_minimum=minimum, fund_need_before=before,
        fund_need=max(0.0, minimum - before), fund_need_accrued=0.0 if pays else accrued,
    )  # fmt: skip
    return max(0.0, minimum - before)


def _after(given: Given, out: Lines, month: dt.date, drawn: float) -> None:
    """What is drawn at signing bears interest from there, which falls due later; the account after the advance."""
    first = month == out.months[0] and not out["time.quarter_end"][month]
    accrues = drawn * out["loan.cost"][month] if first else 0.0
    out["fund.need_first"][month] = accrues
    out["fund.need_accrued"][month] += accrues
    out["fund.need_close"][month] = given.actual("actual.account", month, out["fund.need_before"][month] + drawn)
