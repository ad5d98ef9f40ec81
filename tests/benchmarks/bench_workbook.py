"""Start-up, a refresh as a whole process, and the functions in LibreOffice."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import xlsxwriter
from tests.benchmarks.timing import Row, duration, memory, process, seconds

from drawstop.hosts.calc import CalcError, Session, recalculate

CALLS = 10_000
BOOK = Path(__file__).parents[2] / "workbook" / "lender_model.xlsx"


def rows() -> Iterator[Row]:
    """The table's lines."""
    empty, bare = process(["-c", "import numpy"], 5)
    for what, code in (
        ("Import of the functions, as Excel does it", "import drawstop.functions"),
        ("The same with xlwings, which registers them", "import drawstop.functions, xlwings"),
        ("Import of the model", "import lender_model.model"),
    ):
        taken, peak = process(["-c", code], 5)
        yield Row(
            what,
            duration(taken),
            duration(empty),
            "import numpy",
            f"{taken / empty:.1f} ×",
            f"{memory(peak)}; NumPy alone {memory(bare)}",
        )
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder, "model.xlsx")
        book.write_bytes(BOOK.read_bytes())
        refresh, peak = process(["-m", "lender_model", "refresh", str(book)])
        try:
            whole = seconds(lambda: recalculate(book), 3)
        except CalcError as error:
            yield Row("refresh, whole process", duration(refresh), note=f"{memory(peak)}; not compared: {error}")
            return
        yield Row(
            "refresh, whole process", duration(refresh), duration(whole),
            "LibreOffice recalculates, its start included",
            f"{refresh / whole:.2f} ×", f"{memory(peak)} at its peak",
        )  # fmt: skip
        yield from _calc(Path(folder))


def _calc(folder: Path) -> Iterator[Row]:
    """Calls a second in Calc, against a native formula that gives the same, and what LibreOffice holds at its peak."""
    with Session() as office:
        times = {}
        for name, formula in (("ours", "=PROCEEDS_SHORTFALL(A{0},B{0})"), ("native", "=MAX(0,B{0}-A{0})")):
            path = folder / f"{name}.xlsx"
            with xlsxwriter.Workbook(path) as book:
                page = book.add_worksheet("S")
                for row in range(CALLS):
                    page.write_row(row, 0, [row * 100.0, 500_000.0])
                    page.write_formula(row, 2, formula.format(row + 1))
            opened = office.open(path)
            opened.calculate()
            times[name] = seconds(opened.calculate, 3)
        yield Row(
            "Calls a second in Calc, read back", f"{CALLS / times['ours']:,.0f}", f"{CALLS / times['native']:,.0f}",
            "the native formula MAX(0,B-A)", f"{times['ours'] / times['native']:.1f} × the time", _peak(office),
        )  # fmt: skip


def _peak(office: Any) -> str:
    """What LibreOffice holds at its peak, where the system tells."""
    pid = office._office._process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children")
    if not children.exists():
        return ""
    status = Path(f"/proc/{children.read_text(encoding='ascii').split()[0]}/status").read_text(encoding="utf-8")
    peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return f"LibreOffice {memory(1024 * int(peak))} at its peak"
