"""Proceeds Account (8-K item 5(a)) as formulas."""

from __future__ import annotations

from drawstop.functions.native.native import Native

_LIMB_1, _LIMB_2 = "MAX(floor,formula_amount)", "MIN(interest_cap,interest_3m)"

FORMULAS = {
    "PROCEEDS_MIN": Native(f"{_LIMB_1}+{_LIMB_2}+capex_3m+other_3m"),
    "PROCEEDS_MIN_ITEMS": Native(
        f'VSTACK(HSTACK("(I) Greater of floor and formula amount",{_LIMB_1}),'
        f'HSTACK("(II) Lesser of cap and interest",{_LIMB_2}),'
        'HSTACK("(III) Capital expenditure",capex_3m),'
        'HSTACK("(IV) Other payments to the Lender",other_3m),'
        f'HSTACK("Minimum balance",{_LIMB_1}+{_LIMB_2}+capex_3m+other_3m))'
    ),
    "DUE_WITHIN": Native("SUM((dates>as_of)*(dates<=DRAWSTOP_LATER(as_of,months))*amounts)"),
    "FORMULA_AMOUNT": Native("share*MAX(0,DRAWSTOP_PRESENT(as_of,2958465,dates,net_cash_flows,discount_rate))"),
    "PROCEEDS_SHORTFALL": Native("MAX(0,minimum-balance)"),
    "PROCEEDS_AVAILABLE": Native(
        "IF(in_default,0,IF(as_of>=completion_date,MAX(0,balance-minimum),"
        "MIN(parent_interest_due,MAX(0,balance-minimum))))"
    ),
}
