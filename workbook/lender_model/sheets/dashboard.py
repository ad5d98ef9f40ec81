"""Dashboard: the page of a credit committee, the answer first, then figures and charts."""

from __future__ import annotations

from typing import Any

from lender_model.grid import (
    DATE,
    FIRST_MONTH,
    FIRST_ROW,
    LABEL,
    NOTE,
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
from lender_model.sheets import charts, verdict


def _light(key: str, label: str, formula: str, note: str = "") -> Row:
    return scalar(f"dash.{key}_ok", label, "light", formula, note)


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
        *verdict.rows(),
        head("Position"),
        scalar("dash.position", "At", DATE, "={time.position}"),
        scalar("dash.scenario", "Scenario", TEXT, "={cover.scenario}"),
        scalar("dash.loan", "Term loan outstanding", USD, "={cover.loan}", "with what fell due and was not paid", bold=True),
        scalar("dash.arrears", "Arrears to the Lender", USD, "={cover.arrears}", "due and unpaid", bold=True,
               start="=IF({cover.arrears}>{checks.cent},0,1)", start_unit="light"),
        scalar("dash.payments", "Payments to the Lender", TEXT, "={cover.payments}",
               start="=IF({cover.arrears}>{checks.cent},0,IF({alert.unreported}>0,0.5,1))".replace("0.5", "AVERAGE(0,1)"), start_unit="light"),
        scalar("dash.account", "Proceeds Account", USD, "={cover.account}"),
        scalar("dash.minimum", "Minimum balance", USD, "={cover.minimum}"),
        scalar("dash.shortfall", "Shortfall", USD, "={cover.shortfall}", bold=True,
               start="=IF({cover.shortfall}>{checks.cent},0,1)", start_unit="light"),
        scalar("dash.next_date", "Next payment", DATE,
               '=IFERROR(INDEX([time.end:row],1,MATCH(1,[loan.pays:row],0)),"–")'),
        head("Lights", "green is good, red is not"),
        _light("account", "Account at or above its minimum", verdict.light("{alert.short}+{alert.short_ahead}", "short"), "now, ahead and in the paths"),
        _light("covenants", "Covenants complied with", verdict.light("{alert.covenant}+{alert.covenant_ahead}", "covenant"), "now, ahead and in the paths"),
        _light("payments", "Lender paid on time", "=IF({alert.default}+{alert.debt_left}=0,1,0)", "now and ahead"),
        _light("milestones", "Milestones in time",
               "=IF({alert.contribution}+{alert.mechanical}+{alert.completion}+{alert.production}=0,1,0)", "now and ahead"),
        _light("checks", "Model checks hold", "={checks.ok}"),
        head("Deadlines", "and where they stand at the as-of date"),
        scalar("dash.next_deadline", "Next pending", DATE, _next_deadline(), bold=True),
        *(_deadline(key, label) for key, label in DEADLINES.items()),
        scalar("dash.test_date", "Covenants last tested", DATE, "={cov.test_date}", "on quarter-ends"),
        scalar("dash.breach", "First covenant breach", DATE, "={cov.first_breach}"),
        scalar("dash.irr", "Sponsor's return, a year", "fraction", "={ratio.irr}"),
        *verdict.workings(),
    ],
    monthly=False,
    start_title="State",
    across_titles=verdict.LIMITS,
    widths={LABEL: 30, UNIT: 8, NOTE: 24, VALUE: 13, START: 14, **dict.fromkeys(range(FIRST_MONTH, FIRST_MONTH + 12), 9.5)},
)  # fmt: skip


# ---- charts ------------------------------------------------------------------------------------------------------

_SIZE, _CHART_ROWS = (412, 232), 12
"""Of a chart in pixels, and in rows."""
_FIRST_CHART = FIRST_ROW - 1 + next(i for i, row in enumerate(SHEET.rows) if row.label == "Position")
"""Row of the upper charts, counted from 0: beside the lines below the tests."""
LAST_ROW, LAST_COLUMN = _FIRST_CHART + 2 * _CHART_ROWS, FIRST_MONTH + 11
_FIRST_INSTALMENT = 14  # months after signing, from when on cover is measured
_FIRST_BALANCE = 2  # months after signing, from when on covenants are tested
_LOAN_LIFE = 54  # months to the last instalment


def add_charts(book: Any, page: Any, place: charts.Place, months: int) -> None:
    """The charts, beside the position and the deadlines."""
    drawn = (_account(book, place), _headroom(book, place), _cover(book, place), _cash(book, place, months))
    for k, (chart, title) in enumerate(drawn):
        row, left = _FIRST_CHART + _CHART_ROWS * (k // 2), 8 + (_SIZE[0] + 4) * (k % 2)
        charts.insert(page, row, FIRST_MONTH, chart, title, x_offset=left)


def _finished(chart: Any, title: str, number_format: str, step: int, hidden: int) -> tuple[Any, str]:
    """A chart with its axes; its hidden series are not in the legend."""
    charts.finish_line(chart, title, number_format, _SIZE, step=step, hidden=[hidden])
    return chart, title


def _account(book: Any, place: charts.Place) -> tuple[Any, str]:
    chart = charts.columns(book, place, _LOAN_LIFE, [
        ("proceeds.limb_1", "(I) Floor or formula", "navy"), ("proceeds.limb_2", "(II) Interest", "blue"),
        ("proceeds.limb_3", "(III) Capital", "sky"), ("proceeds.limb_4", "(IV) Other payments", "sand"),
    ])  # fmt: skip
    line = charts.line(
        book, place, _LOAN_LIFE, [("proceeds.closing", "Proceeds Account", {"color": charts.COLOURS["red"]})]
    )
    charts.mark(line, place, "chart.account", _LOAN_LIFE)
    chart.combine(line)
    return _finished(chart, "Account against its minimum, US$ million", charts.MILLIONS, 6, 5)


def _headroom(book: Any, place: charts.Place) -> tuple[Any, str]:
    chart = charts.line(book, place, _LOAN_LIFE, [
        ("cov.ratio_headroom", "(a) Current ratio", {"color": charts.COLOURS["navy"]}),
        ("cov.equity_headroom", "(b) Tangible equity", {"color": charts.COLOURS["gold"]}),
        ("cov.liabilities_headroom", "(c) Liabilities", {"color": charts.COLOURS["blue"]}),
    ], _FIRST_BALANCE)  # fmt: skip
    charts.mark(chart, place, "chart.headroom", _LOAN_LIFE, _FIRST_BALANCE)
    return _finished(chart, "Covenant headroom, US$ million", charts.MILLIONS, 6, 3)


def _cover(book: Any, place: charts.Place) -> tuple[Any, str]:
    parts = [("ratio.dscr", "DSCR, 12 months", {"color": charts.COLOURS["navy"]}),
             ("ratio.llcr", "LLCR", {"color": charts.COLOURS["gold"]}),
             ("ratio.target_line", "Target", {"color": charts.COLOURS["red"]})]  # fmt: skip
    chart = charts.line(book, place, _LOAN_LIFE - 1, parts, _FIRST_INSTALMENT)
    charts.mark(chart, place, "chart.cover", _LOAN_LIFE - 1, _FIRST_INSTALMENT)
    return _finished(chart, "Debt service and loan life cover", '0.0"x"', 6, 3)


def _cash(book: Any, place: charts.Place, months: int) -> tuple[Any, str]:
    chart = charts.columns(book, place, months, [("ops.cfads", "CFADS", "sky")])
    line = charts.line(book, place, months, [("loan.debt_service", "Debt service", {"color": charts.COLOURS["red"]})])
    charts.mark(line, place, "chart.cash", months)
    chart.combine(line)
    return _finished(chart, "Cash and debt service, US$ million a month", charts.MILLIONS, 12, 2)
