"""The Proceeds Account, one month at a time: who is paid first, what stays in arrears, what may leave (R-47, R-48)."""

from __future__ import annotations

import datetime as dt

from . import completion
from .given import Given
from .lines import CENT, DASH, START, Lines

OWN = ("trade", "costs", "capex", "royalty", "tax")
LENDER = ("arrears", "fees", "hedge", "interest", "principal")
FELL_DUE = ("fees", "hedge", "interest", "principal")
REPORTED = ("fees", "interest", "principal", "prepaid")
"""What the ledger says was paid, in the months that it reports."""


def opening(given: Given, out: Lines) -> None:
    """Before the first month."""
    note_loan, advances_loan = given["parent_loans.note_proceeds"], given["parent_loans.other_advances"]
    out["parent.note_close"][START], out["parent.advances_close"][START] = note_loan, advances_loan
    out["parent.closing"][START] = note_loan + advances_loan
    out["wf.default"][START], out["proceeds.equity_needed"][START] = 0, 0.0
    out["comp.guaranty"][START] = 1


def calculate(given: Given, out: Lines, month: dt.date) -> None:
    """From the cash of the month to the closing balance."""
    _held_interest(given, out, month)
    left = _payments(given, out, month)
    _arrears(out, month)
    _outstanding(given, out, month)
    _minimum(out, month, left)
    _lock_up(given, out, month)
    _leaves(given, out, month, left)
    _closing(given, out, month)


def _held_interest(given: Given, out: Lines, month: dt.date) -> None:
    """No step-down of the margin while a default stood the month before, or Completion was not reached (R-05, R-42).

    In the month of Completion itself its tests decide: the day of Completion bears the lower margin (R-08).
    """
    stood = out.before("comp.default", month) or out.before("cov.standing", month)
    begun = out.before("time.complete", month)
    reached = out.before("comp.reached", month) if begun else completion.tested(given, out, month)
    lower = out["loan.cost_held"][month] > out["loan.cost"][month]
    owed = max(out["loan.opening"][month], out["note.opening"][month], out.before("wf.lender_close", month)) > CENT
    held_back = int(bool(lower and owed and (stood or not reached)))
    dearer = out["loan.cost_held"][month] - out["loan.cost"][month]
    drawn = out["fund.advance"][month] * out["fund.draw_days"][month] / out["time.days"][month]
    accrues = (out["loan.opening"][month] + drawn) * dearer * held_back
    accrued = out.before("loan.held_close", month)
    due = accrued + accrues if out["time.quarter_end"][month] else 0.0
    interest, repaid, fees = (out[f"loan.{key}"][month] for key in ("interest_due", "repayment", "fees_due"))
    out.month(
        month,
        loan_held_back=held_back, loan_held=accrues, loan_held_open=accrued, loan_held_due=due,
        loan_held_close=accrued + accrues - due, loan_debt_service=interest + due + repaid + fees,
    )  # fmt: skip


def _payments(given: Given, out: Lines, month: dt.date) -> float:
    """Each claim in its order; in a month that the ledger reports, the Lender is paid what that says."""
    account, overdue, arrears = (
        out.before(key, month) for key in ("proceeds.closing", "wf.trade_close", "wf.lender_close")
    )
    sources = out["ops.received"][month]
    sources += sum(out[f"fund.{key}"][month] for key in ("advance", "note", "contribution", "equity", "hedge"))
    kept = out["reported.kept"][month] == 1
    dearer = (out["loan.cost_held"][month] - out["loan.cost"][month]) * out["loan.held_back"][month]
    interest = max(0.0, arrears) * (out["loan.cost_arrears"][month] + dearer)
    settled = sum(out[f"reported.{key}"][month] for key in ("credited_due", "waived_due", "capitalised", "put_off"))
    call = _call(given, out, month, arrears + interest)
    due = {
        "trade": overdue, "costs": out["ops.cost_paid"][month] + out["ops.closure"][month],
        "capex": out["ops.capex"][month],
        "royalty": out["npmc.payable"][month] + out["npmc.advance_paid"][month], "tax": out["ops.tax"][month],
        "arrears": max(0.0, arrears + interest - call - settled), "fees": out["loan.fees_due"][month],
        "hedge": out["fund.hedge_paid"][month],
        "interest": out["loan.interest_due"][month] + out["loan.held_due"][month],
        "principal": out["loan.repayment"][month], "prepaid": out["loan.shortened_prepaid"][month],
    }  # fmt: skip
    left, paid = account + sources, {}
    out.month(
        month,
        wf_cash=left, wf_trade_open=overdue, wf_lender_open=arrears, wf_lender_interest=interest,
        wf_guaranty_call=call, wf_settled=settled, fund_receipts=out["ops.received"][month], fund_sources=sources,
    )  # fmt: skip
    for claim in (*OWN, *LENDER, "prepaid"):
        paid[claim] = max(0.0, min(due[claim], left))
        if kept and claim in REPORTED:
            paid[claim] = due["prepaid"] if claim == "prepaid" else out[f"reported.{claim}"][month]
        if claim == "arrears" and (kept or out["reported.after"][month]):
            paid[claim] = 0.0  # what is overdue stays so until the ledger says otherwise
        left -= paid[claim]
        out[f"wf.{claim}_due"][month], out[f"wf.{claim}_paid"][month] = due[claim], paid[claim]
        out[f"wf.{claim}_left"][month] = left
    out["wf.trade_close"][month] = sum(due[claim] - paid[claim] for claim in OWN)
    return left


def _call(given: Given, out: Lines, month: dt.date, asked: float) -> float:
    """What the guarantor pays of what was in arrears at the month-end before, up to its cash then (R-45)."""
    if given.is_past(month) or not out.before("comp.guaranty", month):
        return 0.0
    return max(0.0, min(asked, out.before("bal.company_cash", month)))


def _arrears(out: Lines, month: dt.date) -> None:
    """What is owed and overdue, and the principal in it: payments cover interest and fees first (R-48)."""

    def now(key: str) -> float:
        return out[f"wf.{key}"][month]

    fell_due = sum(now(f"{claim}_due") for claim in FELL_DUE)
    paid = sum(now(f"{claim}_paid") for claim in LENDER)
    close = now("lender_open") + now("lender_interest") + fell_due - paid - now("guaranty_call") - now("settled")
    principal = out.before("wf.principal_close", month)
    besides = now("lender_open") - principal + now("lender_interest")
    of_principal = max(0.0, min(principal, now("arrears_paid") + now("guaranty_call") - besides))
    settled = sum(out[f"reported.{key}"][month] for key in ("credited_due", "waived_due", "put_off"))
    standing = principal + now("principal_due") - now("principal_paid") - of_principal - settled
    out.month(
        month,
        wf_lender_due=fell_due, wf_lender_paid=paid, wf_lender_close=close, wf_principal_open=principal,
        wf_principal_fell_due=now("principal_due"), wf_principal_arrears_paid=of_principal,
        wf_principal_settled=settled, wf_principal_close=standing,
        wf_default=int(close > CENT),
    )  # fmt: skip


def _outstanding(given: Given, out: Lines, month: dt.date) -> None:
    """The loan as the bank sees it: with what fell due and was not paid."""
    opening = out.before("loan.outstanding", month)
    repaid = out["wf.principal_paid"][month] + out["wf.principal_arrears_paid"][month]
    reported = {key: out[f"reported.{key}"][month] for key in ("capitalised", "balance", "has_balance")}
    taken = {what: out[f"loan.shortened_{what}"][month] for what in ("prepaid", "credited", "waived")}
    beyond = sum(out[f"reported.{what}"][month] - amount for what, amount in taken.items())
    credited = taken["credited"] + out["reported.credited_due"][month]
    waived = taken["waived"] + out["reported.waived_due"][month]
    advance = out["fund.advance"][month]
    closing = opening + advance + reported["capitalised"] - repaid - taken["prepaid"] - credited - waived
    closing = 0.0 if abs(closing) < CENT / 1e4 else closing
    close, standing = out["wf.lender_close"][month], out["wf.principal_close"][month]
    least = min(close, standing, close - standing, closing, -beyond)
    out.month(
        month, wf_beyond=beyond, wf_overpaid=int(least < -given["checks.bank"]),
        loan_out_open=opening, loan_out_advance=advance, loan_out_capitalised=reported["capitalised"],
        loan_repaid=repaid, loan_out_prepaid=taken["prepaid"], loan_out_credited=credited, loan_out_waived=waived,
        loan_outstanding=closing, loan_unpaid=out["wf.principal_close"][month],
        loan_bank_gap=reported["balance"] - closing if reported["has_balance"] else 0.0,
    )  # fmt: skip


def _minimum(out: Lines, month: dt.date, left: float) -> None:
    """The minimum stands while anything is owed, arrears too, or may still be drawn (R-48)."""
    owed = out["loan.closing"][month] > CENT or out["wf.lender_close"][month] > CENT
    live = int(owed or out["time.advances_open"][month] == 1)
    minimum = out["proceeds.whole"][month] * live
    kept = max(0.0, min(minimum, left))
    out.month(
        month,
        proceeds_live=live, proceeds_minimum=minimum, wf_minimum_kept=kept, wf_minimum_missing=minimum - kept,
        wf_minimum_left=left - kept,
        **{f"proceeds_limb_{k}": out[f"oracle.limb_{k}"][month] * live for k in range(1, 5)},
    )  # fmt: skip


def _lock_up(given: Given, out: Lines, month: dt.date) -> None:
    """What holds payments to the Company back: arrears now, the tests of the month before, cover, Completion (R-55)."""
    owed = _owed(out, month)
    cover = out.before("ratio.dscr", month)
    first = month == out.months[0]
    arrears, default = out["wf.default"][month], int(out.before("comp.default", month))
    covenants = int(out.before("cov.standing", month))
    low = int(not first and cover != DASH and cover < given["wf.lockup_cover"] and bool(owed))
    completion = int(bool(owed) and not out.before("comp.reached", month))
    locked = max(arrears, default, covenants)
    out.month(
        month,
        wf_lock_arrears=arrears, wf_lock_default=default, wf_lock_covenants=covenants, wf_locked=locked,
        wf_lock_cover=low, wf_lock_completion=completion, wf_no_distribution=max(locked, low, completion),
    )  # fmt: skip


def _owed(out: Lines, month: dt.date) -> int:
    """Whether loan, note or arrears stood at the start of the month (R-50)."""
    return int(any(out[key][month] > CENT for key in ("loan.opening", "note.opening", "wf.lender_open")))


def _leaves(given: Given, out: Lines, month: dt.date, left: float) -> None:
    """What goes to the Company: its note's interest before Completion, nothing in a lock-up (R-04, R-05, R-46)."""
    complete, due = out["time.complete"][month] == 1, out["note.interest_due"][month]
    locked, waits = out["wf.locked"][month], out["wf.no_distribution"][month]
    note_loan, advances_loan = out.before("parent.note_close", month), out.before("parent.advances_close", month)
    above = max(0.0, left - out["proceeds.minimum"][month])
    available = 0.0 if locked else above if complete else min(above, due)
    interest = min(due, available)
    owed = max(out["loan.closing"][month], out["note.closing"][month], out["wf.lender_close"][month])
    all_repaid = complete and owed < CENT
    note = min(note_loan, available - interest) if all_repaid else 0.0
    advances = min(advances_loan, available - interest - note) if all_repaid else 0.0
    payout = given.plan("plan.payout", month)
    rest = available - interest - note - advances
    distribution = rest * payout if complete and not waits else 0.0
    company = interest + note + advances + distribution
    out.month(
        month,
        wf_parent_interest_due=due, wf_available=available, wf_parent_interest_paid=interest,
        wf_parent_allowed=int(all_repaid), wf_parent_note_paid=note, wf_parent_advances_paid=advances,
        wf_parent_loans_paid=note + advances, wf_distribution=distribution, fund_company=company,
        wf_held_back=above * (1 if locked else payout * waits) if complete else 0.0,
        wf_paid_locked=int(bool(locked) and company > CENT), parent_note_open=note_loan, parent_note_repaid=note,
        parent_note_close=note_loan - note, parent_advances_open=advances_loan, parent_advances_repaid=advances,
        parent_advances_close=advances_loan - advances, parent_opening=note_loan + advances_loan,
        parent_repaid=note + advances, parent_closing=note_loan + advances_loan - note - advances,
    )  # fmt: skip


def _closing(given: Given, out: Lines, month: dt.date) -> None:
    """The account is what the bank says it is."""
    account, sources = out.before("proceeds.closing", month), out["fund.sources"][month]
    paid = sum(out[f"wf.{claim}_paid"][month] for claim in (*OWN, *LENDER, "prepaid"))
    spent, minimum = paid + out["fund.company"][month], out["proceeds.minimum"][month]
    computed = account + sources - spent
    closing = given.actual("actual.account", month, computed)
    short = max(0.0, minimum - closing)
    out.month(
        month,
        wf_paid=spent, proceeds_opening=account, proceeds_in=sources, proceeds_out=spent,
        proceeds_difference=closing - computed, proceeds_closing=closing, proceeds_shortfall=short,
        proceeds_arrears=out["wf.lender_close"][month], proceeds_excess=max(0.0, closing - minimum),
        proceeds_short=int(short > CENT),
        proceeds_equity_needed=max(out.before("proceeds.equity_needed", month), short),
        loan_unreported=int(
            given.is_past(month) and not out["reported.kept"][month] and out["loan.debt_service"][month] > CENT
        ),
        loan_pays=int(not given.is_past(month) and out["loan.debt_service"][month] > CENT),
    )  # fmt: skip
