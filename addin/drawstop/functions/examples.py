"""The example of each function, taken from its docstring, as cells and a formula.

The doctest is the only source of an example. It is parsed, never run: its arguments must be literals, dates, lists of
them, or names assigned to these above.
"""

from __future__ import annotations

import ast
import datetime as dt
import doctest
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from drawstop.functions.declare import Function


@dataclass(frozen=True)
class Example:
    """A call of a function with the arguments of its docstring.

    Attributes:
        function: the function.
        arguments: the arguments in the order of the parameters: scalars, lists (a row) or lists of rows.
        answer: the answer to them: a scalar or rows of cells.
    """

    function: Function
    arguments: tuple[Any, ...]

    @property
    def answer(self) -> Any:
        """What the function gives."""
        return self.function.in_cell(*self.arguments)

    def formula(self, cells: Sequence[str]) -> str:
        """The formula as typed into Excel, the arguments in these cells: ``=PROCEEDS_SHORTFALL(B2,B3)``."""
        return f"={self.function.name}({','.join(cells)})"


def example(spec: Function) -> Example:
    """The example of a function: the first call of it in its docstring.

    Raises:
        ValueError: the docstring has none, or one with more than literals.
    """
    names: dict[str, Any] = {}
    for step in doctest.DocTestParser().get_examples(inspect.getdoc(spec.body) or ""):
        for statement in ast.parse(step.source).body:
            match statement:
                case ast.Assign([ast.Name(name)], value):
                    names[name] = _value(value, names)
                case ast.Assign([ast.Tuple(targets)], value):
                    assigned = zip(targets, _value(value, names), strict=True)
                    names |= {target.id: item for target, item in assigned if isinstance(target, ast.Name)}
            for node in ast.walk(statement):
                match node:
                    case ast.Call(ast.Name(spec.name), arguments, []):
                        return Example(spec, tuple(_value(argument, names) for argument in arguments))
    raise ValueError(f"{spec.name}: its docstring holds no example")


def _value(node: ast.expr, names: dict[str, Any]) -> Any:
    """The value of an argument as the docstring writes it."""
    match node:
        case ast.Constant(value):
            return value
        case ast.UnaryOp(ast.USub(), operand):
            return -_value(operand, names)
        case ast.List(items) | ast.Tuple(items):
            return [_value(item, names) for item in items]
        case ast.Name(name) if name in names:
            return names[name]
        case ast.Call(ast.Attribute(ast.Name("dt"), "date"), parts):
            return dt.date(*(_value(part, names) for part in parts))
    raise ValueError(f"{ast.unparse(node)}: an example's arguments must be literals")
