"""Gold loan and hedging (8-K item 5(a), exhibit 10(d)) as formulas."""

from __future__ import annotations

from drawstop.functions.native.native import REQUIRED_ORDER, Native

FORMULAS = {
    "GOLD_LOAN_OUNCES": Native("dollars/gold_price"),
    "GOLD_LOAN_ALLOWED": Native("as_of>=commercial_production_date"),
    "GOLD_LOAN_INTEREST": Native(
        "ounces*(lease_rate+margin)*DRAWSTOP_YEARS(start_date,end_date,basis,0)", (REQUIRED_ORDER,)
    ),
    "GOLD_LOAN_EXPOSURE": Native("ounces*gold_price-dollars_converted"),
    "GOLD_FORWARD": Native(
        "spot*(1+usd_rate*days/360)/(1+lease_rate*days/360)", (("1+lease_rate*days/360>0", "#DIV/0!"),)
    ),
    "HEDGE_SETTLEMENT": Native("ounces*(contract_price-spot)"),
}
