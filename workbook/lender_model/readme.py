"""``python -m lender_model.readme``: write the map of clauses into the README of a checkout."""

from __future__ import annotations

from pathlib import Path

from lender_model import model
from lender_model.sheets import clause_map

if __name__ == "__main__":
    page = Path(__file__).parents[2] / "README.md"
    before, start, rest = page.read_text(encoding="utf-8").partition("<!-- map -->\n")
    after = rest.partition("<!-- /map -->")
    page.write_text(before + start + clause_map.as_markdown(model.BOOK) + "".join(after[1:]), encoding="utf-8")
