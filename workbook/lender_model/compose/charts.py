"""The charts of a deal's Dashboard: two side by side, to the right of the figures."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from lender_model.compose.draft import Chart
from lender_model.compose.risk import CHART_ROWS, CHART_SIZE, CHARTS_BESIDE, METAL
from lender_model.grid import FIRST_MONTH, FIRST_ROW, LABEL, START
from lender_model.sheets import charts, risk

if TYPE_CHECKING:
    from lender_model.compose.model import Model
    from lender_model.risk.study import Study

_COLOURS = ("#102A43", "#C99A2E", "#2680C2", "#9CC7E8", "#E8D9A8", "#3F9142", "#9AA5B1")
_LINES = ("#BA2525", "#102A43", "#C99A2E", "#2680C2")
_ROWS, _COLUMNS, _PIXELS = 14, 8, (540, 258)
_SMALL = {"size": 8, "color": "#52606D"}


def last_chart_row(model: Model) -> int:
    """The last row, counted from 0, that a chart covers."""
    return FIRST_ROW - 1 + _ROWS * -(-len(model.charts) // 2)


def add_charts(book: Any, page: Any, model: Model) -> None:
    """Every chart that the clauses define, in order."""
    for k, chart in enumerate(model.charts):
        row, column = FIRST_ROW + _ROWS * (k // 2), FIRST_MONTH + _COLUMNS * (k % 2)
        names = ", ".join(name for _, name in (*chart.columns, *chart.lines))
        words = f"Chart: {chart.title.replace('US$', model.deal.currency)}. It shows, month by month: {names}."
        page.insert_chart(row, column, _drawn(book, model, chart), {"object_position": 2, "description": words})


def add_risk_charts(book: Any, page: Any, model: Model) -> None:
    """The charts of sheet Risk, above its tables; those of the debt end with it."""
    months = model.book.months
    finals = [each.final for each in model.deal.tranche if isinstance(each.final, dt.date)]
    until = sum(end <= max(finals) for end in model.case.ends) if len(finals) == len(model.deal.tranche) else months
    study = model.draft.study
    assert study  # noqa: S101 - a model that is composed has its sheet Risk
    drawn = list(risk.drawn(book, model.book.place, study, {"price": months}, max(1, until), months, CHART_SIZE))
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
            _series(model, f"risk.{lever}_{test}", name) | {"line": {"color": colour, "width": 1.5}, "marker": mark}
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
    chart.set_size({"width": _PIXELS[0], "height": max(_PIXELS[1], 24 * len(rows))})
    words = f"Chart: {title}. It shows what has been paid of each claim, in order of priority."
    page.insert_chart(FIRST_ROW - 1, FIRST_MONTH, chart, {"object_position": 2, "description": words})


def _drawn(book: Any, model: Model, chart: Chart) -> Any:
    lines = _lines(book, model, chart)
    if not chart.columns:
        return _finished(lines, model, chart)
    whole = book.add_chart({"type": "column", "subtype": "stacked"})
    for k, (key, name) in enumerate(chart.columns):
        whole.add_series(
            _series(model, key, name)
            | {"fill": {"color": _COLOURS[k % len(_COLOURS)]}, "border": {"none": True}, "gap": 30}
        )
    if chart.lines:
        whole.combine(lines)
    return _finished(whole, model, chart)


def _lines(book: Any, model: Model, chart: Chart) -> Any:
    drawn = book.add_chart({"type": "line"})
    for k, (key, name) in enumerate(chart.lines):
        is_limit = name in {"Limit", "Target"}
        colour = _LINES[0] if is_limit or chart.columns else _LINES[1 + k % 3]
        line = {"color": colour, "width": 2} | ({"dash_type": "dash"} if is_limit else {})
        drawn.add_series(_series(model, key, name) | {"line": line})
    return drawn


def _series(model: Model, key: str, name: str) -> dict[str, Any]:
    sheet, row = model.book.place[key]
    home, end_row = model.book.place["time.end"]
    last = FIRST_MONTH + model.book.months - 1
    return {
        "name": name,
        "categories": [home, end_row - 1, FIRST_MONTH, end_row - 1, last],
        "values": [sheet, row - 1, FIRST_MONTH, row - 1, last],
    }


def _finished(drawn: Any, model: Model, chart: Chart) -> Any:
    step = max(3, model.book.months // 8 // 3 * 3)
    drawn.set_title(
        {
            "name": chart.title.replace("US$", model.deal.currency),
            "name_font": {"size": 10, "bold": True, "color": "#102A43"},
            "overlay": False,
        }
    )
    drawn.set_x_axis({"date_axis": True, "num_format": "mmm-yy", "major_unit": step, "major_unit_type": "months", "num_font": _SMALL,
                      "line": {"color": "#9AA5B1"}, "label_position": "low"})  # fmt: skip
    drawn.set_y_axis(
        {
            "num_format": chart.form,
            **({"max": chart.top} if chart.top else {}),
            "num_font": _SMALL,
            "line": {"none": True},
            "major_gridlines": {"visible": True, "line": {"color": "#E4E7EB"}},
        }
    )
    drawn.set_legend({"position": "bottom", "font": _SMALL})
    drawn.set_chartarea({"border": {"color": "#E4E7EB"}})
    drawn.set_size({"width": _PIXELS[0], "height": _PIXELS[1]})
    return drawn
