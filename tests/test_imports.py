"""Imports run one way: lender_model → drawstop.hosts → drawstop.functions → drawstop.facility → drawstop.core."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {"drawstop": ROOT / "addin" / "drawstop", "lender_model": ROOT / "workbook" / "lender_model"}
LAYERS = ["drawstop.core", "drawstop.facility", "drawstop.functions", "drawstop.hosts", "lender_model"]


def modules():
    """Every module of the packages: dotted name to file."""
    found = {}
    for package, folder in PACKAGES.items():
        for file in sorted(folder.rglob("*.py")):
            parts = file.relative_to(folder).with_suffix("").parts
            found[".".join([package, *(part for part in parts if part != "__init__")])] = file
    return found


MODULES = modules()


def imports(name):
    """What a module imports anywhere in it, as dotted names, with the names that are modules themselves."""
    file = MODULES[name]
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            yield source
            yield from (f"{source}.{alias.name}" for alias in node.names if f"{source}.{alias.name}" in MODULES)


def layer(name):
    """The place of a module in the order, lowest first; None for other packages and the bare package."""
    fits = [place for place, prefix in enumerate(LAYERS) if f"{name}.".startswith(f"{prefix}.")]
    return fits[0] if fits else None


def test_every_module_has_its_layer():
    assert [name for name in MODULES if layer(name) is None] == ["drawstop"]


@pytest.mark.parametrize("name", MODULES)
def test_imports_run_one_way(name):
    own = layer(name)
    above = {found for found in imports(name) if layer(found) is not None and (own is None or layer(found) > own)}
    assert above == set()


@pytest.mark.parametrize("name", MODULES)
def test_only_its_host_imports_a_spreadsheet_program(name):
    owners = {
        "xlwings": "drawstop.hosts.excel",
        "uno": "drawstop.hosts.calc",
        "unohelper": "drawstop.hosts.calc",
        "com": "drawstop.hosts.calc",
    }
    for found in imports(name):
        owner = owners.get(found.partition(".")[0])
        assert owner is None or f"{name}.".startswith(f"{owner}."), found


@pytest.mark.parametrize("name", [name for name in MODULES if layer(name) == 0])
def test_the_core_knows_numpy_only(name):
    outside = {found.partition(".")[0] for found in imports(name)} - {"drawstop", "numpy"}
    assert outside <= {"__future__", "collections", "dataclasses", "functools", "math", "typing"}
    assert outside <= sys.stdlib_module_names


@pytest.mark.parametrize("name", [name for name in MODULES if (layer(name) or 0) < 3 and name != "drawstop"])
def test_functions_are_pure(name):
    """No clock, chance, network, process or file below the hosts; the facility's own file apart."""
    impure = {"time", "random", "secrets", "socket", "subprocess", "os", "urllib", "tempfile", "shutil"}
    found = {found.partition(".")[0] for found in imports(name)}
    assert not found & impure
    files = {"pathlib", "importlib", "io"}
    assert not found & files or name == "drawstop.facility"
