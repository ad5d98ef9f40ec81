"""Timeline: dates, flags and day counts of the months."""

from __future__ import annotations

from lender_model.grid import COUNT, DATE, FLAG, TEXT, Sheet, balance, head, scalar

MONTHS_A_YEAR = 12.0
MONTH_NAMES = '="JanFebMarAprMayJunJulAugSepOctNovDec"'
LETTERS = 3.0
"""Of a month's name; TEXT would name it by the language of the program."""

SHEET = Sheet(
    "Timeline",
    "One column a month, the same on every sheet; payments and advances fall on the last day of the month.",
    [
        head("Dates"),
        scalar("time.first", "First month", DATE, "=EOMONTH({facility.effective_date},0)", "month of signing"),
        balance("time.no", "Month", COUNT, "=[time.no:-1]+1", "counts from the month of signing", start=0.0),
        balance(
            "time.end", "Month-end", DATE, "=EOMONTH([time.end:-1],1)", start="=EOMONTH({facility.effective_date},-1)"
        ),
        balance(
            "time.start", "Interest accrues from", DATE, "=MAX({facility.effective_date},[time.end:-1])",
            "the day of signing, then the month-end before",
        ),
        balance("time.days", "Days of interest", COUNT, "=[time.end]-[time.start]"),
        balance("time.year", "Year", "year", "=YEAR([time.end])"),
        balance("time.month", "Month of the year", COUNT, "=MONTH([time.end])"),
        scalar("time.month_names", "Names of the months", TEXT, MONTH_NAMES),
        scalar("time.letters", "Letters of a name", COUNT, LETTERS),
        balance("time.name", "Month, in words", TEXT,
                '=MID({time.month_names},{time.letters}*([time.month]-1)+1,{time.letters})&" "&[time.year]'),
        head("Phases"),
        balance("time.actual", "Actual", FLAG, "=IF([time.end]<={cover.as_of},1,0)", "up to the as-of date"),
        balance(
            "time.as_of", "As-of month", FLAG,
            "=IF(AND([time.end]<={cover.as_of},EOMONTH([time.end],1)>{cover.as_of}),1,0)",
            "the last month-end on or before the as-of date",
        ),
        scalar("time.position", "Position at", DATE, "=SUMPRODUCT([time.as_of:row],[time.end:row])"),
        balance("time.quarter_end", "Interest payment date", FLAG, "=IF(COUNTIF({interest.months},[time.month])>0,1,0)",
                "8-K 5(a) Interest (R-09); the first period starts at signing", start=1.0),
        balance("time.period_start", "Interest period starts", FLAG, "=[time.quarter_end:-1]"),
        balance("time.note_pay", "Note interest payment date", FLAG,
                "=IF(MOD([time.month]*{note.frequency},{time.months_a_year})=0,1,0)", "8-K 5(a) Note Interest (R-25)"),
        scalar("time.months_a_year", "Months in a year", COUNT, MONTHS_A_YEAR),
        balance("time.mechanical", "Mechanical Completion reached", FLAG,
                "=IF([time.end]>={plan.mechanical_date},1,0)", "8-K 5(a) Mechanical Completion"),
        balance("time.complete", "Completion reached", FLAG, "=IF([time.end]>={plan.completion_date},1,0)",
                "8-K 5(a) Completion"),
        balance("time.advances_open", "Advances may be drawn", FLAG,
                "=IF([time.end]<MIN({advances.cutoff},{plan.mechanical_date}),1,0)", "8-K 5(a) Advances (R-17)"),
        balance("time.instalment_no", "Instalments so far", COUNT,
                "=[time.instalment_no:-1]+[time.instalment]", start=0.0),
        balance("time.instalment", "Instalment falls due", FLAG,
                "=IF(AND(COUNTIF({instalments.months},[time.month])>0,[time.end]>={instalments.first},"
                "[time.instalment_no:-1]<{instalments.count}),1,0)", "8-K 5(a) Instalments"),
        head("Commitment fee"),
        balance("time.fee_start", "Fee accrues from", DATE, "=MIN([time.start],{commitment_fee.end})", "R-12"),
        balance("time.fee_stop", "Fee accrues to", DATE, "=MIN([time.end],{commitment_fee.end})", "R-12"),
    ],
)  # fmt: skip
