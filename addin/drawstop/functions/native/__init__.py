"""The functions as formulas of Excel alone: each a LAMBDA that a workbook holds as a defined name.

A workbook with these names calculates in Excel for Microsoft 365 on Windows, Mac and the web with nothing installed.
Each function is written here as one formula over its checked arguments, in the module of its category; the checks of
the arguments, their defaults and the broadcasting over ranges come from its declaration.

The rules of the formulas: an argument has its own name; a table's column is ``table_column``. A date that has not
happened, or a missing number, is ``""``, which Excel orders after every number, so that ``as_of>=completion_date``
is FALSE. Series are columns of equal length, in the order given; a row of blanks has date 0.

    >>> from drawstop.functions.native import FORMULAS, lambda_text
    >>> FORMULAS["PROCEEDS_SHORTFALL"].formula
    'MAX(0,minimum-balance)'
    >>> lambda_text("ESTABLISHMENT_FEE")[:28]
    '=LAMBDA([amount],[rate],LET('
"""

from __future__ import annotations

from drawstop.functions.native import completion, covenants, gold, loan, note, npmc, proceeds, ratios, todays
from drawstop.functions.native.helpers import HELPERS
from drawstop.functions.native.native import Native
from drawstop.functions.native.write import Definition, definitions, in_file, lambda_text

FORMULAS: dict[str, Native] = {
    **proceeds.FORMULAS,
    **loan.FORMULAS,
    **gold.FORMULAS,
    **note.FORMULAS,
    **covenants.FORMULAS,
    **npmc.FORMULAS,
    **completion.FORMULAS,
    **ratios.FORMULAS,
    **todays.FORMULAS,
}
"""The functions that are formulas, by name."""

__all__ = ["FORMULAS", "HELPERS", "Definition", "Native", "definitions", "in_file", "lambda_text"]
