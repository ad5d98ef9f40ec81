"""Excel as host: every spreadsheet function under its Excel name, registered with xlwings.

The add-in names this module as xlwings' UDF module; in xlwings Lite ``from drawstop.hosts.excel import *`` registers
the functions. Whatever a worksheet passes, a function returns a cell, a bare error code or rows of them; it never
raises, since xlwings would show the exception as text.

    >>> from drawstop.hosts import excel
    >>> excel.PROCEEDS_MIN([[2.1e6]], [[360e3]], [[400e3]], [[150e3]])
    2900000.0
    >>> excel.DSCR([[4.2e6]], [[0.0]])
    '#DIV/0!'
"""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import xlwings as xw

from drawstop.functions import FUNCTIONS
from drawstop.functions.declare import Function, Parameter

# Excel's error values by number: the XlCVError enumeration of its object model.
ERRORS = {
    2000: "#NULL!",
    2007: "#DIV/0!",
    2015: "#VALUE!",
    2023: "#REF!",
    2029: "#NAME?",
    2036: "#NUM!",
    2042: "#N/A",
    2043: "#GETTING_DATA",
    2045: "#SPILL!",
    2046: "#CONNECT!",
    2047: "#BLOCKED!",
    2048: "#UNKNOWN!",
    2049: "#FIELD!",
    2050: "#CALC!",
}
_UNLISTED_ERROR = "#UNKNOWN!"
_SCODE = -0x7FF60000  # COM passes error number n as the status code 0x800A0000 + n, a signed 32-bit integer
_SERIAL_ZERO = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a cell's date has no time zone


def from_excel(given: Any) -> Any:
    """A cell or rows of cells as the functions read them: error values as their text, dates as the cells' serials.

    xlwings translates the seven oldest error values itself; a newer one would count as a number of dollars. A number
    shown as a date is still a number, as it is to Excel's own functions, and serial 0 shown as a date is a blank.

    >>> from_excel([1.5, "text", None, -2146826246, dt.datetime(1996, 9, 30)])
    [1.5, 'text', None, '#N/A', 35338.0]
    """
    if isinstance(given, list):
        return [from_excel(cell) for cell in given]
    if type(given) is int and 0 <= given - _SCODE <= 0xFFFF:
        return ERRORS.get(given - _SCODE, _UNLISTED_ERROR)
    if isinstance(given, dt.datetime):
        return (given.replace(tzinfo=None) - _SERIAL_ZERO) / dt.timedelta(days=1)
    return given


def _parameter(parameter: Parameter, *, variadic: bool) -> inspect.Parameter:
    """An argument as xlwings reads it: blank when left out, with help for the wizard, every range as a list of rows.

    Without ``ndim`` a row and a column arrive alike, without ``err_to_str`` an error arrives as a blank. The type must
    be ``Any``: xlwings drops the options beside a date type, and cannot read a union.
    """
    options = {"doc": parameter.help(), "ndim": 2, "err_to_str": True}
    return inspect.Parameter(
        parameter.name,
        inspect.Parameter.VAR_POSITIONAL if variadic else inspect.Parameter.POSITIONAL_OR_KEYWORD,
        default=None if parameter.optional and not variadic else inspect.Parameter.empty,
        annotation=Annotated[Any, options],
    )


def _registered(function: Function) -> Callable[..., Any]:
    """A function registered with xlwings under its own name, signature and help."""

    def udf(*given: Any) -> Any:
        return function.in_cell(*map(from_excel, given))

    last = function.parameters[-1:]
    parameters = [_parameter(p, variadic=function.variadic and p in last) for p in function.parameters]
    udf.__name__ = udf.__qualname__ = function.name
    udf.__doc__ = function.summary
    udf.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what inspect reads first
    udf.__annotations__ = {p.name: p.annotation for p in parameters}
    return xw.func(category=function.category)(udf)


_UDFS = {name: _registered(function) for name, function in FUNCTIONS.items()}
__all__ = [*_UDFS]  # noqa: PLE0604 - the functions' names, which are data


def __getattr__(name: str) -> Callable[..., Any]:
    """A function by its name in Excel, as xlwings asks for it."""
    if name not in _UDFS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _UDFS[name]


def __dir__() -> list[str]:
    """What xlwings finds when it looks for functions: these, after the module's own names."""
    return [*globals(), *_UDFS]
