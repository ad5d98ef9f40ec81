"""Term loan (8-K item 5(a)) as formulas."""

from __future__ import annotations

from drawstop.functions.native.native import REQUIRED_ORDER, Native

_INSTALMENTS = (
    "LET(count,DRAWSTOP_DATED(dates),days,TAKE(SORT(dates),-count),"
    'parts,IF(method="equal",MAP(days,LAMBDA(on,principal/count)),'
    'IF(method="custom",principal*TAKE(SORTBY(shares,dates),-count),'
    "LET(starts,DRAWSTOP_BEFORE(start_date,days),"
    "growth,1+rate*MAP(starts,days,LAMBDA(start,stop,DRAWSTOP_YEARS(start,stop,basis,MAX(days)))),"
    "service,principal/SUM(1/SCAN(1,growth,LAMBDA(product,factor,product*factor))),"
    "balance,SCAN(principal,growth,LAMBDA(owed,factor,owed*factor-service)),"
    "before,DRAWSTOP_BEFORE(principal,balance),"
    "service-before*(growth-1)))),"
    "each,IF(count=1,principal,VSTACK(DROP(parts,-1),principal-SUM(DROP(parts,-1)))),"
    'IF(AND(method="level",MIN(each)<-0.000000001*principal),#NUM!,each))'
)

_DAYS = (  # start, advances, instalments, and the quarter-ends up to the last instalment, each once
    "drawings,IF(advances_date>0,advances_date,start_date),"
    "paydays,IF(instalments_date>0,instalments_date,start_date),"
    "last_day,MAX(instalments_date),"
    "quarter,DRAWSTOP_QUARTER(MIN(start_date,drawings,paydays)),"
    "quarters,MAP(SEQUENCE(MAX(1,INT((last_day-quarter)/89)+2)),LAMBDA(k,EOMONTH(quarter,3*k-3))),"
    "days,SORT(UNIQUE(VSTACK(start_date,drawings,paydays,IF(quarters<=last_day,quarters,start_date)))),"
)
_BALANCES = (  # a repayment comes before the advance of its day
    "advance,DRAWSTOP_ON(days,advances_date,advances_amount),"
    "repayment,DRAWSTOP_ON(days,instalments_date,instalments_amount),"
    "drawn,SUM(advances_amount),"
    "owed,SCAN(0,SEQUENCE(ROWS(days)),LAMBDA(so_far,k,"
    "so_far+IF(k>1,INDEX(advance,MAX(1,k-1),1),0)-INDEX(repayment,k,1))),"
    "first,MIN(start_date,IF(advances_amount>0,drawings,start_date)),"
)
_ROWS = (
    "closing,IF(owed+advance<=0.000000000001*drawn,0,owed+advance),"
    "opening,DRAWSTOP_BEFORE(0,closing),"
    "payday,MAP(days,LAMBDA(on,OR(on=last_day,on=DRAWSTOP_QUARTER(on)))),"
    "since,DRAWSTOP_BEFORE(INDEX(days,1,1),days),"
    "fixing,MAP(since,LAMBDA(on,DRAWSTOP_FIXED(on,first,libor_date,libor_rate))),"
    "accrued,MAP(opening,since,days,fixing,LAMBDA(so_far,start,stop,rate,"
    "DRAWSTOP_MARGINED(so_far,start,stop,rate,completion_date,margin_before,margin_after,basis,last_day))),"
    "fee,MAP(opening,since,days,LAMBDA(so_far,start,stop,"
    "DRAWSTOP_UNDRAWN(max_credit-so_far,start,stop,start_date,fee_end,fee_rate,basis,last_day))),"
    "paid,DRAWSTOP_PAID(accrued,payday),fee_paid,DRAWSTOP_PAID(fee,payday),"
)
_SCHEDULE = (
    f"LET({_DAYS}{_BALANCES}"
    "IF(drawn>max_credit*1.000000001,#NUM!,"
    "IF(AND(last_day>0,SUM((advances_date>last_day)*advances_amount)>0),#NUM!,"
    "IF(MIN(owed)<-0.000000001*drawn,#NUM!,"
    f"IF(SUM((libor_date>0)*(libor_date<=first))=0,#N/A,LET({_ROWS}"
    "IF(ABS(SUM(accrued)-SUM(paid))>0.000000001*SUM(IF(accrued<0,-1,1)*accrued),#NUM!,"
    'VSTACK(HSTACK("Date","Opening","Advance","Repayment","Closing","LIBOR","Interest accrued","Interest paid",'
    '"Fee accrued","Fee paid","Debt service"),'
    "HSTACK(days,opening,advance,repayment,closing,fixing,accrued,paid,fee,fee_paid,paid+repayment+fee_paid))))))))"
    ")"
)

FORMULAS = {
    "LOAN_MARGIN": Native("IF(as_of>=completion_date,margin_after,margin_before)"),
    "LOAN_INTEREST": Native(
        "DRAWSTOP_MARGINED(principal,start_date,end_date,libor,completion_date,margin_before,margin_after,basis,0)",
        (REQUIRED_ORDER,),
    ),
    "YEAR_FRACTION": Native("DRAWSTOP_YEARS(start_date,end_date,basis,0)"),
    "COMMITMENT_FEE": Native(
        "rate*(max_credit-outstanding)*DRAWSTOP_YEARS(start_date,end_date,basis,0)",
        (REQUIRED_ORDER, ("outstanding<=max_credit*1.000000001", "#NUM!")),
    ),
    "ESTABLISHMENT_FEE": Native("amount*rate"),
    "INSTALMENT_DATES": Native(
        'LET(each,ROWS(UNIQUE(FILTER(months,months<>""))),'
        "ends,MAP(SEQUENCE(12*(ROUNDUP(count/each,0)+1)),LAMBDA(k,EOMONTH(first,k-1))),"
        "TAKE(FILTER(ends,MAP(ends,LAMBDA(on,SUM(IF(months=MONTH(on),1,0))>0))),count))",
        (
            ("DRAWSTOP_COUNT(months)>0", "#VALUE!"),
            ("AND(EOMONTH(first,0)=first,SUM(IF(months=MONTH(first),1,0))>0)", "#NUM!"),
        ),
    ),
    "INSTALMENTS": Native(
        _INSTALMENTS,
        (
            ("DRAWSTOP_DATED(dates)>0", "#VALUE!"),
            ("DRAWSTOP_DATED(dates)<=1000", "#NUM!"),
            ('OR(method<>"custom",NOT(no_shares))', "#VALUE!"),
            ('IF(method="custom",ABS(SUM(shares)-1)<=0.000000001,TRUE)', "#NUM!"),
            ('OR(method<>"level",AND(start_date<>"",rate<>""))', "#VALUE!"),
            ('OR(method<>"level",start_date<=DRAWSTOP_FIRST(dates))', "#NUM!"),
        ),
    ),
    "LOAN_SCHEDULE": Native(_SCHEDULE, (("DRAWSTOP_DATED(instalments_date)<=1000", "#NUM!"),)),
    "ADVANCE_LIMIT": Native(
        "IF(AND(as_of<cutoff,NOT(as_of>=mechanical_completion),"
        "DRAWSTOP_COMPLIES(proceeds_balance-proceeds_minimum,proceeds_minimum),conditions_met,NOT(in_default)),"
        "MAX(0,max_credit-advanced_to_date),0)",
        (("advanced_to_date<=max_credit*1.000000001", "#NUM!"),),
    ),
    "AVERAGE_LIFE": Native(
        "SUM(principal*(dates-start_date))/365/SUM(principal)",
        (
            ("SUM(principal)>0", "#DIV/0!"),
            ("start_date<=MIN(IF(principal>0,dates,9999999))", "#NUM!"),
        ),
    ),
}
