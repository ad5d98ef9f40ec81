"""NPMC agreement (8-K item 2) as formulas."""

from __future__ import annotations

from drawstop.functions.native.native import Native

_STEADY = (  # each of the consecutive calendar days
    "LET(runs,SCAN(0,SEQUENCE(ROWS(ordered)),LAMBDA(run,k,LET(on,INDEX(ordered,k,1),"
    "IF(AND(on>0,DRAWSTOP_COMPLIES(INDEX(amounts,k,1)-level,level)),"
    "1+IF(k>1,IF(INDEX(ordered,k-1,1)=on-1,run,0),0),0)))),MIN(IF((ordered>0)*(runs>=days),ordered,9999999)))"
)
_TOGETHER = (  # their average; a window's sum grows, as its end moves on, only on a date that has a figure
    "LET(from,DRAWSTOP_FIRST(ordered),span,MAX(ordered)-from+1,reach,MIN(days,span)-1,"
    "ends,IF(ordered>from+reach,ordered,from+reach),"
    "sums,MAP(ends,LAMBDA(end,SUM((ordered<=end)*(ordered>=end-reach)*amounts))),"
    "IF(days>span,9999999,"
    "MIN(IF((ordered>0)*(sums-level*days>=-0.000000001*ABS(level*days)),ends,9999999))))"
)

FORMULAS = {
    "NET_RETURNS": Native("gross-deductions", before={"deductions": "DRAWSTOP_BESIDE(gross,deductions)"}),
    "ROYALTY_DUE": Native("MAX(0,rate*MAX(0,net_returns)-advance_credit)"),
    "ROYALTY_SCHEDULE": Native(
        'LET(header,HSTACK("Date","Net returns","Royalty","Credit used","Payable","Credit left"),'
        "count,DRAWSTOP_DATED(periods_date),IF(count=0,header,"
        "LET(days,TAKE(SORT(periods_date),-count),"
        "net,TAKE(SORTBY(periods_gross-periods_deductions,periods_date),-count),"
        "due,rate*IF(net>0,net,0),"
        "since,DRAWSTOP_BEFORE(0,days),"
        "granted,MAP(since,days,LAMBDA(on,next,SUM((advances_date>on)*(advances_date<=next)*advances_amount))),"
        "left,SCAN(0,SEQUENCE(count),LAMBDA(credit,k,LET(pot,credit+INDEX(granted,k,1),pot-MIN(pot,INDEX(due,k,1))))),"
        "used,MAP(DRAWSTOP_BEFORE(0,left),granted,due,LAMBDA(credit,more,owed,MIN(owed,credit+more))),"
        "VSTACK(header,HSTACK(days,net,due,used,due-used,left)))))"
    ),
    "ADVANCE_ROYALTY": Native("amount*cpi_now/cpi_base"),
    "COMMERCIAL_PRODUCTION": Native(
        "LET(ordered,SORT(dates),amounts,SORTBY(delivered,dates),level,threshold*capacity,"
        f'first,IF(mode="daily",{_STEADY},{_TOGETHER}),IF(first=9999999,#N/A,first))'
    ),
    "PRODUCTION_DEADLINE": Native(
        "DRAWSTOP_LATER(deadline,12*each*extensions)",
        (("extensions<=most", "#NUM!"),),
        terms={
            "most": "extension.count",
            "each": "extension.years",
            "deadline": "commercial_production.deadline",
        },
    ),
    "GOLD_EQUIVALENT": Native("gold_oz*gold_recovery+silver_oz*silver_recovery*silver_price/gold_price"),
    "BACK_IN_OPEN": Native("DRAWSTOP_COMPLIES(total_reserve_oz-stated_oz-threshold,threshold)"),
    "BACK_IN_PRICE": Native("multiple*interest*SUM(costs)"),
    "SHARES_ISSUED": Native(
        'DRAWSTOP_FLOOR(dollars/(SUM(IF(prices="",0,prices))/DRAWSTOP_COUNT(prices)))',
        (("DRAWSTOP_COUNT(prices)>0", "#VALUE!"),),
    ),
    "OWNERSHIP": Native("shares/outstanding", (("outstanding>0", "#DIV/0!"), ("shares<=outstanding", "#NUM!"))),
}
