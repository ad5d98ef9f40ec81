"""Fan charts, events over time, and the tornado, as PNG files; matplotlib is an extra."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lender_model.grid import RATE, RATIO, USD, Values
from lender_model.risk import RiskError
from lender_model.risk.sensitivity import Tornado
from lender_model.risk.simulate import Results
from lender_model.risk.store import drawable, fans, watched_percentiles
from lender_model.sheets.risk import PERCENTILES

INK, BAND, LINE, RED = "#1F2933", "#3E7CB1", "#0B3D91", "#BA2525"
BANDS = ("#D3E2EF", "#A3C4DE")
"""From the outer pair of percentiles to the inner."""


def plotter() -> Any:
    """pyplot, in our style.

    Raises:
        RiskError: matplotlib is not installed.
    """
    try:
        import matplotlib as mpl  # noqa: PLC0415 - an extra, and slow to load
    except ImportError:
        raise RiskError("pictures need matplotlib: install drawstop with the extra pictures") from None
    mpl.use("Agg")
    import matplotlib.pyplot as plt  # noqa: PLC0415 - as above

    plt.rcParams.update({
        "font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": INK, "text.color": INK,
        "axes.titlelocation": "left", "axes.titleweight": "bold", "figure.dpi": 130,
    })  # fmt: skip
    return plt


def simulation(results: Results, base: Values, folder: Path) -> list[Path]:
    """The fans and the events.

    Args:
        results: of a simulation.
        base: every figure of the base case.
        folder: where the files go; created if missing.

    Raises:
        RiskError: matplotlib is not installed.
    """
    plt = plotter()
    folder.mkdir(parents=True, exist_ok=True)
    done = [_fans(plt, results, base, folder / "fans.png"), _events(plt, results, folder / "events.png")]
    if results.line and results.line.by_month:
        done.append(_watched(plt, results, results.line.title, folder / "watched.png"))
    return done


def _fans(plt: Any, results: Results, base: Values, path: Path) -> Path:
    months = results.months.astype("datetime64[D]")
    study = results.study
    cases = [base[study.lines[key]] for key, *_ in study.fans]
    figure, axes = plt.subplots(2, 2, figsize=(10, 6.4), layout="constrained")
    for axis, (key, label, unit), lines, case in zip(axes.flat, study.fans, fans(results), cases, strict=True):
        scale = 1e6 if unit == USD else 1.0
        _fan(axis, months, drawable(lines) if key in study.open_ended else lines / scale)
        axis.plot(months, _numbers(case) / scale, color=INK, lw=1, ls="--", label="Base case")
        if key in study.published:
            published = base[study.published[key]][:, 0]
            axis.plot(months, published, color=RED, lw=1, label="Published, then and since")
        if axis is axes.flat[0]:
            axis.legend(frameon=False, fontsize=8)
        elif unit in {USD, RATIO}:
            axis.axhline(1.0 if unit == RATIO else 0.0, color=RED, lw=0.8)
        axis.set_xlim(months[0], months[-1])
        axis.set_title(label + {USD: f", {study.currency} million", RATIO: ""}.get(unit, f", {unit}"))
    return _saved(plt, figure, path)


def _fan(axis: Any, months: Any, lines: Any) -> None:
    """Bands between percentiles, and the median."""
    count = len(PERCENTILES)
    for k, colour in enumerate(BANDS):
        words = f"P{PERCENTILES[k]} to P{PERCENTILES[-1 - k]}"
        axis.fill_between(months, lines[k], lines[count - 1 - k], color=colour, lw=0, label=words)
    axis.plot(months, lines[count // 2], color=LINE, lw=1.4, label="Median (P50)")


def _watched(plt: Any, results: Results, title: str, path: Path) -> Path:
    """The fan of the user's own line."""
    months = results.months.astype("datetime64[D]")
    figure, axis = plt.subplots(figsize=(9.5, 4), layout="constrained")
    _fan(axis, months, watched_percentiles(results))
    axis.set_title(title)
    axis.set_xlim(months[0], months[-1])
    axis.legend(frameon=False, fontsize=8)
    return _saved(plt, figure, path)


def _numbers(rows: Any) -> Any:
    """A line of the base case, NaN for its dashes."""
    return np.array([np.nan if isinstance(x, str) else x for x in rows[:, 0].tolist()])


def _events(plt: Any, results: Results, path: Path) -> Path:
    months = results.months.astype("datetime64[D]")
    figure, axis = plt.subplots(figsize=(9.5, 4), layout="constrained")
    for (key, label), by_month in zip(results.study.events, results.happened(), strict=True):
        axis.step(months, by_month * 100, where="post", label=label, ls="--" if key == "covenant" else "-")
    axis.set_title(f"Part of {results.paths:,} paths in which it has happened, per cent")
    axis.set_ylim(0, 100)
    axis.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return _saved(plt, figure, path)


def tornado(found: Tornado, path: Path) -> Path:
    """The tornado: a panel per measure, a bar per input.

    Raises:
        RiskError: matplotlib is not installed.
    """
    plt, measures = plotter(), found.study.measures
    path.parent.mkdir(parents=True, exist_ok=True)
    figure, axes = plt.subplots(1, len(measures), figsize=(13, 4.2), sharey=True, layout="constrained")
    rows = np.arange(len(found.moves))[::-1]
    for axis, (key, label, unit) in zip(axes, measures, strict=True):
        scale = {USD: 1e6, RATE: 0.01}.get(unit, 1.0)
        base = found.base[key] / scale
        for end, colour, words in (("low", BAND, "input lower"), ("high", LINE, "input higher")):
            values = np.array([getattr(move, end)[key] for move in found.moves]) / scale
            axis.barh(rows, np.nan_to_num(values - base), left=base, color=colour, height=0.6, label=words)
            for row in rows[np.isnan(values)]:
                axis.text(base, row, f"none with {words} ", ha="right", va="center", fontsize=7)
        axis.axvline(base, color=INK, lw=0.8)
        axis.set_title(
            label + {USD: f"\n{found.study.currency} million", RATE: "\nper cent", RATIO: "\n"}[unit], fontsize=9
        )
        axis.set_yticks(rows, [move.label for move in found.moves])
    axes[0].legend(frameon=False, fontsize=8, loc="lower right")
    return _saved(plt, figure, path)


def _saved(plt: Any, figure: Any, path: Path) -> Path:
    figure.savefig(path, metadata={"Software": None})
    plt.close(figure)
    return path
