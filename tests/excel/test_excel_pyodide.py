"""The functions in Pyodide, the Python of xlwings Lite: every worked example gives what it gives here.

Needs node, and a folder of Pyodide with NumPy and pandas, which DRAWSTOP_PYODIDE names: the full distribution from
github.com/pyodide/pyodide/releases. The npm package has no NumPy, and NumPy publishes no wheel for Pyodide.
"""

import math
import os
import pickle
import shutil
import subprocess
from pathlib import Path

import pytest
import xlwings as xw

import drawstop
from drawstop.facility import load
from drawstop.functions import FUNCTIONS
from drawstop.functions.examples import example
from drawstop.hosts import excel

SCRIPT = Path(__file__).parent / "pyodide" / "run.mjs"


def folder():
    """Where Pyodide is."""
    named = os.environ.get("DRAWSTOP_PYODIDE")
    if not named:
        pytest.skip("DRAWSTOP_PYODIDE names no folder of Pyodide with NumPy (github.com/pyodide/pyodide/releases)")
    if not shutil.which("node"):
        pytest.skip("node is not installed, which runs Pyodide")
    return Path(named)


def cells(argument):
    """An argument as Excel passes it: rows of cells."""
    if not isinstance(argument, list):
        return [[argument]]
    return argument if isinstance(argument[0], list) else [argument]


def near(got, expected):
    """Whether two answers agree: numbers to 1e-12, all else exactly, kinds too."""
    if isinstance(expected, list):
        return isinstance(got, list) and all(near(a, b) for a, b in zip(got, expected, strict=True))
    if type(expected) is float and type(got) is float:
        return math.isclose(got, expected, rel_tol=1e-12, abs_tol=1e-12)
    return (type(got), got) == (type(expected), expected)


def test_every_example_gives_the_same_in_pyodide(tmp_path):
    place = folder()
    calls = [(name, tuple(map(cells, example(spec).arguments))) for name, spec in FUNCTIONS.items()]
    terms = {key: term.value for key, term in load().terms.items()}
    (tmp_path / "calls").write_bytes(pickle.dumps({"terms": terms, "calls": calls}))
    sources = (Path(drawstop.__file__).parents[1], Path(xw.__file__).parent)
    command = [shutil.which("node"), SCRIPT, place, *sources, tmp_path / "calls"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603 - found above
    assert done.returncode == 0, done.stderr[-2000:]
    answers = pickle.loads(bytes.fromhex(done.stdout))  # noqa: S301 - from our own process
    expected = [getattr(excel, name)(*given) for name, given in calls]
    wrong = [(call, a, b) for call, a, b in zip(calls, answers, expected, strict=True) if not near(a, b)]
    assert wrong == []
    assert len(answers) == len(FUNCTIONS)
