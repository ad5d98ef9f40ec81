"""Sources and uses of cash by month and to Completion, and what the Lender must still advance."""

from __future__ import annotations

import datetime as dt

from .given import Given
from .lines import Lines


def calculate(given: Given, out: Lines) -> None:
    """Month by month, then up to Completion."""
    for month in out.months:

        def now(key: str, at: dt.date = month) -> float:
            return out[key][at]

        costs, royalty = now("wf.costs_due"), now("wf.royalty_due")
        fees, interest, principal = (now(f"wf.{claim}_due") for claim in ("fees", "interest", "principal"))
        prepaid, settled = now("wf.prepaid_paid"), -now("wf.settled") - now("wf.guaranty_call")
        lender = fees + now("fund.hedge_paid") + interest + principal + prepaid
        unpaid = now("wf.trade_close") - now("wf.trade_open") + now("wf.lender_close") - now("wf.lender_open")
        arrears, increase = now("wf.lender_interest") - unpaid, now("proceeds.closing") - now("proceeds.opening")
        bank = -now("proceeds.difference")
        own = costs + now("ops.capex") + royalty + now("ops.tax")
        uses = own + lender + settled + now("fund.company") + bank + arrears + increase
        out.month(
            month,
            fund_costs=costs, fund_capex=now("ops.capex"), fund_royalty=royalty, fund_tax=now("ops.tax"),
            fund_fees=fees, fund_interest=interest, fund_principal=principal,
            fund_prepaid=prepaid, fund_settled=settled, fund_lender=lender, fund_bank=bank,
            fund_arrears=arrears, fund_increase=increase, fund_uses=uses, fund_gap=0.0,
        )  # fmt: skip
        _limit(given, out, month)
    _construction(given, out)


def _limit(given: Given, out: Lines, month: dt.date) -> None:
    """What the Lender must still advance (R-05, R-17, R-18), by the account of the month before."""
    advanced, account = out.before("fund.advanced", month), out.before("proceeds.closing", month)
    minimum = out.before("proceeds.minimum", month)
    default = int(bool(out.before("comp.default", month) or out.before("cov.standing", month)))
    met = given.actual("actual.conditions", month, 1.0)
    undrawn = max(0.0, given["term_loan.max_credit"] - advanced)
    account += undrawn if given["fund.fill"] else 0.0  # an advance may itself fill the account
    holds = account >= minimum * (1 - 1e-9)
    limit = undrawn if out["time.advances_open"][month] and holds and met == 1 and not default else 0.0
    out.month(
        month,
        fund_conditions=met, fund_advanced_before=advanced, fund_account_before=account, fund_minimum_before=minimum,
        fund_default_before=default, fund_limit=limit, fund_above_limit=int(out["fund.advance"][month] > limit),
    )  # fmt: skip


USES = {
    "costs": "fund.costs", "royalty": "fund.royalty", "tax": "fund.tax", "fees": "fund.fees",
    "prepaid": "fund.prepaid", "settled": "fund.settled",
    "interest": "fund.interest", "hedge_paid": "fund.hedge_paid", "principal": "fund.principal",
    "company": "fund.company", "bank": "fund.bank", "arrears": "fund.arrears", "account": "fund.increase",
}  # fmt: skip
SOURCES = ("advance", "note", "contribution", "equity", "receipts", "hedge")


def _construction(given: Given, out: Lines) -> None:
    """What the Project takes to its Completion, and who pays: before signing, and the months that end before it."""
    early = [month for month in out.months if not out["time.complete"][month]]

    def summed(line: str) -> float:
        return sum(out[line][month] for month in early)

    spent, capex = given["plan.capital_before"], summed("ops.capex")
    out.put("construction.before", spent)
    out.put("construction.capex", capex)
    out.put("construction.capital", spent + capex)
    out.put("construction.parent", given["parent_loans.other_advances"])
    out.put("construction.own", spent - given["parent_loans.other_advances"])
    uses = [out.put(f"construction.{key}", summed(line)) for key, line in USES.items()]
    sources = [out.put(f"construction.{key}", summed(f"fund.{key}")) for key in SOURCES]
    out.put("construction.uses", spent + capex + sum(uses))
    out.put("construction.sources", spent + sum(sources))
