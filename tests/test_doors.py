"""Doors that stay shut: no network of its own, no shell, no code made from text, no object made from a file.

Every module of the product is read; what is named here with its reason is all there is.
"""

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = {
    file.relative_to(ROOT).as_posix(): ast.parse(file.read_text(encoding="utf-8"))
    for folder in ("addin", "workbook")
    for file in sorted((ROOT / folder).rglob("*.py"))
}

NETWORK = {"aiohttp", "asyncio", "ftplib", "http", "httpx", "imaplib", "poplib", "requests", "smtplib", "socket",
           "socketserver", "ssl", "telnetlib", "urllib", "urllib3", "webbrowser", "xmlrpc"}  # fmt: skip
OBJECTS = {"cloudpickle", "copyreg", "dbm", "dill", "joblib", "marshal", "pickle", "shelve", "yaml"}
PROCESSES = {"concurrent", "ctypes", "dask", "distributed", "multiprocessing", "pty", "runpy", "subprocess"}
DYNAMIC = {"__import__", "compile", "eval", "exec", "import_module"}
OF_OS = {"execl", "execle", "execlp", "execv", "execve", "execvp", "fork", "popen", "posix_spawn", "spawnl", "spawnv",
         "startfile", "system"}  # fmt: skip
LOADS = {"read_pickle", "load_pickle", "read_html", "read_sql", "fromfile", "memmap"}

ALLOWED = {
    ("addin/drawstop/hosts/links.py", "urllib.parse"): "text only: %20 in the path of a link",
    ("addin/drawstop/hosts/calc/office.py", "subprocess"): "starts LibreOffice, and ends it, by its path",
    ("addin/drawstop/hosts/calc/worker.py", "subprocess"): "starts LibreOffice with the command that office.py gives",
    ("addin/drawstop/hosts/calc/installed.py", "subprocess"): "opens a workbook in LibreOffice, by its path",
    ("addin/drawstop/hosts/calc/pictures.py", "subprocess"): "starts pdftoppm, by its path",
    ("addin/drawstop/hosts/excel/program.py", "import_module"): "pywin32, which is on Windows only; a fixed name",
    ("workbook/lender_model/refresh.py", "import_module"): "one of two hosts, both written there",
    ("workbook/lender_model/risk/executors.py", "concurrent.futures"): "processes of this Python",
    ("workbook/lender_model/risk/executors.py", "multiprocessing"): "processes of this Python",
    ("workbook/lender_model/risk/executors.py", "distributed"): "Dask, where the user names a scheduler",
    ("workbook/lender_model/risk/commands.py", "concurrent.futures"): "the type of what executors.py gives",
    ("workbook/lender_model/risk/simulate.py", "concurrent.futures"): "work for what executors.py gives",
    ("workbook/lender_model/risk/simulate.py", "pickle"): "a job packed once for all workers of the same run",
    ("workbook/lender_model/formulas/arrays.py", "exec"): "a program of numbers and names that it words itself",
    ("workbook/lender_model/formulas/machine.py", "ctypes"): "calls the machine code that llvmlite has made",
}
UNBOUNDED = {
    "dask[distributed]": "its versions are dates, so no next one says that it breaks something",
    "pandas-stubs": "types alone, numbered after pandas, which has its bound",
    "lxml-stubs": "types alone",
}


def imported(tree):
    """Modules that a module imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def doors(tree):
    """What a module opens: imports and names, wherever they stand."""
    closed = NETWORK | OBJECTS | PROCESSES
    found = {name for name in imported(tree) if name.partition(".")[0] in closed}
    longest = {name for name in found if not any(name.startswith(f"{other}.") for other in found)}
    for node in ast.walk(tree):
        name = getattr(node, "id", None)
        if isinstance(node, ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            name = node.attr if node.attr != "compile" or owner != "re" else None
            if name in OF_OS and owner == "os":
                longest.add(f"os.{name}")
        if name in DYNAMIC | LOADS:
            longest.add(name)
        if isinstance(node, ast.keyword) and node.arg in {"shell", "allow_pickle"}:
            longest.add(node.arg)
    return longest


@pytest.mark.parametrize("name", MODULES)
def test_no_door_is_open_without_a_reason(name):
    assert doors(MODULES[name]) == {door for module, door in ALLOWED if module == name}


@pytest.mark.parametrize(
    ("source", "door"),
    [
        ("import socket", "socket"),
        ("def f():\n    from urllib.request import urlopen", "urllib.request"),
        ("import requests as r", "requests"),
        ("import os\nos.system('ls')", "os.system"),
        ("import os\nos.popen('ls')", "os.popen"),
        ("run('ls', shell=True)", "shell"),
        ("eval('1')", "eval"),
        ("exec('1')", "exec"),
        ("compile('1', '', 'eval')", "compile"),
        ("__import__('os')", "__import__"),
        ("import pickle", "pickle"),
        ("from yaml import load", "yaml"),
        ("pandas.read_pickle('x')", "read_pickle"),
        ("numpy.load('x', allow_pickle=True)", "allow_pickle"),
    ],
)
def test_an_open_door_is_seen(source, door):
    assert doors(ast.parse(source)) == {door}


def test_a_pattern_is_not_code():
    assert doors(ast.parse("import re\nre.compile('a')")) == set()


def test_every_program_is_started_without_a_shell_from_a_list():
    """The first argument of every start is a list or a name; a text would be split by a shell, or by Windows."""
    calls = [
        node
        for tree in MODULES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"run", "Popen"}
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "subprocess"
    ]
    assert len(calls) >= len([door for _, door in ALLOWED if door == "subprocess"])
    assert [ast.unparse(call) for call in calls if isinstance(call.args[0], ast.Constant | ast.JoinedStr)] == []


def test_every_dependency_has_an_upper_bound_or_a_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    assert {one.partition(">")[0] for one in wanted if "<" not in one and "==" not in one} == set(UNBOUNDED)
