"""The Company, consolidated, from its first published balance sheet; its three covenants; what heals a breach."""

from __future__ import annotations

import datetime as dt

from .days import within
from .facility import CENT
from .given import Given
from .lines import DASH, START, Lines


def calculate(given: Given, out: Lines) -> None:
    _balance(given, out)
    _covenants(given, out)


def _balance(given: Given, out: Lines) -> None:
    opening_day, horizon = given["plan.balance_date"], int(given["plan.horizon"])
    property_of_project = given["plan.capital_before"]
    contributed = cash = equity = payables = other_property = 0.0
    out["bal.project"][START], out["bal.contributed"][START] = property_of_project, 0.0
    for month in out.months:

        def now(key: str, at: dt.date = month) -> float:
            return out[key][at]

        live, first = int(month >= opening_day), int(month == opening_day)
        after = live - first
        contributed += now("fund.contribution")
        opening_property = property_of_project
        property_of_project += now("ops.capex") - now("ops.depreciation")
        owed_to_trade = given.actual("actual.payables", month, given["plan.payables"]) * live
        rise = (owed_to_trade - payables) * after
        offered, net = given.plan("plan.offering_shares", month), 1 - given["plan.offering_cost"]
        offering = offered * given["plan.offering_price"] * net * after
        received, overhead = now("fund.company") * after, given.plan("plan.overhead", month) * after
        funded = (now("fund.contribution") + now("fund.equity")) * after
        note_paid = (now("note.interest_due") + now("note.repayment")) * after
        opening_cash = cash
        cash += offering + received - funded - note_paid - overhead + rise
        if first:
            cash = given["plan.company_cash"] - contributed
        revenue = (now("ops.net_returns") - now("fund.royalty") + now("ops.hedge")) * after
        costs = (now("ops.cost") + now("ops.closure")) * after + overhead
        interest = now("loan.interest") + now("note.interest") + now("wf.lender_interest")
        financing = (interest + now("loan.fee") + now("loan.establishment_due")) * after
        depreciation, tax = now("ops.depreciation") * after, now("ops.tax") * after
        bank = now("proceeds.difference") * after
        income = revenue - costs - depreciation - financing - tax + bank
        if first:
            other_property = given["plan.ppe"] - property_of_project
        other_property *= live
        assets = {
            "company_cash": max(0.0, cash), "account": now("proceeds.closing") * live,
            "other_current": given["plan.other_current"] * live,
        }  # fmt: skip
        current_assets = sum(assets.values())
        ppe = property_of_project * live + other_property

        def within_a_year(line: str, day: dt.date = month, counts: int = live) -> float:
            return counts * sum(out[line][other] for other in out.months if within(day, horizon, other))

        current_loan, current_note = within_a_year("loan.repayment"), within_a_year("note.repayment")
        accrued = (now("loan.accrued_close") + now("loan.fee_close") + now("note.accrued_close")) * live
        overdraft, overdue = max(0.0, -cash), now("wf.trade_close") * live
        arrears = now("wf.lender_close") * live
        current = owed_to_trade + overdraft + overdue + accrued + arrears + current_loan + current_note
        long_term = (now("loan.closing") + now("note.closing")) * live - current_loan - current_note
        equity = current_assets + ppe - current - long_term if first else (equity + offering + income) * live
        out.month(
            month,
            bal_live=live, bal_first=first, bal_after=after, bal_cash_open=opening_cash, bal_offering=offering,
            bal_received=received, bal_funded=funded, bal_note_paid=note_paid, bal_overhead=overhead,
            bal_payables_rise=rise, bal_cash=cash, bal_contributed=contributed, bal_revenue=revenue, bal_costs=costs,
            bal_depreciation=depreciation, bal_financing=financing, bal_tax=tax, bal_other=bank, bal_income=income,
            bal_project_open=opening_property, bal_project_capex=now("ops.capex"),
            bal_project_depreciation=now("ops.depreciation"), bal_project=property_of_project,
            **{f"bal_{key}": figure for key, figure in assets.items()}, bal_current_assets=current_assets,
            bal_project_live=property_of_project * live, bal_other_property=other_property, bal_ppe=ppe,
            bal_intangible=given["plan.intangibles"] * live, bal_assets=current_assets + ppe,
            bal_payables=owed_to_trade, bal_overdraft=overdraft, bal_overdue=overdue, bal_accrued=accrued,
            bal_arrears=arrears, bal_current_loan=current_loan, bal_current_note=current_note,
            bal_current_liabilities=current, bal_long_term=long_term, bal_liabilities=current + long_term,
            bal_equity=equity, bal_gap=0.0,
        )  # fmt: skip
        payables = owed_to_trade
        _cash_flow(out, month, after, overhead - rise, offering, bank)


def _cash_flow(out: Lines, month: dt.date, after: int, overhead: float, offering: float, bank: float) -> None:
    """Company and account as one: what came in from outside, and what went out."""
    paid = {key: out[f"wf.{key}_paid"][month] for key in ("trade", "costs", "royalty", "tax", "fees", "interest")}
    received = (out["fund.receipts"][month] + out["fund.hedge"][month] - out["wf.hedge_paid"][month]) * after
    costs = (paid["trade"] + paid["costs"] + paid["royalty"] + paid["tax"]) * after
    interest = (paid["fees"] + paid["interest"] + out["note.interest_due"][month]) * after
    operating = received - costs - overhead - interest + bank
    investing = -out["wf.capex_paid"][month] * after
    raised = offering + (out["fund.advance"][month] + out["fund.note"][month]) * after
    repaid = (out["wf.principal_paid"][month] + out["wf.arrears_paid"][month] + out["note.repayment"][month]) * after
    out.month(
        month,
        flow_received=received, flow_costs=costs, flow_overhead=overhead, flow_interest=interest,
        flow_operating=operating, flow_investing=investing, flow_raised=raised, flow_repaid=repaid,
        flow_financing=raised - repaid, flow_change=operating + investing + raised - repaid, flow_gap=0.0,
    )  # fmt: skip


def at_least(figure: float, limit: float) -> bool:
    """Whether a figure is not less than a limit (R-27); what sums leave in the last digits is no breach."""
    return figure >= limit - 1e-9 * abs(limit)


def _covenants(given: Given, out: Lines) -> None:
    """(a) current ratio, (b) tangible equity, (c) liabilities, at quarter-ends while the Lender is owed (R-50)."""
    least, equity_least = given["covenants.current_ratio"], given["covenants.tangible_equity"]
    most = given["covenants.liabilities"]
    standing, first, tested = 0, None, DASH
    for month in out.months:
        live = out["bal.live"][month]
        owed = out["loan.opening"][month] + out["note.opening"][month] + out["wf.lender_open"][month] > CENT
        test = int(bool(out["time.quarter_end"][month]) and bool(live) and owed)
        assets, current = out["bal.current_assets"][month], out["bal.current_liabilities"][month]
        tangible, liabilities = out["bal.equity"][month] - out["bal.intangible"][month], out["bal.liabilities"][month]
        kept = {
            "ratio": at_least(assets / least, current),
            "equity": at_least(tangible, equity_least),
            "liabilities": liabilities == 0 or (tangible > 0 and at_least(most * tangible, liabilities)),
        }
        room = most * max(0.0, tangible) - liabilities  # equity below zero counts as none
        cures = [
            0.0 if kept["ratio"] else least * current - assets,
            0.0 if kept["equity"] else equity_least - tangible,
            0.0 if kept["liabilities"] else liabilities / most - tangible,
        ]
        breach = int(bool(test) and not all(kept.values()))
        standing = breach if test else standing * int(owed)
        if breach and first is None:
            first = month, next(key for key in kept if not kept[key])
        if test and given.is_past(month):
            tested = month
        shown = {
            **{f"cov_{key}_ok": int(holds) for key, holds in kept.items()},
            "cov_ratio_headroom": assets / least - current, "cov_equity_headroom": tangible - equity_least,
            "cov_equity_without": tangible - equity_least - out["bal.other_property"][month],
            "cov_liabilities_headroom": max(0.0, room) if liabilities == 0 else room, "cov_cure": max(cures),
        }  # fmt: skip
        out.month(
            month,
            cov_owed=int(owed), cov_test=test, cov_ratio=assets / current if current else DASH, cov_tangible=tangible,
            cov_liabilities_ratio=liabilities / tangible if tangible else DASH, cov_ratio_required=least,
            cov_equity_required=equity_least, cov_liabilities_required=most, cov_breach=breach, cov_standing=standing,
            **{key: figure if live else DASH for key, figure in shown.items()},
        )  # fmt: skip
    names = {"ratio": "Current ratio", "equity": "Tangible equity", "liabilities": "Liabilities"}
    out.put("cov.first_breach", first[0] if first else DASH)
    out.put("cov.first_name", names[first[1]] if first else DASH)
    out.put("cov.test_date", tested)
