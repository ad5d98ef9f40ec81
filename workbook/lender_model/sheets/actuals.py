"""Actuals: what happened, month by month; used up to the as-of date in place of the plan."""

from __future__ import annotations

from lender_model.grid import OZ, TONS, USD, Sheet, balance, head, monthly

SHEET = Sheet(
    "Actuals",
    "What happened. A figure here takes the place of the plan's up to the as-of date; a blank leaves the plan.",
    [
        head("Operations"),
        monthly("actual.ore", "Ore stacked", TONS),
        monthly("actual.ounces", "Gold equivalent recovered", OZ),
        monthly("actual.cost", "Operating cost", USD),
        head("Capital and funding"),
        monthly("actual.capex", "Capital expenditure", USD),
        monthly("actual.advance", "Advances by the Lender", USD),
        monthly("actual.contribution", "Equity contribution of the Company", USD),
        monthly("actual.equity", "Further funding by the Company", USD),
        head("Balances"),
        balance("actual.account", "Proceeds Account, statement of the bank", USD),
        balance("actual.payables", "Payables and other current liabilities of the Company, consolidated", USD),
    ],
)
