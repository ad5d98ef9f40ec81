"""Answers questions about the functions from a process in which xlwings believes that it runs on Windows.

Questions arrive on the standard input, answers leave on the standard output, both pickled:
``("call", name, arguments)`` gives what VBA would receive, ``("import",)`` what a workbook would from xlwings' Import
Functions, and ``("fail", name)`` makes the function raise whenever it is called from then on. ``("desk", name,
arguments)`` plays a scene of ``desk.py``.
"""

from __future__ import annotations

import datetime as dt
import os
import pickle
import sys
import traceback
from typing import Any

MODULE = "drawstop.hosts.excel"


def call(name: str, arguments: tuple[Any, ...]) -> Any:
    """What the function's VBA procedure receives: a list is a reference to cells, a tuple of tuples an array."""
    from fake_pywin32 import Range, variant  # noqa: PLC0415 - a neighbour, found once this file is run
    from xlwings.com_server import XLPython  # noqa: PLC0415 - only once the stand-in is in place

    given = [Range(value) if isinstance(value, list) else variant(value) for value in arguments]
    return received(XLPython().CallUDF(MODULE, name, given, None, Range([[0.0]])))


def received(result: Any) -> Any:
    """A result as a Variant of Excel, refusing what pywin32 could not make one of."""
    if isinstance(result, list):
        if any(isinstance(row, list) for row in result) and len({len(row) for row in result}) != 1:
            raise TypeError(f"not a rectangle: {result!r}")
        return [received(cell) for cell in result]
    if isinstance(result, dt.datetime):
        if result.tzinfo is None:
            raise TypeError("pywin32 does not accept a datetime without a time zone")
        return result.replace(tzinfo=None)
    if type(result) not in {float, bool, str}:
        raise TypeError(f"not a cell: {result!r}")
    return result


def import_functions() -> tuple[str, dict[str, Any]]:
    """The VBA module's text, and by function what its wizard shows."""
    from fake_pywin32 import Workbook  # noqa: PLC0415 - a neighbour, found once this file is run
    from xlwings import import_udfs  # noqa: PLC0415 - only once the stand-in is in place

    workbook = Workbook("facility.xlsm")
    import_udfs(MODULE, workbook)
    return workbook.VBProject.VBComponents.text, workbook.descriptions


def fail(name: str) -> None:
    """Make a function raise what no function should."""
    from drawstop.functions import FUNCTIONS  # noqa: PLC0415 - as above

    def broken(*_: Any) -> Any:
        raise RuntimeError("a bug")

    FUNCTIONS[name].body = broken


def desk(name: str, arguments: dict[str, Any]) -> Any:
    """What a scene at an analyst's desk comes to."""
    import desk as scenes  # noqa: PLC0415 - a neighbour, found once this file is run

    return getattr(scenes, name)(**arguments)


def main() -> None:
    """Answer until the questions end."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # xlwings prints: not among the answers
    from fake_pywin32 import install  # noqa: PLC0415 - a neighbour, found once this file is run

    install()
    tasks = {"call": call, "import": import_functions, "fail": fail, "desk": desk}
    while True:
        try:
            task, *arguments = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the test that started this process
        except EOFError:
            return
        try:
            answer = tasks[task](*arguments)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test that asked must see it
            error.add_note(traceback.format_exc())
            answer = error
        pickle.dump(answer, answers)
        answers.flush()


if __name__ == "__main__":
    main()
