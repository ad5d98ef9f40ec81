"""The add-in's VBA once more, in pyOpenVBA's interpreter, which has cells: out of the add-in's own file.

LibreOffice is the first (``test_excel_vba_runs``). xlwings' side is a stand-in that answers; where it says so, Python.
"""

import re

import pytest
from pyopenvba.apps.excel import ExcelApplication
from pyopenvba.excel import ExcelFile

from drawstop.functions import FUNCTIONS
from drawstop.hosts import excel as host
from drawstop.hosts.excel import ERRORS, addin

STAND_IN = """\
Option Explicit
Public Function CallUDF(ByVal moduleName, ByVal functionName, ByVal given, ByVal workbook, ByVal caller)
    Dim table(1, 1) As Variant
    Select Case functionName
        Case "CASH_WATERFALL"
            table(0, 0) = "Claim": table(0, 1) = "#NUM!": table(1, 0) = "#N/A": table(1, 1) = 2.5
            CallUDF = table
        Case "PROCEEDS_SHORTFALL"
            CallUDF = given(0)
        Case "OWNERSHIP"
            Err.Raise 1000, , "no Python"
        Case Else
            CallUDF = given
    End Select
End Function
"""
PYTHON = """\
Option Explicit
Public Asked As String
Public Function XLPy() As Object
    Set XLPy = New StandIn
End Function
Public Function RunPython(ByVal command As String)
    Asked = Asked & command & ";"
End Function
"""
ANSWERED = {"CASH_WATERFALL", "PROCEEDS_SHORTFALL", "OWNERSHIP"}


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """An Excel with a workbook, and the add-in's modules as its file holds them."""
    path = tmp_path_factory.mktemp("addin") / "drawstop.xlam"
    path.write_bytes(addin.build())
    with ExcelFile(path) as file:
        modules = file.vba_modules()
    excel = ExcelApplication()  # without Application.Caller
    excel.add_workbook()
    excel.add_module(STAND_IN, name="StandIn", kind="class")
    excel.add_module(PYTHON, name="xlwings")
    for name in ("drawstop_functions", "drawstop_ribbon"):
        text = re.sub(r"(?m)^Attribute (?!VB_Name).*\r?\n", "", modules[name])  # nor lines that describe procedures
        excel.add_module(text.replace("Application.Caller", "Nothing"), name=name)
    return excel


@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() - ANSWERED))
def test_procedure_hands_its_arguments_on(app, name):
    given = [float(k) for k in range(1, len(FUNCTIONS[name].parameters) + 1)]
    assert app.run(f"drawstop_functions.{name}", *given) == given


@pytest.mark.parametrize(("number", "code"), ERRORS.items())
def test_error_codes_become_error_values(app, number, code):
    answer = app.run("drawstop_functions.PROCEEDS_SHORTFALL", code, 0.0)
    assert not isinstance(answer, str)
    assert repr(answer) == f"Error {number}"


def test_errors_in_a_table_and_a_failure_of_python(app):
    table = app.run("drawstop_functions.CASH_WATERFALL", 1.0, 2.0)
    assert repr(table) == "[['Claim', Error 2036], [Error 2042, 2.5]]"
    assert repr(app.run("drawstop_functions.OWNERSHIP", 1.0, 2.0)) == "Error 2015"


def test_cells_hand_over_what_they_store(app):
    """An amount formatted as currency has four decimals in Range.Value, and all of them in Range.Value2."""
    app.add_module(
        """\
Public Function Shares()
    Sheets(1).Range("B2").Value = 2500000
    Sheets(1).Range("B3").Value = 3.15658333333333
    Sheets(1).Range("B3").NumberFormat = "$#,##0.00"
    Shares = CONVERSION_SHARES(Sheets(1).Range("B2"), Sheets(1).Range("B3"))
End Function
Public Function Rows()
    Rows = CONVERSION_SHARES(Sheets(1).Range("B2:B3"), Sheets(1).Range("B4"))
End Function
Public Function AsCurrency()
    AsCurrency = Sheets(1).Range("B3").Value
End Function
""",
        name="cells",
    )
    given = app.run("cells.Shares")
    assert given == [2.5e6, 3.156_583_333_333_33]
    assert float(app.run("cells.AsCurrency")) == 3.1566
    assert app.run("cells.Rows")[0] == [[2.5e6], [3.156_583_333_333_33]]
    # 2,500,000 / 3.15658333333333 = 791,995.56 whole shares; with four decimals 791,991.38
    assert host.CONVERSION_SHARES(*given) == 791_995


def test_buttons_hand_their_commands_to_python(app):
    app.add_module("Public Sub Press()\n    RefreshBook Nothing\n    ConnectBook Nothing\nEnd Sub\n", name="press")
    app.run("press.Press")
    app.add_module("Public Function Told()\n    Told = Asked\nEnd Function\n", name="told")
    asked = (
        "from drawstop.hosts.excel import buttons; buttons.press('refresh');"
        "from drawstop.hosts.excel import buttons; buttons.press('connect');"
    )
    assert app.run("told.Told") == asked
