"""Help."""

from __future__ import annotations

from typing import Annotated, Any

from drawstop.functions.cells import CellError, Kind, Text, as_grid, is_error, show
from drawstop.functions.declare import FUNCTIONS, Arg, Function, function

CATEGORY = "drawstop: Help"


@function(CATEGORY, "Help")
def EXPLAIN(
    function_name: Annotated[Any, Arg("Name of the function, as text", Text(), role="raw")],
    *arguments: Annotated[Any, Arg("Arguments of the function, as given to it", Kind("anything"), role="raw")],
) -> Any:
    """Why a function gives an error for these arguments: "OK", or the message behind the error.

    >>> EXPLAIN("PROCEEDS_MIN", "abc", 360e3, 400e3, 150e3)
    "PROCEEDS_MIN: formula_amount 'abc' must be a number of US dollars, zero or more"
    """
    try:
        name = as_grid(function_name)
    except CellError:
        name = function_name  # a range: no function has its name
    if is_error(name):
        raise CellError(name, "EXPLAIN: function_name is an error cell", "function_name")
    spec = FUNCTIONS.get(name.strip().upper()) if isinstance(name, str) else None
    if spec is None:
        return f"EXPLAIN: function_name {show(name)} must be the name of a function of drawstop"
    if not spec.takes(len(arguments)):
        given = "1 argument" if len(arguments) == 1 else f"{len(arguments)} arguments"
        return f"{spec.name}: {given} given; it is called as {spec.signature}"
    try:
        answer = spec(*arguments)
    except CellError as error:
        return error.message
    return _first_fault(spec, arguments, answer)


def _first_fault(spec: Function, arguments: tuple[Any, ...], answer: Any) -> str:
    """The message of the first cell of a spill that holds an error, found by calling the function for it alone."""
    if spec.spills or not isinstance(answer, list):
        return "OK"
    for r, row in enumerate(answer):
        for k, cell in enumerate(row):
            if is_error(cell):
                try:
                    spec(*spec.at(arguments, r, k))
                except CellError as error:
                    return f"row {r + 1}, column {k + 1}: {error.message}"
    return "OK"
