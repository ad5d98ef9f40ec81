"""All benchmarks in one table: ``python -m tests.benchmarks [FILE.md] [--picture FILE.png]``.

It needs drawstop with the extra bench; a peer that is missing is named and left out. Every figure is a median, ours
and the peer's taken in turn.
"""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table
from tests.benchmarks import bench_convertible, bench_functions, bench_simulation, bench_workbook
from tests.benchmarks.timing import Row, machine

HEADINGS = ("What", "Ours", "Peer's", "Peer", "Ratio", "Note")


def main() -> None:
    """Run them all, print the table, and write it as Markdown if a file is given."""
    arguments = sys.argv[1:]
    picture = Path(arguments.pop(arguments.index("--picture") + 1)) if "--picture" in arguments else None
    files = [Path(argument) for argument in arguments if argument != "--picture"]
    console = Console(highlight=False)
    found: list[tuple[str, list[Row]]] = []
    for title, rows in (
        ("Simulation", bench_simulation.rows()),
        ("Core and functions", bench_functions.rows()),
        ("Convertible note", bench_convertible.rows(picture)),
        ("Workbook and hosts", bench_workbook.rows()),
    ):
        found.append((title, list(rows)))
        console.print(_table(*found[-1]))
    for file in files:
        file.write_text(_markdown(found), encoding="utf-8")


def _table(title: str, rows: list[Row]) -> Table:
    table = Table(*HEADINGS, title=title, title_justify="left", box=None)
    for row in rows:
        table.add_row(row.what, row.ours, row.peer, row.peer_name, row.ratio, row.note)
    return table


def _markdown(found: list[tuple[str, list[Row]]]) -> str:
    lines = [f"Measured on: {machine()}.", ""]
    for title, rows in found:
        lines += [f"**{title}**", "", f"| {' | '.join(HEADINGS)} |", "|---|---|---|---|---|---|"]
        lines += [
            f"| {row.what} | {row.ours} | {row.peer} | {row.peer_name} | {row.ratio} | {row.note} |" for row in rows
        ]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
