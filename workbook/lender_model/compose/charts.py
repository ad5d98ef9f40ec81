"""The charts of a deal's workbook: on the Dashboard beside and below the figures, on Risk above them, beside Cash."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from lender_model.compose.draft import Chart
from lender_model.compose.risk import CHART_ROWS, CHART_SIZE, CHARTS_BESIDE, METAL
from lender_model.grid import FIRST_MONTH, FIRST_ROW, LABEL, START, Values
from lender_model.sheets import charts, risk

if TYPE_CHECKING:
    from lender_model.compose.model import Model
    from lender_model.risk.study import Study

_COLOURS = ("#102A43", "#C99A2E", "#2680C2", "#9CC7E8", "#E8D9A8", "#3F9142", "#9AA5B1")
_LINES = ("#BA2525", "#102A43", "#C99A2E", "#2680C2")
_ROWS, _HEIGHT, _GAP = 14, 258, 6
_BESIDE, _BELOW = 500, 572
"""Widths in pixels of a chart beside the figures, of which there are two abreast, and below them, three or fewer."""
_OF_THE_MINE = ("ops.", "hedge.", "stream.")
_TOPS = (10.0, 20.0, 50.0, 100.0)
_SMALL = {"size": 8, "color": "#52606D"}


def last_chart_row(model: Model) -> int:
    """The last row, counted from 0, that a chart covers."""
    *_, (row, *_) = _places(model)
    return row + _ROWS - 1


def add_charts(book: Any, page: Any, model: Model, values: Values) -> None:
    """Every chart that the clauses define, in order: beside the figures, then below them."""
    for chart, (row, column, left, wide) in zip(model.charts, _places(model), strict=True):
        top = _top(model, chart, values)
        span = _span(model, chart, values, top)
        title = model.in_currency(chart.title) + (f", to {top:g}x" if top else "")
        names = ", ".join(name for _, name in (*chart.columns, *chart.lines))
        words = f"Chart: {title}. It shows, month by month: {names}."
        drawn = _finished(_drawn(book, model, chart, span), chart.form, title, span, top)
        drawn.set_size({"width": wide, "height": _HEIGHT})
        page.insert_chart(row, column, drawn, {"x_offset": left, "object_position": 2, "description": words})


def _places(model: Model) -> list[tuple[int, int, int, int]]:
    """Row, column, offset and width of each chart: beside the figures, then across the page below them."""
    sheet = next(each for each in model.book.sheets if each.name == "Dashboard")
    high = -(-(len(sheet.rows) - 1) // _ROWS)
    beside = min(2 * high, len(model.charts))
    places = [
        (FIRST_ROW + _ROWS * (k // 2), FIRST_MONTH, (_BESIDE + _GAP) * (k % 2) + _GAP, _BESIDE) for k in range(beside)
    ]
    for k in range(len(model.charts) - beside):
        line, at = divmod(k, 3)
        abreast = min(3, len(model.charts) - beside - 3 * line)  # the last charts fill their row
        wide = (3 * (_BELOW + _GAP)) // abreast
        places.append((FIRST_ROW + _ROWS * (high + line), LABEL, wide * at, wide - _GAP))
    return places


def _numbers(values: Values, key: str) -> np.ndarray:
    """A line's months; NaN where it has no number."""
    return np.array([x if isinstance(x, float) else np.nan for x in np.ravel(values[key]).tolist()])


def _last_month(model: Model, chart: Chart, values: Values) -> int:
    """What the mine delivers is shown to its end, the debt to its own."""
    keys = [key for key, _ in (*chart.columns, *chart.lines)]
    of_the_mine = any(key.startswith(_OF_THE_MINE) for key in keys)
    return (model.book.months if of_the_mine else _debt_months(model, values)) - 1


def _top(model: Model, chart: Chart, values: Values) -> float | None:
    """The highest ratio shown: more than the chart's own if all figures are above it."""
    if chart.top is None:
        return None
    key, _ = (*chart.columns, *chart.lines)[0]
    figures = _numbers(values, key)[: _last_month(model, chart, values) + 1]
    lowest = min(figures[figures > 0], default=0.0)
    return next((top for top in (chart.top, *_TOPS) if top > lowest), chart.top)


def _span(model: Model, chart: Chart, values: Values, top: float | None) -> tuple[int, int]:
    """First and last month of a chart, counted from 0.

    A ratio is drawn where it fits the axis: before the first drawings are spent, and towards the last repayment, it is
    beyond any scale or no number.
    """
    last = _last_month(model, chart, values)
    if chart.columns:
        return 0, last
    figures = np.array([_numbers(values, key)[: last + 1] for key, _ in chart.lines])
    shown = np.flatnonzero((figures <= (top or np.inf)).any(axis=0))
    return (int(shown[0]), int(shown[-1])) if shown.size else (0, last)


def _debt_months(model: Model, values: Values) -> int:
    """Months until the last final maturity; all if there is none."""
    maturity = np.asarray(values["debt.maturity"]).item()
    if not isinstance(maturity, dt.date) or maturity <= model.case.ends[0]:
        return model.book.months
    return min(model.book.months, 1 + sum(end < maturity for end in model.case.ends))


def add_risk_charts(book: Any, page: Any, model: Model, values: Values) -> None:
    """The charts of sheet Risk, above its tables; those of the debt end with it."""
    months = model.book.months
    study = model.draft.study
    assert study  # noqa: S101 - a model that is composed has its sheet Risk
    drawn = list(
        risk.drawn(book, model.book.place, study, {"price": months}, _debt_months(model, values), months, CHART_SIZE)
    )
    drawn.insert(1, _break_even_prices(book, model, study))
    for k, (chart, title) in enumerate(drawn):
        row, x = FIRST_ROW - 1 + CHART_ROWS * (k // CHARTS_BESIDE), (CHART_SIZE[0] + 10) * (k % CHARTS_BESIDE)
        charts.insert(page, row, LABEL, chart, title, x_offset=x + 5, y_offset=4, object_position=3)


def _break_even_prices(book: Any, model: Model, study: Study) -> tuple[Any, str]:
    """The price at which each test first fails, a point a year, under the price of the case."""
    lever, label, unit = study.levers[0]
    look = {"color": "#102A43", "dash_type": "dash"}
    chart = charts.line(book, model.book.place, model.book.months, [(METAL, "Base case", look)])
    for k, (test, name) in enumerate(study.tests):
        colour = _COLOURS[1:][k % (len(_COLOURS) - 1)]
        mark = {"type": "circle", "size": 5, "fill": {"color": colour}, "border": {"color": colour}}
        chart.add_series(
            _series(model, f"risk.{lever}_{test}", name, (0, model.book.months - 1))
            | {"line": {"color": colour, "width": 1.5}, "marker": mark}
        )
    chart.show_blanks_as("span")
    title = f"{label} at which a test first fails, {unit}"
    return charts.finish_line(chart, title, "#,##0", CHART_SIZE), title


def add_cash_chart(book: Any, page: Any, model: Model) -> None:
    """What the month's cash has paid, claim by claim, beside the table on sheet Cash."""
    sheet = next(each for each in model.book.sheets if each.name == "Cash")
    rows = [at for at, row in enumerate(sheet.rows, start=FIRST_ROW - 1) if row.key.startswith("cash.out.")]
    chart = book.add_chart({"type": "bar"})
    chart.add_series({"name": "Paid", "categories": ["Cash", rows[0], LABEL, rows[-1], LABEL], "values": ["Cash", rows[0], START, rows[-1], START],
                      "fill": {"color": _COLOURS[0]}, "gap": 40})  # fmt: skip
    title = f"Paid in the month, {model.deal.currency} million"
    chart.set_title({"name": title, "name_font": {"size": 10, "bold": True, "color": "#102A43"}, "overlay": False})
    chart.set_x_axis(
        {
            "num_format": "#,##0.0,,",
            "num_font": _SMALL,
            "major_gridlines": {"visible": True, "line": {"color": "#E4E7EB"}},
        }
    )
    chart.set_y_axis({"reverse": True, "num_font": _SMALL})
    chart.set_legend({"none": True})
    chart.set_size({"width": _BESIDE, "height": max(_HEIGHT, 24 * len(rows))})
    words = f"Chart: {title}. It shows what has been paid of each claim, in order of priority."
    page.insert_chart(FIRST_ROW - 1, FIRST_MONTH, chart, {"object_position": 2, "description": words})


def _drawn(book: Any, model: Model, chart: Chart, span: tuple[int, int]) -> Any:
    lines = _lines(book, model, chart, span)
    if not chart.columns:
        return lines
    whole = book.add_chart({"type": "column", "subtype": "stacked"})
    for k, (key, name) in enumerate(chart.columns):
        whole.add_series(
            _series(model, key, name, span)
            | {"fill": {"color": _COLOURS[k % len(_COLOURS)]}, "border": {"none": True}, "gap": 30}
        )
    if chart.lines:
        whole.combine(lines)
    return whole


def _lines(book: Any, model: Model, chart: Chart, span: tuple[int, int]) -> Any:
    drawn = book.add_chart({"type": "line"})
    for k, (key, name) in enumerate(chart.lines):
        is_limit = name in {"Limit", "Target"}
        colour = _LINES[0] if is_limit or chart.columns else _LINES[1 + k % 3]
        line = {"color": colour, "width": 2} | ({"dash_type": "dash"} if is_limit else {})
        drawn.add_series(_series(model, key, name, span) | {"line": line})
    return drawn


def _series(model: Model, key: str, name: str, span: tuple[int, int]) -> dict[str, Any]:
    sheet, row = model.book.place[key]
    home, end_row = model.book.place["time.end"]
    first, last = FIRST_MONTH + span[0], FIRST_MONTH + span[1]
    return {
        "name": name,
        "categories": [home, end_row - 1, first, end_row - 1, last],
        "values": [sheet, row - 1, first, row - 1, last],
    }


def _finished(drawn: Any, form: str, title: str, span: tuple[int, int], top: float | None) -> Any:
    step = max(3, (span[1] - span[0] + 1) // 8 // 3 * 3)
    drawn.set_title({"name": title, "name_font": {"size": 10, "bold": True, "color": "#102A43"}, "overlay": False})
    drawn.set_x_axis({"date_axis": True, "num_format": "mmm-yy", "major_unit": step, "major_unit_type": "months", "num_font": _SMALL,
                      "line": {"color": "#9AA5B1"}, "label_position": "low"})  # fmt: skip
    drawn.set_y_axis(
        {
            "num_format": form,
            **({"max": top} if top else {}),
            "num_font": _SMALL,
            "line": {"none": True},
            "major_gridlines": {"visible": True, "line": {"color": "#E4E7EB"}},
        }
    )
    drawn.set_legend({"position": "bottom", "font": _SMALL})
    drawn.set_chartarea({"border": {"color": "#E4E7EB"}})
    return drawn
