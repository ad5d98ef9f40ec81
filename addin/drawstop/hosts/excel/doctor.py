"""Each link of the chain from a cell of Excel to Python: whether it works, and what to do if it does not."""

from __future__ import annotations

import locale
import platform
import shutil
import site
import sys
from collections.abc import Iterator
from pathlib import Path

import xlwings as xw

from drawstop.hosts.excel import addin, policies
from drawstop.hosts.excel.policies import Finding
from drawstop.hosts.excel.program import addin_path, bits, com_error, loaded_addin, require_windows, started, words

TEST = "=PROCEEDS_MIN(2100000,360000,400000,150000)"
TEST_ANSWER = 2_900_000
"""Its result: max(1.5m, 2.1m) + min(250k, 360k) + 400k + 150k, the four limbs of the account's minimum."""

UNSEEN = (
    "not seen from here, since an Excel that a program starts loads no add-in and asks nothing: whether yours loads it "
    f"and what it asks. Start Excel and type {TEST}; the tab drawstop and {TEST_ANSWER:,.0f} must show. Rules of "
    "Defender that are set elsewhere, and other products that watch Office, are not seen either"
)

_AGAIN = "run again: drawstop excel install"
_VENV = (
    "make a virtual environment with a Python from python.org (py -m venv drawstop), install drawstop in it, and from "
    "it run: drawstop excel install"
)
_SPECIAL = ';%"^'  # special to xlwings, which splits paths at ";", or to the command prompt from which it starts Python


def findings() -> Iterator[Finding]:
    """Every link in order; stops early where the rest depends on a broken one.

    Raises:
        ExcelError: not Windows, or no Excel that starts.
    """
    require_windows()
    path = addin_path()
    yield from python_itself()
    yield path_is_legible(sys.executable)
    yield from (path_is_legible(folder) for folder in addin.folders())
    yield from policies.findings(path, sys.executable)
    with started() as app:
        yield Finding(f"Excel {app.version}, {bits(app)}-bit")
        yield xlwings_library(bits(app))
        if not path.exists():
            yield Finding(f"no add-in at {path}", "run: drawstop excel install")
            return
        yield Finding(f"add-in: {path}")
        yield from made_here(settings_of(loaded_addin(app)))
        yield test_call(app)
    yield Finding(UNSEEN, note=True)


def python_itself() -> Iterator[Finding]:
    """Whether the add-in can start this Python, and whether a terminal finds the same one."""
    yield python_is_usable(sys.executable, xw.__file__, site.getusersitepackages())
    other = shutil.which("python")
    if other and Path(other) != Path(sys.executable):
        yield Finding(f"two Pythons: drawstop runs in {sys.executable}, and python in a terminal is {other}", note=True)


def python_is_usable(executable: str, xlwings: str, user_site: str) -> Finding:
    r"""Whether the library that xlwings loads is where its VBA looks for it: beside the interpreter.

    >>> python_is_usable(r"C:\drawstop\Scripts\python.exe", r"C:\drawstop\Lib\site-packages\xlwings", r"C:\u").remedy
    ''
    """
    what = f"Python {platform.python_version()}: {executable}"
    if "windowsapps" in executable.lower():
        return Finding(f"{what}, from Microsoft's Store, which Excel cannot start", _VENV)
    if xlwings.lower().startswith(user_site.lower()):
        return Finding(f"{what}, with xlwings in the user's own packages, where Excel does not look", _VENV)
    return Finding(what)


def path_is_legible(path: str) -> Finding:
    """Whether xlwings can pass a path on: its library accepts only the characters of Windows' own code page.

    Spaces are allowed; accents too, if the code page has them.

    >>> path_is_legible("C:/Program Files/Python/python.exe").remedy
    ''
    >>> path_is_legible("C:/a;b/python.exe").remedy
    'it has ";", which xlwings cannot pass on; install in a folder of plain letters'
    """
    wrong = "".join(sorted({character for character in path if character in _SPECIAL or not _encodable(character)}))
    what = f"path {path}"
    if wrong:
        return Finding(what, f'it has "{wrong}", which xlwings cannot pass on; install in a folder of plain letters')
    return Finding(what)


def _encodable(character: str) -> bool:
    try:
        character.encode(locale.getencoding())
    except UnicodeEncodeError:
        return False
    return True


def xlwings_library(excel_bits: int) -> Finding:
    """The library of xlwings between VBA and Python: of this version and Excel's bitness, where its module looks."""
    name = f"xlwings{excel_bits}-{xw.__version__}.dll"
    folders = [Path(sys.executable).parent, Path(sys.executable).parent.parent]
    found = next((folder for folder in folders if (folder / name).exists()), None)
    if found is None:
        where = " or ".join(map(str, folders))
        own = f"Excel is {excel_bits}-bit, and " if excel_bits == 32 else ""
        remedy = "reinstall it: python -m pip install --force-reinstall xlwings; if it is still not there, "
        return Finding(f"{own}{name} is not in {where}", remedy + _VENV)
    return Finding(f"xlwings {xw.__version__}, its library in {found}")


def settings_of(book: xw.Book) -> dict[str, str]:
    """The contents of the add-in's sheet of settings."""
    rows = book.sheets[addin.CONFIG_SHEET]["A1:B40"].value
    return {str(name): str(value or "") for name, value in rows if name}


def made_here(found: dict[str, str]) -> Iterator[Finding]:
    """Whether the add-in was made by this drawstop, with this xlwings, for this Python.

    >>> next(made_here({"DRAWSTOP VERSION": "0"})).line()  # doctest: +ELLIPSIS
    'NO  add-in made by drawstop 0, this is ...: run again: drawstop excel install'
    """
    for name, here in addin.versions().items():
        there, product = found.get(name, ""), name.split()[0].lower()
        if there == here:
            yield Finding(f"add-in made by {product} {there}")
        else:
            yield Finding(f"add-in made by {product} {there or 'of no version'}, this is {here}", _AGAIN)
    interpreter = found.get("INTERPRETER_WIN", "")
    if not Path(interpreter).exists():
        yield Finding(f"add-in made for a Python that no longer exists, {interpreter}", _AGAIN)
    elif Path(interpreter) == Path(sys.executable):
        yield Finding("add-in made for this Python")
    else:
        yield Finding(f"add-in made for another Python, {interpreter}", f"use that Python, or for this one {_AGAIN}")


def test_call(app: xw.App) -> Finding:
    """Whether a cell gets the right answer from Python, through VBA and xlwings' library; the add-in must be loaded."""
    try:
        cell = app.books.add().sheets[0]["A1"]
        cell.formula = TEST
        answer = cell.options(err_to_str=True).value
    except com_error() as error:
        return Finding(f"test call: Excel says {words(error)}", "close Excel and try again")
    if answer == TEST_ANSWER:
        return Finding(f"test call: {TEST} shows {answer:,.0f}")
    return Finding(f"test call: {TEST} shows {answer!r}", f"mend what is named above, then {_AGAIN} --without-help")
