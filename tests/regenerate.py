"""Write every generated file: ``python -m tests.regenerate [--pictures]``; each is a function of the code alone.

The order counts: the map of clauses shows the tests named in ``tested.csv``, and so does the workbook. Pictures need
LibreOffice and the extra ``pictures``, and differ with its version, so they are written only when asked for.
"""

import argparse
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from drawstop.functions import reference
from drawstop.hosts.excel.vba import vba_module
from lender_model import build, readme, tested
from lender_model.compose import pages
from lender_model.compose.schema import schema

ROOT = Path(__file__).resolve().parents[1]
WORKBOOK = "workbook/lender_model.xlsx"

GENERATED: dict[str, Callable[[], bytes]] = {
    "addin/drawstop/FUNCTIONS.md": lambda: reference.markdown().encode(),
    "addin/drawstop/hosts/excel/drawstop.bas": lambda: vba_module().encode("ascii"),
    "workbook/lender_model/deals/deal.schema.json": lambda: schema("deal").encode(),
    "workbook/lender_model/deals/case.schema.json": lambda: schema("case").encode(),
    "workbook/README.md": lambda: pages.written((ROOT / "workbook/README.md").read_text(encoding="utf-8")).encode(),
    "workbook/lender_model/tested.csv": lambda: tested.table(ROOT / "tests").encode(),
    "workbook/CLAUSES.md": lambda: readme.page().encode(),
    WORKBOOK: build.build,
}
"""By path, what gives the file's content, in the order in which they are written."""


def regenerate() -> Iterator[str]:
    """Write the files that are out of date, and give their names."""
    for name, content in GENERATED.items():
        path, new = ROOT / name, content()
        if path.read_bytes() != new:
            path.write_bytes(new)
            yield name


def pictures() -> Iterator[str]:
    """Write the pictures of the READMEs."""
    from lender_model import cli  # noqa: PLC0415 - pictures are seldom asked for

    folder = ROOT / "workbook" / "pictures"
    with tempfile.TemporaryDirectory() as made:
        book = shutil.copy(ROOT / WORKBOOK, made)
        cli.app(["render", book, made, "--sheet", "Dashboard"], standalone_mode=False)
        cli.app(["simulate", book, "--paths", "100000", "--pictures", made], standalone_mode=False)
        for name, source in (("dashboard.png", "Dashboard.png"), ("fans.png", "fans.png")):
            shutil.copy(Path(made, source), folder / name)
            yield f"workbook/pictures/{name}"


def main() -> None:
    """Regenerate, and print what has changed."""
    parser = argparse.ArgumentParser(prog="python -m tests.regenerate", description="Write every generated file.")
    parser.add_argument("--pictures", action="store_true", help="the pictures of the READMEs too")
    asked = parser.parse_args()
    for name in (*regenerate(), *(pictures() if asked.pictures else ())):
        print(name)  # noqa: T201 - the command's answer


if __name__ == "__main__":
    main()
