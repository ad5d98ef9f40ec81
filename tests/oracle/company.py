"""The Company, consolidated, one month at a time from its first published balance sheet."""

from __future__ import annotations

import datetime as dt

from .days import within
from .given import Given
from .lines import START, Lines


def opening(given: Given, out: Lines) -> None:
    """Before the first month."""
    out["bal.project"][START] = given["plan.capital_before"]
    out["bal.contributed"][START] = out["bal.unexplained"][START] = 0.0


def calculate(given: Given, out: Lines, month: dt.date) -> None:
    """Cash, income, property, balance sheet and cash flow of a month."""
    opening_day = given["plan.balance_date"]
    out.month(
        month,
        bal_live=int(month >= opening_day),
        bal_first=int(month == opening_day),
        bal_after=int(month > opening_day),
    )
    _cash(given, out, month)
    _income(given, out, month)
    _property(given, out, month)
    _assets(given, out, month)
    _liabilities(given, out, month)
    _equity(out, month)
    _cash_flow(out, month)


def _cash(given: Given, out: Lines, month: dt.date) -> None:
    """The Company's own; standby equity comes from outside and goes into the Project."""
    live, after = out["bal.live"][month], out["bal.after"][month]
    contributed = out.before("bal.contributed", month) + out["fund.contribution"][month]
    payables = given.actual("actual.payables", month, given["plan.payables"]) * live
    rise = (payables - out.before("bal.payables", month)) * after
    net = given["plan.offering_price"] * (1 - given["plan.offering_cost"])
    offering = (given.plan("plan.offering_shares", month) * net + out["fund.standby"][month]) * after
    received, overhead = out["fund.company"][month] * after, given.plan("plan.overhead", month) * after
    funded = (out["fund.contribution"][month] + out["fund.equity"][month]) * after
    note = (out["note.interest_due"][month] + out["note.repayment"][month]) * after
    guaranty = out["wf.guaranty_call"][month] * after
    before = out.before("bal.cash", month)
    cash = before + offering + received - funded - note - guaranty - overhead + rise
    if out["bal.first"][month]:
        cash = given["plan.company_cash"] - contributed
    out.month(
        month,
        bal_cash_open=before, bal_offering=offering, bal_received=received, bal_funded=funded, bal_note_paid=note,
        bal_guaranty=guaranty, bal_overhead=overhead, bal_payables_rise=rise, bal_cash=cash,
        bal_contributed=contributed, bal_payables=payables,
    )  # fmt: skip


def _income(given: Given, out: Lines, month: dt.date) -> None:
    """What the bank holds less than the model is a loss until explained; what it holds more is owed to somebody."""

    def now(key: str) -> float:
        return out[key][month] * out["bal.after"][month]

    interest = now("loan.interest") + now("loan.held") + now("note.interest") + now("wf.lender_interest")
    unexplained = out.before("bal.unexplained", month) + now("proceeds.difference")
    pad = out["ops.pad_cost"][month] * given["plan.pad_asset"] * out["bal.live"][month]
    part = {
        "revenue": now("ops.net_returns") - now("wf.royalty_due") + now("ops.hedge"),
        "costs": now("ops.cost") + now("ops.closure") + out["bal.overhead"][month],
        "depreciation": now("ops.depreciation"),
        "financing": interest + now("loan.fee") + now("loan.establishment_due"), "tax": now("ops.tax"),
        "pad_rise": pad - out.before("bal.pad", month) if out["bal.after"][month] else 0.0,
        "credited": now("loan.out_credited") + now("loan.out_waived"),
        "other": min(0.0, unexplained) - min(0.0, out.before("bal.unexplained", month)),
    }  # fmt: skip
    spent = part["costs"] + part["depreciation"] + part["financing"] + part["tax"]
    out.month(
        month,
        **{f"bal_{key}": figure for key, figure in part.items()}, bal_unexplained=unexplained, bal_pad=pad,
        bal_income=part["revenue"] - spent + part["credited"] + part["pad_rise"] + part["other"],
        bal_suspense=max(0.0, unexplained),
    )  # fmt: skip


def _property(given: Given, out: Lines, month: dt.date) -> None:
    """The Project's from the first spending on; other properties are the rest of the published figure."""
    before, capex, depreciation = (
        out.before("bal.project", month),
        out["ops.capex"][month],
        out["ops.depreciation"][month],
    )
    closing, live = before + capex - depreciation, out["bal.live"][month]
    other = given["plan.ppe"] - closing if out["bal.first"][month] else out.before("bal.other_property", month)
    out.month(
        month,
        bal_project_open=before, bal_project_capex=capex, bal_project_depreciation=depreciation, bal_project=closing,
        bal_project_live=closing * live, bal_other_property=other * live, bal_ppe=(closing + other) * live,
    )  # fmt: skip


def _assets(given: Given, out: Lines, month: dt.date) -> None:
    live = out["bal.live"][month]
    assets = {
        "company_cash": max(0.0, out["bal.cash"][month]), "account": out["proceeds.closing"][month] * live,
        "receivables": out["ops.receivable"][month] * live,
        "other_current": given["plan.other_current"] * live,
    }  # fmt: skip
    current = sum(assets.values()) + out["bal.pad"][month]
    out.month(
        month,
        **{f"bal_{key}": figure for key, figure in assets.items()}, bal_current_assets=current,
        bal_intangible=given["plan.intangibles"] * live, bal_assets=current + out["bal.ppe"][month],
    )  # fmt: skip


def _liabilities(given: Given, out: Lines, month: dt.date) -> None:
    """What is due within a year is current; what fell due and was not paid is in arrears."""
    horizon, live = int(given["plan.horizon"]), out["bal.live"][month]

    def within_a_year(line: str) -> float:
        return sum(out[line][other] for other in out.months if within(month, horizon, other))

    ahead, note = within_a_year("loan.foreseen"), live * within_a_year("note.repayment")
    loan = live * min(ahead, out["loan.closing"][month])
    accrued = ("loan.accrued_close", "loan.held_close", "loan.fee_close", "note.accrued_close")
    part = {
        "overdraft": max(0.0, -out["bal.cash"][month]), "overdue": out["wf.trade_close"][month] * live,
        "creditors": out["ops.creditors"][month] * live,
        "accrued": sum(out[key][month] for key in accrued) * live, "arrears": out["wf.lender_close"][month] * live,
        "current_loan": loan, "current_note": note,
    }  # fmt: skip
    current = sum(part.values()) + out["bal.payables"][month] + out["bal.suspense"][month]
    later = (out["loan.closing"][month] + out["note.closing"][month]) * live - loan - note
    out.month(
        month,
        **{f"bal_{key}": figure for key, figure in part.items()}, bal_loan_ahead=ahead,
        bal_current_liabilities=current, bal_long_term=later, bal_liabilities=current + later,
    )  # fmt: skip


def _equity(out: Lines, month: dt.date) -> None:
    """At the opening assets less liabilities; then what shares and income add."""
    equity = out.before("bal.equity", month) + out["bal.offering"][month] + out["bal.income"][month]
    if out["bal.first"][month]:
        equity = out["bal.assets"][month] - out["bal.liabilities"][month]
    out.month(month, bal_equity=equity * out["bal.live"][month], bal_gap=0.0)


def _cash_flow(out: Lines, month: dt.date) -> None:
    """Company and account as one: what came in from outside, and what went out."""
    after, offering = out["bal.after"][month], out["bal.offering"][month]
    overhead = out["bal.overhead"][month] - out["bal.payables_rise"][month]
    bank = out["proceeds.difference"][month] * after
    paid = {key: out[f"wf.{key}_paid"][month] for key in ("trade", "costs", "royalty", "tax", "fees", "interest")}
    received = (out["fund.receipts"][month] + out["fund.hedge"][month] - out["wf.hedge_paid"][month]) * after
    costs = (paid["trade"] + paid["costs"] + paid["royalty"] + paid["tax"]) * after
    interest = (paid["fees"] + paid["interest"] + out["note.interest_due"][month]) * after
    operating = received - costs - overhead - interest + bank
    investing = -out["wf.capex_paid"][month] * after
    raised = offering + (out["fund.advance"][month] + out["fund.note"][month]) * after
    repaid = sum(out[f"wf.{claim}_paid"][month] for claim in ("principal", "arrears", "prepaid"))
    repaid = (repaid + out["wf.guaranty_call"][month] + out["note.repayment"][month]) * after
    out.month(
        month,
        flow_received=received, flow_costs=costs, flow_overhead=overhead, flow_interest=interest,
        flow_operating=operating, flow_investing=investing, flow_raised=raised, flow_repaid=repaid,
        flow_financing=raised - repaid, flow_change=operating + investing + raised - repaid, flow_gap=0.0,
    )  # fmt: skip
