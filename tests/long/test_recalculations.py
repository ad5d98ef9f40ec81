"""Random changes of inputs, three hundred in all: in LibreOffice as in the model, every cell."""

import pytest
from tests.calc.test_audit import book, check_random_changes, places, shipped

__all__ = ["book", "places", "shipped"]  # fixtures


@pytest.mark.parametrize("batch", range(10))
def test_random_changes_agree(book, package, places, shipped, batch):
    check_random_changes(book, package, places, shipped, batch)
