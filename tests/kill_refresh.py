"""Kill ``drawstop refresh`` at random moments, and look each time at what it has left on the disk.

``python tests/kill_refresh.py [--times 200] [--seed 1996] [--calc]``

The workbook must be the old or the new one, whole, and so must every backup; the next refresh must remove whatever the
killed one left beside it. With ``--calc`` every twentieth workbook is also opened and calculated in LibreOffice.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import datetime as dt
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lender_model import build, refresh
from lender_model.swap import KEEP_BACKUPS, backups
from lender_model.xlsx.package import Package

AS_OF = dt.date(1996, 9, 30)
STAMP = {"SOURCE_DATE_EPOCH": "844128000"}  # the same stamp in every run: there is one new workbook, byte for byte
SWAP = 0.008  # seconds: about as long as the swap takes on a quick disk
OPENED = 20  # one workbook in this many is opened in LibreOffice


def start(book: Path) -> subprocess.Popen[bytes]:
    """A refresh in a process of its own."""
    command = [sys.executable, "-m", "lender_model", "refresh", str(book), "--as-of", AS_OF.isoformat()]
    environment = {**os.environ, **STAMP, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)  # noqa: S603 - this interpreter, our own module


def beside(book: Path) -> set[str]:
    """Names in the folder, but for the workbook and its backups."""
    return {entry.name for entry in book.parent.iterdir()} - {book.name, f"{book.name}.backups"}


def kill(book: Path, moment: float, *, swapping: bool) -> bool:
    """Kill a refresh some seconds after its start, or after it has begun to swap; whether it was still alive."""
    run = start(book)
    while swapping and run.poll() is None and not beside(book):
        time.sleep(0.0002)
    with contextlib.suppress(subprocess.TimeoutExpired):
        run.wait(moment)
    alive = run.poll() is None
    run.kill()
    _, said = run.communicate()
    assert alive or (run.returncode, said) == (0, b""), said
    return alive


def check(book: Path, versions: list[bytes], *, calc: bool) -> None:
    """Whether the workbook and its backups are whole, and the next refresh cleans up and ends with the new one."""
    assert all(file.read_bytes() in versions for file in (book, *backups(book)))
    Package.read(book)
    if calc:
        from drawstop.hosts.calc import recalculate  # noqa: PLC0415 - needs LibreOffice

        assert recalculate(book)["Cover"]
    refresh.refresh(book, as_of=AS_OF)
    assert book.read_bytes() == versions[-1]
    assert beside(book) == set()
    assert len(backups(book)) <= KEEP_BACKUPS


def main(
    times: int = 200, seed: int = 1996, workbook: bytes | None = None, *, calc: bool = False
) -> collections.Counter[str]:
    """Kill a number of refreshes, every other one while it swaps the file; how many left what.

    The workbook is built if none is given.
    """
    os.environ |= STAMP
    moments = random.Random(seed)  # noqa: S311 - the moments need not be secret
    found: collections.Counter[str] = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder, "Modell – Juli.xlsx")
        old = workbook or build.build()
        book.write_bytes(old)
        begun = time.monotonic()
        with start(book) as run:
            assert run.wait() == 0
        whole_run, new = time.monotonic() - begun, book.read_bytes()
        for k in range(times):
            book.write_bytes(old)
            swapping = k % 2 == 1
            alive = kill(book, moments.uniform(0, SWAP if swapping else whole_run), swapping=swapping)
            found["killed" if alive else "had ended"] += 1
            found["old" if book.read_bytes() == old else "new"] += 1
            found.update({name.rpartition(".")[2] for name in beside(book)})
            check(book, [old, new], calc=calc and k % OPENED == 0)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1996)
    parser.add_argument("--calc", action="store_true")
    print(*(f"{name}: {count}" for name, count in main(**vars(parser.parse_args())).items()), sep=", ")  # noqa: T201 - a script
