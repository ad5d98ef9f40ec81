"""Refresh a deal's workbook: its own cells are its inputs, its own formulas are calculated, nothing else is touched."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lender_model.compose.operations import COMPARED, compared
from lender_model.formulas.reading import Workbook
from lender_model.formulas.syntax import Cell, column_name, column_number
from lender_model.grid import FIRST_MONTH
from lender_model.package import EXCEL_CALC_ID, NewValue, Package
from lender_model.swap import replace_file


class RefreshError(ValueError):
    """A workbook that cannot be refreshed: one line that says what would be right."""


@dataclass(frozen=True)
class Refreshed:
    """The result of a refresh.

    Args:
        lines: the position in words.
        backup: the previous version.
    """

    lines: list[str]
    backup: Path | None


def is_deal_book(package: Package) -> bool:
    """Whether a workbook was built from a deal's folder."""
    return "Log" in package.sheet_names and any(cell.value == "log.deal" for cell in package.cells("Log").values())


def refresh(path: Path, package: Package, *, as_of: dt.date | None = None, scenario: str | None = None) -> Refreshed:
    """Calculate a deal's workbook in place, in its current state; the previous version is kept as a backup.

    Args:
        path: the workbook.
        package: its content.
        as_of: new as-of date.
        scenario: new scenario, one of sheet Scenarios.

    Raises:
        RefreshError: no such scenario, or a date outside the model's months.
    """
    places = {
        key: places_of(package, sheet)
        for key, sheet in (("cover", "Cover"), ("time", "Timeline"), ("scenario", "Scenarios"))
    }
    changed: dict[str, NewValue] = {
        "cover.refreshed": f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC, formulas of this workbook"
    }
    if as_of is not None:
        changed["cover.as_of"] = as_of
    if scenario is not None:
        changed["cover.scenario"] = _scenario(package, places["scenario"], scenario)
    cells = {"Cover": {places["cover"][key]: value for key, value in changed.items()}}
    package = package.patch(cells)
    workbook = Workbook(package)
    results = _compared(workbook, package, places)
    workbook.calculation.run()
    calc_id = None if package.calc_id else EXCEL_CALC_ID
    found = (
        package.patch(workbook.changes())
        .patch({"Scenarios": results})
        .with_calculation(full_on_load=bool(workbook.refused), calc_id=calc_id)
    )
    backup = replace_file(path, found.to_bytes(), was=path.read_bytes())
    lines = [
        str(workbook.calculation[_at("Cover", places["cover"]["cover.answer"])]),
        str(found.cells("Cover")["B3"].value),
    ]
    lines += [
        f"! {cell}: {why}; its figure and those that depend on it were not recalculated"
        for cell, why in workbook.refused.items()
    ]
    return Refreshed(lines, backup)


def _compared(workbook: Workbook, package: Package, places: Mapping[str, Mapping[str, str]]) -> dict[str, NewValue]:
    """Put the results of each scenario into their cells on sheet Scenarios; the scenario in use is restored."""
    cell = _at("Cover", places["cover"]["cover.scenario"])
    lines = places_of(package, "Dashboard")
    in_use, out = workbook.calculation[cell], dict[str, NewValue]()
    for column, name in enumerate(_names(package, places["scenario"]), start=FIRST_MONTH):
        workbook.calculation[cell] = name
        workbook.calculation.run()
        for key, (*_, line) in COMPARED.items():
            row = places["scenario"][f"compare.{key}"].lstrip(_LETTERS)
            found = workbook.calculation[_at("Dashboard", lines[line])]
            out[f"{column_name(column)}{row}"] = compared(found)
    workbook.calculation[cell] = in_use
    return out


def places_of(package: Package, sheet: str) -> dict[str, str]:
    """By key, the cell of each line's value on a sheet, wherever its row is now."""
    cells = package.cells(sheet)
    keys = {
        ref: cell.value
        for ref, cell in cells.items()
        if ref.rstrip("0123456789") == "A" and isinstance(cell.value, str)
    }
    header = next((ref[1:] for ref, value in keys.items() if value == "Key"), "5")
    titles = {cell.value: ref.rstrip("0123456789") for ref, cell in cells.items() if ref.lstrip(_LETTERS) == header}
    column = titles.get("Total or value", "E")
    return {str(key): f"{column}{ref[1:]}" for ref, key in keys.items()}


def _names(package: Package, places: Mapping[str, str]) -> list[str]:
    """The scenarios' names, in the order of their columns."""
    row = places["scenario.name"].lstrip(_LETTERS)
    cells = package.cells("Scenarios")
    found = {
        column_number(ref.rstrip("0123456789")): cell.value
        for ref, cell in cells.items()
        if ref.lstrip(_LETTERS) == row
    }
    return [str(found[column]) for column in sorted(found) if column >= FIRST_MONTH and found[column]]


def _scenario(package: Package, places: Mapping[str, str], name: str) -> str:
    names = _names(package, places)
    for known in names:
        if known.casefold() == name.strip().casefold():
            return known
    raise RefreshError(f"there is no scenario {name!r}; there are {', '.join(names)}")


def _at(sheet: str, reference: str) -> Cell:
    letters = reference.rstrip("0123456789")
    return Cell(sheet, int(reference[len(letters) :]) - 1, column_number(letters))


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
