"""Every public function's help fits a function wizard. (Docstring examples run as doctests.)"""

import pytest

from drawstop import functions
from drawstop.functions import FUNCTIONS

WIZARD = 255  # Excel cuts descriptions and argument help here


@pytest.mark.parametrize("name", FUNCTIONS)
def test_help_of(name):
    spec = FUNCTIONS[name]
    assert spec.clause
    assert 0 < len(spec.summary) <= WIZARD
    for parameter in spec.parameters:
        assert 0 < len(parameter.help()) <= WIZARD


def test_exported_names_are_the_functions():
    assert set(functions.__all__) - {"FUNCTIONS", "CellError"} == set(FUNCTIONS)
