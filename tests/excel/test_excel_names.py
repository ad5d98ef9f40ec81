"""Every name of a function or argument is one that VBA compiles and Excel does not take for something else."""

import io
import re
from pathlib import Path

import pytest
import xlsxwriter

from drawstop.functions import FUNCTIONS

# [MS-VBAL] VBA Language Specification, 3.3.5.2 "Reserved Identifiers and IDENTIFIER", version of 20 May 2025; case does
# not matter. One line per rule of its grammar, in its order.
RESERVED_BY_VBA = """
    Call Case Close Const Declare DefBool DefByte DefCur DefDate DefDbl DefInt DefLng DefLngLng DefLngPtr DefObj DefSng
    DefStr DefVar Dim Do Else ElseIf End EndIf Enum Erase Event Exit For Friend Function Get Global GoSub GoTo If
    Implements Input Let Lock Loop LSet Next On Open Option Print Private Public Put RaiseEvent ReDim Resume Return RSet
    Seek Select Set Static Stop Sub Type Unlock Wend While With Write

    Rem

    Any As ByRef ByVal Case Each Else In New Shared Until WithEvents Write Optional ParamArray Preserve Spc Tab Then To

    AddressOf And Eqv Imp Is Like New Mod Not Or TypeOf Xor

    Abs CBool CByte CCur CDate CDbl CDec CInt CLng CLngLng CLngPtr CSng CStr CVar CVErr Date Debug DoEvents Fix Int Len
    LenB Me PSet Scale Sgn String

    Array Circle Input InputB LBound Scale UBound

    Boolean Byte Currency Date Double Integer Long LongLong LongPtr Single String Variant

    True False Nothing Empty Null

    Attribute LineInput VB_Base VB_Control VB_Creatable VB_Customizable VB_Description VB_Exposed VB_Ext_KEY
    VB_GlobalNameSpace VB_HelpID VB_Invoke_Func VB_Invoke_Property VB_Invoke_PropertyPut VB_Invoke_PropertyPutRef
    VB_MemberFlags VB_Name VB_PredeclaredId VB_ProcData VB_TemplateDerived VB_UserMemId VB_VarDescription VB_VarHelpID
    VB_VarMemberFlags VB_VarProcData VB_VarUserMemId

    CDecl Decimal DefDec
"""
# Names with a meaning in the procedures that xlwings writes; an argument of that name would hide it. `caller` is one
# that xlwings fills in itself.
USED_BY_XLWINGS = "Application Range XLPy ThisWorkbook ActiveWorkbook Err argsArray k failed caller"

TAKEN = {word.lower() for word in f"{RESERVED_BY_VBA} {USED_BY_XLWINGS}".split()}
IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,254}")  # MS-VBAL 3.3.5.1.1, and VBA's own limit of 255 characters
CELL = re.compile(r"[A-Z]{1,3}[0-9]{1,7}|R[0-9]*C[0-9]*|[RC]")  # A1 and R1C1 notation, with room to spare

LINES = Path(__file__).with_name("excel_functions.txt").read_text(encoding="ascii").splitlines()
BUILT_IN = {line for line in LINES if not line.startswith("#")}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_vba_compiles_the_procedure(name):
    names = [name, *(parameter.name for parameter in FUNCTIONS[name].parameters)]
    for each in names:
        assert IDENTIFIER.fullmatch(each)
        assert each.lower() not in TAKEN
    assert len({each.lower() for each in names}) == len(names), "VBA takes names that differ in case for one"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_required_arguments_stand_before_optional_ones(name):
    optional = [parameter.optional for parameter in FUNCTIONS[name].parameters]
    assert optional == sorted(optional)
    assert not FUNCTIONS[name].variadic or sum(optional) == 1, "xlwings needs required arguments before *args"


def with_prefix(formula):
    """A formula as a file holds it: Excel's functions since 2010 have a prefix there, which XlsxWriter knows."""
    return xlsxwriter.Workbook(io.BytesIO()).add_worksheet()._prepare_formula(formula, expand_future_functions=True)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_excel_reads_the_name_as_this_function(name):
    assert not CELL.fullmatch(name)
    assert name not in BUILT_IN
    assert with_prefix(f"{name}(1)") == f"{name}(1)"


def test_the_lists_of_built_in_functions_know_old_and_new_ones():
    assert {"YEARFRAC", "DISC", "YIELD"} <= BUILT_IN
    assert with_prefix("XLOOKUP(1)") == "_xlfn.XLOOKUP(1)"
    assert with_prefix("STDEV.S(1)") == "_xlfn.STDEV.S(1)"
