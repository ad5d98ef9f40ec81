"""The lender model, built once for all tests here, and figures of it that many of them need."""

import datetime as dt

import pytest

from lender_model import refresh

HISTORY = dt.date(1996, 9, 30)  # what happened to this date is published: facts and 10-Q


@pytest.fixture(scope="session")
def history(package):
    """The workbook refreshed as of the date at which its account fell short."""
    return refresh.calculate(package, as_of=HISTORY)
