"""Generated files are what the code now gives; the workbook is compared part by part in workbook/test_built.py."""

import pytest
from tests.regenerate import GENERATED, ROOT, WORKBOOK


@pytest.mark.parametrize("name", [name for name in GENERATED if name != WORKBOOK])
def test_the_committed_file_is_the_generated_one(name):
    assert (ROOT / name).read_bytes() == GENERATED[name](), "out of date: run `python -m tests.regenerate`"
