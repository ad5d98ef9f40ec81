"""How times are taken: ours and the peer's in turn, in the same run, and the median of each."""

from __future__ import annotations

import math
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Row:
    """A line of the table: what, our figure, the peer's and its name, ours over the peer's, and what to know."""

    what: str
    ours: str
    peer: str = ""
    peer_name: str = ""
    ratio: str = ""
    note: str = ""


def seconds(call: Callable[[], Any], repeats: int = 7) -> float:
    """Median time of a call."""
    return statistics.median(_once(call) for _ in range(repeats))


def in_turn(ours: Callable[[], Any], peer: Callable[[], Any], repeats: int = 7) -> tuple[float, float]:
    """Median times of two calls made in turn, so that a busy moment of the machine strikes both."""
    ours(), peer()
    times = [(_once(ours), _once(peer)) for _ in range(repeats)]
    return statistics.median(own for own, _ in times), statistics.median(other for _, other in times)


def _once(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def many(call: Callable[[], Any], count: int) -> Callable[[], Any]:
    """A call made so often that the clock can tell."""

    def calls() -> None:
        for _ in range(count):
            call()

    return calls


_CHILD = """
import atexit, pathlib, re, runpy, sys
status = pathlib.Path("/proc/self/status")
report = lambda: print(re.search(r"VmHWM:\\s*([0-9]+)", status.read_text())[1], file=sys.stderr)
if status.exists():
    atexit.register(report)
if sys.argv[1] == "-c":
    exec(sys.argv[2])
else:
    module, sys.argv = sys.argv[2], sys.argv[2:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
"""


def process(arguments: Sequence[str], repeats: int = 3) -> tuple[float, float]:
    """Median time of a whole Python process, and its peak memory in bytes where the system tells, else NaN."""
    times, peak = [], math.nan
    path = os.pathsep.join([str(ROOT / "addin"), str(ROOT / "workbook"), os.environ.get("PYTHONPATH", "")])
    for _ in range(repeats):
        start = time.perf_counter()
        child = subprocess.run(  # noqa: S603 - this interpreter
            [sys.executable, "-c", _CHILD, *arguments],
            capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip
        times.append(time.perf_counter() - start)
        if child.stderr.strip():
            peak = 1024 * float(child.stderr.split()[-1])
    return statistics.median(times), peak


def duration(value: float) -> str:
    """A time in the unit that suits it."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= scale:
            return f"{value / scale:.3g} {unit}"
    return f"{value / 1e-9:.3g} ns"


def memory(value: float) -> str:
    """Bytes in megabytes."""
    return f"{value / 2**20:.0f} MB"


def machine() -> str:
    """The machine, in a line."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [
            line.split(":")[1].strip()
            for line in info.read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ]
        name = models[0] if models else name
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    import numpy as np  # noqa: PLC0415 - for its version

    return f"{name}, {cores} cores, {platform.system()}, Python {platform.python_version()}, NumPy {np.__version__}"
