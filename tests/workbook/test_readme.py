"""What the README shows of the workbook is true."""

import re
from pathlib import Path

from lender_model import model
from lender_model.sheets import clause_map

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_map_of_clauses_is_up_to_date():
    shown = README.partition("<!-- map -->\n")[2].partition("<!-- /map -->")[0]
    assert shown == clause_map.as_markdown(model.BOOK), "write it anew with: python -m lender_model.readme"


def test_pictures_and_files_named_exist():
    names = [part.partition(")")[0] for part in README.split("](")[1:]]
    assert names
    assert all((ROOT / name).is_file() for name in names if "://" not in name)


def test_the_python_shown_gives_what_it_says():
    namespace, checked = {}, 0
    for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        for line in block.splitlines():
            code, _, said = line.partition("  # ")
            if said.startswith(("[", *"0123456789")):
                assert eval(code, namespace) == eval(said, namespace), line  # noqa: S307 - README's own lines
                checked += 1
            else:
                exec(code, namespace)  # noqa: S102 - as above
    assert checked == 5
