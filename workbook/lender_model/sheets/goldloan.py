"""Gold: the loan turned into ounces after commercial production, beside the dollars; and the hedge book."""

from __future__ import annotations

from lender_model.grid import DATE, FLAG, OZ, PRICE, RATE, USD, Sheet, balance, head, monthly, scalar

_PRODUCTION = 'IF(ISNUMBER({npmc.production}),{npmc.production},"")'

SHEET = Sheet(
    "Gold",
    "The gold loan as an alternative: what it would hold in ounces, cost, and risk; it does not change the other sheets.",
    [
        head("Conversion", "8-K 5(a) Gold Loan"),
        scalar("gold.date", "Date of conversion", DATE),
        scalar("gold.lease_rate", "Gold lease rate", RATE),
        scalar("gold.cap", "Cap of the gold loan at the price of signing", OZ,
               "=GOLD_LOAN_OUNCES({plan.gold_price},{gold_loan.dollars})", "R-19"),
        balance("gold.allowed", "Conversion allowed", FLAG,
                f"=IF(GOLD_LOAN_ALLOWED([time.end:row],{_PRODUCTION}),1,0)", "not before commercial production (R-20)", array=True),
        balance("gold.converts", "Converted at the month-end", FLAG,
                "=IF([time.end]=EOMONTH({gold.date},0),[gold.allowed],0)"),
        head("Ounces"),
        balance("gold.opening", "Opening", OZ, "=[gold.closing:-1]"),
        monthly("gold.converted", "+ converted", OZ,
                "=GOLD_LOAN_OUNCES([market.gold:row],[loan.closing:row])*[gold.converts:row]", array=True),
        monthly("gold.repaid", "- instalments", OZ,
                "=IF([loan.opening]>{checks.cent},[gold.opening]*[loan.repayment]/[loan.opening],0)",
                "the same part of the loan as in dollars"),
        balance("gold.closing", "Closing", OZ, "=[gold.opening]+[gold.converted]-[gold.repaid]", bold=True),
        monthly("gold.interest", "Interest", OZ,
                "=GOLD_LOAN_INTEREST([gold.opening:row],[time.start:row],[time.end:row],{gold.lease_rate},{gold_loan.margin},"
                "{facility.day_count})", "R-21", array=True),
        head("In dollars, at the price of the month"),
        monthly("gold.repaid_usd", "Instalments", USD, "=[gold.repaid]*[market.gold]"),
        monthly("gold.interest_usd", "Interest", USD, "=[gold.interest]*[market.gold]"),
        monthly("gold.saved", "Interest of the dollar loan that it replaces", USD, "=IF([gold.opening]>0,[loan.interest],0)"),
        balance("gold.exposure", "What the ounces cost more than the dollars", USD,
                "=IF([gold.closing:row]>0,GOLD_LOAN_EXPOSURE([gold.closing:row],[market.gold:row],[loan.closing:row]),0)",
                "negative: less", array=True, bold=True),
        head("Hedge book", "8-K 7(c) Exhibit 10(d)"),
        monthly("gold.hedged", "Sold forward", OZ, "=[ops.hedge_oz]"),
        balance("gold.contract", "Contract price", PRICE, "=[ops.hedge_price]"),
        balance("gold.forward", "Forward price seen from signing", PRICE,
                "=GOLD_FORWARD({plan.gold_price},{market.libor_forward},{gold.lease_rate},[time.end:row]-{facility.effective_date})",
                array=True),
        monthly("gold.settlement", "Settled", USD, "=[ops.hedge]"),
        balance("gold.cover", "Part of the month's ounces that is sold forward", "fraction",
                "=IF([ops.recovered]>0,[gold.hedged]/[ops.recovered],0)"),
    ],
    clauses=("8-K 5(a) Gold Loan", "8-K 7(c) Exhibit 10(d)"),
)  # fmt: skip
