"""xlwings Lite, Python inside Excel in a browser: what its Python lacks is not used by the part that runs there.

Nothing here has run in Lite. What it lacks is from its documentation (lite.xlwings.org/limitations, /dependencies):
threads, processes, sockets, and compiled packages other than those that Pyodide carries.
"""

import ast
import importlib.metadata
import importlib.util
import sys
import types
from pathlib import Path

import xlwings as xw
from packaging.requirements import Requirement

from drawstop.functions import FUNCTIONS

LACKING = {"_thread", "asyncio", "concurrent", "ctypes", "multiprocessing", "signal", "socket", "ssl", "subprocess"}
LACKING |= {"threading", "urllib", "http", "fcntl", "msvcrt", "winreg"}
CARRIED = {"lxml", "numpy", "pandas", "pydantic", "pydantic-core"}  # compiled, and among Pyodide's own packages
LITE_S_OWN = {"xlwings"}


def sources(name, seen):
    """The module and those of our own that it imports, at once or when a function runs: name to syntax tree."""
    spec = importlib.util.find_spec(name)
    if name in seen or spec is None:
        return seen
    seen[name] = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    for found in imported(seen[name]):
        if found.partition(".")[0] == "drawstop":
            parts = found.split(".")
            for end in range(1, len(parts) + 1):
                sources(".".join(parts[:end]), seen)
    return seen


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{a.name}" for a in node.names if is_module(f"{node.module}.{a.name}"))


def is_module(name):
    try:
        return name.startswith("drawstop.") and importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # the name before the last dot is not a package
        return False


PART = sources("drawstop.hosts.excel", {})


def test_the_part_for_lite_is_core_functions_and_their_registration():
    assert {"drawstop.hosts.excel", "drawstop.functions.loan", "drawstop.facility", "drawstop.core.loan"} <= PART.keys()
    assert not any(name.startswith(("drawstop.hosts.calc", "drawstop.hosts.excel.")) for name in PART)


def test_it_imports_nothing_that_lite_lacks():
    roots = {name.partition(".")[0] for tree in PART.values() for name in imported(tree)}
    assert not roots & LACKING
    outside = roots - sys.stdlib_module_names
    assert outside == {"drawstop", "numpy", "pydantic", "pydantic_core", "xlwings"}


def needed(name, system):
    """What a package asks to be installed with it, on a system."""
    lines = map(Requirement, importlib.metadata.requires(name) or [])
    there = {"sys_platform": system, "platform_system": system.title(), "extra": ""}
    return {line.name.lower(): line for line in lines if line.marker is None or line.marker.evaluate(there)}


def test_lite_installs_what_the_functions_need_and_no_more():
    assert needed("drawstop", "emscripten").keys() == {"numpy", "pydantic", "xlwings"}
    assert {"lxml", "pandas", "typer", "pyopenvba"} <= needed("drawstop", "win32").keys()


def test_lite_s_own_xlwings_may_be_newer_than_the_one_for_windows():
    windows, lite = (needed("drawstop", system)["xlwings"].specifier for system in ("win32", "emscripten"))
    assert xw.__version__ in windows
    assert "0.38.0" not in windows
    assert "0.38.0" in lite


def test_all_that_is_installed_with_it_is_pure_or_carried_by_pyodide():
    waiting, seen = ["drawstop"], set()
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in seen or name in CARRIED | LITE_S_OWN:
            continue
        seen.add(name)
        wheel = importlib.metadata.distribution(name)
        assert "Root-Is-Purelib: true" in (wheel.read_text("WHEEL") or "Root-Is-Purelib: true"), name
        waiting += needed(name, "emscripten")
    assert "drawstop" in seen


def test_one_line_in_main_py_brings_every_function_and_nothing_else():
    main = types.ModuleType("main")
    exec("from drawstop.hosts.excel import *", main.__dict__)  # noqa: S102 - the line that the user writes
    brought = {name for name in vars(main) if not name.startswith("__")}
    assert brought == set(FUNCTIONS)
