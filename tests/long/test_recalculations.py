"""Random changes of inputs, three hundred in all: in LibreOffice as in the model, every cell."""

import pytest
from tests.calc.test_audit import book, check_random_changes, python, shipped

__all__ = ["book", "python", "shipped"]  # fixtures


@pytest.mark.parametrize("batch", range(10))
def test_random_changes_agree(book, package, python, shipped, batch):
    check_random_changes(book, package, python, shipped, batch)
