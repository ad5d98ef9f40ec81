"""The lender model, built once for all tests here, and figures of it that many of them need."""

import datetime as dt

import pytest

from lender_model import build, case, model, refresh
from lender_model.package import Package

HISTORY = dt.date(1996, 9, 30)  # what happened to this date is published: facts and 10-Q


@pytest.fixture(scope="session")
def built():
    """The workbook as it is shipped, as bytes."""
    return build.build()


@pytest.fixture(scope="session")
def package(built):
    return Package(built, "lender_model.xlsx")


@pytest.fixture
def book(built, tmp_path):
    """A copy of the workbook on the disk, for a test to spoil."""
    path = tmp_path / "model.xlsx"
    path.write_bytes(built)
    return path


@pytest.fixture
def inputs():
    """The case's inputs, for a test to change."""
    values, _ = case.inputs()
    return values


@pytest.fixture(scope="session")
def base():
    """Every figure of the base case."""
    values, _ = case.inputs()
    return model.run(values)


@pytest.fixture(scope="session")
def history(package):
    """The workbook refreshed as of the date at which its account fell short."""
    return refresh.calculate(package, as_of=HISTORY)
