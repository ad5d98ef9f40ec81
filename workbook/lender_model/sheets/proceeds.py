"""Proceeds: the four limbs of the minimum balance, the account, and what may be withdrawn."""

from __future__ import annotations

import numpy as np

from drawstop.core import proceeds
from lender_model.grid import FLAG, USD, Sheet, Values, balance, head, monthly
from lender_model.sheets.twins import shared

SHEET = Sheet(
    "Proceeds",
    "The Proceeds Account against its minimum balance, limb by limb, looking three months ahead.",
    [
        head("The following three months", "8-K 5(a) Proceeds Account (R-02)"),
        balance("proceeds.interest_3m", "Interest due on the term loan", USD,
                "=DUE_WITHIN([time.end:row],[time.end:row],[loan.interest_due:row],{proceeds_account.months})", array=True),
        balance("proceeds.capex_3m", "Capital expenditure scheduled", USD,
                "=DUE_WITHIN([time.end:row],[time.end:row],[ops.capex:row],{proceeds_account.months})", array=True),
        monthly("proceeds.other", "Principal, fees and hedge settlements due in the month", USD,
                "=[loan.foreseen]+[loan.fees_due]+[fund.hedge_paid]", "R-01; an acceleration is no scheduled payment"),
        balance("proceeds.other_3m", "Principal, fees and hedge settlements", USD,
                "=DUE_WITHIN([time.end:row],[time.end:row],[proceeds.other:row],{proceeds_account.months})"
                "-DUE_WITHIN([time.end:row],[time.end:row],[loan.foreseen:row],{proceeds_account.months})*[loan.due_at_once:row]",
                "once the loan is declared due, no instalment is still to come", array=True),
        balance("proceeds.formula", "Formula amount", USD,
                "=FORMULA_AMOUNT([time.end:row],[time.end:row],[ops.project_cash:row],{plan.discount_rate},{plan.formula_share})",
                "8-K 5(a) Proceeds Account (I) (R-03)", array=True),
        head("Minimum balance", "8-K 5(a) Proceeds Account"),
        balance("proceeds.live", "Owed or still to be drawn", FLAG,
                "=IF(OR([loan.closing]>{checks.cent},[time.advances_open]=1,[wf.lender_close]>{checks.cent}),1,0)",
                "the account is required while it is; arrears are owed too (R-48)"),
        balance("proceeds.limb_1", "(I) Greater of floor and formula amount", USD,
                "=MAX({proceeds_account.floor},[proceeds.formula])*[proceeds.live]", "8-K 5(a) Proceeds Account (I)"),
        balance("proceeds.limb_2", "(II) Lesser of cap and interest", USD,
                "=MIN({proceeds_account.interest_cap},[proceeds.interest_3m])*[proceeds.live]", "8-K 5(a) Proceeds Account (II)"),
        balance("proceeds.limb_3", "(III) Capital expenditure", USD, "=[proceeds.capex_3m]*[proceeds.live]",
                "8-K 5(a) Proceeds Account (III)"),
        balance("proceeds.limb_4", "(IV) Other payments to the Lender", USD, "=[proceeds.other_3m]*[proceeds.live]",
                "8-K 5(a) Proceeds Account (IV)"),
        balance("proceeds.whole", "Sum of the limbs", USD,
                "=PROCEEDS_MIN([proceeds.formula:row],[proceeds.interest_3m:row],[proceeds.capex_3m:row],"
                "[proceeds.other_3m:row],{proceeds_account.floor},{proceeds_account.interest_cap})",
                "of the four limbs, whether or not anything is owed", array=True),
        balance("proceeds.minimum", "Minimum balance", USD, "=[proceeds.whole]*[proceeds.live]", bold=True),
        head("The account"),
        balance("proceeds.opening", "Opening balance", USD, "=[proceeds.closing:-1]"),
        monthly("proceeds.in", "+ sources", USD, "=[fund.sources]"),
        monthly("proceeds.out", "- paid in order of priority", USD, "=[wf.paid]"),
        monthly("proceeds.difference", "+ difference to the bank's statement", USD,
                "=IF(AND([time.actual]=1,ISNUMBER([actual.account])),[actual.account]-([proceeds.opening]+[proceeds.in]-[proceeds.out]),0)",
                "the account is what the bank says it is"),
        balance("proceeds.closing", "Closing balance", USD,
                "=[proceeds.opening]+[proceeds.in]-[proceeds.out]+[proceeds.difference]", bold=True),
        balance("proceeds.shortfall", "Shortfall", USD, "=PROCEEDS_SHORTFALL([proceeds.closing:row],[proceeds.minimum:row])",
                array=True, bold=True),
        balance("proceeds.arrears", "Arrears to the Lender, beside it", USD, "=[wf.lender_close]",
                "they keep the minimum in force after the last instalment (R-48)"),
        balance("proceeds.excess", "Excess", USD, "=MAX(0,[proceeds.closing]-[proceeds.minimum])"),
        balance("proceeds.short", "Below the minimum", FLAG, "=IF([proceeds.shortfall]>{checks.cent},1,0)", "an alert"),
        balance("proceeds.equity_needed", "Equity needed so far to hold the minimum", USD,
                "=MAX([proceeds.equity_needed:-1],[proceeds.shortfall])", "beside the account, not in it", start=0.0),
    ],
    clauses=("8-K 5(a) Proceeds Account", "8-K 5(a) Withdrawals"),
)  # fmt: skip


def calculate_windows(v: Values) -> Values:
    """What a dollar of each month, the column, counts in each month that looks ahead, the row."""
    dates, dollar = v["time.end"][:, 0], np.eye(v["months"])
    return {
        "window.account": proceeds.due_within(dates, dates, dollar, months=v["proceeds_account.months"]),
        "window.current": proceeds.due_within(dates, dates, dollar, months=v["plan.horizon"]),
        "window.value": proceeds.present_value(dates, dates, dollar, rate=v["plan.discount_rate"]),
    }


def calculate_minimum(v: Values) -> Values:
    """The limbs and the minimum balance, before any cash is looked at."""
    other = v["loan.repayment"] + v["loan.fees_due"] + v["fund.hedge_paid"]
    interest_3m, capex_3m, other_3m = (
        v["window.account"] @ rows for rows in (v["loan.interest_due"], v["ops.capex"], other)
    )
    formula = v["plan.formula_share"] * np.maximum(0.0, v["window.value"] @ v["ops.project_cash"])
    live = shared((v["loan.closing"] > v["checks.cent"]) | (v["time.advances_open"] == 1)) * 1.0
    return {
        "proceeds.interest_3m": interest_3m,
        "proceeds.capex_3m": capex_3m,
        "proceeds.other": other,
        "proceeds.other_3m": other_3m,
        "proceeds.formula": formula,
        "proceeds.live": live,
        "proceeds.minimum": proceeds.minimum_balance(formula, interest_3m, capex_3m, other_3m, **_terms(v)) * live,
    }


def _terms(v: Values) -> Values:
    return {"floor": v["proceeds_account.floor"], "interest_cap": v["proceeds_account.interest_cap"]}


def calculate(v: Values) -> Values:
    """The shortfall, once the waterfall has filled the account."""
    shortfall = proceeds.shortfall(v["proceeds.closing"], v["proceeds.minimum"])
    return {"proceeds.shortfall": shortfall}
