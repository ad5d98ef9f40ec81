"""Waterfall: the account's cash paid out in order of priority, and what stays unpaid."""

from __future__ import annotations

import numpy as np

from drawstop.core import loan, proceeds
from lender_model.grid import FLAG, INPUT, USD, Row, Sheet, Values, balance, head, monthly
from lender_model.sheets.twins import Months

CLAIMS = (
    ("trade", "Overdue payables", "[wf.trade_open]"),
    ("costs", "Operating cost and closure", "[fund.costs]"),
    ("capex", "Capital expenditure", "[ops.capex]"),
    ("royalty", "Royalty", "[fund.royalty]"),
    ("tax", "Tax", "[ops.tax]"),
    ("arrears", "Arrears to the Lender", "[wf.lender_open]+[wf.lender_interest]"),
    ("fees", "Fees", "[loan.fees_due]"),
    ("hedge", "Hedge settlements", "[fund.hedge_paid]"),
    ("interest", "Interest", "[loan.interest_due]"),
    ("principal", "Principal", "[loan.repayment]"),
)
TRADE = ("trade", "costs", "capex", "royalty", "tax")
LENDER = ("arrears", "fees", "hedge", "interest", "principal")


def _claim(key: str, label: str, due: str, left: str) -> list[Row]:
    return [
        monthly(f"wf.{key}_due", f"{label}, due", USD, f"={due}"),
        monthly(f"wf.{key}_paid", f"{label}, paid", USD, f"=MAX(0,MIN([wf.{key}_due],{left}))"),
        balance(f"wf.{key}_left", "left", USD, f"={left}-[wf.{key}_paid]"),
    ]


def _claims() -> list[Row]:
    rows, left = list[Row](), "[wf.cash]"
    for key, label, due in CLAIMS:
        rows += _claim(key, label, due, left)
        left = f"[wf.{key}_left]"
    return rows


def _sum(keys: tuple[str, ...], what: str) -> str:
    return "+".join(f"[wf.{key}_{what}]" for key in keys)


SHEET = Sheet(
    "Waterfall",
    "Each month's cash paid in order of priority; what cannot be paid is carried and comes first next month.",
    [
        head("Cash"),
        balance("wf.cash", "Opening balance and sources", USD, "=[proceeds.opening]+[fund.sources]", bold=True),
        head("In order of priority", "R-47"),
        *_claims(),
        head("Unpaid costs"),
        balance("wf.trade_open", "Overdue payables, opening", USD, "=[wf.trade_close:-1]"),
        balance("wf.trade_close", "Overdue payables, closing", USD, f"={_sum(TRADE, 'due')}-({_sum(TRADE, 'paid')})"),
        head("Arrears to the Lender", "R-48"),
        balance("wf.lender_open", "Arrears, opening", USD, "=[wf.lender_close:-1]"),
        monthly("wf.lender_interest", "+ interest on arrears", USD,
                "=LOAN_INTEREST([wf.lender_open],[time.start],[time.end],[loan.libor],{plan.completion_date},"
                "{interest.margin_before},{interest.margin_after},{facility.day_count})", "at the loan's own rate"),
        balance("wf.lender_close", "Arrears, closing", USD, f"={_sum(LENDER, 'due')}-({_sum(LENDER, 'paid')})", bold=True),
        balance("wf.default", "Payment default", FLAG, "=IF([wf.lender_close]>{checks.cent},1,0)", "an alert; nothing leaves (R-05)"),
        head("To the Company", "8-K 5(a) Withdrawals, Parent Loans"),
        monthly("wf.parent_interest_due", "Interest on the Company's note, due", USD, "=[note.interest_due]"),
        balance("wf.available", "May be withdrawn", USD,
                "=PROCEEDS_AVAILABLE([wf.principal_left],[proceeds.minimum],[time.end],{plan.completion_date},"
                "[wf.parent_interest_due],[wf.default])", "above the minimum; before Completion only interest (R-04)"),
        monthly("wf.parent_interest_paid", "Interest on the Company's note, paid", USD,
                "=MIN([wf.parent_interest_due],[wf.available])"),
        balance("wf.parent_allowed", "Company's loans may be repaid", FLAG,
                "=IF(AND([time.complete]=1,[loan.closing]<{checks.cent},[note.closing]<{checks.cent},[wf.lender_close]<{checks.cent}),1,0)", "R-46"),
        monthly("wf.parent_loans_paid", "Company's loans, repaid", USD,
                "=MIN([parent.opening],[wf.available]-[wf.parent_interest_paid])*[wf.parent_allowed]"),
        monthly("wf.distribution", "Distributions", USD,
                "=([wf.available]-[wf.parent_interest_paid]-[wf.parent_loans_paid])*[time.complete]*[plan.payout]", bold=True),
        head("Together"),
        monthly("wf.paid", "Paid out of the account", USD,
                f"={_sum(TRADE + LENDER, 'paid')}+[wf.parent_interest_paid]+[wf.parent_loans_paid]+[wf.distribution]", bold=True),
    ],
    clauses=("8-K 5(a) Withdrawals", "8-K 5(a) Parent Loans"),
)  # fmt: skip

__all__ = ["INPUT", "SHEET", "calculate"]


def calculate(v: Values) -> Values:
    """Month by month, since what is paid hangs on the account and the account on what was paid."""
    shape = np.broadcast_shapes(v["ops.tax"].shape, v["loan.closing"].shape)
    sources = sum(v[f"fund.{key}"] for key in ("advance", "note", "contribution", "equity", "receipts", "hedge"))
    due = {
        "costs": v["fund.costs"], "capex": v["ops.capex"], "royalty": v["fund.royalty"], "tax": v["ops.tax"],
        "fees": v["loan.fees_due"], "hedge": v["fund.hedge_paid"], "interest": v["loan.interest_due"],
        "principal": v["loan.repayment"],
    }  # fmt: skip
    keys = [
        "opening", "closing", "difference", "cash", "trade_open", "trade_close", "lender_open", "lender_close",
        "lender_interest", "default", "available", "parent_interest_paid", "parent_allowed", "parent_loans_paid",
        "distribution", "paid", "parent_opening", "parent_closing",
    ]  # fmt: skip
    keys += [f"{key}_{what}" for key, *_ in CLAIMS for what in ("due", "paid", "left")]
    out = {key: np.empty(shape) for key in keys}
    rate = _rate_of_arrears(v)
    state = {"closing": 0.0, "trade_close": 0.0, "lender_close": 0.0}
    state["parent_closing"] = v["parent_loans.note_proceeds"] + v["parent_loans.other_advances"]
    for t in range(shape[0]):
        month = _month(v, t, state, {key: rows[t] for key, rows in due.items()}, sources[t], rate[t])
        for key, value in month.items():
            out[key][t] = value
        state = {key: month[key] for key in state}
    proceeds_keys = {"opening", "closing", "difference"}
    found = {f"proceeds.{key}" if key in proceeds_keys else f"wf.{key}": rows for key, rows in out.items()}
    found["parent.opening"], found["parent.closing"] = found.pop("wf.parent_opening"), found.pop("wf.parent_closing")
    return found | {
        "parent.closing@start": v["parent_loans.note_proceeds"] + v["parent_loans.other_advances"],
        "parent.repaid": out["parent_loans_paid"],
        "wf.parent_interest_due": v["note.interest_due"],
        "proceeds.in": sources,
        "proceeds.out": out["paid"],
    }


def _rate_of_arrears(v: Values) -> Months:
    """A month's interest per dollar of arrears."""
    rate: Months = loan.interest(
        1.0, v["time.start"], v["time.end"], v["loan.libor"], np.asarray(v["plan.completion_date"]),
        margin_before=v["interest.margin_before"], margin_after=v["interest.margin_after"],
        basis=v["facility.day_count"],
    )  # fmt: skip
    return rate


def _month(v: Values, t: int, state: Values, due: Values, sources: Months, rate: Months) -> Values:
    opening = state["closing"]
    interest = state["lender_close"] * rate
    due = due | {"trade": state["trade_close"], "arrears": state["lender_close"] + interest}
    m: Values = {"opening": opening, "cash": opening + sources, "lender_interest": interest}
    m |= {"trade_open": state["trade_close"], "lender_open": state["lender_close"]}
    left = m["cash"]
    for key, *_ in CLAIMS:
        m[f"{key}_due"] = due[key]
        m[f"{key}_paid"] = np.maximum(0.0, np.minimum(due[key], left))
        m[f"{key}_left"] = left = left - m[f"{key}_paid"]
    m["trade_close"] = sum(due[key] for key in TRADE) - sum(m[f"{key}_paid"] for key in TRADE)
    m["lender_close"] = sum(due[key] for key in LENDER) - sum(m[f"{key}_paid"] for key in LENDER)
    m["default"] = (m["lender_close"] > v["checks.cent"]) * 1.0
    m["available"] = proceeds.available(
        left, v["proceeds.minimum"][t], v["time.end"][t], v["plan.completion_date"],
        parent_interest_due=v["note.interest_due"][t], in_default=m["default"] == 1,
    )  # fmt: skip
    m["parent_interest_paid"] = np.minimum(v["note.interest_due"][t], m["available"])
    cent = v["checks.cent"]
    clear = (v["loan.closing"][t] < cent) & (v["note.closing"][t] < cent) & (m["lender_close"] < cent)
    m["parent_allowed"] = ((v["time.complete"][t] == 1) & clear) * 1.0
    m["parent_opening"] = state["parent_closing"]
    rest = m["available"] - m["parent_interest_paid"]
    m["parent_loans_paid"] = np.minimum(state["parent_closing"], rest) * m["parent_allowed"]
    m["parent_closing"] = state["parent_closing"] - m["parent_loans_paid"]
    m["distribution"] = (rest - m["parent_loans_paid"]) * v["time.complete"][t] * v["plan.payout"][t]
    corporate = m["parent_interest_paid"] + m["parent_loans_paid"] + m["distribution"]
    m["paid"] = sum(m[f"{key}_paid"] for key in TRADE + LENDER) + corporate
    computed = opening + sources - m["paid"]
    known = (v["time.actual"][t] == 1) & ~np.isnan(v["actual.account"][t])
    m["difference"] = np.where(known, v["actual.account"][t] - computed, 0.0)
    m["closing"] = computed + m["difference"]
    return m
