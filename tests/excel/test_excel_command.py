"""The command line with which Excel starts Python runs nothing of a stranger's, from wherever Excel was started.

The VBA that puts it together is run by pyOpenVBA's interpreter, with stand-ins for what it asks of Excel and Windows;
the command itself is then started in a folder full of traps. Only the prompt (cmd.exe) before it is left out.
"""

import json
import re
import shlex
import subprocess
import sys

import pytest
from pyopenvba.apps.excel import ExcelApplication

from drawstop.hosts.excel import addin
from drawstop.hosts.excel.vba import xlwings_module

PROBE = "import json, sys, numpy; print(json.dumps([numpy.__file__, *sys.path]))"
PROCEDURES = ("RunPython", "ExecuteWindows", "XLPyCommand")
STAND_IN = """\
#Const App = "Microsoft Excel"
Option Explicit
Public Started As String
Public Function SystemFolder(ByVal name) As String
    SystemFolder = IIf(name = "SystemRoot", "/Windows", "/" & name)
End Function
Public Function FileExists(ByVal name) As Boolean
    FileExists = True
End Function
Public Function ParentFolder(ByVal path) As String
    ParentFolder = "/"
End Function
Public Function CreateGUID() As String
    CreateGUID = "1"
End Function
Public Function WScript() As Object
    Set WScript = New Shell
End Function
Public Function ActiveBook() As Object
    Set ActiveBook = New HostileBook
End Function
Public Function AddIn() As Object
    Set AddIn = New HostileBook
End Function
Public Function ExcelItself() As Object
    Set ExcelItself = New Program
End Function
Public Function Told() As String
    Told = Started
End Function
"""
SHELL = """\
Public Function Run(ByVal command, ByVal style, ByVal waits)
    Started = command
    Run = 0
End Function
"""
PROGRAM = """\
Public Property Get Path()
    Path = "/Office"
End Property
Public Property Get Name()
    Name = "Microsoft Excel"
End Property
Public Property Get Hwnd()
    Hwnd = 7
End Property
"""


@pytest.fixture
def traps(tmp_path):
    """A folder with modules that must not run, and a workbook in it whose path names two more such folders."""
    for folder in (tmp_path / "current", tmp_path / "inside"):
        folder.mkdir()
        for name in ("numpy", "xlwings", "lender_model", "json"):
            (folder / f"{name}.py").write_text(f"raise SystemExit('{name} of {folder.name} has run')\n", "utf-8")
    return tmp_path / "current", f"{tmp_path};{tmp_path / 'inside'};{tmp_path / 'inside'};.xlsx"


def procedure(text, name):
    """A procedure of a module, asking the stand-ins where it would ask Excel."""
    found = re.search(rf"^(?:Public )?Function {name}\b.*?^End Function$", text, re.MULTILINE | re.DOTALL)[0]
    for theirs, ours in (
        ("ActiveWorkbook", "ActiveBook"),
        ("ThisWorkbook", "AddIn"),
        ("Application.", "ExcelItself."),
        ("Environ(", "SystemFolder("),
        ("Kill LOG_FILE", ""),
        ("wb As Workbook", "wb As Object"),
        ("sht As Worksheet", "sht As Object"),
    ):
        found = found.replace(theirs, ours)
    return found


@pytest.fixture
def excel_with(traps):
    """Excel with a workbook of a hostile name open, and our copy of xlwings' module in it."""
    text = xlwings_module().replace("\r\n", "\n")
    settings = "".join(
        f"        Case {json.dumps(name)}: GetConfig = {json.dumps(value)}\n"
        for name, value in addin.settings().items()
    )
    config = f"Public Function GetConfig(key, Optional fallback As String)\n    Select Case key\n{settings}"
    config += "        Case Else: Err.Raise 1000, , key\n    End Select\nEnd Function\n"
    book = f"""\
Public Property Get FullName()
    FullName = "{traps[1]}"
End Property
Public Property Get Name()
    Name = "{traps[1]}"
End Property
Public Property Get Worksheets()
    Set Worksheets = New Collection
End Property
"""
    app = ExcelApplication()
    app.add_workbook()
    for name, source in (("Shell", SHELL), ("HostileBook", book), ("Program", PROGRAM)):
        app.add_module(source, name=name, kind="class")
    code = "\n".join(procedure(text, name) for name in PROCEDURES)
    app.add_module(f"{STAND_IN}{config}{code}", name="xlwings")
    return app


def started(command, option, folder):
    """What a command of the prompt prints, run in a folder; a fault fails the test."""
    prompt, _, rest = command.partition(f" {option} ")
    assert prompt.strip() == r"/Windows\System32\cmd.exe"
    if rest.startswith('""'):  # the prompt takes the outermost quotes off
        rest = rest.removeprefix('"').removesuffix('"')
    arguments = shlex.split(rest.replace("^&", "&").partition(" 2> ")[0])
    assert arguments[0] == sys.executable
    done = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - this Python
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def check(printed, traps):
    numpy, *path = printed
    folder, hostile = traps
    assert "site-packages" in numpy
    assert set(addin.folders()) <= set(path)
    assert not [part for part in path if part in {"", ".", str(folder), *hostile.split(";")}]


def test_server_of_the_functions_starts_without_the_current_folder_or_the_workbook(excel_with, traps):
    command = excel_with.run("xlwings.XLPyCommand")
    assert "xlwings.serve('$(CLSID)')" in command
    assert len(command) < 2048  # what xlwings' library has room for
    check(started(command.replace("xlwings.serve('$(CLSID)')", PROBE), "/K", traps[0]), traps)


def test_buttons_start_python_without_the_current_folder_or_the_workbook(excel_with, traps):
    excel_with.run("xlwings.RunPython", f"import lender_model.live; {PROBE}")
    command = excel_with.run("xlwings.Told")
    assert "--hwnd=" in command
    check(started(command, "/C", traps[0]), traps)


def test_the_traps_are_traps(traps):
    command = [sys.executable, "-c", PROBE]
    done = subprocess.run(command, cwd=traps[0], capture_output=True, text=True, check=False)  # noqa: S603 - this Python
    assert "of current has run" in done.stderr
