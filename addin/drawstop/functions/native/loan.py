"""Term loan (8-K item 5(a)) as formulas."""

from __future__ import annotations

from drawstop.functions.native.native import REQUIRED_ORDER, Native

_INSTALMENTS = (
    "LET(count,SUM(IF(dates>0,1,0)),days,TAKE(SORT(dates),-count),"
    'parts,IF(method="equal",MAP(days,LAMBDA(day,principal/count)),'
    'IF(method="custom",principal*TAKE(SORTBY(shares,dates),-count),'
    "LET(starts,IF(count=1,start_date,VSTACK(start_date,DROP(days,-1))),"
    "growth,1+rate*MAP(starts,days,LAMBDA(start,stop,DRAWSTOP_YEARS(start,stop,basis))),"
    "service,principal/SUM(1/SCAN(1,growth,LAMBDA(product,factor,product*factor))),"
    "balance,SCAN(principal,growth,LAMBDA(owed,factor,owed*factor-service)),"
    "before,IF(count=1,principal,VSTACK(principal,DROP(balance,-1))),"
    "service-before*(growth-1)))),"
    "IF(count=1,principal,VSTACK(DROP(parts,-1),principal-SUM(DROP(parts,-1)))))"
)

_SCHEDULE = (
    "LET(drawings,advances_date,repaid,instalments_date,"
    "last_day,MAX(repaid),"
    "first_event,MIN(start_date,IF(drawings>0,drawings,start_date),IF(repaid>0,repaid,start_date)),"
    "quarter,EOMONTH(first_event,MOD(-MONTH(first_event),3)),"
    "quarters,MAP(SEQUENCE(MAX(1,INT((last_day-quarter)/89)+2)),LAMBDA(k,EOMONTH(quarter,3*k-3))),"
    "days,SORT(UNIQUE(VSTACK(start_date,IF(drawings>0,drawings,start_date),IF(repaid>0,repaid,start_date),"
    "IF(quarters<=last_day,quarters,start_date)))),"
    "count,ROWS(days),"
    "advance,MAP(days,LAMBDA(day,SUM((drawings=day)*advances_amount))),"
    "repayment,MAP(days,LAMBDA(day,SUM((repaid=day)*instalments_amount))),"
    "drawn,SUM(advances_amount),"
    "before,SCAN(0,SEQUENCE(count),LAMBDA(owed,k,"
    "owed+IF(k>1,INDEX(advance,MAX(1,k-1),1),0)-INDEX(repayment,k,1))),"
    "first,MIN(start_date,IF(drawings>0,IF(advances_amount>0,drawings,start_date),start_date)),"
    "IF(drawn>max_credit*1.000000001,#NUM!,"
    "IF(SUM((drawings>last_day)*advances_amount)>0,#NUM!,"
    "IF(MIN(before)<-0.000000001*drawn,#NUM!,"
    "IF(SUM((libor_date>0)*(libor_date<=first))=0,#N/A,"
    "LET(raw,before+advance,closing,IF(raw<=0.000000000001*drawn,0,raw),"
    "opening,IF(count=1,0,VSTACK(0,DROP(closing,-1))),"
    "payday,MAP(days,LAMBDA(day,OR(day=last_day,AND(day=EOMONTH(day,0),MOD(MONTH(day),3)=0)))),"
    "previous,IF(count=1,days,VSTACK(INDEX(days,1,1),DROP(days,-1))),"
    # the first day of the interest period that a row's interest belongs to
    "period,MAP(previous,LAMBDA(day,MAX(first,IF(AND(day=EOMONTH(day,0),MOD(MONTH(day),3)=0),day,"
    "EOMONTH(day,-1-MOD(MONTH(day)-1,3)))))),"
    "fixing,MAP(period,LAMBDA(day,SUM((libor_date=MAX(IF(libor_date<=day,libor_date,0)))*(libor_date>0)*libor_rate))),"
    "accrued,MAP(previous,days,opening,fixing,LAMBDA(start,stop,owed,rate,"
    "LET(turn,IF(completion_date=\"\",stop,MIN(MAX(completion_date,start),stop)),"
    "owed*((rate+margin_before)*DRAWSTOP_YEARS(start,turn,basis)+(rate+margin_after)*DRAWSTOP_YEARS(turn,stop,basis))))),"
    "fee,MAP(previous,days,opening,LAMBDA(start,stop,owed,"
    "LET(from,MIN(MAX(start,start_date),fee_end),upto,MIN(MAX(stop,start_date),fee_end),"
    "IF(upto>from,fee_rate*(max_credit-owed)*DRAWSTOP_YEARS(from,upto,basis),0)))),"
    "owing,LAMBDA(flow,SCAN(0,SEQUENCE(count),LAMBDA(sum,k,"
    "INDEX(flow,k,1)+IF(k>1,IF(INDEX(payday,MAX(1,k-1),1),0,sum),0)))),"
    "interest_paid,IF(payday,owing(accrued),0),fee_paid,IF(payday,owing(fee),0),"
    'VSTACK(HSTACK("Date","Opening","Advance","Repayment","Closing","LIBOR","Interest accrued","Interest paid",'
    '"Fee accrued","Fee paid","Debt service"),'
    "HSTACK(days,opening,advance,repayment,closing,fixing,accrued,interest_paid,fee,fee_paid,"
    "interest_paid+repayment+fee_paid))))))))"
)

FORMULAS = {
    "LOAN_MARGIN": Native("IF(as_of>=completion_date,margin_after,margin_before)"),
    "LOAN_INTEREST": Native(
        'LET(turn,IF(completion_date="",end_date,MIN(MAX(completion_date,start_date),end_date)),'
        "principal*((libor+margin_before)*DRAWSTOP_YEARS(start_date,turn,basis)"
        "+(libor+margin_after)*DRAWSTOP_YEARS(turn,end_date,basis)))",
        (REQUIRED_ORDER,),
    ),
    "YEAR_FRACTION": Native("DRAWSTOP_YEARS(start_date,end_date,basis)"),
    "COMMITMENT_FEE": Native(
        "rate*(max_credit-outstanding)*DRAWSTOP_YEARS(start_date,end_date,basis)",
        (REQUIRED_ORDER, ("outstanding<=max_credit*1.000000001", "#NUM!")),
    ),
    "ESTABLISHMENT_FEE": Native("amount*rate"),
    "INSTALMENT_DATES": Native(
        'LET(each,ROWS(UNIQUE(FILTER(months,months<>""))),'
        "ends,MAP(SEQUENCE(12*(ROUNDUP(count/each,0)+1)),LAMBDA(k,EOMONTH(first,k-1))),"
        "TAKE(FILTER(ends,MAP(ends,LAMBDA(day,SUM(IF(months=MONTH(day),1,0))>0))),count))",
        (
            ("DRAWSTOP_COUNT(months)>0", "#VALUE!"),
            ("AND(EOMONTH(first,0)=first,SUM(IF(months=MONTH(first),1,0))>0)", "#NUM!"),
        ),
    ),
    "INSTALMENTS": Native(
        _INSTALMENTS,
        (
            ("SUM(IF(dates>0,1,0))>0", "#VALUE!"),
            ("SUM(IF(dates>0,1,0))<=1000", "#NUM!"),
            ('OR(method<>"custom",NOT(no_shares))', "#VALUE!"),
            ('IF(method="custom",ABS(SUM(shares)-1)<=0.000000001,TRUE)', "#NUM!"),
            ('OR(method<>"level",AND(start_date<>"",rate<>""))', "#VALUE!"),
            ('OR(method<>"level",start_date<=MIN(IF(dates>0,dates,9999999)))', "#NUM!"),
        ),
    ),
    "LOAN_SCHEDULE": Native(_SCHEDULE, (("SUM(IF(instalments_date>0,1,0))<=1000", "#NUM!"),)),
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
