"""Dashboard: what a credit committee looks at, key figures and charts."""

from __future__ import annotations

from typing import Any

from lender_model.grid import (
    DATE,
    FIRST_MONTH,
    FIRST_ROW,
    LABEL,
    NOTE,
    RATIO,
    START,
    TEXT,
    UNIT,
    USD,
    VALUE,
    Row,
    Sheet,
    Values,
    head,
    scalar,
)  # fmt: skip

_AT = "SUMPRODUCT([time.as_of:row],[{key}:row])"


def _light(key: str, label: str, formula: str, note: str = "") -> Row:
    return scalar(f"dash.{key}_ok", label, "light", formula, note)


SHEET = Sheet(
    "Dashboard",
    "Where the loan stands at the as-of month-end, and where the plan leads.",
    [
        head("Position"),
        scalar("dash.position", "At", DATE, "={time.position}"),
        scalar("dash.scenario", "Scenario", TEXT, "={cover.scenario}"),
        scalar("dash.loan", "Term loan outstanding", USD, "={cover.loan}", bold=True),
        scalar("dash.account", "Proceeds Account", USD, "={cover.account}"),
        scalar("dash.minimum", "Minimum balance", USD, "={cover.minimum}"),
        scalar("dash.shortfall", "Shortfall", USD, "={cover.shortfall}", bold=True),
        scalar("dash.next_date", "Next payment", DATE,
               '=IFERROR(INDEX([time.end:row],1,MATCH(1,[loan.pays:row],0)),"–")'),
        head("Cover"),
        scalar("dash.min_dscr", "Lowest DSCR", RATIO, "={ratio.min_dscr}", bold=True),
        scalar("dash.min_llcr", "Lowest LLCR", RATIO, "={ratio.min_llcr}"),
        scalar("dash.irr", "Sponsor's return, a year", "fraction", "={ratio.irr}"),
        head("Lights", "green is good, red is not"),
        _light("account", "Account at or above its minimum", "=IF({alert.short}+{alert.short_ahead}=0,1,0)", "now and ahead"),
        _light("covenants", "Covenants complied with", "=IF({alert.covenant}+{alert.covenant_ahead}=0,1,0)", "now and ahead"),
        _light("payments", "Lender paid on time", "=IF({alert.default}+{alert.debt_left}=0,1,0)", "now and ahead"),
        _light("milestones", "Milestones in time",
               "=IF({alert.contribution}+{alert.mechanical}+{alert.completion}+{alert.production}=0,1,0)"),
        _light("checks", "Model checks hold", "={checks.ok}"),
        head("Next deadlines"),
        scalar("dash.contribution", "Equity contribution", DATE, "={comp.contribution_deadline}"),
        scalar("dash.mechanical", "Mechanical Completion", DATE, "={comp.mechanical_deadline}"),
        scalar("dash.completion", "Completion", DATE, "={comp.completion_deadline}"),
        scalar("dash.production", "Commercial production", DATE, "={comp.production_deadline}"),
        scalar("dash.breach", "First covenant breach", DATE, "={cov.first_breach}"),
    ],
    monthly=False,
    widths={LABEL: 32, UNIT: 7, NOTE: 13, VALUE: 12, START: 2},
)  # fmt: skip


def calculate(v: Values) -> Values:
    """Figures of other sheets, brought together."""
    later = v["loan.pays"][:, 0]
    copies = {
        "position": "time.position", "scenario": "cover.scenario", "loan": "cover.loan", "account": "cover.account",
        "minimum": "cover.minimum", "shortfall": "cover.shortfall", "min_dscr": "ratio.min_dscr",
        "min_llcr": "ratio.min_llcr", "irr": "ratio.irr", "checks_ok": "checks.ok", "breach": "cov.first_breach",
        "contribution": "comp.contribution_deadline", "mechanical": "comp.mechanical_deadline",
        "completion": "comp.completion_deadline", "production": "comp.production_deadline",
    }  # fmt: skip

    def good(*alerts: str) -> float:
        return float(all(v[f"alert.{alert}"] == 0 for alert in alerts))

    return {f"dash.{key}": v[source] for key, source in copies.items()} | {
        "dash.next_date": v["time.end"][int(later.argmax()), 0] if later.any() else "–",
        "dash.account_ok": good("short", "short_ahead"),
        "dash.covenants_ok": good("covenant", "covenant_ahead"),
        "dash.payments_ok": good("default", "debt_left"),
        "dash.milestones_ok": good("contribution", "mechanical", "completion", "production"),
    }


# ---- charts ------------------------------------------------------------------------------------------------------

_COLOURS = {"navy": "#102A43", "blue": "#2680C2", "sky": "#9CC7E8", "gold": "#C99A2E", "sand": "#E8D9A8", "grey": "#9AA5B1",
            "red": "#BA2525", "green": "#3F9142"}  # fmt: skip
LAST_ROW, LAST_COLUMN = 50, FIRST_MONTH + 15
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
    chart.set_size({"width": 505, "height": 295})
    return chart


def add_charts(book: Any, page: Any, place: Any, months: int) -> None:
    """The charts, two beside each other, to the right of the figures."""
    loan_life = 54  # to the last instalment
    loan = _column(book, place, loan_life, [("loan.repayment", "Instalments", "gold")])
    loan.combine(_line(book, place, loan_life, [("loan.closing", "Loan outstanding", "navy")]))
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
        [("ratio.dscr", "DSCR, 12 months", "navy"), ("ratio.llcr", "LLCR", "gold")],
        first=_FIRST_INSTALMENT,
    )
    ounces = _column(book, place, months, [("ops.equivalent", "Ounces", "sand")])
    price = _line(book, place, months, [("market.gold", "Gold price, right", "gold")], y2_axis=True)
    ounces.combine(price)
    price.set_y2_axis({"num_format": "#,##0", "num_font": {"size": 8, "color": "#52606D"}, "min": 0})
    cash = _column(book, place, months, [("ops.cfads", "CFADS", "sky")])
    cash.combine(_line(book, place, months, [("loan.debt_service", "Debt service", "red")]))
    charts = [
        (loan, "Loan outstanding and instalments, US$ million", _MILLIONS),
        (account, "Proceeds Account against its minimum, US$ million", _MILLIONS),
        (headroom, "Covenant headroom, US$ million", _MILLIONS),
        (cover, "Debt service and loan life cover", '0.0"x"'),
        (ounces, "Gold equivalent produced a month, and the gold price", "#,##0"),
        (cash, "Cash available and debt service, US$ million a month", _MILLIONS),
    ]  # fmt: skip
    for k, (chart, title, number_format) in enumerate(charts):
        at = FIRST_ROW - 2 + 15 * (k // 2)
        page.insert_chart(at, FIRST_MONTH + 8 * (k % 2), _finish(chart, title, number_format, 6 if k < 4 else 12))
