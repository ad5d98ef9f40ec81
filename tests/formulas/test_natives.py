"""Native functions against published figures.

Where no other source is named, a figure is the example of the function's own page at support.microsoft.com ("Excel
functions (alphabetical)"), to as many digits as the page shows; a figure marked "hand" follows from the numbers given.
"""

import pytest

DIV0, NA, NUM, VALUE, REF = "#DIV/0!", "#N/A", "#NUM!", "#VALUE!", "#REF!"
FLOWS = "{-10000,2750,4250,3250,2750}"
DATES = "{39448,39508,39751,39859,39904}"  # 1-Jan-08, 1-Mar-08, 30-Oct-08, 15-Feb-09, 1-Apr-09
TOOLS = "{1345,1301,1368,1322,1310,1370,1318,1350,1303,1299}"
Y, X = "{2,3,9,1,8,7,5}", "{6,5,11,7,5,4,4}"
COLOURS = '{4.14,4.19,5.17,5.77,6.39},{"red","orange","yellow","green","blue"}'

CASES = {  # formula: what it gives, and how far off a page with fewer digits leaves it
    # financial
    f"XNPV(0.09,{FLOWS},{DATES})": (2086.647602, 1e-6),
    f"XIRR({FLOWS},{DATES},0.1)": (0.373362535, 1e-8),
    "NPV(0.1,-10000,3000,4200,6800)": (1188.44, 5e-3),
    "NPV(0.08,{8000,9200,10000,12000,14500})-40000": (1922.06, 5e-3),
    "IRR({-70000,12000,15000,18000,21000})": (-0.021, 5e-4),
    "IRR({-70000,12000,15000,18000,21000,26000})": (0.087, 5e-4),
    "IRR({-70000,12000,15000},-0.1)": (-0.444, 5e-4),
    "MIRR({-120000,39000,30000,21000,37000,46000},0.1,0.12)": (0.126094, 1e-6),
    "PMT(0.08/12,10,10000)": (-1037.03, 5e-3),
    "PMT(0.08/12,10,10000,,1)": (-1030.16, 5e-3),
    "PMT(0.06/12,18*12,0,50000)": (-129.08, 5e-3),
    "PMT(0,10,1000)": (-100.0, 1e-12),  # hand
    "IPMT(0.1/12,1,3*12,8000)": (-66.67, 5e-3),
    "IPMT(0.1,3,3,8000)": (-292.45, 5e-3),
    "PPMT(0.1/12,1,2*12,2000)": (-75.62, 5e-3),
    "PPMT(0.08,10,10,200000)": (-27598.05, 5e-3),
    "FV(0.06/12,10,-200,-500,1)": (2581.40, 5e-3),
    "FV(0.12/12,12,-1000)": (12682.50, 5e-3),
    "FV(0.11/12,35,-2000,,1)": (82846.25, 5e-3),
    "PV(0.08/12,12*20,500,,0)": (-59777.15, 5e-3),
    "NPER(0.12/12,-100,-1000,10000,1)": (59.6738657, 1e-7),
    "NPER(0.12/12,-100,-1000,10000)": (60.0821229, 1e-7),
    "NPER(0.12/12,-100,-1000)": (-9.57859404, 1e-7),
    "RATE(4*12,-200,8000)": (0.0077, 5e-5),
    "EFFECT(0.0525,4)": (0.0535427, 5e-8),
    "NOMINAL(0.053543,4)": (0.05250032, 5e-9),
    "SLN(30000,7500,10)": (2250.0, 0),
    # dates; 40909 is 1-Jan-2012, 41120 30-Jul-2012, 39722 1-Oct-2008, 41183 1-Oct-2012, 41334 1-Mar-2013
    "YEARFRAC(40909,41120)": (0.58055556, 5e-9),
    "YEARFRAC(40909,41120,1)": (0.57650273, 5e-9),
    "YEARFRAC(40909,41120,3)": (0.57808219, 5e-9),
    "WORKDAY(39722,151)": (39933.0, 0),  # 30-Apr-2009
    "WORKDAY(39722,151,{39778,39786,39834})": (39938.0, 0),  # 5-May-2009
    "WORKDAY(DATE(2026,11,23),-1)": (46346.0, 0),  # hand: from a Monday back to Friday, 20-Nov-2026
    "NETWORKDAYS(41183,41334)": (110.0, 0),
    "NETWORKDAYS(41183,41334,{41235})": (109.0, 0),
    "NETWORKDAYS(41183,41334,{41235,41247,41295})": (107.0, 0),
    "EOMONTH(DATE(2011,1,1),1)-DATE(2011,2,28)": (0.0, 0),
    "EOMONTH(DATE(2011,1,1),-3)-DATE(2010,10,31)": (0.0, 0),
    "EDATE(DATE(2011,1,15),-1)-DATE(2010,12,15)": (0.0, 0),
    "EDATE(DATE(2011,1,31),1)-DATE(2011,2,28)": (0.0, 0),  # hand
    "DATE(108,1,2)-DATE(2008,1,2)": (0.0, 0),
    "DATE(2008,14,2)-DATE(2009,2,2)": (0.0, 0),
    "DATE(2008,-3,2)-DATE(2007,9,2)": (0.0, 0),
    "DATE(2008,1,-15)-DATE(2007,12,16)": (0.0, 0),
    "DATE(1996,6,30)": (35246.0, 0),  # hand
    "DAYS(DATE(2021,3,15),DATE(2021,2,1))": (42.0, 0),
    "DAYS360(DATE(2011,1,30),DATE(2011,2,1))": (1.0, 0),
    "DAYS360(DATE(2011,1,1),DATE(2011,12,31))": (360.0, 0),
    'DATEDIF(DATE(2001,6,1),DATE(2002,8,15),"D")': (440.0, 0),
    'DATEDIF(DATE(2001,1,1),DATE(2003,1,1),"Y")': (2.0, 0),
    "WEEKDAY(DATE(2008,2,14))": (5.0, 0),
    "WEEKDAY(DATE(2008,2,14),2)": (4.0, 0),
    "WEEKDAY(DATE(2008,2,14),3)": (3.0, 0),
    "YEAR(35246)*10000+MONTH(35246)*100+DAY(35246)": (19960630.0, 0),  # hand
    'DATEVALUE("2011-02-23")': (40597.0, 0),
    # rounding
    "ROUND(2.15,1)": (2.2, 1e-12),
    "ROUND(2.149,1)": (2.1, 1e-12),
    "ROUND(-1.475,2)": (-1.48, 1e-12),
    "ROUND(21.5,-1)": (20.0, 0),
    "ROUND(626.3,-3)": (1000.0, 0),
    "ROUND(-50.55,-2)": (-100.0, 0),
    "ROUND(2.5,0)": (3.0, 0),  # hand: half away from zero
    "ROUNDUP(3.2,0)": (4.0, 0),
    "ROUNDUP(-3.14159,1)": (-3.2, 1e-12),
    "ROUNDUP(31415.92654,-2)": (31500.0, 0),
    "ROUNDDOWN(3.14159,3)": (3.141, 1e-12),
    "ROUNDDOWN(31415.92654,-2)": (31400.0, 0),
    "MROUND(10,3)": (9.0, 0),
    "MROUND(-10,-3)": (-9.0, 0),
    "MROUND(5,-2)": (NUM, 0),
    "CEILING(2.5,1)": (3.0, 0),
    "CEILING(-2.5,-2)": (-4.0, 0),
    "CEILING(2.5,-2)": (NUM, 0),
    "FLOOR(3.7,2)": (2.0, 0),
    "FLOOR(-2.5,-2)": (-2.0, 0),
    "INT(-8.9)": (-9.0, 0),
    "TRUNC(-8.9)": (-8.0, 0),
    "MOD(-3,2)": (1.0, 0),
    "MOD(3,-2)": (-1.0, 0),
    "MOD(3,0)": (DIV0, 0),
    "QUOTIENT(-10,3)": (-3.0, 0),
    "EVEN(1.5)+ODD(1.5)+EVEN(-1)+ODD(-2)": (0.0, 0),  # 2, 3, -2, -3
    # statistics
    f"STDEV({TOOLS})": (27.46391572, 5e-9),
    f"STDEV.P({TOOLS})": (26.05455814, 5e-9),
    f"VAR.S({TOOLS})": (754.27, 5e-3),
    f"VARP({TOOLS})": (678.84, 5e-3),
    "STDEV(5)": (DIV0, 0),
    "MEDIAN({1,2,3,4,5,6})": (3.5, 0),
    "MODE({5.6,4,4,3,2,4})": (4.0, 0),
    "MODE({1,2})": (NA, 0),
    "GEOMEAN({4,5,8,7,11,4,3})": (5.476987, 5e-7),
    "AVEDEV({4,5,6,7,5,4,3})": (1.020408, 5e-7),
    "DEVSQ({4,5,8,7,11,4,3})": (48.0, 1e-12),
    "LARGE({3,4,5,2,3,4,6,4,2,3},3)": (4.0, 0),  # hand: 6, 5, 4
    "SMALL({3,4,5,2,3,4,6,4,2,3},4)": (3.0, 0),  # hand: 2, 2, 3, 3
    "LARGE({1,2},3)": (NUM, 0),
    "RANK(3.5,{7,3.5,3.5,1,2},1)": (3.0, 0),
    "RANK(7,{7,3.5,3.5,1,2},1)": (5.0, 0),
    "PERCENTILE({1,3,2,4},0.3)": (1.9, 1e-12),
    "QUARTILE({1,2,4,7,8,9,10,12},1)": (3.5, 0),
    f"SLOPE({Y},{X})": (0.305556, 5e-7),
    "INTERCEPT({2,3,9,1,8},{6,5,11,7,5})": (0.0483871, 5e-8),
    "FORECAST(30,{6,7,9,15,21},{20,28,31,38,40})": (10.607253, 5e-7),
    "CORREL({3,2,4,5,6},{9,7,12,15,17})": (0.997054, 5e-7),
    f"RSQ({Y},{X})": (0.05795, 5e-6),
    "SUMPRODUCT({3,4;8,6;1,9},{2,7;6,7;5,3})": (156.0, 0),
    "SUMSQ(3,4)": (25.0, 0),
    "PRODUCT({5,15,30},2)": (4500.0, 0),
    # finding
    "MATCH(39,{25,38,40,41},1)": (2.0, 0),
    "MATCH(41,{25,38,40,41},0)": (4.0, 0),
    "MATCH(40,{25,38,40,41},-1)": (NA, 0),
    'MATCH("b*",{"alpha","Beta"},0)': (2.0, 0),  # hand
    f"LOOKUP(4.19,{COLOURS})": ("orange", 0),
    f"LOOKUP(5.75,{COLOURS})": ("yellow", 0),
    f"LOOKUP(7.66,{COLOURS})": ("blue", 0),
    f"LOOKUP(0,{COLOURS})": (NA, 0),
    'VLOOKUP(2,{1,"a";2,"b"},2,FALSE)': ("b", 0),
    "VLOOKUP(2.9,{1,10;2,20;3,30},2)": (20.0, 0),
    "VLOOKUP(2,{1,10;2,20},3,FALSE)": (REF, 0),
    "HLOOKUP(2,{1,2;10,20},2,FALSE)": (20.0, 0),
    "INDEX({1,2;3,4},0,2)": (2.0, 0),
    "INDEX({1,2;3,4},2,2)": (4.0, 0),
    "INDEX({1,2;3,4},3,1)": (REF, 0),
    "XLOOKUP(2,{1,2,3},{10,20,30})": (20.0, 0),
    'XLOOKUP(9,{1,2,3},{10,20,30},"none")': ("none", 0),
    "XLOOKUP(2.5,{1,2,3},{10,20,30},,-1)": (20.0, 0),
    "XLOOKUP(2.5,{1,2,3},{10,20,30},,1)": (30.0, 0),
    "XLOOKUP(2,{2,1,2},{10,20,30},,0,-1)": (30.0, 0),
    "CHOOSE(2,10,20,30)": (20.0, 0),
    "CHOOSE(4,10,20,30)": (VALUE, 0),
    # conditions
    'IF(50>100,"over","within")': ("within", 0),
    "IF(1>2,5)": (False, 0),
    'IFS(89>90,"A",89>80,"B",TRUE,"F")': ("B", 0),
    "IFS(FALSE,1)": (NA, 0),
    'SWITCH(2,1,"Sunday",2,"Monday","none")': ("Monday", 0),
    'SWITCH(9,1,"Sunday","none")': ("none", 0),
    "SWITCH(9,1,2)": (NA, 0),
    "IFERROR(1/0,7)": (7.0, 0),
    "IFNA(1/0,7)": (DIV0, 0),
    "IFNA(NA(),7)": (7.0, 0),
    "AND(TRUE,1,2>1)": (True, 0),
    "OR(FALSE,0)": (False, 0),
    "XOR(TRUE,TRUE,TRUE)": (True, 0),
    "NOT(0)": (True, 0),
    # texts
    'TEXT(1234.567,"$#,##0.00")': ("$1,234.57", 0),
    'TEXT(0.285,"0.0%")': ("28.5%", 0),
    'TEXT(1234,"0000000")': ("0001234", 0),
    'TEXT(35246,"d mmm yyyy")': ("30 Jun 1996", 0),  # hand
    'TEXT(-5,"0;(0);-")&TEXT(0,"0;(0);-")': ("(5)-", 0),  # hand
    'TEXT(1234567,"#,##0,")': ("1,235", 0),  # hand
    'FIND("M","Miriam McGovern")': (1.0, 0),
    'FIND("m","Miriam McGovern")': (6.0, 0),
    'FIND("M","Miriam McGovern",3)': (8.0, 0),
    'FIND("x","y")': (VALUE, 0),
    'SEARCH("e","Statements",6)': (7.0, 0),
    'SUBSTITUTE("Quarter 1, 2011","1","2",3)': ("Quarter 1, 2012", 0),
    'REPLACE("abcdefghijk",6,5,"*")': ("abcde*k", 0),
    'MID("Fluid Flow",7,20)': ("Flow", 0),
    'RIGHT("Sale Price",5)&LEFT("Sale Price",4)': ("PriceSale", 0),
    'TRIM(" First Quarter  Earnings ")': ("First Quarter Earnings", 0),
    'PROPER("2-way street")': ("2-Way Street", 0),
    'TEXTJOIN(", ",TRUE,{"a","","b"})': ("a, b", 0),
    'CONCAT({"a","b"},1)': ("ab1", 0),
    'LEN("Phoenix, AZ")': (11.0, 0),
    'EXACT("Word","word")': (False, 0),
    'VALUE("1,000.5")': (1000.5, 0),
    'VALUE("x")': (VALUE, 0),
    'REPT("-",3)': ("---", 0),
    'CHAR(65)&CODE("A")': ("A65", 0),
}  # fmt: skip


@pytest.mark.parametrize(("formula", "expected", "off"), [(f, *e) for f, e in CASES.items()], ids=list(CASES))
def test_a_function_gives_what_is_published(value, formula, expected, off):
    found = value(f"={formula}")
    assert type(found).__name__ == ("Error" if str(expected).startswith("#") else type(expected).__name__)
    assert found == (pytest.approx(expected, rel=0, abs=off) if isinstance(expected, float) else expected)


PROPERTY = {f"A{r}": 100_000.0 * r for r in range(1, 5)} | {f"B{r}": 7_000.0 * r for r in range(1, 5)}
FRUIT = {f"A{r}": text for r, text in enumerate(("apples", "oranges", "peaches", "apples"), start=1)}
FRUIT |= {f"B{r}": number for r, number in enumerate((32.0, 54.0, 75.0, 86.0), start=1)}


@pytest.mark.parametrize(
    ("formula", "cells", "expected"),
    [
        ('=SUMIF(A1:A4,">160000",B1:B4)', PROPERTY, 63_000.0),
        ('=SUMIF(A1:A4,">160000")', PROPERTY, 900_000.0),
        ("=SUMIF(A1:A4,300000,B1:B4)", PROPERTY, 21_000.0),
        ('=COUNTIF(A1:A4,"apples")', FRUIT, 2.0),
        ('=COUNTIF(A1:A4,"?????es")', FRUIT, 2.0),
        ('=COUNTIF(A1:A4,"*")', FRUIT, 4.0),
        ('=COUNTIF(B1:B4,"<>"&B3)', FRUIT, 3.0),
        ('=COUNTIFS(B1:B4,">=32",B1:B4,"<=85")', FRUIT, 3.0),
        ('=SUMIFS(B1:B4,A1:A4,"apples",B1:B4,">40")', FRUIT, 86.0),
        ('=AVERAGEIF(A1:A4,"apples",B1:B4)', FRUIT, 59.0),
        ('=AVERAGEIFS(B1:B4,A1:A4,"pears")', FRUIT, DIV0),
        ('=MAXIFS(B1:B4,A1:A4,"<>peaches")', FRUIT, 86.0),
        ('=MINIFS(B1:B4,A1:A4,"apples")', FRUIT, 32.0),
        ('=MAXIFS(B1:B4,A1:A4,"pears")', FRUIT, 0.0),
        ('=COUNTIF(A1:B5,"")', FRUIT, 2.0),
        ("=COUNTBLANK(A1:B5)", FRUIT, 2.0),
        ('=INDEX(B1:B4,MATCH("peaches",A1:A4,0))', FRUIT, 75.0),
        ('=XLOOKUP("ORANGES",A1:A4,B1:B4)', FRUIT, 54.0),
        ('=VLOOKUP("or*",A1:B4,2,FALSE)', FRUIT, 54.0),
    ],
)
def test_conditions_over_cells(value, formula, cells, expected):
    assert value(formula, cells) == expected


def test_present_value_and_return_answer_to_one_another(value):
    """At the return of flows they are worth nothing; the annuity's parts add up to the payment."""
    flows = "{-1000,300,420,680}"
    assert value(f"=NPV(IRR({flows}),{flows})") == pytest.approx(0, abs=1e-9)
    assert value(f"=XNPV(XIRR({FLOWS},{DATES}),{FLOWS},{DATES})") == pytest.approx(0, abs=1e-7)
    for kind in (0, 1):
        at = f"0.01,5,24,1000,200,{kind}"
        assert value(f"=IPMT({at})+PPMT({at})-PMT(0.01,24,1000,200,{kind})") == pytest.approx(0, abs=1e-9)
        assert value(f"=RATE(24,PMT(0.01,24,1000,200,{kind}),1000,200,{kind})") == pytest.approx(0.01, abs=1e-12)
        assert value(f"=NPER(0.01,PMT(0.01,24,1000,200,{kind}),1000,200,{kind})") == pytest.approx(24, abs=1e-9)
        assert value(f"=PV(0.01,24,PMT(0.01,24,1000,200,{kind}),200,{kind})") == pytest.approx(1000, abs=1e-9)
