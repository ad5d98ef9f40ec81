"""Whether a workbook's figures are those of its inputs, asked before they are handed to somebody else."""

from __future__ import annotations

from lender_model.locate import Cells, Places, WorkbookError
from lender_model.package import Package
from lender_model.refresh import calculate, differing


def require_figures(package: Package) -> None:
    """Refuse a workbook whose formulas hold no figures, or figures that belong to other inputs.

    A program that writes a workbook without calculating it, as openpyxl does, leaves blanks; one that only changes an
    input leaves the figures of before. Where formulas of the model were changed by hand, the model cannot say what
    they should give: there the inputs must be those of the last refresh.

    Raises:
        WorkbookError: figures are missing or out of date; or an input is wrong, so that there can be none.
    """
    blank = [
        f"{sheet}!{reference}"
        for sheet in package.sheet_names
        for reference, cell in package.cells(sheet).items()
        if cell.formula is not None and cell.value is None and not cell.array
    ]
    if blank:
        raise WorkbookError(f"{package.name}: {blank[0]} {_and_others(len(blank))} no figure yet; {_remedy(package)}")
    try:
        places = Places(package)
    except WorkbookError:
        return  # another workbook, with our functions in it: the model knows nothing about its figures
    result = calculate(package)
    if result.edited or result.typed_over:
        sheet, reference = places.value_at("risk.inputs")
        if package.cells(sheet)[reference].value != result.values["risk.inputs"]:
            raise WorkbookError(f"{package.name}: its inputs have changed since the last refresh; {_remedy(package)}")
        return
    found: Cells = {
        sheet: {ref: cell.value for ref, cell in package.cells(sheet).items()} for sheet in package.sheet_names
    }
    formulas = {sheet: package.formulas(sheet) for sheet in result.cells}
    figures = {
        sheet: {ref: figure for ref, figure in cells.items() if ref in formulas[sheet]}
        for sheet, cells in result.cells.items()
    }
    sheet, reference = places.value_at("cover.versions")  # tells of the refresh itself
    figures[sheet].pop(reference, None)
    stale = differing(figures, found)
    if stale:
        raise WorkbookError(
            f"{package.name}: figures are out of date in {len(stale):,} cells ({stale[0]}); {_remedy(package)}"
        )


def _and_others(count: int) -> str:
    return "has" if count == 1 else f"and {count - 1:,} more formulas have"


def _remedy(package: Package) -> str:
    return f"run drawstop refresh {package.name} first"
