"""Dashboard: what a credit committee looks at, key figures and charts."""

from __future__ import annotations

from typing import Any

from lender_model.grid import (
    DATE,
    FIRST_MONTH,
    FIRST_ROW,
    LABEL,
    NOTE,
    OZ,
    RATIO,
    START,
    TEXT,
    UNIT,
    USD,
    VALUE,
    Row,
    Sheet,
    head,
    scalar,
)  # fmt: skip
from lender_model.sheets.charts import insert
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
    ("loan", "Term loan outstanding at year-end", "loan.closing"),
    ("arrears", "Arrears to the Lender at year-end", "wf.lender_close"),
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


def _light(key: str, label: str, formula: str, note: str = "") -> Row:
    return scalar(f"dash.{key}_ok", label, "light", formula, note)


def _cover(key: str, label: str, line: str, when: str) -> list[Row]:
    """A lowest ratio with its light, amber below the target and red below one, and the month in which it stands."""
    tests = f"AVERAGE(IF({{ratio.{key}}}>=1,1,0),IF({{ratio.{key}}}>={{ratio.target}},1,0))"
    return [
        scalar(f"dash.{key}", label, RATIO, f"={{ratio.{key}}}", bold=True,
               start=f"=IF(ISNUMBER({{ratio.{key}}}),{tests},1)", start_unit="light"),
        scalar(f"dash.{key}_at", when, DATE,
               f'=IF(ISNUMBER({{ratio.{key}}}),INDEX([time.end:row],1,MATCH({{ratio.{key}}},[{line}:row],0)),"–")'),
    ]  # fmt: skip


def _deadline(key: str, label: str) -> Row:
    state = f"{{comp.{key}}}"
    return scalar(
        f"dash.{key}", label, DATE, f"={{comp.{key}_deadline}}",
        start=f'=IF(AND({state}="pending",{{comp.{key}_deadline}}={{dash.next_deadline}}),"next: ","")&{state}',
        start_unit="state",
    )  # fmt: skip


def _next_deadline() -> str:
    """The first of the deadlines that are still ahead."""
    pending = "+".join(f'IF({{comp.{key}}}="pending",1,0)' for key in DEADLINES)
    last = f"MAX({','.join(f'{{comp.{key}_deadline}}' for key in DEADLINES)})"
    dates = ",".join(f'IF({{comp.{key}}}="pending",{{comp.{key}_deadline}},{last})' for key in DEADLINES)
    return f'=IF({pending}=0,"–",MIN({dates}))'


DEADLINES = {
    "contribution": "Equity contribution",
    "mechanical": "Mechanical Completion",
    "completion": "Completion",
    "production": "Commercial production",
}

SHEET = Sheet(
    "Dashboard",
    "Where the loan stands at the as-of month-end, and where the plan leads.",
    [
        head("By year", "sums of the months; the first year from signing"),
        *_years(),
        head("Position"),
        scalar("dash.position", "At", DATE, "={time.position}"),
        scalar("dash.scenario", "Scenario", TEXT, "={cover.scenario}"),
        scalar("dash.loan", "Term loan outstanding", USD, "={cover.loan}", "less instalments due, paid or not", bold=True),
        scalar("dash.arrears", "Arrears to the Lender", USD, "={cover.arrears}", "due and unpaid", bold=True,
               start="=IF({cover.arrears}>{checks.cent},0,1)", start_unit="light"),
        scalar("dash.account", "Proceeds Account", USD, "={cover.account}"),
        scalar("dash.minimum", "Minimum balance", USD, "={cover.minimum}"),
        scalar("dash.shortfall", "Shortfall", USD, "={cover.shortfall}", bold=True,
               start="=IF({cover.shortfall}>{checks.cent},0,1)", start_unit="light"),
        scalar("dash.next_date", "Next payment", DATE,
               '=IFERROR(INDEX([time.end:row],1,MATCH(1,[loan.pays:row],0)),"–")'),
        head("Cover", "green at the target, amber below it, red below one"),
        scalar("dash.target", "Target cover", RATIO, "={ratio.target}", "this workbook's own: sheet Ratios"),
        *_cover("min_dscr", "Lowest DSCR", "ratio.dscr", "in the twelve months to"),
        *_cover("min_llcr", "Lowest LLCR", "ratio.llcr", "at"),
        scalar("dash.irr", "Sponsor's return, a year", "fraction", "={ratio.irr}"),
        head("Lights", "green is good, red is not"),
        _light("account", "Account at or above its minimum", "=IF({alert.short}+{alert.short_ahead}=0,1,0)", "now and ahead"),
        _light("covenants", "Covenants complied with", "=IF({alert.covenant}+{alert.covenant_ahead}=0,1,0)", "last test date and ahead"),
        _light("payments", "Lender paid on time", "=IF({alert.default}+{alert.debt_left}=0,1,0)", "now and ahead"),
        _light("milestones", "Milestones in time",
               "=IF({alert.contribution}+{alert.mechanical}+{alert.completion}+{alert.production}=0,1,0)", "now and ahead"),
        _light("checks", "Model checks hold", "={checks.ok}"),
        head("Deadlines", "and where they stand at the as-of date"),
        scalar("dash.next_deadline", "Next pending", DATE, _next_deadline(), bold=True),
        *(_deadline(key, label) for key, label in DEADLINES.items()),
        scalar("dash.test_date", "Covenants last tested", DATE, "={cov.test_date}", "on quarter-ends"),
        scalar("dash.breach", "First covenant breach", DATE, "={cov.first_breach}"),
    ],
    monthly=False,
    start_title="State",
    across_titles=tuple(str(FIRST_YEAR + k) for k in range(YEARS)),
    widths={LABEL: 36, UNIT: 8, NOTE: 32, VALUE: 13, START: 14, **dict.fromkeys(range(FIRST_MONTH, FIRST_MONTH + 16), 9)},
)  # fmt: skip


# ---- charts ------------------------------------------------------------------------------------------------------

_COLOURS = {"navy": "#102A43", "blue": "#2680C2", "sky": "#9CC7E8", "gold": "#C99A2E", "sand": "#E8D9A8", "grey": "#9AA5B1",
            "red": "#BA2525", "green": "#3F9142"}  # fmt: skip
_CHARTS_FROM = FIRST_ROW + 1 + len(_years())  # the row, counted from 0, below the years
_CHART_ROWS, _CHART_COLUMNS, _PIXELS = 13, 8, (520, 240)
LAST_ROW, LAST_COLUMN = _CHARTS_FROM + 3 * _CHART_ROWS - 1, FIRST_MONTH + 2 * _CHART_COLUMNS - 1
_FIRST_INSTALMENT = 14  # months after signing, from when on cover is measured
_FIRST_BALANCE = 2  # months after signing, from when on covenants are tested
_MILLIONS = "#,##0.0,,"


def _series(place: Any, key: str, name: str, colour: str, last: int, first: int = 0, **more: Any) -> dict[str, Any]:
    """A line of the model as a chart's series, from month ``first`` to ``last``."""
    sheet, row = place[key]
    home, end_row = place["time.end"]
    last_column = FIRST_MONTH + last - 1
    return {
        "name": name,
        "categories": [home, end_row - 1, FIRST_MONTH + first, end_row - 1, last_column],
        "values": [sheet, row - 1, FIRST_MONTH + first, row - 1, last_column],
        "fill": {"color": _COLOURS[colour]},
        "border": {"none": True},
        "line": {"color": _COLOURS[colour], "width": 2},
        "gap": 30,
    } | more


def _column(book: Any, place: Any, last: int, parts: list[tuple[str, str, str]]) -> Any:
    chart = book.add_chart({"type": "column", "subtype": "stacked"})
    for key, name, colour in parts:
        series = _series(place, key, name, colour, last)
        del series["line"]
        chart.add_series(series)
    return chart


def _line(book: Any, place: Any, last: int, parts: list[tuple[str, str, str]], **more: Any) -> Any:
    chart = book.add_chart({"type": "line"})
    for key, name, colour in parts:
        series = _series(place, key, name, colour, last, **more)
        del series["fill"], series["border"], series["gap"]
        chart.add_series(series)
    return chart


def _finish(chart: Any, title: str, number_format: str, step: int) -> Any:
    small = {"size": 8, "color": "#52606D"}
    chart.set_title({"name": title, "name_font": {"size": 10, "bold": True, "color": "#102A43"}, "overlay": False})
    chart.set_x_axis({"date_axis": True, "num_format": "mmm-yy", "major_unit": step, "major_unit_type": "months",
                      "num_font": small, "line": {"color": "#9AA5B1"}, "label_position": "low"})  # fmt: skip
    chart.set_y_axis({"num_format": number_format, "num_font": small, "line": {"none": True},
                      "major_gridlines": {"visible": True, "line": {"color": "#E4E7EB"}}})  # fmt: skip
    chart.set_legend({"position": "bottom", "font": small})
    chart.set_chartarea({"border": {"color": "#E4E7EB"}})
    chart.set_size({"width": _PIXELS[0], "height": _PIXELS[1]})
    return chart


def add_charts(book: Any, page: Any, place: Any, months: int) -> None:
    """The charts, two beside each other, to the right of the figures."""
    loan_life = 54  # to the last instalment
    loan = _column(
        book, place, months, [("loan.closing", "Loan outstanding", "navy"), ("wf.lender_close", "Arrears", "red")]
    )
    loan.combine(_line(book, place, months, [("loan.repayment", "Instalments due", "gold")]))
    account = _column(book, place, loan_life, [
        ("proceeds.limb_1", "(I) Floor or formula", "navy"), ("proceeds.limb_2", "(II) Interest", "blue"),
        ("proceeds.limb_3", "(III) Capital", "sky"), ("proceeds.limb_4", "(IV) Other payments", "sand"),
    ])  # fmt: skip
    account.combine(_line(book, place, loan_life, [("proceeds.closing", "Proceeds Account", "red")]))
    headroom = _line(book, place, loan_life, [
        ("cov.ratio_headroom", "(a) Current ratio", "navy"), ("cov.equity_headroom", "(b) Tangible equity", "gold"),
        ("cov.liabilities_headroom", "(c) Liabilities", "blue"),
    ], first=_FIRST_BALANCE)  # fmt: skip
    cover = _line(
        book,
        place,
        loan_life - 1,
        [
            ("ratio.dscr", "DSCR, 12 months", "navy"),
            ("ratio.llcr", "LLCR", "gold"),
            ("ratio.target_line", "Target", "red"),
        ],
        first=_FIRST_INSTALMENT,
    )
    ounces = _column(book, place, months, [("ops.equivalent", "Ounces", "sand")])
    price = _line(book, place, months, [("market.gold", "Gold price, right", "gold")], y2_axis=True)
    ounces.combine(price)
    price.set_y2_axis({"num_format": "#,##0", "num_font": {"size": 8, "color": "#52606D"}, "min": 0})
    cash = _column(book, place, months, [("ops.cfads", "CFADS", "sky")])
    cash.combine(_line(book, place, months, [("loan.debt_service", "Debt service", "red")]))
    charts = [
        (loan, "Loan and arrears to the Lender, US$ million", _MILLIONS),
        (account, "Proceeds Account against its minimum, US$ million", _MILLIONS),
        (headroom, "Covenant headroom, US$ million", _MILLIONS),
        (cover, "Debt service and loan life cover", '0.0"x"'),
        (ounces, "Gold equivalent produced a month, and the gold price", "#,##0"),
        (cash, "Cash available and debt service, US$ million a month", _MILLIONS),
    ]  # fmt: skip
    for k, (chart, title, number_format) in enumerate(charts):
        row, column = _CHARTS_FROM + _CHART_ROWS * (k // 2), FIRST_MONTH + _CHART_COLUMNS * (k % 2)
        step = 6 if chart in (account, headroom, cover) else 12
        insert(page, row, column, _finish(chart, title, number_format, step), title, x_offset=12)
