"""A workbook's figures by key, as its cells hold them."""

from __future__ import annotations

from typing import Any

from lender_model import model
from lender_model.locate import Places
from lender_model.xlsx.package import Package


def stored(package: Package) -> dict[str, Any]:
    """Every line's cells by key: its value or values, its months, and ``@start`` and ``@across`` beside them."""
    places, out = Places(package), dict[str, Any]()
    cells = {sheet: package.cells(sheet) for sheet in package.sheet_names}

    def held(at: tuple[str, str]) -> Any:
        cell = cells[at[0]].get(at[1])
        return cell.value if cell else None

    for sheet in model.SHEETS:
        for row in sheet.rows:
            if not row.key:
                continue
            if row.months is not None:
                out[row.key] = [held(at) for at in places.months_at(row.key)]
            elif row.value is not None:
                out[row.key] = [held(places.value_at(row.key, k)) for k in range(row.spill)]
            if row.months is not None and row.value == "sum":
                out[f"{row.key}@total"] = [held(places.value_at(row.key))]
            if row.start is not None:
                out[f"{row.key}@start"] = [held(places.start_at(row.key))]
            if row.width:
                out[f"{row.key}@across"] = [held(at) for at in places.across_at(row.key, row.width)]
    return out
