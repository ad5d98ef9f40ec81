"""Line charts over the months, as the sheets have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lender_model.grid import FIRST_MONTH

Place = Mapping[str, tuple[str, int]]
"""Sheet and row of each line."""
_TITLE, _AXIS, _LINE, _GRID = "#102A43", "#52606D", "#9AA5B1", "#E4E7EB"


def line(book: Any, place: Place, last: int, parts: Sequence[tuple[str, str, dict[str, Any]]]) -> Any:
    """A chart of some lines of the model to month ``last``: key, name and look of each; a blank is a gap."""
    chart = book.add_chart({"type": "line"})
    for key, name, look in parts:
        chart.add_series({
            "name": name,
            "categories": _months(place["time.end"], last),
            "values": _months(place[key], last),
            "line": {"width": 2} | look,
        })  # fmt: skip
    return chart


def _months(at: tuple[str, int], last: int) -> list[Any]:
    sheet, row = at
    return [sheet, row - 1, FIRST_MONTH, row - 1, FIRST_MONTH + last - 1]


def finish(chart: Any, title: str, number_format: str, size: tuple[int, int], **y_axis: Any) -> Any:
    """A chart with title, axes and legend, as all have them; its size in pixels."""
    small = {"size": 8, "color": _AXIS}
    chart.set_title({"name": title, "name_font": {"size": 10, "bold": True, "color": _TITLE}, "overlay": False})
    chart.set_x_axis({"date_axis": True, "num_format": "mmm-yy", "major_unit": 12, "major_unit_type": "months",
                      "num_font": small, "line": {"color": _LINE}, "label_position": "low"})  # fmt: skip
    chart.set_y_axis({"num_format": number_format, "num_font": small, "line": {"none": True},
                      "major_gridlines": {"visible": True, "line": {"color": _GRID}}} | y_axis)  # fmt: skip
    chart.set_legend({"position": "bottom", "font": small})
    chart.set_chartarea({"border": {"color": _GRID}})
    chart.set_size({"width": size[0], "height": size[1]})
    return chart
