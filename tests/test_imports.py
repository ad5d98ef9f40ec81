"""Imports run one way: lender_model → drawstop.hosts → drawstop.opc → drawstop.functions → drawstop.facility → core.

Whatever imports: a statement anywhere in a module, ``import_module``, or Python in a text of VBA.
"""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {"drawstop": ROOT / "addin" / "drawstop", "lender_model": ROOT / "workbook" / "lender_model"}
LAYERS = [
    "drawstop.serials",
    "drawstop.core",
    "drawstop.deal",
    "drawstop.facility",
    "drawstop.functions",
    "drawstop.opc",
    "drawstop.hosts",
    "lender_model",
]


def modules():
    """Every module of the packages: dotted name to file."""
    found = {}
    for package, folder in PACKAGES.items():
        for file in sorted(folder.rglob("*.py")):
            parts = file.relative_to(folder).with_suffix("").parts
            found[".".join([package, *(part for part in parts if part != "__init__")])] = file
    return found


MODULES = modules()


def late(node):
    """What a call of import_module can import: every dotted name in its arguments."""
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if called == "import_module":
        for argument in node.args:
            texts = [part.value for part in ast.walk(argument) if isinstance(part, ast.Constant)]
            assert texts, ast.unparse(node)  # a name that is put together cannot be held to a layer
            yield from (text for text in texts if re.fullmatch(r"[a-z_0-9]+(\.[a-z_0-9]+)+", str(text)))


def statements(source, package):
    """What a module's text imports anywhere in it, as dotted names, with the names that are modules themselves."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            yield source
            yield from (f"{source}.{alias.name}" for alias in node.names if f"{source}.{alias.name}" in MODULES)
        elif isinstance(node, ast.Call):
            yield from late(node)


def imports(name):
    """What a module imports."""
    file = MODULES[name]
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    yield from statements(file.read_text(encoding="utf-8"), package)


def of_vba(text):
    """What the Python in a VBA module's texts imports."""
    for command in re.findall(r'"((?:from|import) [^"]*)"', text):
        yield from statements(command, "")


VBA = [file for folder in PACKAGES.values() for file in sorted(folder.rglob("*.bas"))]


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


@pytest.mark.parametrize("file", VBA, ids=lambda file: file.name)
def test_vba_imports_what_its_folder_may(file):
    own = next(layer(name) for name, module in MODULES.items() if module.parent == file.parent)
    assert {found for found in of_vba(file.read_text(encoding="ascii")) if (layer(found) or 0) > own} == set()


def test_every_way_to_import_is_seen():
    assert set(of_vba('RunOnBook "from lender_model import live; live.refresh()"')) == {
        "lender_model",
        "lender_model.live",
    }
    text = (
        'def f():\n    import a.b\n    import_module("drawstop.x" if g else "c.d")\n    importlib.import_module("e.f")'
    )
    assert set(statements(text, "")) == {"a.b", "drawstop.x", "c.d", "e.f"}
    assert any("buttons" in found for file in VBA for found in of_vba(file.read_text(encoding="ascii")))


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
    """No clock, chance, network, process or file below the hosts; the files of facilities and deals apart."""
    impure = {"time", "random", "secrets", "socket", "subprocess", "os", "urllib", "tempfile", "shutil"}
    found = {found.partition(".")[0] for found in imports(name)}
    assert not found & impure
    files = {"pathlib", "importlib", "io"}
    assert not found & files or name in {"drawstop.facility", "drawstop.deal.read"}
