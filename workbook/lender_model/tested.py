"""Which tests name which function or clause, for the map of clauses.

An installed package has no tests, so the answer is kept in ``tested.csv``, generated from the folder ``tests``.
"""

from __future__ import annotations

import ast
import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from drawstop.facility import load
from drawstop.functions import FUNCTIONS

FILE = Path(__file__).with_name("tested.csv")
_MEANS = (
    "calc/", "excel/", "native/", "xlsx/", "functions/test_broadcasting", "functions/test_cells",
    "functions/test_errors", "functions/test_junk", "test_swap", "workbook/test_functions_sheet",
    "workbook/test_reference",
)  # fmt: skip
"""Tests of hosts, files, cells and this reference: they use the functions, but do not test a clause."""


def by_name() -> dict[str, list[str]]:
    """The tests by the function or clause that they name, each with pytest's name below the folder of tests.

    >>> all("::test_" in test for test in by_name()["LLCR"])
    True
    """
    out: dict[str, list[str]] = {}
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            out.setdefault(row["names"], []).append(row["test"])
    return out


def scan(folder: Path) -> list[tuple[str, str]]:
    """Function or clause, and a test that names it, for every test in the folder; in order."""
    found = set()
    for file in folder.rglob("test_*.py"):
        path = file.relative_to(folder).as_posix()
        if not path.startswith(_MEANS):
            found |= {(name, f"{path}::{test}") for name, test in _named(file.read_text(encoding="utf-8"))}
    return sorted(found)


def _named(source: str) -> Iterator[tuple[str, str]]:
    """Names in each test of a module, and in the module's own functions and constants that the test uses."""
    known = sorted([*FUNCTIONS, *load().clauses], key=len, reverse=True)  # so that the longer name wins
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, known))})(?!\w)")
    parts = {name: node for node in ast.parse(source).body for name in _names_of(node)}

    def reach(name: str, seen: set[str]) -> Iterator[ast.stmt]:
        if name in parts and name not in seen:
            seen.add(name)
            yield parts[name]
            for node in ast.walk(parts[name]):
                used = node.id if isinstance(node, ast.Name) else node.arg if isinstance(node, ast.arg) else ""
                yield from reach(used, seen)

    for test in parts:
        if test.startswith("test_"):
            text = "\n".join(ast.unparse(node) for node in reach(test, set()))
            yield from ((name, test) for name in pattern.findall(text))


def _names_of(node: ast.stmt) -> list[str]:
    """The names that a statement at the top of a module defines."""
    match node:
        case ast.FunctionDef(name) | ast.ClassDef(name):
            return [name]
        case ast.Assign(targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
    return []


def table(folder: Path) -> str:
    """The content of the file, from a folder of tests."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("names", "test"))
    writer.writerows(scan(folder))
    return out.getvalue()
