"""A certificate or a copy whose figures are missing or out of date is refused, in one line."""

import pytest

from lender_model.books.fresh import require_figures
from lender_model.books.locate import Places, WorkbookError
from lender_model.refresh import calculate


def without_figures(package):
    """The workbook as a program leaves it that writes formulas and does not calculate."""
    blanks = {
        sheet: {ref: None for ref, cell in package.cells(sheet).items() if cell.formula is not None}
        for sheet in package.sheet_names
    }
    return package.patch(blanks)


def with_statement(package, amount):
    """Another balance on the bank's statement, and nothing calculated since."""
    sheet, reference = next(iter(Places(package).months_at("actual.account")))
    return package.patch({sheet: {reference: amount}})


def test_built_and_refreshed_workbooks_are_fresh(package):
    require_figures(package)
    require_figures(calculate(package).package)


def test_blank_figures_are_refused(package):
    with pytest.raises(WorkbookError, match=r"^\S+: figures are out of date in [\d,]+ cells .*; run drawstop refresh"):
        require_figures(without_figures(package))


def test_figures_of_other_inputs_are_refused(package):
    stale = with_statement(package, 1.0)
    with pytest.raises(WorkbookError, match=r"figures are out of date in [\d,]+ cells \(.+\); run drawstop refresh"):
        require_figures(stale)
    require_figures(calculate(stale).package)


@pytest.mark.parametrize("edited", [False, True])
def test_beside_a_formula_changed_by_hand_the_inputs_decide(package, edited):
    refreshed = calculate(package).package
    sheet, reference = next(iter(Places(refreshed).months_at("loan.closing")))
    typed = refreshed.patch({sheet: {reference: 1.0}})
    formula = typed.cells(sheet)[reference].formula
    changed = typed.reworded(lambda text: "1+0" if text == formula else text)
    if edited:
        with pytest.raises(WorkbookError, match="its inputs have changed since the last refresh; run drawstop refresh"):
            require_figures(with_statement(changed, 1.0))
    else:
        require_figures(changed)
