"""Balance: the Company, consolidated, from its first published balance sheet on: cash, income and balance sheet."""

from __future__ import annotations

import numpy as np

from lender_model.grid import FLAG, USD, Sheet, Values, balance, head, monthly
from lender_model.sheets.operations import actual
from lender_model.sheets.twins import actual_or, summed

SHEET = Sheet(
    "Balance",
    "The Company, consolidated, simple: three statements that balance, from its first published balance sheet; "
    "other mines only as property at cost.",
    [
        balance("bal.live", "From the opening balance sheet on", FLAG, "=IF([time.end]>={plan.balance_date},1,0)"),
        balance("bal.first", "Opening balance sheet", FLAG, "=IF([time.end]={plan.balance_date},1,0)"),
        balance("bal.after", "After it", FLAG, "=[bal.live]-[bal.first]"),
        head("Cash of the Company"),
        balance("bal.cash_open", "Opening", USD, "=[bal.cash:-1]"),
        monthly("bal.offering", "+ offering of shares, net", USD,
                "=[plan.offering_shares]*{plan.offering_price}*(1-{plan.offering_cost})*[bal.after]"),
        monthly("bal.received", "+ from the Borrower", USD, "=[fund.company]*[bal.after]"),
        monthly("bal.funded", "- to the Borrower", USD, "=([fund.contribution]+[fund.equity])*[bal.after]"),
        monthly("bal.note_paid", "- interest and principal of the note", USD,
                "=([note.interest_due]+[note.repayment])*[bal.after]"),
        monthly("bal.guaranty", "- paid under the guaranty", USD, "=[wf.guaranty_call]*[bal.after]"),
        monthly("bal.overhead", "- overhead", USD, "=[plan.overhead]*[bal.after]"),
        monthly("bal.payables_rise", "+ rise of payables, negative: paid down", USD,
                "=([bal.payables]-[bal.payables:-1])*[bal.after]",
                "assumption: the Company settles the payables, the account its own overdue ones"),
        balance("bal.cash", "Closing", USD,
                "=IF([bal.first]=1,{plan.company_cash}-[bal.contributed],"
                "[bal.cash_open]+[bal.offering]+[bal.received]-[bal.funded]-[bal.note_paid]-[bal.guaranty]-[bal.overhead]+[bal.payables_rise])",
                bold=True),
        balance("bal.contributed", "Contributed so far", USD, "=[bal.contributed:-1]+[fund.contribution]",
                "the published cash is that without the contribution", start=0.0),
        head("Income"),
        monthly("bal.revenue", "Net returns less royalty, hedges", USD,
                "=([ops.net_returns]-[fund.royalty]+[ops.hedge])*[bal.after]"),
        monthly("bal.costs", "- operating cost, closure, overhead", USD,
                "=([ops.cost]+[ops.closure])*[bal.after]+[bal.overhead]"),
        monthly("bal.depreciation", "- depreciation", USD, "=[ops.depreciation]*[bal.after]"),
        monthly("bal.financing", "- interest and fees", USD,
                "=([loan.interest]+[loan.held]+[note.interest]+[wf.lender_interest]+[loan.fee]+[loan.establishment_due])*[bal.after]"),
        monthly("bal.tax", "- tax", USD, "=[ops.tax]*[bal.after]"),
        monthly("bal.credited", "+ credited or waived by the Lender", USD, "=([loan.out_credited]+[loan.out_waived])*[bal.after]",
                "as the gain of hedges bought back"),
        monthly("bal.other", "+ shortfall against the bank's statement, negative", USD,
                "=MIN(0,[bal.unexplained])-MIN(0,[bal.unexplained:-1])",
                "what the bank holds less than the model is a loss until it is explained; what it holds more is owed, never income"),
        monthly("bal.income", "Net income", USD,
                "=[bal.revenue]-[bal.costs]-[bal.depreciation]-[bal.financing]-[bal.tax]+[bal.credited]+[bal.other]", bold=True),
        head("Cash flow", "Company and Proceeds Account as one; payments between them left out"),
        monthly("flow.received", "Net returns and hedge settlements", USD,
                "=([fund.receipts]+[fund.hedge]-[wf.hedge_paid])*[bal.after]"),
        monthly("flow.costs", "- costs, royalty and tax paid, overdue ones too", USD,
                "=([wf.trade_paid]+[wf.costs_paid]+[wf.royalty_paid]+[wf.tax_paid])*[bal.after]"),
        monthly("flow.overhead", "- overhead, less rise of payables", USD, "=[bal.overhead]-[bal.payables_rise]"),
        monthly("flow.interest", "- interest and fees, paid", USD,
                "=([wf.fees_paid]+[wf.interest_paid]+[note.interest_due])*[bal.after]"),
        monthly("flow.operating", "Operating", USD,
                "=[flow.received]-[flow.costs]-[flow.overhead]-[flow.interest]+[proceeds.difference]*[bal.after]",
                "with the difference to the bank's statement", bold=True),
        monthly("flow.investing", "Investing", USD, "=-[wf.capex_paid]*[bal.after]", "capital expenditure, paid", bold=True),
        monthly("flow.raised", "Offering, advances, note", USD, "=[bal.offering]+([fund.advance]+[fund.note])*[bal.after]"),
        monthly("flow.repaid", "- principal and note, arrears to the Lender, paid", USD,
                "=([wf.principal_paid]+[wf.arrears_paid]+[wf.prepaid_paid]+[wf.guaranty_call]+[note.repayment])*[bal.after]"),
        monthly("flow.financing", "Financing", USD, "=[flow.raised]-[flow.repaid]", bold=True),
        monthly("flow.change", "Change of cash", USD, "=[flow.operating]+[flow.investing]+[flow.financing]", bold=True),
        balance("flow.gap", "Less the change of both balances", USD,
                "=ROUND([flow.change]-([bal.cash]-[bal.cash_open]+[proceeds.closing]-[proceeds.opening])*[bal.after],{checks.digits})",
                "must be nil"),
        head("Property of the Project", "from the first spending on, as its depreciation counts from there"),
        balance("bal.project_open", "Opening", USD, "=[bal.project:-1]"),
        monthly("bal.project_capex", "+ capital expenditure", USD, "=[ops.capex]"),
        monthly("bal.project_depreciation", "- depreciation", USD, "=[ops.depreciation]", "units of production: nothing is left with the last ounce"),
        balance("bal.project", "Closing", USD, "=[bal.project_open]+[bal.project_capex]-[bal.project_depreciation]",
                start="={plan.capital_before}", bold=True),
        head("Assets"),
        balance("bal.company_cash", "Cash", USD, "=MAX(0,[bal.cash])"),
        balance("bal.account", "Proceeds Account", USD, "=[proceeds.closing]*[bal.live]", "R-49"),
        balance("bal.other_current", "Other current assets", USD, "={plan.other_current}*[bal.live]"),
        balance("bal.current_assets", "Current assets", USD, "=[bal.company_cash]+[bal.account]+[bal.other_current]", bold=True),
        balance("bal.project_live", "Property of the Project", USD, "=[bal.project]*[bal.live]"),
        balance("bal.other_property", "Other properties, held at cost", USD,
                "=IF([bal.first]=1,{plan.ppe}-[bal.project],[bal.other_property:-1]*[bal.live])",
                "the rest of the published figure at the opening: neither sold, depreciated nor written down here"),
        balance("bal.ppe", "Property, plant and equipment", USD, "=[bal.project_live]+[bal.other_property]",
                "as published at the opening, consolidated", bold=True),
        balance("bal.intangible", "of which intangible", USD, "={plan.intangibles}*[bal.live]",
                "a part of the published property; only tangible equity leaves it out (R-29)"),
        balance("bal.assets", "Total assets", USD, "=[bal.current_assets]+[bal.ppe]", bold=True),
        head("Liabilities"),
        balance("bal.payables", "Payables and other", USD, actual("actual.payables", "{plan.payables}") + "*[bal.live]"),
        balance("bal.overdraft", "Overdraft", USD, "=MAX(0,-[bal.cash])", "cash of the Company below zero, an alert"),
        balance("bal.overdue", "Overdue payables", USD, "=[wf.trade_close]*[bal.live]"),
        balance("bal.accrued", "Accrued interest and fees", USD,
                "=([loan.accrued_close]+[loan.held_close]+[loan.fee_close]+[note.accrued_close])*[bal.live]"),
        balance("bal.unexplained", "The bank's statement less the model, so far", USD,
                "=[bal.unexplained:-1]+[proceeds.difference]*[bal.after]", "after the opening balance sheet; not a liability by itself", start=0.0),
        balance("bal.suspense", "Cash that the model does not explain", USD, "=MAX(0,[bal.unexplained])",
                "owed to somebody until it is explained: a payment missed, as a rule"),
        balance("bal.arrears", "Arrears to the Lender", USD, "=[wf.lender_close]*[bal.live]"),
        balance("bal.loan_ahead", "Instalments foreseen within a year", USD,
                "=DUE_WITHIN([time.end:row],[time.end:row],[loan.foreseen:row],{plan.horizon})", array=True),
        balance("bal.current_loan", "Term loan due within a year", USD,
                "=MIN([bal.loan_ahead],[loan.closing])*[bal.live]", "what fell due and was not paid is in arrears"),
        balance("bal.current_note", "Note due within a year", USD,
                "=DUE_WITHIN([time.end:row],[time.end:row],[note.repayment:row],{plan.horizon})*[bal.live:row]", array=True),
        balance("bal.current_liabilities", "Current liabilities", USD,
                "=[bal.payables]+[bal.overdraft]+[bal.overdue]+[bal.accrued]+[bal.suspense]+[bal.arrears]+[bal.current_loan]+[bal.current_note]", bold=True),
        balance("bal.long_term", "Term loan and note due later", USD,
                "=([loan.closing]+[note.closing])*[bal.live]-[bal.current_loan]-[bal.current_note]"),
        balance("bal.liabilities", "Total liabilities", USD, "=[bal.current_liabilities]+[bal.long_term]", bold=True),
        head("Equity"),
        balance("bal.equity", "Stockholders' equity", USD,
                "=IF([bal.first]=1,[bal.assets]-[bal.liabilities],([bal.equity:-1]+[bal.offering]+[bal.income])*[bal.live])",
                "at the opening: assets less liabilities", bold=True),
        balance("bal.gap", "Assets less liabilities and equity", USD, "=ROUND([bal.assets]-[bal.liabilities]-[bal.equity],{checks.digits})", "must be nil"),
    ],
    clauses=("8-K 5(a) Financial Covenants (a)",),
)  # fmt: skip


def calculate(v: Values) -> Values:
    """The balance sheet; equity at the opening is what assets leave over liabilities."""
    live = (v["time.end"] >= v["plan.balance_date"]) * 1.0
    first = (v["time.end"] == v["plan.balance_date"]) * 1.0
    after, opening = live - first, int(np.argmax(first))
    offering = v["plan.offering_shares"] * v["plan.offering_price"] * (1 - v["plan.offering_cost"]) * after
    contributed = np.cumsum(v["fund.contribution"], axis=0)
    payables = actual_or(v, "actual.payables", v["plan.payables"]) * live
    rise = np.diff(payables, axis=0, prepend=0.0)
    spent = v["fund.contribution"] + v["fund.equity"] + v["note.repayment"] + v["plan.overhead"]
    planned = offering + (rise - spent) * after
    opening_cash = v["plan.company_cash"] - (contributed * first).sum(axis=0)
    cash = (opening_cash + summed(planned + (v["fund.company"] - v["note.interest_due"]) * after)) * live
    overdraft = np.maximum(0.0, -cash)
    current_assets = (np.maximum(0.0, cash) + v["proceeds.closing"] + v["plan.other_current"]) * live
    ppe = (v["plan.ppe"] + summed((v["ops.capex"] - v["ops.depreciation"]) * after)) * live
    assets = current_assets + ppe
    current_loan, current_note = (v["window.current"] @ v[f"{key}.repayment"] * live for key in ("loan", "note"))
    unpaid = v["wf.trade_close"] + v["wf.lender_close"]
    accrued = v["loan.accrued_close"] + v["note.accrued_close"] + v["loan.fee_close"]
    current = (payables + current_loan + current_note) + overdraft + (unpaid + accrued) * live
    long_term = (v["loan.closing"] + v["note.closing"]) * live - current_loan - current_note
    liabilities = current + long_term
    fees = v["loan.fee"] + v["loan.establishment_due"]
    financing = v["loan.interest"] + v["note.interest"] + v["wf.lender_open"] * v["loan.interest_per_dollar"]
    earned = v["ops.cfads"] - v["ops.depreciation"] - financing + (v["proceeds.difference"] - fees - v["plan.overhead"])
    opening_equity = (assets[opening] - liabilities[opening]) * first[opening]
    return {
        "bal.live": live,
        "bal.first": first,
        "bal.after": after,
        "bal.offering": offering,
        "bal.cash": cash,
        "bal.contributed": contributed,
        "bal.current_assets": current_assets,
        "bal.ppe": ppe,
        "bal.assets": assets,
        "bal.payables": payables,
        "bal.overdraft": overdraft,
        "bal.current_loan": current_loan,
        "bal.current_note": current_note,
        "bal.current_liabilities": current,
        "bal.long_term": long_term,
        "bal.liabilities": liabilities,
        "bal.equity": (opening_equity + summed(offering + earned * after)) * live,
    }
