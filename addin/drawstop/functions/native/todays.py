"""Today's loans as formulas."""

from __future__ import annotations

from drawstop.functions.native.native import Native

_LIMIT = ('OR(minimum<>"",maximum<>"")', "#VALUE!")
_COUNT = "DRAWSTOP_DATED(dates)"

_COMPOUNDED = (  # the series with weekdays without a fixing before and after it
    f"LET(count,{_COUNT},reach,lookback+1,known,TAKE(SORT(dates),-count),"
    "days,VSTACK(MAP(SEQUENCE(reach),LAMBDA(k,WORKDAY(INDEX(known,1,1),k-reach-1))),known,"
    "MAP(SEQUENCE(reach),LAMBDA(k,WORKDAY(INDEX(known,count,1),k)))),"
    'none,MAKEARRAY(reach,1,LAMBDA(i,j,"")),'
    "values,VSTACK(none,TAKE(SORTBY(fixings,dates),-count),none),size,count+2*reach,"
    "earlier,LAMBDA(when,IF(OR(lookback=0,NOT(shift)),when,"
    "INDEX(days,MIN(size,MAX(1,SUM(IF(days<when,1,0))+1-lookback)),1))),"
    "begin,earlier(start_date),finish,earlier(end_date),lag,IF(shift,0,lookback),"
    "growth,REDUCE(1,SEQUENCE(size),LAMBDA(product,k,LET("
    "from,MIN(MAX(INDEX(days,k,1),begin),finish),"
    "upto,IF(k=size,finish,MIN(MAX(INDEX(days,MIN(size,k+1),1),begin),finish)),"
    "fixing,INDEX(values,MAX(1,k-lag),1),"
    'IF(upto<=from,product,IF(fixing="",#N/A,product*(1+DRAWSTOP_YEARS(from,upto,basis,0)'
    '*MAX(fixing+adjustment,IF(floor="",fixing+adjustment,floor)))))))),'
    "IF(finish=begin,#NUM!,(growth-1)/DRAWSTOP_YEARS(begin,finish,basis,0)))"
)

_TRANCHE = (
    "LET(last,MAX(payment_dates),"
    "inside,LAMBDA(dates,IF((dates>0)*(dates<=last),dates,last)),"
    "days,SORT(UNIQUE(VSTACK(inside(advances_date),inside(repayments_date),inside(rates_date),"
    "inside(payment_dates),inside(margins_date)))),"
    "rate,MAP(days,LAMBDA(on,LET(base,DRAWSTOP_HELD(on,rates_date,rates_rate),"
    'IF(floor="",base,MAX(base,floor))+DRAWSTOP_HELD(on,margins_date,margins_margin)))),'
    "shown,DRAWSTOP_BEFORE(INDEX(rate,1,1),rate),"
    "since,DRAWSTOP_BEFORE(INDEX(days,1,1),days),"
    "growth,MAP(shown,since,days,LAMBDA(each,start,stop,each*DRAWSTOP_YEARS(start,stop,basis,last))),"
    "advance,DRAWSTOP_ON(days,advances_date,advances_amount),"
    'stated,IF(repayments_amount="balance",0,repayments_amount),'
    "asked,DRAWSTOP_ON(days,repayments_date,stated),"
    'all,DRAWSTOP_ON(days,repayments_date,IF(repayments_amount="balance",1,0)),'
    "payday,DRAWSTOP_ON(days,payment_dates,1)>0,"
    "events,DRAWSTOP_TRANCHE(days,growth,advance,asked,all,payday,capitalised_until,opening_interest),"
    "field,LAMBDA(k,INDEX(events,0,k)),"
    "hair,0.000000001*(SUM(advance)+SUM(IF(field(3)<0,-1,1)*field(3))),"
    "IF(OR(MAX(field(4)-field(1)-field(3)-field(2))>hair,INDEX(events,ROWS(days),5)<>0,"
    "SUM((advances_date>last)*advances_amount)>0,SUM((repayments_date>last)*stated)>0),#NUM!,"
    'VSTACK(HSTACK("Date","Opening","Advance","Capitalised","Repayment","Closing","Rate","Interest accrued",'
    '"Interest paid"),HSTACK(days,TAKE(events,ROWS(days),5),shown,field(6),field(7)))))'
)

_FIRST_RATE = "DRAWSTOP_FIRST(rates_date)"
_EARLIEST = "MIN({})".format(
    ",".join(
        f"DRAWSTOP_FIRST({dates})" for dates in ("advances_date", "repayments_date", "payment_dates", "margins_date")
    )
)

_SCULPTED = (
    f"LET(count,{_COUNT},days,TAKE(SORT(dates),-count),cash,TAKE(SORTBY(cash_available,dates),-count),"
    "cover,TAKE(SORTBY(dscr,dates),-count),"
    "growth,1+TAKE(SORTBY(rate,dates),-count)*MAP(DRAWSTOP_BEFORE(start_date,days),days,"
    'LAMBDA(start,stop,DRAWSTOP_YEARS(start,stop,basis,IF(maturity="",MAX(days),maturity)))),'
    'service,IF(days<=IF(maturity="",2958465,maturity),IF(cash>0,cash,0)/cover,0),'
    "owed,SCAN(0,SEQUENCE(count),LAMBDA(so_far,k,"  # what is owed before a service, from the last to the first
    "(so_far+INDEX(service,count+1-k,1))/INDEX(growth,count+1-k,1))),"
    "opening,MAP(SEQUENCE(count),LAMBDA(k,INDEX(owed,count+1-k,1))),"
    "closing,IF(count=1,0,VSTACK(DROP(opening,1),0)),"
    "IF(MIN(growth)<=0,#NUM!,"
    'VSTACK(HSTACK("Date","Cash","Debt service","Interest","Principal","Closing"),'
    "HSTACK(start_date,0,0,0,0,INDEX(opening,1,1)),"
    "HSTACK(days,cash,service,opening*(growth-1),opening-closing,closing))))"
)

_STREAM = (
    'LET(limits,FILTER(IF(tiers_until="",1E+300,tiers_until),tiers_kept=1),shares,FILTER(tiers_share,tiers_kept=1),'
    "open,IF(ROWS(limits)=1,0,SUM(IF(DROP(limits,-1)=1E+300,1,0))),"
    "falls,IF(ROWS(limits)=1,0,SUM(IF(DROP(limits,1)<=DROP(limits,-1),1,0))),"
    "IF(open>0,#VALUE!,IF(falls>0,#NUM!,"
    "INDEX(REDUCE(HSTACK(production,0),SEQUENCE(ROWS(limits)),LAMBDA(state,k,LET("
    "left,INDEX(state,1,1),total,INDEX(state,1,2),share,INDEX(shares,k,1),"
    "room,MAX(0,INDEX(limits,k,1)-delivered_before-total),"
    "HSTACK(IF(share*left>=room,left-IF(share=0,0,room/share),0),total+MIN(room,share*left))))),1,2))))"
)

_PAYMENTS = (
    "LET(span,12*(YEAR(last)-YEAR(first))+MONTH(last)-MONTH(first),"
    "dates,MAP(SEQUENCE(INT(span/months)+1),LAMBDA(k,DRAWSTOP_LATER(first,months*(k-1)))),"
    "inside,FILTER(dates,dates<=last),"
    "IF(ROWS(inside)>1000,#NUM!,MAP(inside,LAMBDA(on,DRAWSTOP_BUSINESS(on,convention,holidays)))))"
)

FORMULAS = {
    "RATE_COMPOUNDED": Native(
        _COMPOUNDED,
        (
            (f"{_COUNT}>0", "#VALUE!"),
            ("end_date>start_date", "#NUM!"),
            ("start_date>=DRAWSTOP_FIRST(dates)", "#N/A"),
        ),
    ),
    "TRANCHE_SCHEDULE": Native(
        _TRANCHE,
        (
            ("DRAWSTOP_DATED(rates_date)>0", "#VALUE!"),
            ("DRAWSTOP_DATED(payment_dates)>0", "#VALUE!"),
            ("DRAWSTOP_DATED(repayments_date)<=1000", "#NUM!"),
            ("DRAWSTOP_DATED(payment_dates)<=1000", "#NUM!"),
            (f"{_EARLIEST}>={_FIRST_RATE}", "#NUM!"),
        ),
    ),
    "SCULPTED_DEBT": Native(
        _SCULPTED,
        (
            (f"{_COUNT}>0", "#VALUE!"),
            (f"{_COUNT}<=1000", "#NUM!"),
            ("start_date<DRAWSTOP_FIRST(dates)", "#NUM!"),
            ("NOT(maturity<start_date)", "#NUM!"),
        ),
    ),
    "CASH_SWEEP": Native("MIN(outstanding,share*MAX(0,excess_cash-minimum_cash))"),
    "STREAM_OUNCES": Native(_STREAM, (("SUM(tiers_kept)>0", "#VALUE!"),)),
    "COLLAR_SETTLEMENT": Native('ounces*(IF(floor="",0,MAX(0,floor-spot))-IF(cap="",0,MAX(0,spot-cap)))'),
    "OPTION_VALUE": Native(
        'LET(sign,IF(kind="call",1,-1),spread,volatility*SQRT(years),EXP(-(rate*years))*IF(spread>0,'
        "LET(far,LN(forward/strike)/spread+spread/2,MAX(0,sign*(forward*NORM.S.DIST(sign*far,TRUE)"
        "-strike*NORM.S.DIST(sign*(far-spread),TRUE)))),MAX(0,sign*(forward-strike))))"
    ),
    "PAYMENT_DATES": Native(_PAYMENTS, (("last>=first", "#NUM!"),)),
    "BUSINESS_DAY": Native("DRAWSTOP_BUSINESS(day,convention,holidays)"),
    "COVENANT_COMPLIES": Native(
        'AND(IF(minimum="",TRUE,DRAWSTOP_COMPLIES(actual-minimum,minimum)),'
        'IF(maximum="",TRUE,DRAWSTOP_COMPLIES(maximum-actual,maximum)))',
        (_LIMIT,),
    ),
    "COVENANT_HEADROOM": Native(
        'MIN(IF(minimum="",maximum-actual,actual-minimum),IF(maximum="",actual-minimum,maximum-actual))', (_LIMIT,)
    ),
}
