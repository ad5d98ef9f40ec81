"""``python -m lender_model.readme``: write the map of clauses beside the workbook's page in a checkout."""

from __future__ import annotations

from pathlib import Path

from lender_model import model
from lender_model.sheets import clause_map

HEAD = """# Clauses of the 1996 deal

Clause, terms, functions, sheets, tests: generated from the declarations, the sheets and the tests by
`python -m lender_model.readme`. Sheet Map of the workbook shows the same line by line.

"""


def page() -> str:
    """The page with the map."""
    return HEAD + clause_map.as_markdown(model.BOOK)


if __name__ == "__main__":
    (Path(__file__).parents[1] / "CLAUSES.md").write_text(page(), encoding="utf-8")
