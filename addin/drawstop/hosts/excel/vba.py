"""The VBA modules of the Excel add-in: a procedure for each function, the ribbon's buttons, and xlwings' own module.

The module that xlwings writes for functions shows a failure as text, which SUM and MAX silently skip. Ours turns an
error's code into Excel's own error value, in a single result and inside a table. Otherwise the calls are the same.
"""

from __future__ import annotations

from pathlib import Path

import xlwings as xw

from drawstop.functions import FUNCTIONS
from drawstop.functions.declare import Function
from drawstop.hosts.excel import ERRORS
from drawstop.hosts.excel import __name__ as udf_module
from drawstop.hosts.excel.program import ExcelError

NAME = "drawstop"
"""The add-in's name in xlwings, and that of its VBA project, which none of its modules may share."""

MODULE = f"{NAME}_functions"
"""The name of the module with the functions."""

_FROM_XLWINGS = {
    'PROJECT_NAME As String = "myaddin"': f'PROJECT_NAME As String = "{NAME}"',
    # xlwings reads its settings from the open workbook first, so a workbook from a stranger could name a program to
    # run in place of Python. Ours reads them from the add-in only, not from a folder or the user's home.
    'SheetExists(ActiveWorkbook, PROJECT_NAME & ".conf")': 'SheetExists(ThisWorkbook, PROJECT_NAME & ".conf")',
    "If GetConfigFromSheet(ActiveWorkbook).Exists": "If GetConfigFromSheet(ThisWorkbook).Exists",
    "GetConfig = GetConfigFromSheet(ActiveWorkbook).Item": "GetConfig = GetConfigFromSheet(ThisWorkbook).Item",
    'If GetFullName(ActiveWorkbook) <> "" Then': "If False Then",
    "If FileExists(GetConfigFilePath()) = True Then": "If False Then",
    "For i = 1 To 2": "For i = 2 To 2",  # nor is a sheet of the open workbook run as Python code
    # Python starts in Excel's current folder, which may hold a stranger's files: -P keeps that folder off sys.path
    # (Python 3.11). The open workbook's name is not in the command: a ";" in it would shift sys.path.
    '& " -B -c ""import xlwings.utils;': '& " -P -B -c ""import xlwings.utils;',
    'tail = " -B -c ""': 'tail = " -P -B -c ""',
    '& ";" & ActiveFullName & ";" & ThisFullName & ";" & GetConfig("ONEDRIVE_CONSUMER_WIN")': (
        '& ";;;" & GetConfig("ONEDRIVE_CONSUMER_WIN")'
    ),
    '& ";" & ActiveWorkbook.FullName & ";" & ThisWorkbook.FullName & ";"': '& ";;;"',
    '" --wb=" & """" & ActiveWorkbook.Name & """ --from_xl=1"': '" --from_xl=1"',
    # Windows looks for a program without a path in the current folder before its own.
    '"cmd.exe /C "': 'Environ("SystemRoot") & "\\System32\\cmd.exe /C "',
    '"cmd.exe " & ConsoleSwitch & " /K " & Chr(34)': (
        'Environ("SystemRoot") & "\\System32\\cmd.exe " & ConsoleSwitch & " /K " & Chr(34)'
    ),
}
"""The replacements in our copy of xlwings' module."""

_HEAD = f"""\
Attribute VB_Name = "{MODULE}"
Option Explicit

' The functions of drawstop. Generated: changes made here are lost.

Public LastFailure As String ' why a call did not reach Python

Private Function AnswerOf(ByVal functionName As String, ByVal given As Variant) As Variant
    On Error GoTo failed
    AnswerOf = WithErrors(XLPy.CallUDF("{udf_module}", functionName, Stored(given), ThisWorkbook, Application.Caller))
    Exit Function
failed:
    LastFailure = functionName & ": " & Err.Description
    AnswerOf = CVErr(2015)
End Function

' What the cells store. Value, which xlwings would read, has four decimals of an amount formatted as currency.
Private Function Stored(ByVal given As Variant) As Variant
    Dim k As Long
    For k = LBound(given) To UBound(given)
        If IsObject(given(k)) Then given(k) = given(k).Value2
    Next k
    Stored = given
End Function

' xlwings returns a single value, a one-dimensional array for a row, and a two-dimensional one for anything else.
Private Function WithErrors(ByVal answer As Variant) As Variant
    Dim row As Long, column As Long
    If Not IsArray(answer) Then
        answer = ErrorOr(answer)
    ElseIf IsRow(answer) Then
        For column = LBound(answer) To UBound(answer)
            answer(column) = ErrorOr(answer(column))
        Next column
    Else
        For row = LBound(answer, 1) To UBound(answer, 1)
            For column = LBound(answer, 2) To UBound(answer, 2)
                answer(row, column) = ErrorOr(answer(row, column))
            Next column
        Next row
    End If
    WithErrors = answer
End Function

Private Function IsRow(ByRef answer As Variant) As Boolean
    Dim last As Long
    On Error GoTo oneDimension
    last = UBound(answer, 2)
    Exit Function
oneDimension:
    IsRow = True
End Function

' The numbers are those of XlCVError, whose newer names are missing in older versions of Excel.
Private Function ErrorOr(ByVal cell As Variant) As Variant
    ErrorOr = cell
    If VarType(cell) <> vbString Then Exit Function
    Select Case cell
"""
_TAIL = """\
    End Select
End Function
"""


def vba_module() -> str:
    r"""The module's text as VBA imports it: ASCII, with lines that end in CR LF.

    >>> vba_module().splitlines()[0]
    'Attribute VB_Name = "drawstop_functions"'
    """
    cases = "".join(f'        Case "{text}": ErrorOr = CVErr({number})\n' for number, text in ERRORS.items())
    procedures = "".join(f"\n{_procedure(FUNCTIONS[name])}" for name in sorted(FUNCTIONS))
    return (_HEAD + cases + _TAIL + procedures).replace("\n", "\r\n")


def xlwings_module() -> str:
    """The module for add-ins that the installed xlwings has, with our add-in's name and settings.

    Raises:
        ExcelError: the text of that version is not the one that this was made for.

    >>> 'PROJECT_NAME As String = "drawstop"' in xlwings_module()
    True
    """
    text = Path(xw.__file__).with_name("xlwings_custom_addin.bas").read_bytes().decode("ascii")
    for theirs, ours in _FROM_XLWINGS.items():
        if text.count(theirs) != 1:
            raise ExcelError(f"xlwings {xw.__version__}: {theirs!r} stands {text.count(theirs)} times in its module")
        text = text.replace(theirs, ours)
    return text


def modules() -> dict[str, str]:
    """The text of every module of the add-in, by its name.

    >>> list(modules())
    ['xlwings', 'drawstop_functions', 'drawstop_ribbon']
    """
    ribbon = Path(__file__).with_name("ribbon.bas").read_bytes().decode("ascii")
    return {"xlwings": xlwings_module(), MODULE: vba_module(), "drawstop_ribbon": ribbon}


def _procedure(function: Function) -> str:
    """One function's procedure, with the arguments of xlwings' own procedure."""
    names = [parameter.name for parameter in function.parameters]
    if function.variadic:
        return _variadic_procedure(function, names)
    declared = [f"Optional {p.name}" if p.optional else p.name for p in function.parameters]
    return (
        f"Public Function {function.name}({', '.join(declared)})\n"
        f"{_described(function)}"
        f'    {function.name} = AnswerOf("{function.name}", Array({", ".join(names)}))\n'
        "End Function\n"
    )


def _described(function: Function) -> str:
    """The line that gives a procedure its description, which the editor hides ([MS-VBAL] 4.2)."""
    text = function.summary.translate({ord("×"): "x", ord("÷"): "/", ord("−"): "-", ord('"'): '""'})
    return f'Attribute {function.name}.VB_Description = "{text}"\n'


def _variadic_procedure(function: Function, names: list[str]) -> str:
    """A procedure whose last argument stands for any number of arguments, which VBA cannot pass on as they are."""
    (*first, rest), name = names, function.name
    return (
        f"Public Function {name}({', '.join(first)}, ParamArray {rest}())\n"
        f"{_described(function)}"
        "    Dim given() As Variant, k As Long\n"
        f"    given = Array({', '.join(first)})\n"
        f"    ReDim Preserve given(0 To UBound({rest}) + {len(first)})\n"
        f"    For k = 0 To UBound({rest})\n"
        f"        given(k + {len(first)}) = {rest}(k)\n"
        "    Next k\n"
        f'    {name} = AnswerOf("{name}", given)\n'
        "End Function\n"
    )
