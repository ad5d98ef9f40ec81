"""Formulas that several functions share, each a LAMBDA of its own: what a cell may hold, series, days and rates.

The checks take one cell; a series goes through them cell by cell, with MAP. A name in lower case is an argument or a
name of LET, one in upper case a function of Excel or another helper.
"""

from __future__ import annotations

from typing import NamedTuple

from drawstop.functions.loan import BASIS


class Helper(NamedTuple):
    """A shared formula: its arguments, separated by commas, and what it gives."""

    arguments: str
    formula: str


_LAST_SERIAL = 2958465
_ISDA = (
    "YEAR(last)-YEAR(first)+(last-DATE(YEAR(last),1,1))/DRAWSTOP_YEAR_DAYS(last)"
    "-(first-DATE(YEAR(first),1,1))/DRAWSTOP_YEAR_DAYS(first)"
)

_SPELLINGS = ",".join(f'"{spelling}","{basis}"' for spelling, basis in BASIS.aliases.items())
_CODES = ",".join(f'{code},"{basis}"' for code, basis in enumerate(BASIS.options[: BASIS.codes]))
_BASIS = (  # a day count as agreements spell it, or Excel's number of it, whose fraction is cut off
    f'IF(x="",blank,IF(ISTEXT(x),SWITCH(DRAWSTOP_LETTERS(x),{_SPELLINGS},#VALUE!),'
    f"IF(ISNUMBER(x),SWITCH(TRUNC(x),{_CODES},#NUM!),#VALUE!)))"
)

HELPERS: dict[str, Helper] = {
    # ---- one cell: its value, the replacement for a blank, or its error ----
    "DRAWSTOP_NUMBER": Helper("x,blank", 'IF(x="",blank,IF(ISNUMBER(x),x,#VALUE!))'),
    "DRAWSTOP_FROM": Helper(
        "x,blank,low", "LET(number,DRAWSTOP_NUMBER(x,blank),IF(ISNUMBER(number),IF(number<low,#NUM!,number),number))"
    ),
    "DRAWSTOP_ABOVE": Helper(
        "x,blank,low", "LET(number,DRAWSTOP_NUMBER(x,blank),IF(ISNUMBER(number),IF(number<=low,#NUM!,number),number))"
    ),
    "DRAWSTOP_WITHIN": Helper(
        "x,blank,low,high",
        "LET(number,DRAWSTOP_ABOVE(x,blank,low),IF(ISNUMBER(number),IF(number>high,#NUM!,number),number))",
    ),
    "DRAWSTOP_BETWEEN": Helper(
        "x,blank,low,high",
        "LET(number,DRAWSTOP_FROM(x,blank,low),IF(ISNUMBER(number),IF(number>high,#NUM!,number),number))",
    ),
    "DRAWSTOP_WHOLE": Helper(  # a number that differs from a whole number only by rounding is that number
        "x,blank,low,high",
        "LET(number,DRAWSTOP_NUMBER(x,blank),IF(ISNUMBER(number),LET(near,ROUND(number,0),"
        "IF(OR(ABS(number-near)>0.000000001,near<low,near>high),#NUM!,near)),number))",
    ),
    "DRAWSTOP_ISO": Helper(  # a text such as 2024-06-30
        "text",
        'IF(AND(LEN(text)=10,MID(text,5,1)="-",MID(text,8,1)="-"),'
        "LET(y,VALUE(MID(text,1,4)),m,VALUE(MID(text,6,2)),d,VALUE(RIGHT(text,2)),"
        "IF(OR(m<1,m>12,d<1,d>31),#VALUE!,IF(y<1900,#NUM!,LET(found,DATE(y,m,d),"
        "IF(DAY(found)=d,found,#VALUE!))))),#VALUE!)",
    ),
    "DRAWSTOP_DATE": Helper(  # a time of day is dropped; serial 0 is a blank, 60 a day that never existed
        "x,blank",
        'IF(x="",blank,LET(serial,IF(ISTEXT(x),DRAWSTOP_ISO(TRIM(x)),x),'
        "IF(ISNUMBER(serial),IF(serial=0,blank,LET(on,INT(serial),"
        f"IF(OR(on<1,on>{_LAST_SERIAL},on=60),#NUM!,on))),IF(ISERROR(serial),serial,#VALUE!))))",
    ),
    "DRAWSTOP_FLAG": Helper(
        "x,blank", 'IF(x="",blank,IF(ISLOGICAL(x),x,IF(ISNUMBER(x),IF(OR(x=0,x=1),x=1,#VALUE!),#VALUE!)))'
    ),
    "DRAWSTOP_REPAID": Helper("x,blank", 'IF(LOWER(TRIM(x))="balance","balance",DRAWSTOP_FROM(x,blank,0))'),
    "DRAWSTOP_CONVENTION": Helper(  # of business days, as agreements spell or abbreviate it
        "x,blank",
        'IF(x="",blank,IF(ISTEXT(x),'
        'SWITCH(UPPER(TRIM(SUBSTITUTE(SUBSTITUTE(SUBSTITUTE(x,"-"," "),"_"," "),"."," "))),"","none","NONE","none",'
        '"UNADJUSTED","none","F","following","FOLLOWING","following","P","preceding","PRECEDING","preceding",'
        '"MF","modified following","MODIFIED FOLLOWING","modified following","MOD FOLLOWING","modified following",'
        '"MODFOLLOWING","modified following","MODIFIEDFOLLOWING","modified following",#VALUE!),#VALUE!))',
    ),
    "DRAWSTOP_LETTERS": Helper(  # letters and digits only
        "text",
        'REDUCE("",SEQUENCE(LEN(text)),LAMBDA(kept,k,LET(sign,CODE(MID(UPPER(text),k,1)),'
        "IF(OR(AND(sign>=48,sign<=57),AND(sign>=65,sign<=90)),kept&MID(UPPER(text),k,1),kept))))",
    ),
    "DRAWSTOP_BASIS": Helper("x,blank", _BASIS),
    "DRAWSTOP_TEXT": Helper("x,blank", 'IF(x="",blank,IF(ISTEXT(x),x,#VALUE!))'),
    # ---- ranges: one cell of those that combine; a single cell where a range makes no sense ----
    "DRAWSTOP_ONE": Helper("x", 'IF(ROWS(x)*COLUMNS(x)=1,x,"more than one cell")'),
    "DRAWSTOP_BLANK": Helper("x", 'IF(ROWS(x)*COLUMNS(x)=1,x="",FALSE)'),
    "DRAWSTOP_PICK": Helper("x,i,j", "IF(ROWS(x)*COLUMNS(x)=1,x,INDEX(x,IF(ROWS(x)=1,1,i),IF(COLUMNS(x)=1,1,j)))"),
    "DRAWSTOP_ROWS": Helper("x", "IFERROR(ROWS(x),1)"),  # an error that is not a cell's has no rows
    "DRAWSTOP_COLUMNS": Helper("x", "IFERROR(COLUMNS(x),1)"),
    "DRAWSTOP_FITS": Helper(
        "x,height,width",
        "OR(DRAWSTOP_ROWS(x)=1,DRAWSTOP_ROWS(x)=height)*OR(DRAWSTOP_COLUMNS(x)=1,DRAWSTOP_COLUMNS(x)=width)",
    ),
    # ---- series: as columns with "" for each blank; a row whose cells are all blank has date 0 ----
    "DRAWSTOP_CELLS": Helper("x", 'IF(ROWS(x)*COLUMNS(x)=1,IF(x="","",x),MAP(x,LAMBDA(cell,IF(cell="","",cell))))'),
    "DRAWSTOP_LINE": Helper(
        "x", "LET(cells,DRAWSTOP_CELLS(x),IF(COLUMNS(x)=1,cells,IF(ROWS(x)=1,TRANSPOSE(cells),cells)))"
    ),
    "DRAWSTOP_ODD": Helper("x,length", "IF(OR(AND(ROWS(x)>1,COLUMNS(x)>1),ROWS(x)*COLUMNS(x)<>length),#VALUE!,0)"),
    "DRAWSTOP_TABLE": Helper(  # with columns of blanks for those left out
        "x,width",
        'IF(DRAWSTOP_BLANK(x),MAKEARRAY(1,width,LAMBDA(i,j,"")),LET(cells,DRAWSTOP_CELLS(x),'
        "IF(COLUMNS(x)>=width,cells,MAKEARRAY(ROWS(x),width,LAMBDA(i,j,"
        'IF(j>COLUMNS(x),"",INDEX(cells,i,MIN(j,COLUMNS(x)))))))))',
    ),
    "DRAWSTOP_ERROR": Helper("x", "SUM(MAP(x,LAMBDA(cell,IF(ISERROR(cell),cell,0))))"),
    "DRAWSTOP_TWICE": Helper(
        "dates",
        "IF(ROWS(dates)=1,0,LET(ordered,SORT(dates),"
        "IF(SUM((DROP(ordered,1)=DROP(ordered,-1))*(DROP(ordered,1)>0))>0,#VALUE!,0)))",
    ),
    "DRAWSTOP_FIRST": Helper("dates", "MIN(IF(dates>0,dates,9999999))"),  # later than any if there is none
    "DRAWSTOP_DATED": Helper("dates", "SUM(IF(dates>0,1,0))"),
    "DRAWSTOP_COUNT": Helper("x", 'SUM(IF(x="",0,1))'),
    # ---- deductions beside gross: brought to its shape ----
    "DRAWSTOP_TOTAL": Helper(
        "x",
        "LET(bad,DRAWSTOP_ERROR(x),IF(ISERROR(bad),bad,SUM(MAP(x,LAMBDA(cell,DRAWSTOP_NUMBER(cell,0))))))",
    ),
    "DRAWSTOP_BESIDE": Helper(
        "gross,block",
        "IF(OR(ROWS(block)*COLUMNS(block)=1,AND(ROWS(gross)=ROWS(block),COLUMNS(gross)=COLUMNS(block))),block,"
        "IF(ROWS(gross)*COLUMNS(gross)=1,DRAWSTOP_TOTAL(block),"
        "IF(AND(ROWS(gross)=1,COLUMNS(gross)=COLUMNS(block)),BYCOL(block,LAMBDA(line,DRAWSTOP_TOTAL(line))),"
        "IF(AND(COLUMNS(gross)=1,ROWS(gross)=ROWS(block)),BYROW(block,LAMBDA(line,DRAWSTOP_TOTAL(line))),#VALUE!))))",
    ),
    # ---- days ----
    "DRAWSTOP_LATER": Helper("on,months", "IF(DAY(on+1)=1,EOMONTH(on,months),EDATE(on,months))"),
    "DRAWSTOP_YEAR_DAYS": Helper("on", "365+(MONTH(DATE(YEAR(on),2,29))=2)"),
    "DRAWSTOP_YEARS": Helper(
        "start,stop,basis,maturity",
        'LET(first,MIN(start,stop),last,MAX(start,stop),SWITCH(basis,"ACT/360",(last-first)/360,'
        '"ACT/365",(last-first)/365,"30/360",YEARFRAC(first,last,0),"30E/360",YEARFRAC(first,last,4),'
        f'"ACT/ACT",YEARFRAC(first,last,1),"ACT/ACT ISDA",{_ISDA},DRAWSTOP_GERMAN(first,last,maturity)))',
    ),
    "DRAWSTOP_GERMAN": Helper(  # 30E/360 ISDA: the end of February is a 30th, unless a period ends there at maturity
        "first,last,maturity",
        "(360*(YEAR(last)-YEAR(first))+30*(MONTH(last)-MONTH(first))"
        "+IF(OR(DAY(last)=31,AND(MONTH(last)=2,DAY(last+1)=1,OR(last<>maturity,first=last))),30,DAY(last))"
        "-IF(OR(DAY(first)=31,AND(MONTH(first)=2,DAY(first+1)=1)),30,DAY(first)))/360",
    ),
    "DRAWSTOP_OPEN": Helper(  # whether banks are open: neither Saturday, Sunday nor a holiday
        "on,holidays", "AND(MOD(on,7)>1,SUM(IF(holidays=on,1,0))=0)"
    ),
    "DRAWSTOP_BUSINESS": Helper(  # more weekdays on either side than there are holidays within a year
        "on,convention,holidays",
        'IF(convention="none",on,LET(days,SEQUENCE(7*(INT(SUM((holidays>=on-366)*(holidays<=on+366))/5)+1),1,0),'
        "next,MIN(MAP(days,LAMBDA(k,IF(DRAWSTOP_OPEN(on+k,holidays),on+k,9999999)))),"
        "previous,MAX(MAP(days,LAMBDA(k,IF(DRAWSTOP_OPEN(on-k,holidays),on-k,0)))),"
        'IF(convention="following",next,IF(convention="preceding",previous,IF(MONTH(next)=MONTH(on),next,previous)))))',
    ),
    "DRAWSTOP_QUARTER": Helper("on", "EOMONTH(on,MOD(-MONTH(on),3))"),  # its quarter's last day
    # ---- money ----
    "DRAWSTOP_MARGINED": Helper(  # interest at a rate and the margin, which changes on Completion
        "owed,start,stop,rate,completion,before,after,basis,maturity",
        'LET(turn,IF(completion="",stop,MIN(MAX(completion,start),stop)),'
        "owed*((rate+before)*DRAWSTOP_YEARS(start,turn,basis,maturity)+(rate+after)*DRAWSTOP_YEARS(turn,stop,basis,maturity)))",
    ),
    "DRAWSTOP_PAID": Helper(  # what has accrued since the previous payday, on each payday
        "accrued,payday",
        "IF(payday,SCAN(0,SEQUENCE(ROWS(accrued)),LAMBDA(so_far,k,INDEX(accrued,k,1)"
        "+IF(k>1,IF(INDEX(payday,MAX(1,k-1),1),0,so_far),0))),0)",
    ),
    "DRAWSTOP_FIXED": Helper(  # the last fixing on or before the first day of the interest period that a day is in
        "on,first,dates,rates",
        "LET(quarter,DRAWSTOP_QUARTER(on),period,MAX(first,IF(on=quarter,on,EOMONTH(quarter,-3))),"
        "DRAWSTOP_HELD(period,dates,rates))",
    ),
    "DRAWSTOP_UNDRAWN": Helper(  # the fee on what is not drawn, within its own period
        "idle,start,stop,begin,last,rate,basis,maturity",
        "LET(from,MIN(MAX(start,begin),last),upto,MIN(MAX(stop,begin),last),"
        "IF(upto>from,rate*idle*DRAWSTOP_YEARS(from,upto,basis,maturity),0))",
    ),
    "DRAWSTOP_HELD": Helper(  # the value of the last date on or before a day; 0 before the first
        "on,dates,values", "SUM((dates=MAX(IF(dates<=on,dates,0)))*(dates>0)*values)"
    ),
    "DRAWSTOP_ON": Helper(  # the sum of the flows on each day
        "days,dates,amounts", "MAP(days,LAMBDA(on,SUM((dates=on)*amounts)))"
    ),
    "DRAWSTOP_BEFORE": Helper(  # a column moved down by a row, beginning with a first value
        "first,column", "IF(ROWS(column)=1,first,VSTACK(first,DROP(column,-1)))"
    ),
    "DRAWSTOP_PRESENT": Helper(
        "as_of,last,dates,flows,rate",
        "SUM(IF((dates>as_of)*(dates<=last),flows*(1+rate)^(IF(dates>as_of,as_of-dates,0)/365),0))",
    ),
    "DRAWSTOP_COMPLIES": Helper("headroom,limit", "headroom>=-0.000000001*ABS(limit)"),
    "DRAWSTOP_RATIO": Helper("part,whole", "IF({1},IF(whole=0,#DIV/0!,part/whole))"),  # a cell of a table
    "DRAWSTOP_FLOOR": Helper(  # 3 for 3.3 / 1.1 although floating point gives a hair less
        "quotient",
        "IF(quotient=0,0,LET(near,ROUND(quotient,0),"
        "IF(ABS(quotient-near)<=8*2^(INT(LOG(ABS(quotient),2))-52),near,INT(quotient))))",
    ),
    # ---- a tranche: opening, advance, capitalised, repayment, closing, accrued, paid, and what is then unpaid ----
    "DRAWSTOP_TRANCHE": Helper(
        "days,growth,advance,asked,all,payday,until,unpaid",
        "DROP(REDUCE(HSTACK(0,0,0,0,0,0,0,unpaid),SEQUENCE(ROWS(days)),LAMBDA(table,k,LET("
        "opening,INDEX(table,k,5),accrued,opening*INDEX(growth,k,1),due,INDEX(table,k,8)+accrued,"
        'pays,INDEX(payday,k,1),adds,AND(pays,until<>"",INDEX(days,k,1)<=until),'
        "owed,opening+IF(adds,due,0),repaid,IF(INDEX(all,k,1)>0,owed,INDEX(asked,k,1)),"
        "left,owed-repaid+INDEX(advance,k,1),"
        "VSTACK(table,HSTACK(opening,INDEX(advance,k,1),IF(adds,due,0),repaid,"
        "IF(ABS(left)<=0.000000001*SUM(advance),0,left),accrued,IF(AND(pays,NOT(adds)),due,0),IF(pays,0,due)))))),1)",
    ),
}
