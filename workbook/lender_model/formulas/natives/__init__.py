"""The native functions of spreadsheet programs that the calculator supports, a module for each kind."""

from lender_model.formulas.natives import arithmetic, dates, finance, logic, lookup, operators, texts
from lender_model.formulas.natives.declare import TABLE, Native

__all__ = ["TABLE", "Native", "arithmetic", "dates", "finance", "logic", "lookup", "operators", "texts"]
