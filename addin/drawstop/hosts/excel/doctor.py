"""Each link of the chain from a cell of Excel to Python: whether it holds, and what to do where it does not."""

from __future__ import annotations

import locale
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import xlwings as xw

from drawstop.hosts.excel import addin
from drawstop.hosts.excel.program import addin_path, bits, com_error, loaded_addin, started, words

TEST = "=PROCEEDS_MIN(2100000,360000,400000,150000)"
TEST_ANSWER = 2_900_000
"""What the call gives: max(1.5m, 2.1m) + min(250k, 360k) + 400k + 150k, the four limbs of the account's minimum."""

TRUST = (
    "'Trust access to the VBA project object model' under File > Options > Trust Center > Trust Center Settings > "
    "Macro Settings"
)

_AGAIN = "run again: drawstop excel install"
_TRUST_KEY = r"Software\Microsoft\Office\16.0\Excel\Security"  # Excel 2016 and all since
_SPECIAL = ';%"^'  # to xlwings, which parts paths at ";", or to the command prompt that it starts Python from


@dataclass(frozen=True)
class Finding:
    """One link of the chain.

    Attributes:
        what: the link and how it stands.
        remedy: what to do; blank if it holds.
    """

    what: str
    remedy: str = ""

    def line(self) -> str:
        """As the terminal shows it.

        >>> Finding("Excel 16.0, 64-bit").line(), Finding("no answer", "close Excel").line()
        ('ok  Excel 16.0, 64-bit', 'NO  no answer: close Excel')
        """
        return f"NO  {self.what}: {self.remedy}" if self.remedy else f"ok  {self.what}"


def findings() -> Iterator[Finding]:
    """Every link in order; ends early where the rest hangs on one that does not hold.

    Raises:
        ExcelError: not Windows, or no Excel that starts.
    """
    with started() as app:
        yield Finding(f"Excel {app.version}, {bits(app)}-bit")
        yield Finding(f"Python {platform.python_version()}: {sys.executable}")
        yield path_is_legible(sys.executable)
        yield from (path_is_legible(folder) for folder in addin.folders())
        yield xlwings_library(bits(app))
        yield trust_is_off()
        path = addin_path()
        if not path.exists():
            yield Finding(f"no add-in at {path}", "run: drawstop excel install")
            return
        yield Finding(f"add-in: {path}")
        yield from made_here(settings_of(loaded_addin(app)))
        yield test_call(app)


def path_is_legible(path: str) -> Finding:
    """Whether xlwings can hand a path over: its library takes the characters of Windows' own code page alone.

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
    """The library of xlwings between VBA and Python: this version's, of Excel's bitness, where its module looks."""
    name = f"xlwings{excel_bits}-{xw.__version__}.dll"
    folders = [Path(sys.executable).parent, Path(sys.executable).parent.parent]
    found = next((folder for folder in folders if (folder / name).exists()), None)
    if found is None:
        where = " or ".join(map(str, folders))
        return Finding(f"{name} is not in {where}", "reinstall it: python -m pip install --force-reinstall xlwings")
    return Finding(f"xlwings {xw.__version__}, its library in {found}")


def trust_is_off() -> Finding:
    """Whether Excel keeps other programs from writing code into workbooks, as it should while nothing is installed."""
    if sys.platform != "win32":
        return Finding("code in workbooks is closed to programs")
    import winreg  # noqa: PLC0415 - there is none elsewhere

    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _TRUST_KEY) as key:
            trusted, _ = winreg.QueryValueEx(key, "AccessVBOM")
    except OSError:
        trusted = 0  # never set
    if trusted:
        return Finding("any program may write code into workbooks", f"untick {TRUST}")
    return Finding("code in workbooks is closed to programs")


def settings_of(book: xw.Book) -> dict[str, str]:
    """What the add-in's sheet of settings holds."""
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
    if Path(interpreter) == Path(sys.executable):
        yield Finding("add-in made for this Python")
    else:
        yield Finding(f"add-in made for another Python, {interpreter}", f"run {interpreter} there, or {_AGAIN}")


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
    return Finding(f"test call: {TEST} shows {answer!r}", f"mend what stands above, then {_AGAIN}")
