"""One LibreOffice for all tests here. Without LibreOffice they are skipped, unless DRAWSTOP_REQUIRE_CALC is set."""

import os

import pytest

from drawstop.hosts.calc import CalcError, Session

collect_ignore = ["edit_book.py"]  # runs in LibreOffice's Python


@pytest.fixture(scope="session")
def calc():
    try:
        session = Session()
    except CalcError as error:
        if os.environ.get("DRAWSTOP_REQUIRE_CALC"):
            raise
        pytest.skip(str(error))
    yield session
    session.close()
