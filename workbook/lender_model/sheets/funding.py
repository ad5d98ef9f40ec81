"""Funding: sources and uses of the Project by month."""

from __future__ import annotations

import numpy as np

from drawstop.core import loan
from lender_model.grid import FLAG, USD, Sheet, Values, balance, head, monthly, scalar
from lender_model.sheets.operations import actual
from lender_model.sheets.twins import actual_or, before, rolled, shared

SHEET = Sheet(
    "Funding",
    "Where the money comes from and where it goes; the drawdown plan alone decides the advances.",
    [
        head("Facility", "8-K 5(a) Facility"),
        scalar("fund.facility", "Term loan and note", USD, "={term_loan.max_credit}+{note.principal}"),
        scalar("fund.facility_stated", "As stated: the whole facility", USD, "={facility.amount}"),
        head("Sources"),
        monthly("fund.advance", "Advances of the term loan", USD,
                actual("actual.advance", "MIN([plan.advance],{term_loan.max_credit}-[fund.advanced:-1])*[time.advances_open]"),
                "8-K 5(a) Advances"),
        balance("fund.advanced", "Advanced so far", USD, "=[fund.advanced:-1]+[fund.advance]", "none before signing", start=0.0),
        monthly("fund.note", "Proceeds of the parent's note", USD,
                "=IF([time.no]=1,{parent_loans.note_proceeds},0)", "8-K 5(a) Parent Loans"),
        monthly("fund.contribution", "Equity contribution", USD, actual("actual.contribution", "[plan.contribution]"),
                "8-K 5(a) Equity Contribution"),
        monthly("fund.equity", "Further funding by the Company", USD, actual("actual.equity", "[plan.equity]")),
        monthly("fund.receipts", "Net returns", USD, "=[ops.net_returns]"),
        monthly("fund.hedge", "Hedge settlements received", USD, "=MAX(0,[ops.hedge])"),
        monthly("fund.sources", "Sources", USD,
                "=[fund.advance]+[fund.note]+[fund.contribution]+[fund.equity]+[fund.receipts]+[fund.hedge]", bold=True),
        head("Uses"),
        monthly("fund.costs", "Operating cost and closure", USD, "=[ops.cost]+[ops.closure]"),
        monthly("fund.capex", "Capital expenditure", USD, "=[ops.capex]"),
        monthly("fund.royalty", "Royalty", USD, "=[npmc.payable]+[npmc.advance_paid]"),
        monthly("fund.tax", "Tax", USD, "=[ops.tax]"),
        monthly("fund.lender", "Fees, hedge settlements, interest and principal", USD,
                "=[loan.fees_due]+[fund.hedge_paid]+[loan.interest_due]+[loan.repayment]"),
        monthly("fund.hedge_paid", "of which hedge settlements", USD, "=MAX(0,-[ops.hedge])"),
        monthly("fund.company", "Paid to the Company", USD,
                "=[wf.parent_interest_paid]+[wf.parent_loans_paid]+[wf.distribution]"),
        monthly("fund.bank", "Difference to the bank's statement", USD, "=-[proceeds.difference]"),
        monthly("fund.arrears", "Unpaid, less arrears paid", USD,
                "=[wf.trade_open]-[wf.trade_close]+[wf.lender_open]-[wf.lender_close]+[wf.lender_interest]"),
        balance("fund.increase", "Increase of the Proceeds Account", USD, "=[proceeds.closing]-[proceeds.opening]"),
        monthly("fund.uses", "Uses", USD,
                "=[fund.costs]+[fund.capex]+[fund.royalty]+[fund.tax]+[fund.lender]+[fund.company]+[fund.bank]"
                "+[fund.arrears]+[fund.increase]", bold=True),
        monthly("fund.gap", "Sources less uses", USD, "=ROUND([fund.sources]-[fund.uses],{checks.digits})", "must be nil"),
        head("The Lender's obligation", "8-K 5(a) Advances (R-17, R-18)"),
        balance("fund.limit", "What the Lender must still advance", USD,
                "=ADVANCE_LIMIT([time.end:row],[fund.advanced:prev],[proceeds.closing:prev],[proceeds.minimum:prev],"
                "{plan.mechanical_date},TRUE,FALSE,{term_loan.max_credit},{advances.cutoff})",
                "by the account of the month before", array=True),
        balance("fund.above_limit", "Planned advance above it", FLAG, "=IF([fund.advance]>[fund.limit],1,0)", "an alert"),
    ],
    clauses=("8-K 5(a) Advances", "8-K 5(a) Equity Contribution", "8-K 5(a) Parent Loans"),
)  # fmt: skip


def calculate(v: Values) -> Values:
    """Advances by the drawdown plan, never above the credit; the Company's money."""
    given = actual_or(v, "actual.advance", np.nan)[:, 0]
    draws = np.flatnonzero(~np.isnan(given) | (v["plan.advance"][:, 0] != 0))
    opens = shared(v["time.advances_open"][draws])
    drawn, advanced = np.zeros((len(given), opens.shape[1])), np.zeros(opens.shape[1])
    for t, is_open in zip(draws, opens, strict=True):
        planned = np.minimum(v["plan.advance"][t], v["term_loan.max_credit"] - advanced) * is_open
        drawn[t] = planned if np.isnan(given[t]) else given[t]
        advanced = advanced + drawn[t]
    note = (v["time.no"] == 1) * v["parent_loans.note_proceeds"]
    contribution = actual_or(v, "actual.contribution", v["plan.contribution"])
    equity = actual_or(v, "actual.equity", v["plan.equity"])
    received = np.maximum(0.0, v["ops.hedge"])
    return {
        "fund.advance": drawn,
        "fund.advanced": rolled(drawn)[1],
        "fund.advanced@start": 0.0,
        "fund.note": note,
        "fund.contribution": contribution,
        "fund.equity": equity,
        "fund.hedge": received,
        "fund.hedge_paid": np.maximum(0.0, -v["ops.hedge"]),
        "fund.sources": drawn + note + contribution + equity + received + v["ops.net_returns"],
        "fund.costs": v["ops.cost"] + v["ops.closure"],
    }


def calculate_shown(v: Values) -> Values:
    """Sources against uses, and the Lender's obligation, once the account is known."""
    lender = v["loan.fees_due"] + v["fund.hedge_paid"] + v["loan.interest_due"] + v["loan.repayment"]
    arrears = v["wf.trade_open"] - v["wf.trade_close"] + v["wf.lender_open"] - v["wf.lender_close"]
    arrears = arrears + v["wf.lender_interest"]
    increase = v["proceeds.closing"] - v["proceeds.opening"]
    bank = -v["proceeds.difference"]
    own = v["fund.costs"] + v["ops.capex"] + v["fund.royalty"] + v["ops.tax"]
    uses = own + lender + v["fund.company"] + bank + arrears + increase
    limit = loan.advance_limit(
        v["time.end"],
        before(v["fund.advanced"]),
        before(v["proceeds.closing"]),
        before(v["proceeds.minimum"]),
        v["plan.mechanical_date"],
        conditions_met=True,
        in_default=False,
        max_credit=v["term_loan.max_credit"],
        cutoff=v["advances.cutoff"],
    )
    return {
        "fund.facility": v["term_loan.max_credit"] + v["note.principal"],
        "fund.facility_stated": v["facility.amount"],
        "fund.receipts": v["ops.net_returns"],
        "fund.capex": v["ops.capex"],
        "fund.tax": v["ops.tax"],
        "fund.lender": lender,
        "fund.bank": bank,
        "fund.arrears": arrears,
        "fund.increase": increase,
        "fund.uses": uses,
        "fund.gap": np.round(v["fund.sources"] - uses, int(v["checks.digits"])) + 0.0,
        "fund.limit": limit,
        "fund.above_limit": (v["fund.advance"] > limit) * 1.0,
    }
