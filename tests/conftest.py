"""The lender model, built once for all tests that need it."""

import contextlib
import os

import pytest

from lender_model import build, case, model
from lender_model.package import Package


@pytest.fixture(scope="session")
def built():
    """The workbook as it is shipped, as bytes."""
    return build.build()


@pytest.fixture(scope="session")
def package(built):
    return Package(built, "lender_model.xlsx")


@pytest.fixture
def book(built, tmp_path):
    """A copy of the workbook on the disk, for a test to change."""
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


@pytest.fixture
def as_nobody():
    """A context without root's rights: rights of files bind root only when it gives up being root."""

    @contextlib.contextmanager
    def context():
        root = os.geteuid() == 0
        if root:
            os.seteuid(65_534)
        try:
            yield
        finally:
            if root:
                os.seteuid(0)

    return context
