"""Charts of the report as SVG texts, which need no other file; matplotlib is an extra."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from lender_model.risk.pictures import plotter

Kind = Literal["line", "second", "limit", "bar", "alarm", "mark", "band"]
_COLOURS = {"line": "#102A43", "second": "#C99A2E", "limit": "#BA2525", "alarm": "#BA2525"}
_BARS = ("#9CC7E8", "#2680C2", "#E8D9A8", "#9AA5B1", "#C99A2E")
_BANDS = ("#D3E2EF", "#A3C4DE")
_AS_OF, _GRID = "#7B8794", "#E4E7EB"


@dataclass(frozen=True)
class Series:
    """A line of a chart.

    Args:
        label: for the legend.
        values: by month; NaN is a gap.
        kind: "line", "second" (another line), "limit" (dashed), "bar" (stacked), "alarm" (a red bar), "mark" (a point
            for each payment), or "band" (one of an odd number of percentiles, the median in the middle).
    """

    label: str
    values: np.ndarray
    kind: Kind = "line"


@dataclass(frozen=True)
class Chart:
    """A chart by month, with the as-of date as a vertical line.

    Args:
        title: what it shows, with its unit.
        dates: month-ends.
        series: in order of drawing.
        as_of: the as-of date.
        months: the months to show, as flags; None for those in which the first line exists.
        size: width and height in inches.
    """

    title: str
    dates: np.ndarray
    series: Sequence[Series]
    as_of: np.datetime64
    months: np.ndarray | None = None
    size: tuple[float, float] = (4.7, 2.5)

    @property
    def text(self) -> str:
        """The chart in a sentence, for those who cannot see it."""
        names = ", ".join(one.label for one in self.series)
        return f"{self.title}: {names}, by month from {self.dates[0]} to {self.dates[-1]}."


def svg(chart: Chart) -> str:
    """The chart as an SVG element.

    Raises:
        RiskError: matplotlib is not installed.
    """
    plt = plotter()
    with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": chart.title}):
        figure, axis = plt.subplots(figsize=chart.size, layout="constrained")
        shown = _shown(chart)
        _draw_bars(axis, chart, shown)
        _draw_bands(axis, chart, shown)
        for one in chart.series:
            if one.kind in {"line", "second", "limit"}:
                style = {"ls": "--", "lw": 1.3} if one.kind == "limit" else {"lw": 1.8}
                axis.plot(chart.dates[shown], one.values[shown], color=_COLOURS[one.kind], label=one.label, **style)
            elif one.kind == "mark":
                paid = shown[one.values[shown] > 0]
                axis.plot(chart.dates[paid], one.values[paid], "D", color=_COLOURS["alarm"], ms=3.5, label=one.label)
        _dress(axis, chart, shown)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        plt.close(figure)
    return _element(buffer.getvalue(), chart)


def _shown(chart: Chart) -> np.ndarray:
    """The months drawn, from the first to the last wanted."""
    months = np.arange(len(chart.dates))
    wanted = ~np.isnan(chart.series[0].values) if chart.months is None else chart.months
    known = np.flatnonzero(wanted)
    return months[known[0] : known[-1] + 1] if len(known) else months


def _draw_bars(axis: Any, chart: Chart, shown: np.ndarray) -> None:
    below = np.zeros(len(shown))
    bars = [one for one in chart.series if one.kind in {"bar", "alarm"}]
    for k, one in enumerate(bars):
        heights = np.nan_to_num(one.values[shown])
        colour = _COLOURS["alarm"] if one.kind == "alarm" else _BARS[k % len(_BARS)]
        if heights.any() or one.kind == "bar":
            axis.bar(chart.dates[shown], heights, 26, bottom=below, color=colour, label=one.label, lw=0)
        below = below + heights


def _draw_bands(axis: Any, chart: Chart, shown: np.ndarray) -> None:
    bands = [one for one in chart.series if one.kind == "band"]
    for k in range(len(bands) // 2):
        low, high = bands[k], bands[-1 - k]
        axis.fill_between(
            chart.dates[shown], low.values[shown], high.values[shown], color=_BANDS[k % len(_BANDS)], lw=0,
            label=f"{low.label} to {high.label}",
        )  # fmt: skip
    if bands:
        median = bands[len(bands) // 2]
        axis.plot(chart.dates[shown], median.values[shown], color=_COLOURS["line"], lw=1.6, label="Median")


def _dress(axis: Any, chart: Chart, shown: np.ndarray) -> None:
    import matplotlib.dates  # noqa: PLC0415 - an extra

    mdates: Any = matplotlib.dates  # its types leave these out

    axis.set_title(chart.title, fontsize=9)
    first, last = chart.dates[shown[0]], chart.dates[shown[-1]]
    if first <= chart.as_of <= last:
        axis.axvline(chart.as_of, color=_AS_OF, lw=0.9, ls=":", label="As-of date")
    axis.grid(axis="y", color=_GRID, lw=0.6)
    axis.set_axisbelow(True)
    axis.tick_params(labelsize=7.5, length=2)
    locator = mdates.AutoDateLocator(minticks=3, maxticks=7)
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator, show_offset=False))
    axis.set_xlim(first - np.timedelta64(20, "D"), last + np.timedelta64(20, "D"))
    axis.margins(y=0.08)
    axis.legend(frameon=False, fontsize=7, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.1))


def _element(text: str, chart: Chart) -> str:
    """The element alone, with a title for screen readers, and ids of its own so that a page can hold several."""
    start = text.index("<svg")
    mark = f"c{zlib.crc32(chart.title.encode()):x}"
    text = re.sub(r'(id="|url\(#|xlink:href="#|href="#)', lambda found: f"{found[0]}{mark}-", text[start:])
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    label = chart.text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return text.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)
