"""The charts of a deal's Dashboard: two beside each other, to the right of the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lender_model.compose.draft import Chart
from lender_model.grid import FIRST_MONTH, FIRST_ROW, LABEL, START

if TYPE_CHECKING:
    from lender_model.compose.model import Model

_COLOURS = ("#102A43", "#C99A2E", "#2680C2", "#9CC7E8", "#E8D9A8", "#3F9142", "#9AA5B1")
_LINES = ("#BA2525", "#102A43", "#C99A2E", "#2680C2")
_ROWS, _COLUMNS, _PIXELS = 14, 8, (540, 258)
_SMALL = {"size": 8, "color": "#52606D"}


def last_chart_row(model: Model) -> int:
    """The last row, counted from 0, that a chart covers."""
    return FIRST_ROW - 1 + _ROWS * -(-len(model.charts) // 2)


def add_charts(book: Any, page: Any, model: Model) -> None:
    """Every chart that the clauses ask for, in their order."""
    for k, chart in enumerate(model.charts):
        row, column = FIRST_ROW + _ROWS * (k // 2), FIRST_MONTH + _COLUMNS * (k % 2)
        page.insert_chart(row, column, _drawn(book, model, chart), {"object_position": 2})


def add_cash_chart(book: Any, page: Any, model: Model) -> None:
    """What the month's cash has paid, claim by claim, beside the table of sheet Cash."""
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
    page.insert_chart(FIRST_ROW - 1, FIRST_MONTH, chart, {"object_position": 2})


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
