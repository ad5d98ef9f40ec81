"""Refresh a workbook: read its inputs, calculate, put the figures in their cells, and swap the file."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from drawstop.facility import UNITS, load
from lender_model import case, model
from lender_model.grid import Values
from lender_model.locate import Places, WorkbookError
from lender_model.package import ERROR_CODES, Error, NewValue, Package
from lender_model.sheets import scenarios
from lender_model.swap import replace_file


@dataclass(frozen=True)
class Refreshed:
    """What a refresh gives: the new workbook, its figures, and what the user should know."""

    package: Package
    values: Values
    typed_over: list[str] = field(default_factory=list)
    backup: Path | None = None


def refresh(
    path: Path,
    *,
    as_of: dt.date | None = None,
    scenario: str | None = None,
    market: Path | None = None,
    engine: Literal["python", "calc"] = "python",
) -> Refreshed:
    """Refresh a workbook file in place; the old version is kept as a backup.

    Args:
        path: the workbook.
        as_of: new as-of date; None keeps the workbook's.
        scenario: new scenario; None keeps the workbook's.
        market: folder with market files to read prices and rates from; None keeps the workbook's.
        engine: "python" fills the model's own cells with the Python model's figures; "calc" has LibreOffice
            recalculate every formula of the workbook, the user's own too.

    Raises:
        CalcError: LibreOffice is missing or does not answer, with engine "calc".
        PackageError: the file is no workbook that can be read.
        WorkbookError: it is not this model's, or an input is wrong.
        CaseError: a market file is wrong.
        SwapError: the file cannot be replaced.
    """
    package = Package.read(path)
    result = calculate(package, as_of=as_of, scenario=scenario, market=market)
    new = result.package if engine == "python" else _recalculated(result.package, path.name)
    backup = replace_file(path, new.to_bytes(), was=package.data)
    return Refreshed(new, result.values, result.typed_over, backup)


def _recalculated(package: Package, name: str) -> Package:
    """Every formula's value as LibreOffice calculates it; LibreOffice sees a copy, and writes nothing."""
    from drawstop.hosts.calc import recalculate  # noqa: PLC0415 - only this engine needs LibreOffice

    with tempfile.TemporaryDirectory(prefix="drawstop-") as folder:
        copy = Path(folder, name)
        copy.write_bytes(package.to_bytes())
        found = recalculate(copy)
    return package.patch({sheet: {ref: _as_error(v) for ref, v in cells.items()} for sheet, cells in found.items()})


def _as_error(value: NewValue) -> NewValue:
    return Error(value) if isinstance(value, str) and value in ERROR_CODES else value


def calculate(
    package: Package, *, as_of: dt.date | None = None, scenario: str | None = None, market: Path | None = None
) -> Refreshed:
    """The refreshed workbook in memory; see :func:`refresh`."""
    places = Places(package)
    values = places.inputs()
    changed: Values = {"cover.refreshed": _stamp()}
    if as_of is not None:
        changed["cover.as_of"] = np.datetime64(as_of, "D")
    if scenario is not None:
        changed["cover.scenario"] = scenarios.NAMES[_scenario(scenario) - 1]
    if market is not None:
        changed |= case.market(market)
    values |= changed
    _check(places, values)
    values = model.run(values)
    cells = places.cells(values, set(changed))
    return Refreshed(package.patch(cells), values, places.typed_over)


def _scenario(name: str) -> int:
    try:
        return scenarios.number(name)
    except ValueError as error:
        raise WorkbookError(str(error)) from None


def _stamp() -> str:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    now = dt.datetime.fromtimestamp(int(epoch), dt.UTC) if epoch else dt.datetime.now(dt.UTC)
    return f"drawstop {importlib.metadata.version('drawstop')}, Python model, {now:%d-%b-%Y %H:%M} UTC"


def _check(places: Places, values: Values) -> None:
    """Inputs that the model cannot do without, each by its own rule."""
    for key, term in load().terms.items():
        _check_term(places, key, term.unit, values[key])
    _scenario(values["cover.scenario"])
    first, last = np.datetime64(case.months()[0]), last_actual(values)
    if not first <= values["cover.as_of"] <= last:
        sheet, ref = places.value_at("cover.as_of")
        raise WorkbookError(
            f"{sheet}!{ref}: as-of date {values['cover.as_of']} must lie from {first} to {last}, "
            "the last day that the market data reach"
        )


def _check_term(places: Places, key: str, unit: str, value: Any) -> None:
    try:
        UNITS[unit].check.validate_python(_plain(value, unit))
    except ValueError:
        sheet, ref = places.value_at(key)
        raise WorkbookError(f"{sheet}!{ref}: {key} {value} must be {UNITS[unit].meaning}") from None


def _plain(value: Any, unit: str) -> Any:
    """A cell's value as the terms file would hold it."""
    if isinstance(value, np.ndarray):
        return [_plain(item, unit) for item in value.tolist()]
    if isinstance(value, np.datetime64):
        return value.item()
    whole = isinstance(value, float) and value.is_integer()
    return int(value) if whole else value


def last_actual(values: Values) -> np.datetime64:
    """The last month-end for which gold has a published price."""
    known = np.flatnonzero(~np.isnan(values["market.gold_actual"][:, 0]))
    months = case.months()
    return np.datetime64(months[int(known[-1])] if len(known) else months[0])
