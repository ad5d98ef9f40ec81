"""How the tests are shared among processes, and the lender model, built once for all tests that need it."""

import contextlib
import functools
import gc
import os

import pytest
from filelock import FileLock
from xdist.scheduler import LoadScopeScheduling

from lender_model import build, case, model
from lender_model.xlsx.package import Package
from lender_model.xlsx.sheet import Sheet

# The tests hold much that is never garbage; searching it as often as usual takes a tenth of their time.
gc.set_threshold(100_000, 50, 100)


@functools.lru_cache(maxsize=100)
def _sheet(where, xml, strings, date1904):
    return Sheet(where, xml, dict(enumerate(strings)), date1904=date1904)


@pytest.fixture(autouse=True, scope="session")
def _sheets_are_read_once():
    """Many tests refresh the same workbook: a sheet of the same bytes is read once for all of them."""

    def known(where, xml, strings, *, date1904):
        if list(strings) != list(range(len(strings))):
            return Sheet(where, xml, strings, date1904=date1904)
        return _sheet(where, xml, tuple(strings.values()), date1904)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lender_model.xlsx.package.Sheet", known)
        yield


def pytest_xdist_auto_num_workers(config):
    """One process for a part of the tests: a second one would take longer to start than it saves."""
    whole = config.args_source == pytest.Config.ArgsSource.TESTPATHS and not config.option.keyword
    return None if whole else 0


class _ByFile(LoadScopeScheduling):
    """The tests of a file share a process, for they share fixtures; all that need LibreOffice share one LibreOffice."""

    def _split_scope(self, nodeid):
        file = nodeid.partition("::")[0]
        return "LibreOffice" if "/calc/test_" in file else file


def pytest_xdist_make_scheduler(config, log):
    return _ByFile(config, log)


@pytest.fixture(scope="session")
def built(tmp_path_factory, request):
    """The workbook as it is shipped, as bytes; built by the process that needs it first."""
    if not hasattr(request.config, "workerinput"):
        return build.build()
    path = tmp_path_factory.getbasetemp().parent / "lender_model.xlsx"  # the processes' folders are side by side
    with FileLock(f"{path}.lock"):
        if not path.exists():
            path.write_bytes(build.build())
    return path.read_bytes()


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
