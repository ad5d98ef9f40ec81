"""Whether a workbook's figures match its inputs, checked before somebody else gets them."""

from __future__ import annotations

from lender_model.compose import refresh as deal_refresh
from lender_model.compose.found import is_deal_book
from lender_model.formulas.reading import Cells
from lender_model.locate import Places, WorkbookError
from lender_model.refresh import calculate, differing
from lender_model.xlsx.package import Package


def require_figures(package: Package) -> None:
    """Refuse a workbook whose formulas have no figures, or figures that belong to other inputs.

    A program that writes a workbook without calculating it, as openpyxl does, leaves blanks; one that only changes an
    input leaves the old figures. Where formulas of the model were changed by hand, the model cannot say what they
    should give: the inputs must then be those of the last refresh.

    Raises:
        WorkbookError: figures are missing or out of date; or an input is wrong, so that there can be no figures.
    """
    if is_deal_book(package):
        _refuse_stale(package, deal_refresh.calculate(package).cells)
        return
    try:
        places = Places(package)
    except WorkbookError:
        _require_any(package)  # another workbook with our functions in it: the model cannot check it further
        return
    result = calculate(package)
    if result.edited or result.typed_over:
        sheet, reference = places.value_at("risk.inputs")
        if package.cells(sheet)[reference].value != result.values["risk.inputs"]:
            raise WorkbookError(f"{package.name}: its inputs have changed since the last refresh; {_remedy(package)}")
        return
    sheet, reference = places.value_at("cover.versions")  # tells of the refresh itself
    _refuse_stale(package, result.cells, but=(sheet, reference))


def _refuse_stale(package: Package, cells: Cells, but: tuple[str, str] = ("", "")) -> None:
    """Refuse a workbook whose formulas hold other figures than these.

    Args:
        package: the workbook.
        cells: what its formulas give.
        but: sheet and reference of a cell that may differ.
    """
    found: Cells = {
        sheet: {ref: cell.value for ref, cell in package.cells(sheet).items()} for sheet in package.sheet_names
    }
    figures = {
        sheet: {ref: figure for ref, figure in part.items() if ref in formulas and (sheet, ref) != but}
        for sheet, part in cells.items()
        for formulas in [package.formulas(sheet)]
    }
    stale = differing(figures, found)
    if stale:
        raise WorkbookError(
            f"{package.name}: figures are out of date in {len(stale):,} cells ({stale[0]}); {_remedy(package)}"
        )


def _require_any(package: Package) -> None:
    """Refuse a workbook in which no formula has a value: it was saved without being calculated."""
    formulas = [cell for sheet in package.sheet_names for cell in package.cells(sheet).values() if cell.formula]
    if formulas and all(cell.value is None for cell in formulas):
        raise WorkbookError(f"{package.name}: no formula has a figure yet; calculate it in Excel or LibreOffice first")


def _remedy(package: Package) -> str:
    return f"run drawstop refresh {package.name} first"
