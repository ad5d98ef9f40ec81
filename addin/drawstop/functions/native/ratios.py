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
    "DEBT_CAPACITY": Native("DRAWSTOP_PRESENT(as_of,2958465,dates,cash_available,rate)/dscr"),
    "CASH_WATERFALL": Native(
        'LET(names,FILTER(claims_name,claims_name<>""),due,FILTER(claims_due,claims_name<>""),'
        "after,SCAN(cash,due,LAMBDA(left,claim,left-claim)),"
        "before,IF(ROWS(due)=1,cash,VSTACK(cash,DROP(after,-1))),"
        "paid,MAP(due,before,LAMBDA(claim,left,MIN(claim,MAX(0,left)))),"
        'VSTACK(HSTACK("Claim","Due","Paid","Unpaid"),HSTACK(names,due,paid,due-paid),'
        'HSTACK("Left","",REDUCE(cash,paid,LAMBDA(left,each,left-each)),"")))',
        (("DRAWSTOP_COUNT(claims_name)>0", "#VALUE!"),),
    ),
}
