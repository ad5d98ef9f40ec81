"""Excel as seen from a worksheet, with only pywin32 faked."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

# The first runs under LibreOffice's Python, for ours need not know UNO; the others in the worker's process.
collect_ignore = ["run_basic.py", "desk.py", "fake_excel.py", "limits.py", "pyodide/calls.py"]
sys.path.append(str(Path(__file__).parent))  # for limits.py, which tests import

WORKER = Path(__file__).with_name("worker.py")


class Excel:
    """A process in which xlwings believes that it runs on Windows, with drawstop as its UDF module."""

    def __init__(self):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self.process = subprocess.Popen(  # noqa: S603 - this interpreter, on the file beside this one
            [sys.executable, WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )

    def _ask(self, *question):
        pickle.dump(question, self.process.stdin)
        self.process.stdin.flush()
        answer = pickle.load(self.process.stdout)  # noqa: S301 - from our own process
        if isinstance(answer, Exception):
            raise answer
        return answer

    def call(self, name, *arguments):
        """What VBA receives; a list of rows is a reference to cells, a tuple of tuples a computed array."""
        return self._ask("call", name, arguments)

    def import_functions(self):
        """The VBA module's text and each function's description, as a workbook receives them."""
        return self._ask("import")

    def fail(self, name):
        """Make a function raise from now on whenever it is called."""
        self._ask("fail", name)

    def play(self, scene, **arguments):
        """What a scene of desk.py comes to."""
        return self._ask("desk", scene, arguments)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(timeout=30)


@pytest.fixture(scope="session")
def excel():
    process = Excel()
    yield process
    process.close()


@pytest.fixture(scope="session")
def model(built):
    """The lender model as it is built, as bytes, under a name that the tests of Excel leave for it."""
    return built


@pytest.fixture
def broken_excel():
    """An Excel of its own, for a test that breaks something in it."""
    process = Excel()
    yield process
    process.close()
