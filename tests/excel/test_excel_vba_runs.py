"""The add-in's VBA module compiles and runs, and its errors are error values: seen in LibreOffice's VBA support.

A stand-in for xlwings is behind it: that shows what becomes of an answer between xlwings and the cell. LibreOffice is
not Excel; a reserved word as a name, for one, it lets pass here and there, so that the names have tests of their own.
"""

import json
import re
import subprocess
from pathlib import Path

import pytest

from drawstop.functions import FUNCTIONS
from drawstop.hosts.calc.office import clean_environment, find_office, find_python
from drawstop.hosts.excel import ERRORS
from drawstop.hosts.excel.vba import modules

# What VBA receives in place of xlwings: prepared answers, and otherwise the arguments themselves, as one row.
STAND_IN = """\
Option VBASupport 1
Option Compatible
Option ClassModule
Option Explicit

Public Function CallUDF(ByVal moduleName, ByVal functionName, ByVal given, ByVal workbook, ByVal caller)
    Dim table(1, 1) As Variant
    Select Case functionName
        Case "PROCEEDS_SHORTFALL"
            CallUDF = given(0)
        Case "CASH_WATERFALL"
            table(0, 0) = "Claim"
            table(0, 1) = "#NUM!"
            table(1, 0) = "#N/A"
            table(1, 1) = 2.5
            CallUDF = table
        Case "ESTABLISHMENT_FEE"
            CallUDF = VarType(given(0)) & " " & VarType(given(1))
        Case "OWNERSHIP"
            Err.Raise 1000, , "no Python"
        Case Else
            CallUDF = given
    End Select
End Function
"""
PROBE = """\
Option VBASupport 1
Option Explicit

Public Function XLPy() As Object
    Set XLPy = New StandIn
End Function

Public Asked As String

Public Function RunPython(ByVal command As String)
    Asked = Asked & command & "; "
End Function

Private Function Pressed() As String
    RefreshBook Nothing
    ConnectBook Nothing
    Pressed = Asked
End Function

Private Function Shown(ByVal cell) As String
    If IsError(cell) Then
        Shown = "error " & CLng(cell)
    Else
        Shown = TypeName(cell) & " " & cell
    End If
End Function

Private Function ShownRow(ByVal cells) As String
    Dim k As Long
    For k = LBound(cells) To UBound(cells)
        ShownRow = ShownRow & Shown(cells(k)) & "; "
    Next k
End Function

Private Function ShownTable(ByVal cells) As String
    Dim r As Long, k As Long
    For r = LBound(cells, 1) To UBound(cells, 1)
        For k = LBound(cells, 2) To UBound(cells, 2)
            ShownTable = ShownTable & Shown(cells(r, k)) & "; "
        Next k
    Next r
End Function
"""


def as_basic(module):
    """A module as LibreOffice's Basic takes it: VBA's rules on, the line that only Excel's import reads off."""
    name, _, text = module.replace("\r\n", "\n").partition("\n")
    assert name.startswith('Attribute VB_Name = "drawstop')
    # what LibreOffice, too, takes off when it reads a VBA project: the hidden lines inside procedures
    return "Option VBASupport 1\n" + re.sub(r"(?m)^Attribute .*\n", "", text)


ANSWERED = {"PROCEEDS_SHORTFALL", "CASH_WATERFALL", "ESTABLISHMENT_FEE", "OWNERSHIP", "EXPLAIN"}
ECHOED = sorted(FUNCTIONS.keys() - ANSWERED)
CELLS = ["2.5", "True", '"missed"', '""', '"#hash"']


def arguments_of(name):
    """As many numbers as the function has arguments."""
    return [str(k + 0.5) for k in range(len(FUNCTIONS[name].parameters))]


def shown_for(answer):
    """The expression that shows what a single answer becomes."""
    return f"Shown(PROCEEDS_SHORTFALL({answer}, 1))"


PROBES = [
    *(f"ShownRow({name}({', '.join(arguments_of(name))}))" for name in ECHOED),
    *(shown_for(answer) for answer in CELLS),
    *(shown_for(f'"{code}"') for code in ERRORS.values()),
    'ShownRow(DSCR("#DIV/0!", 1.5))',
    "ShownTable(CASH_WATERFALL(1, 2))",
    "ESTABLISHMENT_FEE(1.5)",
    'Shown(OWNERSHIP(1, 2)) & ", " & LastFailure',
    'ShownRow(EXPLAIN("DSCR", 1, "x", True))',
    'ShownRow(EXPLAIN("DSCR"))',
    "Pressed()",
]


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """What the module's functions give in LibreOffice, by the expression that shows it."""
    probe = "\nPublic Function probe_{0}() As String\n    probe_{0} = {1}\nEnd Function\n"
    text = PROBE + "".join(probe.format(k, expression) for k, expression in enumerate(PROBES))
    ours = {name: as_basic(module) for name, module in modules().items() if name != "xlwings"}
    question = {
        "modules": {**ours, "StandIn": STAND_IN, "probe": text},
        "functions": [f"probe_{k}" for k in range(len(PROBES))],
    }
    office = find_office()
    done = subprocess.run(  # noqa: S603 - programs found by path, no shell
        [find_python(office), Path(__file__).with_name("run_basic.py"), tmp_path_factory.mktemp("profile"), office],
        input=json.dumps(question),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=120,
        env=clean_environment(),
    )
    return dict(zip(PROBES, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("name", ECHOED)
def test_procedure_compiles_and_passes_its_arguments_on(shown, name):
    arguments = arguments_of(name)
    passed = "".join(f"Double {value}; " for value in arguments)
    assert shown[f"ShownRow({name}({', '.join(arguments)}))"] == passed


def test_arguments_left_out_are_passed_on_as_such(shown):
    # VarType of a number (vbDouble), and of an argument left out (vbError)
    assert shown["ESTABLISHMENT_FEE(1.5)"] == "5 10"


def test_variadic_procedure_passes_its_arguments_on(shown):
    assert shown['ShownRow(EXPLAIN("DSCR", 1, "x", True))'] == "String DSCR; Integer 1; String x; Boolean True; "
    assert shown['ShownRow(EXPLAIN("DSCR"))'] == "String DSCR; "


def test_answer_that_is_not_an_error_stays(shown):
    answers = [shown[shown_for(answer)] for answer in CELLS]
    assert answers == ["Double 2.5", "Boolean True", "String missed", "String ", "String #hash"]


@pytest.mark.parametrize(("number", "code"), ERRORS.items())
def test_single_error_is_an_error_value(shown, number, code):
    assert shown[shown_for(f'"{code}"')] == f"error {number}"


def test_errors_inside_a_row_and_a_table_are_error_values(shown):
    assert shown['ShownRow(DSCR("#DIV/0!", 1.5))'] == "error 2007; Double 1.5; "
    assert shown["ShownTable(CASH_WATERFALL(1, 2))"] == "String Claim; error 2036; error 2042; Double 2.5; "


def test_failure_in_python_ends_as_an_error_value(excel, broken_excel, shown):
    no_debt_service = excel.call("DSCR", 1.0, 0.0)
    assert shown[shown_for(f'"{no_debt_service}"')] == "error 2007"  # xlErrDiv0
    broken_excel.fail("DSCR")
    bug = broken_excel.call("DSCR", 1.0, 1.0)
    assert shown[shown_for(f'"{bug}"')] == "error 2015"  # xlErrValue


def test_call_that_does_not_reach_python_is_an_error_value_too(shown):
    assert shown['Shown(OWNERSHIP(1, 2)) & ", " & LastFailure'] == "error 2015, OWNERSHIP: no Python"


def test_buttons_hand_their_commands_to_python(shown):
    asked = (
        "from drawstop.hosts.excel import buttons; buttons.press('refresh'); "
        "from drawstop.hosts.excel import buttons; buttons.press('connect'); "
    )
    assert shown["Pressed()"] == asked
