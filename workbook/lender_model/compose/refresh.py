"""Refresh a deal's workbook: its own cells are its inputs, its own formulas are calculated, nothing else is touched."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from lender_model.books.locate import WorkbookError
from lender_model.books.moved import since
from lender_model.compose.edits import Edits
from lender_model.compose.found import COMPARED, Found, Lines
from lender_model.compose.operations import COMPARED as RESULTS
from lender_model.compose.operations import compared
from lender_model.compose.statement import check
from lender_model.formulas.reading import Cells
from lender_model.formulas.syntax import column_name
from lender_model.grid import Values
from lender_model.refresh import Calculated, Engine, not_recalculated, stamp
from lender_model.risk.fingerprint import fingerprint
from lender_model.sheets.together import AND, UnknownScenarioError, named, typed
from lender_model.xlsx.engine import EXCEL_CALC_ID
from lender_model.xlsx.links import without_addin_path
from lender_model.xlsx.package import Package

_Read = TypeVar("_Read")


@dataclass(frozen=True, repr=False)
class Refreshed(Calculated):
    """What a refresh of a deal's workbook gives.

    Attributes:
        lines: the workbook's lines.
    """

    lines: Lines

    @functools.cached_property
    def _against_the_build(self) -> Edits:
        return Edits(self.lines)

    @property
    def typed_over(self) -> list[str]:
        """The cells that hold a value where their line has a formula."""
        return list(dict.fromkeys([*self.lines.typed_over, *self._against_the_build.typed_over]))

    @property
    def edited(self) -> list[str]:
        """The cells that hold a different formula from the one that they were built with."""
        return self._against_the_build.edited

    @property
    def notes(self) -> list[str]:
        """What is not as it should be with the workbook, in lines for the user."""
        notes = [f"{cell} holds a value where its line has a formula: it is used" for cell in self.typed_over]
        notes += [
            f"{cell} holds a different formula from the one it was built with: it is followed" for cell in self.edited
        ]
        return [*notes, *not_recalculated(self.workbook), *self.differences]


def calculate(
    package: Package,
    *,
    as_of: dt.date | None = None,
    scenario: str | None = None,
    engine: Engine = "python",
    built: bool = False,
) -> Refreshed:
    """A deal's workbook calculated as it stands, in memory.

    Args:
        package: the workbook.
        as_of: new as-of date.
        scenario: new scenario, one of sheet Scenarios, or several joined by a plus sign.
        engine: what the stamp on the Cover names.
        built: whether it has just been built, and bears no stamp of a refresh.

    Raises:
        WorkbookError: a scenario that the workbook does not have, a date outside the model's months, or a line that every deal has is missing.
    """
    lines = Lines(without_addin_path(package))
    figures, calculation = lines.figures, lines.workbook.calculation
    changed: Values = {} if built else {"cover.refreshed": stamp(engine)}
    if as_of is not None:
        changed["cover.as_of"] = np.datetime64(as_of, "D")
    if scenario is not None:
        changed["cover.scenario"] = _scenario(lines, scenario, typed)
    figures.put(changed)
    calculation.run()
    _check_as_of(lines)
    _scenario(lines, str(figures.values(["cover.scenario"])["cover.scenario"]), named)
    check(lines)
    inputs = figures.values(figures.given)
    found = _compared(lines) | {"risk.inputs": fingerprint(inputs, lines.results)}
    found = {key: value for key, value in found.items() if key in figures.spots}
    figures.put(found)
    calculation.run(calculation.depending(figures.areas(found)))
    values = Found({**inputs, **found, "months": lines.months, **figures.values()})
    news = since(lines, inputs, values, asked=changed, stale=not_recalculated(lines.workbook))
    calc_id = None if package.calc_id else EXCEL_CALC_ID
    patched = lines.package.patch(lines.workbook.changes()).patch(news.cells)
    patched = patched.with_calculation(full_on_load=bool(lines.workbook.refused), calc_id=calc_id)
    stamps = _cells(lines, {} if built else {*changed, *found} - {"cover.as_of", "cover.scenario"})
    return Refreshed(patched, inputs, values, lines.workbook, figures, stamps, news, lines=lines)


def _cells(lines: Lines, keys: Iterable[str]) -> Cells:
    """The values of the cells of some lines."""
    out: Cells = {}
    for cell in (cell for key in keys for cell in lines.figures.cells(key)):
        out.setdefault(cell.sheet, {})[f"{column_name(cell.column)}{cell.row + 1}"] = lines.workbook.calculation[cell]
    return out


def _check_as_of(lines: Lines) -> None:
    """The as-of date must be one of the model's, or of the year before them."""
    found, ends = lines.figures.values(["cover.as_of", "time.end"]).values()
    first, last = ends[0, 0], ends[-1, 0]
    if not first - np.timedelta64(366, "D") <= found <= last:
        sheet, reference = lines.at("cover.as_of")
        raise WorkbookError(f"{sheet}!{reference}: as-of date {found} is outside the model's months, {first} to {last}")


def _compared(lines: Lines) -> Values:
    """What each scenario comes to; the scenario in use is put back."""
    figures, calculation = lines.figures, lines.workbook.calculation
    names, in_use = scenarios(lines), figures.values(["cover.scenario"])["cover.scenario"]
    wanted = {key: line for key, (_, _, line) in RESULTS.items() if line in figures.spots}
    affected = calculation.depending(figures.areas(["cover.scenario"]))
    needed = affected & calculation.needed(figures.areas(wanted.values()))
    found: dict[str, list[object]] = {key: [] for key in wanted}
    for name in names:
        figures.put({"cover.scenario": name})
        calculation.run(needed)
        for key, line in wanted.items():
            found[key].append(compared(figures.values([line])[line]))
    figures.put({"cover.scenario": in_use})
    calculation.run(affected)
    return {f"{COMPARED}{key}@across": np.array(column, dtype=object) for key, column in found.items()}


def scenarios(lines: Lines) -> list[str]:
    """The scenarios' names, in the order of their columns."""
    return [str(name) for name in lines.figures.values(["scenario.name@across"])["scenario.name@across"]]


def _scenario(lines: Lines, text: str, read: Callable[[str, Sequence[str]], _Read]) -> _Read:
    """Scenarios as a text names them, by one of the readers of :mod:`lender_model.sheets.together`."""
    names, at = scenarios(lines), "!".join(lines.at("cover.scenario"))
    try:
        found = read(text, names)
    except UnknownScenarioError as error:
        raise WorkbookError(f"{at}: there is no scenario {error.name!r}; there are {', '.join(names)}") from None
    except ValueError as error:
        raise WorkbookError(f"{at}: {error}") from None
    if AND in text and text not in names and "scenario.used" not in lines.home:
        raise WorkbookError(f"{at}: {text!r}: this workbook takes one scenario at a time; build the workbook again")
    return found
