"""Timeline: dates, flags and day counts of the months."""

from __future__ import annotations

import numpy as np

from drawstop.core.dates import DAY, MONTH, add_months, month_end
from lender_model.grid import COUNT, DATE, FLAG, Sheet, Values, balance, head, scalar
from lender_model.sheets.twins import at_distinct

MONTHS_A_YEAR = 12.0

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


def calculate(v: Values) -> Values:
    """Dates and flags that no scenario moves."""
    signing = v["facility.effective_date"]
    first = signing.astype("datetime64[M]")
    before = first.astype("datetime64[D]") - DAY
    end = month_end(np.arange(first, first + v["months"] * MONTH))[:, None]
    start = np.maximum(signing, np.vstack([[[before]], end[:-1]]))
    month = end.astype("datetime64[M]").astype(int) % 12 + 1
    actual = (end <= v["cover.as_of"]) * 1.0
    as_of = actual * (add_months(end, 1) > v["cover.as_of"])
    quarter_end = np.isin(month, v["interest.months"]) * 1.0
    due = np.isin(month, v["instalments.months"]) & (end >= v["instalments.first"])
    number = np.minimum(np.cumsum(due, axis=0), v["instalments.count"])
    fee_end = v["commitment_fee.end"]
    return {
        "time.first": end[0, 0],
        "time.months_a_year": MONTHS_A_YEAR,
        "time.no": np.arange(1.0, len(end) + 1)[:, None],
        "time.no@start": 0.0,
        "time.end": end,
        "time.end@start": before,
        "time.start": start,
        "time.days": (end - start) / DAY,
        "time.year": end.astype("datetime64[Y]").astype(int) + 1970.0,
        "time.month": month * 1.0,
        "time.actual": actual,
        "time.as_of": as_of,
        "time.position": end[int(np.argmax(as_of)), 0] if as_of.any() else 0.0,
        "time.quarter_end": quarter_end,
        "time.quarter_end@start": 1.0,
        "time.period_start": np.vstack([[[1.0]], quarter_end[:-1]]),
        "time.note_pay": (month * v["note.frequency"] % MONTHS_A_YEAR == 0) * 1.0,
        "time.instalment_no": number * 1.0,
        "time.instalment_no@start": 0.0,
        "time.instalment": np.diff(number, axis=0, prepend=0) * 1.0,
        "time.fee_start": np.minimum(start, fee_end),
        "time.fee_stop": np.minimum(end, fee_end),
    }


def calculate_phases(v: Values) -> Values:
    """Flags that hang on the dates of Completion."""
    end, last = v["time.end"], np.minimum(v["advances.cutoff"], v["plan.mechanical_date"])
    return {
        "time.complete": at_distinct(v["plan.completion_date"], lambda date: (end >= date) * 1.0),
        "time.advances_open": at_distinct(last, lambda date: (end < date) * 1.0),
    }
