"""The spreadsheet functions as the terminal shows them: all by category, or one with its arguments and example."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from drawstop.facility import readings
from drawstop.functions import reference
from drawstop.functions.declare import Function
from drawstop.functions.examples import Example, example

_WIDE = 6  # columns; a table of more is shown on its side


def contents(console: Console) -> None:
    """Every function by category, with its result."""
    for category, specs in reference.by_category().items():
        console.print(Text(f"\n{category}", style="bold"))
        _columns(console, ((Text(spec.name, style="cyan"), spec.summary) for spec in specs))
    console.print(Text("\ndrawstop functions NAME shows one with its arguments and an example.", style="dim"))


def entry(spec: Function, console: Console) -> None:
    """One function: its result, clause and readings, arguments, errors, and example."""
    console.print(Text(spec.signature, style="bold"))
    for paragraph in (spec.summary, *reference.details(spec)):
        console.print(Text(f"\n{paragraph}"))
    console.print()
    _columns(console, [
        (Text("Clause"), f"{spec.clause} ({reference.subject(spec.clause)})"),
        *((Text("Reading"), f"{r} {readings()[r].title}: {readings()[r].chosen}") for r in reference.readings_of(spec)),
    ])  # fmt: skip
    console.print(Text("\nArguments", style="bold"))
    _columns(console, ((Text(p.name, style="cyan"), _argument(spec, p)) for p in spec.parameters))
    if errors := reference.errors(spec):
        console.print(Text("\nErrors", style="bold"))
        _columns(console, ((Text(error.code, style="red"), str(error)) for error in errors))
    console.print(Text("\nExample", style="bold"))
    _example(example(spec), console)


def _argument(spec: Function, p: Any) -> Text:
    blank = reference.if_blank(spec, p)
    tail = f"; if blank: {blank}" if blank not in {"needed", "none"} else "; may be left out" if p.optional else ""
    return Text.assemble(p.arg.doc, "\n", (f"{reference.allowed(p)}{tail}", "dim"))


def _example(case: Example, console: Console) -> None:
    formula, ranges = reference.excel_call(case)
    lines = [formula, *(f"{cells} holds {text}" for cells, text in ranges.items())]
    for line in lines:
        console.print(Padding(Text(line), (0, 0, 0, 2)))
    rows = [[reference.shown(value) for value in row] for row in reference.rows_of(case.answer)]
    if len(rows[0]) > _WIDE:
        rows = [list(row) for row in zip(*rows, strict=True)]
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0), style="green")
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(Padding(table, (0, 0, 1, 2)))
    console.print(Padding(Text(reference.python_call(case)), (0, 0, 0, 2)))


def _columns(console: Console, rows: Iterable[tuple[Text, str | Text]]) -> None:
    """Pairs side by side, the second of which wraps in its own column."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    for left, right in rows:
        table.add_row(left, Text(right) if isinstance(right, str) else right)
    console.print(Padding(table, (0, 0, 0, 2)))
