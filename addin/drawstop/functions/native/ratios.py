"""Lender's ratios and cash as formulas."""

from __future__ import annotations

from drawstop.functions.native.native import Native

_SOME_DEBT = ("debt<>0", "#DIV/0!")

FORMULAS = {
    "DSCR": Native("cash_available/debt_service", (("debt_service<>0", "#DIV/0!"),)),
    "LLCR": Native(
        "(DRAWSTOP_PRESENT(as_of,maturity,dates,cash_available,rate)+cash)/debt",
        (_SOME_DEBT, ("maturity>=as_of", "#NUM!")),
    ),
    "PLCR": Native("(DRAWSTOP_PRESENT(as_of,2958465,dates,cash_available,rate)+cash)/debt", (_SOME_DEBT,)),
    "RESERVE_TAIL": Native("SUM((dates>maturity)*ounces)/SUM(ounces)", (("SUM(ounces)>0", "#DIV/0!"),)),
    "DEBT_CAPACITY": Native(
        'DRAWSTOP_PRESENT(as_of,IF(maturity="",2958465,maturity),dates,cash_available,rate)/dscr',
        (("NOT(maturity<as_of)", "#NUM!"),),
    ),
    "CASH_WATERFALL": Native(
        'LET(names,FILTER(claims_name,claims_name<>""),due,FILTER(claims_due,claims_name<>""),'
        'count,ROWS(names),given,FILTER(claims_rank,claims_name<>""),ranked,DRAWSTOP_COUNT(given),'
        "rank,IF(ranked>0,given,SEQUENCE(count)),ranks,SORT(UNIQUE(rank)),"
        "sums,DRAWSTOP_ON(ranks,rank,due),"
        "before,DRAWSTOP_BEFORE(cash,SCAN(cash,sums,LAMBDA(left,claim,left-claim))),"
        "paid,MAP(rank,due,LAMBDA(mine,claim,LET(so_far,SUM((ranks=mine)*sums),"
        "left,MAX(0,SUM((ranks=mine)*before)),IF(left>=so_far,claim,IF(claim=0,0,left*(claim/so_far)))))),"
        "kept,IF(SUM(IF(paid=due,0,1))>0,MIN(cash,0),"
        "MAX(MIN(cash,0),REDUCE(cash,paid,LAMBDA(left,each,left-each)))),"
        "IF(AND(ranked>0,ranked<count),#VALUE!,"
        'VSTACK(HSTACK("Claim","Due","Paid","Unpaid"),HSTACK(names,due,paid,due-paid),HSTACK("Left","",kept,""))))',
        (("DRAWSTOP_COUNT(claims_name)>0", "#VALUE!"),),
    ),
}
