"""Refresh one workbook many times in one process, and look at what grows: ``python tests/soak.py [--times 500]``.

For the same inputs every part of the workbook must stay as it is, byte for byte, but for the sheet with the stamp and
that with the history; no file may be left beside the workbook, no backup beyond the limit, and memory must stay what it
was after the first runs. Linux only, which tells what a process holds.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import io
import os
import sys
import tempfile
import zipfile
from pathlib import Path

from lender_model import build, refresh
from lender_model.swap import KEEP_BACKUPS, backups
from lender_model.xlsx.package import Package

WARM_UP = 3  # runs, which fill caches once for all
GROWTH = 12 * 2**20  # bytes that may be held in the end beyond those after the first runs; a workbook unpacks to 3 MB
OBJECTS = 2_000  # Python's own blocks of memory, likewise; a run makes hundreds of thousands
DATES = (dt.date(1996, 8, 31), dt.date(1996, 9, 30))


def parts(data: bytes) -> dict[str, bytes]:
    """The parts of a workbook."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def differing(one: bytes, other: bytes) -> set[str]:
    """Names of the parts in which two workbooks differ."""
    before, after = parts(one), parts(other)
    assert list(before) == list(after)
    return {name for name in before if before[name] != after[name]}


def held() -> tuple[int, int]:
    """Bytes of memory that this process holds, and Python's blocks among them."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE"), sys.getallocatedblocks()


def main(times: int = 500, workbook: bytes | None = None) -> tuple[int, int]:
    """Refresh a number of times, as of two dates in turn; how many bytes and blocks more are held in the end.

    The workbook is built if none is given.
    """
    first: dict[dt.date, bytes] = {}
    before = held()
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder, "model.xlsx")
        book.write_bytes(workbook or build.build())
        sheets = enumerate(Package.read(book).sheet_names, start=1)
        stamped = {f"xl/worksheets/sheet{number}.xml" for number, name in sheets if name in {"Cover", "Log"}}
        for k in range(times):
            as_of = DATES[k % 2]
            os.environ["SOURCE_DATE_EPOCH"] = str(844_128_000 + 60 * k)  # a minute later each time
            refresh.refresh(book, as_of=as_of)
            data = book.read_bytes()
            assert differing(data, first.setdefault(as_of, data)) <= stamped
            assert {entry.name for entry in Path(folder).iterdir()} == {book.name, f"{book.name}.backups"}
            assert len(list(Path(f"{book}.backups").iterdir())) == len(backups(book)) == min(k + 1, KEEP_BACKUPS)
            if k == WARM_UP:
                before = held()
    size, blocks = (now - then for now, then in zip(held(), before, strict=True))
    assert size < GROWTH, size
    assert blocks < OBJECTS, blocks
    return size, blocks


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=500)
    print("held in the end beyond the first runs: {:,} bytes, {:,} blocks".format(*main(**vars(parser.parse_args()))))  # noqa: T201 - a script
