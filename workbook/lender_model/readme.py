"""The map of clauses as a page, ``CLAUSES.md``."""

from __future__ import annotations

from lender_model import model
from lender_model.sheets import clause_map

HEAD = """# Clauses of the 1996 deal

Clause, terms, functions, sheets, tests: generated from the declarations, the sheets and the tests. Sheet Map of
the workbook shows the same line by line.

"""


def page() -> str:
    """The page with the map."""
    return HEAD + clause_map.as_markdown(model.BOOK)
