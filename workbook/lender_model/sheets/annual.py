"""Annual: the months added up by year, and what they look like."""

from __future__ import annotations

from typing import Any

from lender_model.grid import (
    FIRST_MONTH,
    FIRST_ROW,
    LABEL,
    NOTE,
    OZ,
    START,
    UNIT,
    USD,
    VALUE,
    Row,
    Sheet,
    head,
)
from lender_model.sheets import charts
from lender_model.sheets.terms import FACILITY

FLOWS = (
    ("ounces", "Gold equivalent", OZ, "ops.equivalent"),
    ("net_returns", "Net returns", USD, "ops.net_returns"),
    ("cost", "Operating cost", USD, "ops.cost"),
    ("capex", "Capital expenditure", USD, "ops.capex"),
    ("cfads", "Cash available for debt service (CFADS)", USD, "ops.cfads"),
    ("debt_service", "Debt service due", USD, "loan.debt_service"),
    ("company", "Paid to the Company", USD, "fund.company"),
)
"""What the months of a year add up to: key, label, unit, line of the months."""
BALANCES = (
    ("loan", "Term loan outstanding at year-end", "loan.outstanding"),
    ("arrears", "Arrears to the Lender at year-end, principal in the loan too", "wf.lender_close"),
)
FIRST_YEAR = FACILITY.terms["facility.effective_date"].value.year  # type: ignore[union-attr]  # a date, by its unit
YEARS = 8
"""1996 to 2003, as far as the months reach."""


def _yearly(key: str, label: str, unit: str, each: str, **more: Any) -> Row:
    return Row(f"dash.year_{key}", label, unit, across=YEARS, each=each, **more)


def _years() -> list[Row]:
    flows = [
        _yearly(key, label, unit, f"=SUMIF([time.year:row],[dash.year],[{line}:row])",
                value=f"=SUM([dash.year_{key}:across])")
        for key, label, unit, line in FLOWS
    ]  # fmt: skip
    december = "([time.year:row]=[dash.year])*([time.month:row]={time.months_a_year})"
    balances = [_yearly(key, label, USD, f"=SUMPRODUCT({december},[{line}:row])") for key, label, line in BALANCES]
    return [
        Row("dash.year", "Year", "year", across=YEARS, each="=IF([dash.year:-1]=0,YEAR({time.first}),[dash.year:-1]+1)"),
        *flows[:-1], *balances, flows[-1],
    ]  # fmt: skip


SHEET = Sheet(
    "Annual",
    "The months added up by year; the first year is from signing.",
    [
        head("By year", "sums of the months; balances at the end of December"),
        *_years(),
    ],
    monthly=False,
    across_titles=tuple(str(FIRST_YEAR + k) for k in range(YEARS)),
    widths={
        LABEL: 40,
        UNIT: 8,
        NOTE: 12,
        VALUE: 13,
        START: 2,
        **dict.fromkeys(range(FIRST_MONTH, FIRST_MONTH + YEARS), 10),
    },
)

# ---- charts ------------------------------------------------------------------------------------------------------

_SIZE, _CHART_ROWS = (560, 300), 16
LAST_ROW, LAST_COLUMN = FIRST_ROW + len(SHEET.rows) + _CHART_ROWS, FIRST_MONTH + YEARS - 1


def add_charts(book: Any, page: Any, place: charts.Place, months: int) -> None:
    """The charts, below the years."""
    for k, (chart, title) in enumerate((_loan(book, place, months), _gold(book, place, months))):
        charts.insert(page, FIRST_ROW + len(SHEET.rows), LABEL, chart, title, x_offset=(_SIZE[0] + 8) * k)


def _loan(book: Any, place: charts.Place, months: int) -> tuple[Any, str]:
    chart = charts.columns(
        book, place, months, [("loan.closing", "Not yet due", "navy"), ("wf.lender_close", "Arrears", "red")]
    )
    line = charts.line(book, place, months, [("loan.repayment", "Instalments due", {"color": charts.COLOURS["gold"]})])
    charts.mark(line, place, "chart.loan", months)
    chart.combine(line)
    title = "Loan and arrears to the Lender, US$ million"
    return charts.finish_line(chart, title, charts.MILLIONS, _SIZE, hidden=[3]), title


def _gold(book: Any, place: charts.Place, months: int) -> tuple[Any, str]:
    chart = charts.columns(book, place, months, [("ops.equivalent", "Ounces", "sand")])
    price = charts.line(
        book, place, months, [("market.gold", "Gold price, right", {"color": charts.COLOURS["gold"]})], second_axis=True
    )
    charts.mark(price, place, "chart.gold", months, second_axis=True)
    chart.combine(price)
    price.set_y2_axis({"num_format": "#,##0", "num_font": charts.SMALL, "min": 0})
    title = "Gold equivalent produced a month, and the gold price"
    return charts.finish_line(chart, title, "#,##0", _SIZE, hidden=[2]), title
