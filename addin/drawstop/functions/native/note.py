"""Convertible note (8-K item 5(a)) as formulas; its value, a tree of hundreds of steps, cannot be one."""

from __future__ import annotations

from drawstop.functions.native.native import REQUIRED_ORDER, Native

_SOME_SHARES = ("outstanding+new_shares>0", "#DIV/0!")
_RUN = 'SCAN(0,SORTBY(closes,dates),LAMBDA(run,close,IF(close="",run,IF(close>trigger,run+1,0))))'

FORMULAS = {
    "CONVERSION_SHARES": Native("DRAWSTOP_FLOOR(principal/conversion_price)"),
    "CONVERSION_VALUE": Native("DRAWSTOP_FLOOR(principal/conversion_price)*share_price"),
    "FORCED_CONVERSION": Native(
        f'LET(runs,{_RUN},first,MIN(IF((runs>=days)*(SORTBY(closes,dates)<>"")*(1-SORTBY(in_default,dates)),'
        "SORT(dates),9999999)),IF(first=9999999,#N/A,first))"
    ),
    "FORCED_CONVERSION_RUN": Native(f"INDEX({_RUN},ROWS(dates),1)"),
    "CONVERSION_PRICE_SPLIT": Native("price*shares_before/shares_after"),
    "CONVERSION_PRICE_DILUTED": Native(
        "MIN(price,(price*outstanding+new_price*new_shares)/(outstanding+new_shares))", (_SOME_SHARES,)
    ),
    "DILUTION": Native("new_shares/(outstanding+new_shares)", (_SOME_SHARES,)),
    "NOTE_INTEREST": Native("principal*(libor+margin)*DRAWSTOP_YEARS(start_date,end_date,basis,0)", (REQUIRED_ORDER,)),
}
