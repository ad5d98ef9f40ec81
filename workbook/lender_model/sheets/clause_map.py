"""Map: from each clause to its terms, readings, functions, the lines of the model that follow it, and the tests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import NamedTuple

from drawstop.facility import Facility, load
from drawstop.facility import readings as facility_readings
from drawstop.functions import FUNCTIONS
from drawstop.functions.reference import UNWRITTEN, subject
from lender_model.grid import FIRST_ROW, LABEL, Book, Row, Sheet
from lender_model.sheets import functions, readings, terms
from lender_model.tested import by_name
from lender_model.writing import style
from lender_model.writing.page import Page

_COLUMNS = ("Key", "Clause", "Terms", "Reading", "Functions", "Lines of the model", "Tests that name it")
_WIDTHS = (3, 32, 62, 9, 30, 68, 60)


class Item(NamedTuple):
    """A text, and the cell it leads to if it leads anywhere: sheet, row counted from 0."""

    text: str
    sheet: str = ""
    row: int = 0


class Entry(NamedTuple):
    """What follows from a clause. A line of ``chain``: function, line of the model, tests; of each any may be empty."""

    clause: str
    subject: str
    terms: list[Item]
    readings: list[Item]
    chain: list[tuple[Item, Item, Item]]


def entries(book: Book) -> list[Entry]:
    """Every clause of the facility in the source's order, and after them what functions follow in place of one."""
    facility = load()
    lines = _Lines(book, facility)
    tested = by_name()
    return [_entry(clause, book, facility, lines, tested) for clause in (*facility.clauses, *UNWRITTEN)]


def _entry(clause: str, book: Book, facility: Facility, lines: _Lines, tested: dict[str, list[str]]) -> Entry:
    home = terms.SHEET.name
    of_clause = {key: term for key, term in facility.terms.items() if term.clause == clause}
    cited = {term.reading for term in of_clause.values() if term.reading}
    cited |= {key for key, reading in facility_readings().items() if reading.clause == clause}
    calls = [name for name, spec in FUNCTIONS.items() if spec.clause == clause]
    chain, shown = list[tuple[Item, Item, Item]](), set[Item]()
    for name in calls:
        item = Item(name, functions.SHEET.name, functions.row_of(name))
        chain += _beside(item, lines.calling(name), _by_file(tested.get(name, [])))
        shown |= set(lines.calling(name))
    others = [line for line in lines.naming(clause) if line not in shown]
    chain += _beside(Item(""), others, _by_file(tested.get(clause, [])))
    return Entry(
        clause,
        subject(clause),
        [Item(term.label, home, book.place[key][1] - 1) for key, term in of_clause.items()],
        [Item(key, readings.SHEET.name, readings.row_of(key)) for key in sorted(cited)],
        chain,
    )


def _beside(function: Item, lines: list[Item], files: list[Item]) -> Iterator[tuple[Item, Item, Item]]:
    """A function with the lines and the tests below one another."""
    first = [function] if function.text else []
    return zip_longest(first, lines, files, fillvalue=Item(""))


def _by_file(names: list[str]) -> list[Item]:
    """Tests file by file: ``functions/test_laws.py: cover_ratios, …``."""
    files: dict[str, list[str]] = {}
    for name in names:
        file, _, test = name.partition("::")
        files.setdefault(file, []).append(test.removeprefix("test_"))
    return [Item(f"{file}: {', '.join(found)}") for file, found in files.items()]


class _Lines:
    """The lines of the model: which call a function, and which name a clause."""

    def __init__(self, book: Book, facility: Facility) -> None:
        self._sheets = [sheet for sheet in book.sheets if sheet is not terms.SHEET]
        self._rows = [(sheet, i, row) for sheet in self._sheets for i, row in enumerate(sheet.rows)]
        longest = sorted(facility.clauses, key=len, reverse=True)  # so that limb (I) is not found as the whole clause
        self._clause = re.compile("|".join(map(re.escape, longest)))

    def calling(self, function: str) -> list[Item]:
        """Lines with a formula that calls the function."""
        call = re.compile(rf"\b{function}\(")
        return [_line(*at) for at in self._rows if any(call.search(formula) for formula in _formulas(at[2]))]

    def naming(self, clause: str) -> list[Item]:
        """Lines whose note names the clause, and sheets that follow it without such a line."""
        found = [(sheet, i, row) for sheet, i, row in self._rows if clause in self._clause.findall(row.note)]
        with_line = {sheet.name for sheet, *_ in found}
        whole = [Item(f"{sheet.name}: the sheet", sheet.name) for sheet in self._sheets
                 if clause in sheet.clauses and sheet.name not in with_line]  # fmt: skip
        return [_line(*at) for at in found] + whole


def _formulas(row: Row) -> list[str]:
    return [formula for formula in (row.value, row.start, row.months) if isinstance(formula, str)]


def _line(sheet: Sheet, i: int, row: Row) -> Item:
    """A line by its label; by its heading too where the sheet has several of that label."""
    heading = next((above.label for above in reversed(sheet.rows[:i]) if above.is_head), "")
    several = sum(other.label == row.label for other in sheet.rows) > 1 and not row.is_head
    label = f"{heading}: {row.label}" if several else row.label
    return Item(f"{sheet.name}: {label}", sheet.name, FIRST_ROW - 1 + i)


def _layout(page: Page, book: Book) -> None:
    row = FIRST_ROW - 1
    for entry in entries(book):
        page.text(row, 1, entry.clause, bold=True, top=1, top_color=style.GREY)
        page.text(row + 1, 1, entry.subject, font_color="#52606D")
        columns = [entry.terms, entry.readings, *map(list, zip(*entry.chain, strict=True))]
        for column, items in enumerate(columns, start=2):
            for k, item in enumerate(items):
                if item.sheet:
                    page.link(row + k, column, item.text, (item.sheet, item.row, LABEL), indent=1)
                elif item.text:
                    page.text(row + k, column, item.text, font_size=8, indent=1)
        row += max(2, *map(len, columns)) + 1


SHEET = Sheet(
    "Map",
    "From each clause to its terms, readings and functions, the lines of the model that follow it, and the tests.",
    (),
    monthly=False,
    widths=dict(enumerate(_WIDTHS)),
    columns=_COLUMNS,
    indented=True,
    large=True,
    layout=_layout,
)


def as_markdown(book: Book) -> str:
    """The map as a table for a page of Markdown: clause, terms, functions, lines and tests, counted where they are many."""
    lines = ["| clause | terms | functions | lines of the workbook | tests |", "|---|---:|---|---|---|"]
    for entry in entries(book):
        functions, places, tests = (
            (_unique(item.text for item in column) for column in zip(*entry.chain, strict=True))
            if (entry.chain)
            else ([], [], [])
        )
        sheets = _unique(place.partition(":")[0] for place in places)
        shown = " ".join(f"`{name}`" for name in functions)
        files = _unique(test.partition(":")[0].strip() for test in tests)
        lines.append(f"| {entry.clause} | {len(entry.terms)} | {shown} | {', '.join(sheets)} | {', '.join(files)} |")
    return "\n".join(lines) + "\n"


def _unique(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text for text in texts if text))
