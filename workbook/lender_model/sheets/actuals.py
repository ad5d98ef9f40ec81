"""Actuals: what happened, month by month; used up to the as-of date in place of the plan."""

from __future__ import annotations

from lender_model.grid import FLAG, OZ, TONS, USD, Sheet, balance, head, monthly, scalar

SHEET = Sheet(
    "Actuals",
    "What happened. A figure here takes the place of the plan's up to the as-of date; a blank leaves the plan.",
    [
        head("Operations", "blank: as planned"),
        monthly("actual.ore", "Ore stacked", TONS),
        monthly("actual.ounces", "Gold equivalent recovered", OZ),
        monthly("actual.cost", "Operating cost", USD),
        head("Capital and funding", "blank: as planned"),
        monthly("actual.capex", "Capital expenditure", USD),
        monthly("actual.advance", "Advances by the Lender", USD),
        monthly("actual.contribution", "Equity contribution of the Company", USD),
        monthly("actual.equity", "Further funding by the Company", USD),
        balance("actual.conditions", "Conditions of an advance met", FLAG, note="blank: met"),
        head("Balances", "blank: the model's own account, the plan's payables"),
        balance("actual.account", "Proceeds Account, statement of the bank", USD),
        balance("actual.payables", "Payables and other current liabilities of the Company, consolidated", USD),
        head("Always calculated, in actual months too", "there is no row to enter them"),
        scalar("", "Revenue, royalty and tax", USD, None, "from ounces, the prices of sheet Market, and Terms"),
        scalar("", "Interest, fees and instalments", USD, None,
               "due as the agreement says, paid as far as the model's cash goes. One that was not paid, or was waived, shows "
               "only as a difference to the bank's statement, on sheet Proceeds and in the alerts: the loan stands too low "
               "by it, arrears show nothing, and sheet Balance counts the difference as income"),
    ],
)  # fmt: skip
