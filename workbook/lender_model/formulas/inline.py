"""Functions written as formulas that paths can calculate: ours by their native formulas, and some of Excel's."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from drawstop.functions.declare import FUNCTIONS
from drawstop.functions.native import FORMULAS, HELPERS
from lender_model.formulas.lines import Line
from lender_model.formulas.syntax import At, Call, Cell, Constant, Fault, Node, Ref, Unknown, parse, replaced

_HAIR = "(1+2^-50)"  # a calculation may give 2.4999999999999996 for 2.5
_DAY = "(day-61)"  # from 1 March 1900, so that a leap day ends its year; until February 2100 every fourth year has one
_YEARS = f"INT((4*{_DAY}+3)/1461)"
_DAY_OF_YEAR = f"({_DAY}-INT(1461*{_YEARS}/4))"
_MONTHS = f"INT((5*{_DAY_OF_YEAR}+2)/153)"

EXCEL: dict[str, tuple[str, str]] = {
    "N": ("x", "IFERROR(x,0)"),
    "ROUND": ("x,digits", f"IF(x<0,-1,1)*INT(ABS(x)*10^digits*{_HAIR}+0.5)/10^digits"),
    "ROUNDDOWN": ("x,digits", f"IF(x<0,-1,1)*INT(ABS(x)*10^digits*{_HAIR})/10^digits"),
    "ROUNDUP": ("x,digits", f"-IF(x<0,-1,1)*INT(-ABS(x)*10^digits/{_HAIR})/10^digits"),
    "MOD": ("x,by", "x-by*INT(x/by)"),
    "SIGN": ("x", "IF(x>0,1,IF(x<0,-1,0))"),
    "POWER": ("x,power", "x^power"),
    "SUMIF": ("keys,wanted,figures", "SUM(IF(keys=wanted,figures,0))"),
    "COUNTIF": ("keys,wanted", "SUM(IF(keys=wanted,1,0))"),
    "DAY": ("day", f"{_DAY_OF_YEAR}-INT((153*{_MONTHS}+2)/5)+1"),
    "YEAR": ("day", "1900+INT((_MONTH_NO(day)+2)/12)"),
    "MONTH": ("day", "_MONTH_NO(day)+3-12*INT((_MONTH_NO(day)+2)/12)"),
    "EOMONTH": ("day,months", "_FIRST_DAY(_MONTH_NO(day)+INT(months)+1)-1"),
    "EDATE": (
        "day,months",
        "MIN(_FIRST_DAY(_MONTH_NO(day)+INT(months))+DAY(day)-1,_FIRST_DAY(_MONTH_NO(day)+INT(months)+1)-1)",
    ),
}
"""Arguments and formula of functions that others can express."""
_OWN = {
    "_MONTH_NO": ("day", f"{_YEARS}*12+{_MONTHS}"),
    "_FIRST_DAY": ("no", "61+INT(1461*INT(no/12)/4)+INT((153*(no-12*INT(no/12))+2)/5)"),
}
"""Functions that no spreadsheet program has: months from March 1900 to a date's, and the first day of such a month."""
KNOWN = {*EXCEL, *FORMULAS, *HELPERS}


def inlined(call: Call) -> Node:
    """A call of one of :data:`KNOWN`, replaced by its formula."""
    names, tree = _words(call.name)
    defaults = FUNCTIONS[call.name].parameters if call.name in FUNCTIONS else ()
    given = dict(zip(names, call.args, strict=False))
    for p in defaults:
        if given.get(p.name, Constant(None)) == Constant(None):
            given[p.name] = Constant(p.default if isinstance(p.default, float | str | bool) else "")
    beside = FORMULAS[call.name].before if call.name in FORMULAS else {}  # a block beside one cell: its total
    return _put(tree, given | {name: Call("SUM", (given[name],)) for name in beside})


def _put(tree: Node, given: Mapping[str, Node]) -> Node:
    return replaced(tree, lambda node: given.get(node.name.casefold(), node) if isinstance(node, Unknown) else node)


@functools.cache
def _words(name: str) -> tuple[tuple[str, ...], Node]:
    """Names of a function's arguments, and its formula; an error where what it requires does not hold."""
    if name in FORMULAS:
        native, arguments = FORMULAS[name], tuple(p.name for p in FUNCTIONS[name].parameters)
        tree = parse(native.formula, Cell("", 0, 0))
        for condition, code in reversed(native.requires):
            tree = Call("IF", (parse(condition, Cell("", 0, 0)), tree, Fault(code)))
    else:
        text, formula = (EXCEL | _OWN).get(name) or HELPERS[name]
        arguments, tree = tuple(text.split(",")), parse(formula, Cell("", 0, 0))
    return arguments, replaced(
        tree, lambda node: inlined(node) if isinstance(node, Call) and node.name in _INNER else node
    )


_INNER = {*_OWN, *HELPERS}
"""Functions that no workbook's formula calls: replaced at once, so that the calculator need not support them."""


def unrolled(line: Line, totals: frozenset[str]) -> Node:
    """An array formula's tree for each of its cells: a range as wide or as high as the array becomes one of its cells.

    The argument of a total, or a series of a function of ours, stays whole.
    """
    _, top, left, bottom, right = line.area

    def cell(node: Node) -> Node:
        if isinstance(node, Ref):
            area, rows, columns = node.area(top, left), (node.top, node.bottom), (node.left, node.right)
            if right > left and area.right - area.left == right - left:
                columns = (At(area.left - left, relative=True),) * 2
            if bottom > top and area.bottom - area.top == bottom - top:
                rows = (At(area.top - top, relative=True),) * 2
            return Ref(node.sheet, rows[0], columns[0], rows[1], columns[1])
        if not isinstance(node, Call) or node.name in totals:
            return node
        ours = FUNCTIONS.get(node.name)
        series = [p.arg.role == "series" for p in ours.parameters] if ours else [False] * len(node.args)
        return Call(node.name, tuple(a if whole else cell(a) for a, whole in zip(node.args, series, strict=False)))

    return cell(line.tree)
