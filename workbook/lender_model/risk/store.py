"""A run's results on the workbook's sheet Risk, with the fingerprint of its inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lender_model.grid import Values
from lender_model.risk.breakeven import BreakEvens
from lender_model.risk.paths import Array, History
from lender_model.risk.sensitivity import Tornado
from lender_model.risk.simulate import Results
from lender_model.sheets import risk as sheet
from lender_model.swap import replace_file
from lender_model.xlsx.package import Package

ONE_MOVED = "one input at a time"
"""What a run of sensitivity has done."""
DIGITS = 6
"""Digits kept of a figure: more than are meaningful, and few enough that every processor finds the same."""


def words_of_simulation(paths: int, seed: int) -> str:
    """What a simulation has done."""
    return f"{paths:,} paths, seed {seed}"


def levers_moved(found: BreakEvens) -> str:
    """What a run of break-evens has done."""
    *others, last = found.found
    return f"{', '.join(others)} and {last}"


def of_simulation(results: Results, past: History | None, words: str) -> Values:
    """A simulation's results by the lines of sheet Risk.

    Args:
        results: of the run.
        past: what the daily history gave, where the workbook asks for it.
        words: what was run.
    """
    out: Values = {"risk.simulation_run": words} | (_of_history(past) if past else {})
    study = results.study
    for (key, _), by_month in zip(study.events, results.happened(), strict=True):
        out[f"risk.by_{key}"] = by_month[:, None]
    for (key, *_), figures in zip(study.figures, percentiles(results), strict=True):
        out |= {f"risk.{key}_p{p}": figure for p, figure in zip(sheet.PERCENTILES, figures, strict=True)}
    for (key, *_), lines in zip(study.fans, fans(results), strict=True):
        out |= {f"risk.fan_{key}_p{p}": line[:, None] for p, line in zip(sheet.PERCENTILES, lines, strict=True)}
    return out


def _of_history(past: History) -> Values:
    """Volatility and correlation of the daily history, beside those that are stated."""
    out: Values = {}
    for key, figure in zip([key for key, _ in sheet.SERIES], past.volatility.tolist(), strict=True):
        out[f"risk.volatility.{key}@start"] = figure
    pairs = past.correlation[np.triu_indices(3, 1)].tolist()
    for key, figure in zip([key for key, _ in sheet.PAIRS], pairs, strict=True):
        out[f"risk.correlation.{key}@start"] = figure
    return out


def percentiles(results: Results) -> Array:
    """Percentiles of the figures of a study; figures × percentiles.

    A loan that is not repaid counts as infinitely long, a return that does not exist as the worst; NaN where a
    percentile is one of these.
    """
    endless = np.array([np.inf if key == "life" else -np.inf for key, *_ in results.study.figures])
    known = np.where(np.isnan(results.figures), endless[:, None], results.figures)
    found = np.percentile(known, sheet.PERCENTILES, axis=1, method="inverted_cdf").T
    return np.where(np.isinf(found), np.nan, found)


def fans(results: Results) -> Array:
    """Percentiles of the lines of a study by month, fans × percentiles × months.

    NaN where a path has none, as cover has after the debt is repaid; of a fan with an open end, where the percentile
    has none.
    """
    is_open = np.array([key in results.study.open_ended for key, *_ in results.study.fans])
    known = np.where(np.isnan(results.fans) & is_open[:, None, None], np.inf, results.fans)
    lines = np.percentile(known, sheet.PERCENTILES, axis=2, method="inverted_cdf")
    gaps = np.isnan(known).any(axis=2)
    return np.where(gaps | np.isinf(lines), np.nan, lines).transpose(1, 0, 2)


def drawable(lines: Any) -> Any:
    """Percentiles of a fan with an open end as a picture has them: cut off at the highest cover that is drawn.

    A percentile without a figure, while a lower one still has one, is at that height.
    """
    known = ~np.isnan(lines[0])
    return np.where(known, np.fmin(np.where(np.isnan(lines), np.inf, lines), sheet.MOST_COVER), np.nan)


def watched_percentiles(results: Results) -> Array:
    """Percentiles of the user's own line, percentiles × months or × 1; NaN where a path has none."""
    lines = np.percentile(results.watched, sheet.PERCENTILES, axis=1, method="inverted_cdf")
    return np.where(np.isnan(results.watched).any(axis=1), np.nan, lines)


def of_break_evens(found: BreakEvens, values: Values, words: str) -> Values:
    """Break-evens by the lines of sheet Risk."""
    months = len(values["time.year"])
    return {"risk.breakeven_run": words} | found.by_month(months, values["time.year"][:, 0])


def of_tornado(found: Tornado, words: str) -> Values:
    """The effect of each move by the lines of sheet Risk: with the input lower, and beside it higher."""
    out: Values = {"risk.sensitivity_run": words}
    for move in found.moves:
        for key, *_ in found.study.measures:
            base = _rounded(found.base[key])  # before the difference, which else may be of the last digits alone
            out[f"risk.move_{key}_{move.key}"] = _rounded(move.low[key]) - base
            out[f"risk.move_{key}_{move.key}@start"] = _rounded(move.high[key]) - base
    return out


def of_run(kind: str, found: Values, values: Values) -> Values:
    """Results by line, as stored in a workbook: rounded, with fingerprints that later tell whether they are current.

    Args:
        kind: "simulation", "breakeven" or "sensitivity".
        found: results by line.
        values: every figure of the workbook that was run.
    """
    kept = {key: _rounded(figures) for key, figures in found.items()}
    return kept | {f"risk.{kind}_inputs": values["risk.inputs"], f"risk.{kind}_sum": values["risk.sum"]}


def _rounded(figures: Any) -> Any:
    if isinstance(figures, str):
        return figures
    rounded = [float(f"{figure:.{DIGITS}g}") for figure in np.ravel(figures).tolist()]
    return np.reshape(rounded, np.shape(figures))


def write(path: Path, refreshed: Any, kind: str, found: Values) -> Path | None:
    """Put results on the sheet Risk of a workbook; the old version is kept as a backup.

    Args:
        path: the workbook.
        refreshed: its refresh, from which the inputs of the run came.
        kind: "simulation", "breakeven" or "sensitivity".
        found: results by line.

    Raises:
        SwapError: the file cannot be replaced.
    """
    package: Package = refreshed.with_inputs(of_run(kind, found, refreshed.values))
    return replace_file(path, package.to_bytes(), was=refreshed.workbook.package.data)
