"""The add-in's VBA module as text: up to date, within VBA's limits, and with the same calls as xlwings' own."""

import re
from pathlib import Path

import drawstop.hosts.excel
from drawstop.functions import FUNCTIONS
from drawstop.hosts.excel.vba import vba_module

COMMITTED = Path(drawstop.hosts.excel.__file__).with_name("drawstop.bas")
LONGEST_LINE = 1023  # of a VBA module


def test_lines_are_short_enough_for_vba():
    assert max(map(len, vba_module().splitlines())) <= LONGEST_LINE


def test_procedures_and_calls_are_those_of_xlwings(excel):
    theirs, _ = excel.import_functions()
    ours = vba_module().replace("\r\n", "\n")
    declared = r"^(?:Public )?Function (\w+\(.*\))$"
    assert set(re.findall(declared, ours, re.MULTILINE)) == set(re.findall(declared, theirs, re.MULTILINE))
    call = r'XLPy\.CallUDF\((".*?"), "(\w+)", (Array\(.*?\)|argsArray), (ThisWorkbook, Application\.Caller)\)'
    calls = re.findall(call, theirs)
    assert {name for _, name, _, _ in calls} == set(FUNCTIONS)
    for module, name, theirs_given, rest in calls:
        assert f"XLPy.CallUDF({module}, functionName, Stored(given), {rest})" in ours
        given = theirs_given.replace("argsArray", "given")  # what they call the array that is filled one by one
        assert f'    {name} = AnswerOf("{name}", {given})\n' in ours


def test_no_argument_hides_what_its_procedure_uses():
    private = set(re.findall(r"Private Function (\w+)", vba_module()))
    used = {name.lower() for name in private | {"XLPy", "LastFailure", "Array", "given", "k"}}
    for function in FUNCTIONS.values():
        assert not used & {function.name.lower(), *(p.name.lower() for p in function.parameters)}
