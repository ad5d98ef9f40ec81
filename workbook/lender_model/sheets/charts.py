"""Line charts over the months, and bars, as the sheets have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lender_model.grid import FIRST_MONTH, LABEL

Place = Mapping[str, tuple[str, int]]
"""Sheet and row of each line."""
_TITLE, _GRID = "#102A43", "#E4E7EB"
COLOURS = {"navy": "#102A43", "blue": "#2680C2", "sky": "#9CC7E8", "gold": "#C99A2E", "sand": "#E8D9A8", "grey": "#7B8794",
           "red": "#BA2525", "green": "#3F9142"}  # fmt: skip
MILLIONS = "#,##0.0,,"
SMALL = {"size": 8, "color": "#52606D"}
_CATEGORIES = {"num_font": SMALL, "line": {"color": "#9AA5B1"}, "label_position": "low"}
_FIGURES = {"num_font": SMALL, "line": {"none": True}, "major_gridlines": {"visible": True, "line": {"color": _GRID}}}


def line(
    book: Any,
    place: Place,
    last: int,
    parts: Sequence[tuple[str, str, dict[str, Any]]],
    first: int = 0,
    *,
    second_axis: bool = False,
) -> Any:
    """A chart of some lines of the model, from month ``first`` to ``last``: key, name and look of each.

    A blank is a gap.
    """
    chart = book.add_chart({"type": "line"})
    for key, name, look in parts:
        chart.add_series({
            "name": name,
            "categories": _months(place["time.end"], last, first),
            "values": _months(place[key], last, first),
            "line": {"width": 2} | look,
            "y2_axis": second_axis,
        })  # fmt: skip
    return chart


def mark(chart: Any, place: Place, key: str, last: int, first: int = 0, *, second_axis: bool = False) -> None:
    """The as-of date: an upright line, as high as the line ``key``, which stands for nothing in all other months."""
    upright = {"type": "percentage", "value": 100, "direction": "minus", "end_style": 0,
               "line": {"color": COLOURS["grey"], "width": 1.25, "dash_type": "dash"}}  # fmt: skip
    chart.add_series({
        "name": "As-of date",
        "categories": _months(place["time.end"], last, first),
        "values": _months(place[key], last, first),
        "line": {"none": True},
        "y_error_bars": upright,
        "y2_axis": second_axis,
    })  # fmt: skip


def columns(book: Any, place: Place, last: int, parts: Sequence[tuple[str, str, str]]) -> Any:
    """Stacked columns of some lines to month ``last``: key, name and colour of each."""
    chart = book.add_chart({"type": "column", "subtype": "stacked"})
    for key, name, colour in parts:
        chart.add_series({
            "name": name,
            "categories": _months(place["time.end"], last),
            "values": _months(place[key], last),
            "fill": {"color": COLOURS[colour]},
            "border": {"none": True},
            "gap": 30,
        })  # fmt: skip
    return chart


def _months(at: tuple[str, int], last: int, first: int = 0) -> list[Any]:
    sheet, row = at
    return [sheet, row - 1, FIRST_MONTH + first, row - 1, FIRST_MONTH + last - 1]


def bars(book: Any, place: Place, rows: tuple[str, str], parts: Sequence[tuple[str, int, str]]) -> Any:
    """Bars of the lines from one key to another, all on one sheet: name, column and colour of each part."""
    (sheet, first), (_, last) = place[rows[0]], place[rows[1]]
    chart = book.add_chart({"type": "bar"})
    for name, column, colour in parts:
        chart.add_series({
            "name": name,
            "categories": [sheet, first - 1, LABEL, last - 1, LABEL],
            "values": [sheet, first - 1, column, last - 1, column],
            "fill": {"color": colour},
            "border": {"none": True},
            "overlap": 100,
            "gap": 40,
        })  # fmt: skip
    return chart


def finish_line(
    chart: Any,
    title: str,
    number_format: str,
    size: tuple[int, int],
    *,
    step: int = 12,
    hidden: Sequence[int] = (),
    **y_axis: Any,
) -> Any:
    """A chart over months with title, axes and legend, as all have them.

    Args:
        chart: the chart.
        title: its title.
        number_format: of the figures.
        size: in pixels.
        step: months from one date at the axis to the next.
        hidden: series that the legend leaves out.
        y_axis: more of the figures' axis.
    """
    months = {"date_axis": True, "num_format": "mmm-yy", "major_unit": step, "major_unit_type": "months"}
    chart.set_x_axis(_CATEGORIES | months)
    chart.set_y_axis(_FIGURES | {"num_format": number_format} | y_axis)
    return _finished(chart, title, size, hidden)


def finish_bars(chart: Any, title: str, number_format: str, size: tuple[int, int]) -> Any:
    """Bars with title, axes and legend; they lie, the first line on top, so that the figures run along the x axis."""
    chart.set_y_axis(_CATEGORIES | {"reverse": True})
    chart.set_x_axis(_FIGURES | {"num_format": number_format, "label_position": "high"})  # below, since reversed
    return _finished(chart, title, size)


def _finished(chart: Any, title: str, size: tuple[int, int], hidden: Sequence[int] = ()) -> Any:
    chart.set_title({"name": title, "name_font": {"size": 10, "bold": True, "color": _TITLE}, "overlay": False})
    chart.set_legend({"position": "bottom", "font": SMALL, "delete_series": [*hidden]})
    chart.set_chartarea({"border": {"color": _GRID}})
    chart.set_size({"width": size[0], "height": size[1]})
    return chart


def insert(page: Any, row: int, column: int, chart: Any, title: str, **options: Any) -> None:
    """Put a chart on a page, with words for those who hear the page read out."""
    lines = [*chart.series, *(chart.combined.series if chart.combined else [])]
    description = f"Chart: {title}. It shows {', '.join(line['name'] for line in lines)}."
    page.insert_chart(row, column, chart, {"description": description, **options})
