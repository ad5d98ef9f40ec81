"""How many wrong formulas the fast checks catch: ``python -m tests.mutation [--mutants 300] [--seed 1996]``.

``--only note.straight`` tries every mutant whose words match instead, for judging a survivor after a new case.

A mutant is the workbook's book of lines with one formula made wrong: a sign, a factor, the month, the line or term that
it refers to, MIN for MAX, a comparison turned round, 0 for 1. Its figures are calculated for several cases, and held
against the oracle's, the laws, and what the hard checks must say of a broken book. Survivors are listed; those that
``tests/README.md`` judges say why no figure can tell them.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import dataclasses
import functools
import os
import random
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from tests.oracle import cases as oracle_cases
from tests.oracle import changes, deal, given
from tests.oracle.compare import differences
from tests.workbook import broken
from tests.workbook.laws import LAWS

from lender_model import calculator, case, model
from lender_model.formulas.syntax import FormulaError
from lender_model.grid import Book
from lender_model.sheets import daily

PARTS = ("value", "start", "months", "each")
PIECE = re.compile(
    r'(?P<text>"[^"]*")|(?P<sign>[<>]=|<>|[-+*/&^=<>])|(?P<name>[A-Z][A-Z0-9_.]+(?=\())'
    r"|(?P<number>(?<![\w.$])[01](?![\w.]))"
)
SWAPS = {
    "sign": {"+": "-", "-": "+"},
    "factor": {"*": "/", "/": "*"},
    "comparison": {">": "<", "<": ">", ">=": "<", "<=": ">", "=": "<>", "<>": "="},
    "pick": {"MIN": "MAX", "MAX": "MIN", "AND": "OR", "OR": "AND", "SUM": "MAX", "COUNT": "SUM"},
    "constant": {"0": "1", "1": "0"},
}


@dataclasses.dataclass(frozen=True)
class Mutant:
    """A formula made wrong."""

    sheet: str
    key: str
    part: str
    kind: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.sheet} {self.key} {self.part}, {self.kind}: {self.old}  ->  {self.new}"


# ---- wrong formulas --------------------------------------------------------------------------------------------------


def mutants_of(sheet: str, key: str, part: str, template: str) -> Iterator[Mutant]:
    """Every way in which one template is made wrong."""
    references = [match.span() for match in Book.TOKEN.finditer(template)]
    for piece in PIECE.finditer(template):
        if piece["text"] or any(start <= piece.start() < end for start, end in references) or not piece.start():
            continue
        for kind, swap in SWAPS.items():
            if piece[0] in swap and (piece["name"] is not None) == (kind == "pick"):
                yield Mutant(sheet, key, part, kind, template, _put(template, piece.span(), swap[piece[0]]))
    for match in Book.TOKEN.finditer(template):
        for kind, other in _other_references(match):
            yield Mutant(sheet, key, part, kind, template, _put(template, match.span(), other))


def _put(text: str, span: tuple[int, int], new: str) -> str:
    return text[: span[0]] + new + text[span[1] :]


def _other_references(match: re.Match[str]) -> Iterator[tuple[str, str]]:
    """The month before or after, and the neighbouring line of the same kind."""
    key, how, last, single = match.groups()
    if not single and not last and how in {None, "-1"}:
        yield "month", f"[{key}]" if how else f"[{key}:-1]"
    for other in _neighbours(single or key):
        yield ("term", f"{{{other}}}") if single else ("line", match[0].replace(key, other, 1))


@functools.cache
def _neighbours(key: str) -> list[str]:
    """The nearest lines of the same shape and unit on the same sheet, one above and one below."""
    if key not in model.BOOK.place:
        return []
    name, _ = model.BOOK.place[key]
    rows = next(sheet for sheet in model.BOOK.sheets if sheet.name == name).rows
    shape = _shape(model.BOOK.row(key))
    alike = [row.key for row in rows if row.key and _shape(row) == shape]
    at = alike.index(key)
    return [other for other in alike[max(0, at - 1) : at + 2] if other != key]


def _shape(row: Any) -> tuple[Any, ...]:
    return row.months is None, row.value is None, row.start is None, row.spill, row.width, row.unit


def all_mutants() -> dict[str, list[Mutant]]:
    """Every mutant by sheet."""
    out = collections.defaultdict[str, list[Mutant]](list)
    for sheet in model.BOOK.sheets:
        for row in sheet.rows:
            for part in PARTS:
                template = getattr(row, part)
                if isinstance(template, str) and template and template != "sum":
                    out[sheet.name] += mutants_of(sheet.name, row.key, part, template)
    return out


def drawn(count: int, seed: int) -> list[Mutant]:
    """A number of mutants, from each sheet in turn as long as it has any."""
    rng = random.Random(seed)  # noqa: S311 - the same mutants in every run
    left = {sheet: rng.sample(found, len(found)) for sheet, found in all_mutants().items()}
    out: list[Mutant] = []
    while len(out) < count and any(left.values()):
        out += [found.pop() for found in left.values() if found]
    return out[:count]


def book_with(changed: Mapping[tuple[str, str], str]) -> Book:
    """The book with other templates, by key and part."""
    sheets = []
    for sheet in model.BOOK.sheets:
        rows = []
        for row in sheet.rows:
            parts = {part: changed[row.key, part] for part in PARTS if row.key and (row.key, part) in changed}
            rows.append(dataclasses.replace(row, **parts) if parts else row)
        sheets.append(dataclasses.replace(sheet, rows=rows))
    named = {key: name for key, name in model.BOOK.names.items() if key not in model.BOOK.place}
    return Book(sheets, model.BOOK.months, named, model.BOOK.extra)


# ---- what catches them -----------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Case:
    """A case in which nothing is wrong with the model's own formulas.

    Attributes:
        inputs: as the model takes them.
        figures: the model's own.
        expected: the oracle's figures.
        laws: that hold of the model's figures; not every law does where the random inputs make no sense.
    """

    inputs: dict[str, Any]
    figures: Mapping[str, Any]
    expected: Any
    laws: list[Callable[[Mapping[str, Any]], None]]


@functools.cache
def cases() -> list[Case]:
    """The cases of the oracle's tests, without any in which the model itself is not as the oracle has it."""
    base, _ = case.inputs()
    out = []
    for one in oracle_cases.every(given.read()):
        inputs, expected = changes.as_inputs(one, base, daily.FIRST.item()), deal.calculate(one)
        figures = model.run(inputs)
        if not any(differences(expected, figures)):
            out.append(Case(inputs, figures, expected, [law for law in LAWS if _holds(law, figures)]))
    return out


def caught_by(mutant: Mutant) -> str:
    """What catches a mutant; nothing if it survives."""
    changed = {(mutant.key, mutant.part): mutant.new}
    try:
        run = calculator.prepared(book_with(changed)).run
    except (calculator.CircleError, FormulaError) as error:
        return f"a circle, or no formula: {error}"
    for one in cases():
        figures = run(one.inputs)
        if all(_same(figure, one.figures[key]) for key, figure in figures.items()):
            continue
        if any(differences(one.expected, figures)):
            return "the oracle"
        if law := next((law for law in one.laws if not _holds(law, figures)), None):
            return f"a law: {law.__name__}"
    if mutant.sheet == "Checks" and broken.wrongly_checked(lambda faults: book_with(faults | changed)):
        return "the checks of a broken book"
    return ""


def _same(one: Any, other: Any) -> bool:
    """Whether two figures are the same to the last bit; two blanks are."""
    one, other = np.asarray(one), np.asarray(other)
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    return bool(np.array_equal(one, other, equal_nan=one.dtype.kind in "fM"))


def _holds(law: Callable[[Mapping[str, Any]], None], figures: Mapping[str, Any]) -> bool:
    try:
        law(figures)
    except AssertionError:
        return False
    return True


# ---- the command -----------------------------------------------------------------------------------------------------


def main(chosen: list[Mutant], jobs: int, show: Callable[[str], object] = print) -> float:
    """Tell what catches mutants, list the survivors; which part is caught."""
    begun = time.monotonic()
    show(f"{len(cases())} cases")  # found once, before there are several processes
    if found := caught_by(Mutant("Checks", "", "", "", "", "")):
        raise SystemExit(f"the model as it is would count as caught by {found}")
    catchers, survivors = list[str](), list[Mutant]()
    with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
        for mutant, catcher in zip(chosen, pool.map(caught_by, chosen), strict=True):
            catchers.append(catcher)
            if not catcher:
                survivors.append(mutant)
                show(f"survives: {mutant}")
    for catcher, number in collections.Counter(
        catcher.partition(":")[0] for catcher in catchers if catcher
    ).most_common():
        show(f"{number:5} caught by {catcher}")
    for sheet, number in collections.Counter(mutant.sheet for mutant in chosen).items():
        lost = sum(mutant.sheet == sheet for mutant in survivors)
        show(f"{sheet:12} {number - lost:3} of {number:3}")
    part = 1 - len(survivors) / len(chosen)
    taken = time.monotonic() - begun
    show(f"{len(chosen) - len(survivors)} of {len(chosen)} mutants caught, {part:.1%}, in {taken:.0f} s")
    return part


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1996)
    parser.add_argument("--only", type=re.compile, help="no draw: every mutant that this pattern is found in")
    parser.add_argument("--jobs", type=int, default=min(4, os.cpu_count() or 1))
    words = parser.parse_args()
    if words.only:
        mutants = [mutant for found in all_mutants().values() for mutant in found if words.only.search(str(mutant))]
    else:
        mutants = drawn(words.mutants, words.seed)
    if not mutants:
        parser.error(f"--only: no mutant matches {words.only.pattern!r}")
    sys.exit(main(mutants, words.jobs) < 0.95)
