"""The LAMBDA of each function: the checks of its arguments, from the declaration, around its formula."""

from __future__ import annotations

import datetime as dt
import functools
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from drawstop.functions import cells as c
from drawstop.functions.declare import FUNCTIONS, Function, Parameter, term
from drawstop.functions.native.helpers import HELPERS
from drawstop.functions.native.native import Native
from drawstop.functions.payment import Convention
from drawstop.functions.tranche import Repaid

MAX_FORMULA = 8192
"""Characters of a formula, a limit of Excel (Specifications and limits)."""

NEW_FUNCTIONS = {
    **dict.fromkeys(
        ("BYCOL", "BYROW", "DROP", "HSTACK", "ISOMITTED", "LAMBDA", "LET", "MAKEARRAY", "MAP", "NORM.S.DIST", "REDUCE",
         "SCAN", "SEQUENCE", "SORTBY", "SWITCH", "TAKE", "UNIQUE", "VSTACK", "XMATCH"),
        "_xlfn.",
    ),
    **dict.fromkeys(("FILTER", "SORT"), "_xlfn._xlws."),
}  # fmt: skip
"""Functions newer than the file format, and the prefix that a file gives their names ([MS-XLSX] 2.2.2)."""

_HUGE = 1e300  # for a number without an upper bound: nothing is counted beyond it
_WORD = re.compile(
    r"""(?P<text>"(?:[^"]|"")*") | (?P<number>\d[\d.]*(?:E[+-]?\d+)?) | (?P<error>\#[A-Z/0!?]+)
    | (?P<word>[A-Za-z_][\w.]*)(?P<call>(?=\()?)""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Definition:
    """A defined name that is a LAMBDA, as Excel shows it.

    Attributes:
        name: of the function, or of a helper.
        arguments: their names, an optional one in brackets.
        body: what it calculates.
    """

    name: str
    arguments: tuple[str, ...]
    body: str

    @property
    def text(self) -> str:
        """The formula that the name refers to, without the equals sign."""
        return f"LAMBDA({','.join([*self.arguments, self.body])})"

    @functools.cached_property
    def helpers(self) -> tuple[str, ...]:
        """The helpers that it needs, each after those that it depends on."""
        found: dict[str, None] = {}
        for helper in _called(self.body):
            found |= dict.fromkeys([*_helper(helper).helpers, helper])
        return tuple(found)


def definitions(names: Iterable[str]) -> list[Definition]:
    """The defined names that a workbook needs to calculate these functions: helpers first, each once."""
    wanted = [_definition(name) for name in names]
    helpers = dict.fromkeys(helper for definition in wanted for helper in definition.helpers)
    return [*map(_helper, helpers), *wanted]


def lambda_text(name: str) -> str:
    """One function as a formula for Excel's Name Manager, with the helpers it needs inside.

    Raises:
        ValueError: the function cannot be a formula.
    """
    definition = _definition(name)
    inside = "".join(f"{helper},{_helper(helper).text}," for helper in definition.helpers)
    body = f"LET({inside}{definition.body})" if inside else definition.body
    text = Definition(name, definition.arguments, body).text
    variables = {helper: helper.removeprefix("DRAWSTOP_").lower() + "_" for helper in definition.helpers}
    text = "=" + _renamed(text, variables)
    return text if len(text) <= MAX_FORMULA else _shortened(text, definition.arguments)


def _shortened(text: str, arguments: Sequence[str]) -> str:
    """A formula with short names for its variables; its arguments keep theirs."""
    kept = {argument.strip("[]") for argument in arguments}
    words = dict.fromkeys(found["word"] for found in _WORD.finditer(text) if found["word"])
    variables = [word for word in words if word.islower() and word not in kept]
    return _renamed(text, {word: f"v{k}_" for k, word in enumerate(variables)})


def in_file(text: str) -> str:
    """A formula as stored in a file: with the prefixes of its variables and of functions of Excel 365.

    >>> in_file('LAMBDA(x,[y],LET(z,x+1E-9,IF(ISOMITTED(y),"x",z)))')
    '_xlfn.LAMBDA(_xlpm.x,[_xlpm.y],_xlfn.LET(_xlpm.z,_xlpm.x+1E-9,IF(_xlfn.ISOMITTED(_xlpm.y),"x",_xlpm.z)))'
    """

    def mark(found: re.Match[str]) -> str:
        word = found["word"]
        if word is None:
            return found[0]
        return f"_xlpm.{word}" if word.islower() else NEW_FUNCTIONS.get(word, "") + word

    return _WORD.sub(mark, text)


def formulas() -> dict[str, Native]:
    """Each function that is a formula."""
    from drawstop.functions.native import FORMULAS  # noqa: PLC0415 - the package collects what its modules hold

    return FORMULAS


@functools.cache
def _helper(name: str) -> Definition:
    arguments, formula = HELPERS[name]
    return Definition(name, tuple(arguments.split(",")), formula)


def _called(text: str) -> list[str]:
    """The helpers that a formula calls, each once."""
    words = (found["word"] for found in _WORD.finditer(text) if found["word"])
    return list(dict.fromkeys(word for word in words if word in HELPERS))


@functools.cache
def _definition(name: str) -> Definition:
    spec, native = FUNCTIONS[name], formulas().get(name)
    if native is None:
        raise ValueError(f"{name}: cannot be a formula of Excel alone")
    arguments = tuple(f"[{_typed(p)}]" if p.optional else _typed(p) for p in spec.parameters)
    return Definition(name, arguments, _Writer(spec, native).body())


class _Writer:
    """Writes one function: the value and the fault of each argument, and the formula over checked values.

    Names of variables: ``all_x`` is an argument, blank if left out, ``one_x`` one cell of it, ``row_x`` a series as a
    column, ``the_x`` the checked value; ``bad_x`` is an error cell in a series, ``wrong_x`` another fault.
    """

    def __init__(self, spec: Function, native: Native) -> None:
        self.spec, self.native = spec, native
        self.outer: list[tuple[str, str]] = []
        self.cells = [p for p in spec.parameters if _broadcasts(spec, p)]
        self.checked = {p.name: f"the_{p.name}" for p in spec.parameters if p.arg.role != "table"}
        self.raw, self.wrong = list[str](), list[str]()

    def body(self) -> str:
        """The LAMBDA's formula."""
        for p in self.spec.parameters:
            if p.optional:
                self.outer.append((f"all_{p.name}", f'IF(ISOMITTED({_typed(p)}),"",{_typed(p)})'))
            if p.name in self.native.before:
                self.outer.append((f"all_{p.name}", self.native.before[p.name]))
        self._group([p for p in self.spec.parameters if p.arg.role == "series" or p.arg.many])
        inner = list[tuple[str, str]]()
        for p in self.spec.parameters:
            if p.arg.role == "table":
                self._table(p)
            elif p.arg.role == "cell" and not p.arg.many:
                into = inner if p in self.cells else self.outer
                if p not in self.cells:
                    into.append((f"one_{p.name}", f"DRAWSTOP_ONE({_all(self, p)})"))
                into.append((f"the_{p.name}", check(p.arg.kind, f"one_{p.name}", _blank(p))))
                self.raw.append(f"0*N(one_{p.name})")
                self.wrong.append(f"0*N(the_{p.name})")
            else:
                self.raw.append(f"bad_{p.name}")
                self.wrong.append(f"wrong_{p.name}")
        inner.extend((name, literal(term(key))) for name, key in self.native.terms.items())
        inner.append(("fault", "+".join(self.raw + self.wrong)))
        result = self._result()
        if not self.cells:
            return _let(self.outer + inner, result)
        return _let(self.outer, self._spread(_let(inner, result)))

    def _result(self) -> str:
        """The formula behind the conditions that must hold first."""
        text = self.native.formula
        for condition, error in reversed(self.native.requires):
            text = f"IF({condition},{text},{error})"
        return f"IF(ISERROR(fault),fault,{_renamed(text, self.checked)})"

    def _spread(self, inner: str) -> str:
        """The formula for one cell of each range, over all that the ranges combine to."""
        given = [_all(self, p) for p in self.cells]
        at = f"LAMBDA({','.join(f'one_{p.name}' for p in self.cells)},{inner})"
        picked = ",".join(f"DRAWSTOP_PICK({x},i,j)" for x in given)
        fits = "*".join(f"DRAWSTOP_FITS({x},height,width)" for x in given)
        names = [
            ("at", at),
            ("height", f"MAX({','.join(f'DRAWSTOP_ROWS({x})' for x in given)})"),
            ("width", f"MAX({','.join(f'DRAWSTOP_COLUMNS({x})' for x in given)})"),
        ]
        grid = f"MAKEARRAY(height,width,LAMBDA(i,j,at({picked})))"
        if len(given) > 1:
            grid = f"IF({fits}=0,#VALUE!,{grid})"
        grid = f"IF(height*width>{c.MAX_CELLS},#NUM!,{grid})"
        return _let(names, f"IF(height*width=1,at({','.join(given)}),{grid})")

    def _group(self, group: Sequence[Parameter]) -> None:
        """Parallel series: as columns, checked, with their faults."""
        if not group:
            return
        first = group[0]
        for p in group:
            self._line(p, first)
        decisive = {p.name: f"row_{p.name}" for p in group if not p.arg.many}
        for p in group:
            if p.arg.many and not p.optional:  # a series decides on blank rows, a single value does not
                given, decisive[p.name] = _all(self, p), f"key_{p.name}"
                alone = f"ROWS({given})*COLUMNS({given})=1"
                blanks = f'MAP(row_{first.name},LAMBDA(cell,""))'
                self.outer.append((f"key_{p.name}", f"IF({alone},{blanks},row_{p.name})"))
        for p in group:
            beside = [row for name, row in decisive.items() if name != p.name]
            self.outer.append((f"the_{p.name}", _column(p.arg.kind, f"row_{p.name}", beside, _series_blank(p, group))))
            wrong = f"odd_{p.name}+DRAWSTOP_ERROR(the_{p.name})"
            if p.arg.unique:
                wrong += f"+DRAWSTOP_TWICE(the_{p.name})"
            self.outer.append((f"wrong_{p.name}", wrong))

    def _line(self, p: Parameter, first: Parameter) -> None:
        name = p.name
        given = _all(self, p)
        if p.optional and p.arg.role == "series":
            self.outer.append((f"no_{name}", f"DRAWSTOP_BLANK({given})"))
        self.outer.append((f"bad_{name}", f"DRAWSTOP_ERROR({given})"))
        if p is first:
            line = f"DRAWSTOP_LINE({given})"
            if p.optional:
                line = f"IF(no_{name},{_array(p.default)},{line})"
            self.outer.append((f"row_{name}", line))
            self.outer.append((f"odd_{name}", f"DRAWSTOP_ODD({given},ROWS(row_{name}))" if not p.optional else "0"))
            return
        alone = f"no_{name}" if p.arg.role == "series" and p.optional else f"ROWS({given})*COLUMNS({given})=1"
        if p.optional or p.arg.many:  # one value, or none, for the whole series
            self.outer.append(
                (f"row_{name}", f"IF({alone},MAP(row_{first.name},LAMBDA(cell,{given})),DRAWSTOP_LINE({given}))")
            )
            self.outer.append((f"odd_{name}", f"IF({alone},0,DRAWSTOP_ODD({given},ROWS(row_{first.name})))"))
        else:
            self.outer.append((f"row_{name}", f"DRAWSTOP_LINE({given})"))
            self.outer.append((f"odd_{name}", f"DRAWSTOP_ODD({given},ROWS(row_{first.name}))"))

    def _table(self, p: Parameter) -> None:
        name, columns = p.name, p.arg.columns
        given = _all(self, p)
        width = len(columns)
        needed = width - p.arg.spare
        fits = (
            f"AND(COLUMNS({given})>={needed},COLUMNS({given})<={width})" if p.arg.spare else f"COLUMNS({given})={width}"
        )
        self.outer += [
            (f"bad_{name}", f"DRAWSTOP_ERROR({given})"),
            (f"odd_{name}", f"IF(DRAWSTOP_BLANK({given}),0,IF({fits},0,#VALUE!))"),
            (f"row_{name}", f"DRAWSTOP_TABLE({given},{width})"),
        ]
        rows = [f"row_{name}_{key}" for key, _ in columns]
        self.outer += [(row, f"INDEX(row_{name},0,{k})") for k, row in enumerate(rows, start=1)]
        if not any(isinstance(kind, c.Date) for _, kind in columns):
            cells = ",".join(map(_beside, range(needed)))
            some = ",".join(f'{cell}<>""' for cell in map(_beside, range(needed)))
            self.outer.append((f"{name}_kept", f"MAP({','.join(rows[:needed])},LAMBDA({cells},IF(OR({some}),1,0)))"))
        wrong = f"odd_{name}"
        for k, ((key, kind), row) in enumerate(zip(columns, rows, strict=True)):
            blank = _of_blank(kind) if k < needed else '""'
            beside = [other for other in rows[:needed] if other != row]
            self.outer.append((f"{name}_{key}", _column(kind, row, beside, blank)))
            wrong += f"+DRAWSTOP_ERROR({name}_{key})"
            if p.arg.unique and isinstance(kind, c.Date):
                wrong += f"+DRAWSTOP_TWICE({name}_{key})"
        self.outer.append((f"wrong_{name}", wrong))
        self.raw.append(f"bad_{name}")
        self.wrong.append(f"wrong_{name}")


def _typed(p: Parameter) -> str:
    """An argument's name in Excel; one that is also the name of a function, DSCR or DAY say, must differ from it."""
    return f"{p.name}_" if p.name.upper() in {*FUNCTIONS, *_functions()} else p.name


@functools.cache
def _functions() -> frozenset[str]:
    """The functions of Excel that the formulas call."""
    texts = [helper.formula for helper in HELPERS.values()]
    texts += [
        " ".join([native.formula, *(condition for condition, _ in native.requires)]) for native in formulas().values()
    ]
    words = (found for text in texts for found in _WORD.finditer(text) if found["call"] is not None)
    return frozenset(found["word"] for found in words) - HELPERS.keys()


def _all(writer: _Writer, p: Parameter) -> str:
    return f"all_{p.name}" if p.optional or p.name in writer.native.before else _typed(p)


def _broadcasts(spec: Function, p: Parameter) -> bool:
    """Whether an argument's range spills."""
    return p.arg.role == "cell" and p.arg.kind.broadcasts and not (p.arg.many or spec.spills)


def _let(names: Sequence[tuple[str, str]], result: str) -> str:
    return f"LET({','.join(f'{name},{text}' for name, text in names)},{result})" if names else result


def _renamed(text: str, names: dict[str, str]) -> str:
    """A formula with its variables' names changed."""
    return _WORD.sub(lambda found: names.get(found["word"] or "", found[0]), text)


# ---- checks ------------------------------------------------------------------------------------------------------


def check(kind: c.Kind, x: str, blank: str) -> str:
    """The value of a cell, or its error; a blank counts as `blank`."""
    if isinstance(kind, c.Choice) and not isinstance(kind, Convention | c.DayCount):
        return _choice(kind, x, blank)
    for known, helper in _CHECKS.items():
        if isinstance(kind, known):
            return f"{helper}({x},{blank})"
    return _number(kind, x, blank) if isinstance(kind, c.Number) else f"DRAWSTOP_TEXT({x},{blank})"


_CHECKS: dict[type[c.Kind], str] = {
    c.Date: "DRAWSTOP_DATE",
    c.Flag: "DRAWSTOP_FLAG",
    c.DayCount: "DRAWSTOP_BASIS",
    Convention: "DRAWSTOP_CONVENTION",
    Repaid: "DRAWSTOP_REPAID",
}


def _number(kind: c.Number, x: str, blank: str) -> str:
    """A number within its bounds."""
    low, high = literal(kind.low), literal(min(kind.high, _HUGE))
    if kind.whole:
        return f"DRAWSTOP_WHOLE({x},{blank},{low},{high})"
    if kind.above and math.isfinite(kind.high):
        return f"DRAWSTOP_WITHIN({x},{blank},{low},{high})"
    if kind.above:
        return f"DRAWSTOP_ABOVE({x},{blank},{low})"
    if math.isfinite(kind.high):
        return f"DRAWSTOP_BETWEEN({x},{blank},{low},{high})"
    return f"DRAWSTOP_FROM({x},{blank},{low})" if math.isfinite(kind.low) else f"DRAWSTOP_NUMBER({x},{blank})"


def _choice(kind: c.Choice, x: str, blank: str) -> str:
    """A text in any case."""
    texts = ",".join(f"{literal(option)},{literal(option)}" for option in kind.options)
    return f'IF({x}="",{blank},IF(ISTEXT({x}),SWITCH(TRIM({x}),{texts},#VALUE!),#VALUE!))'


def _column(kind: c.Kind, row: str, others: Sequence[str], blank: str) -> str:
    """The checked cells of a series; a cell is ignored where the whole row is blank."""
    nothing = '""' if isinstance(kind, c.Text) or blank == '""' else "0"
    if blank in {nothing, '""'}:
        return f"MAP({row},LAMBDA(cell,{check(kind, 'cell', blank)}))"
    dates = isinstance(kind, c.Date)
    mine = 'OR(cell="",cell=0)' if dates else 'cell=""'
    empty = "".join([f',{name}=""' for name in map(_beside, range(len(others)))])
    test = f"AND({mine}{empty})" if others else mine
    arguments = ",".join(["cell", *map(_beside, range(len(others)))])
    return f"MAP({','.join([row, *others])},LAMBDA({arguments},IF({test},{nothing},{check(kind, 'cell', blank)})))"


def _beside(k: int) -> str:
    return f"beside_{'abcdefgh'[k]}"


def _of_blank(kind: c.Kind) -> str:
    """The value of a blank required cell."""
    if kind.blank is None:
        return "#VALUE!"
    return literal(kind.blank) if math.isfinite(kind.blank) else '""'


def _blank(p: Parameter) -> str:
    """The value of a blank cell of an argument."""
    if not p.optional:
        return _of_blank(p.arg.kind)
    return '""' if p.default is None else literal(p.default)


def _series_blank(p: Parameter, group: Sequence[Parameter]) -> str:
    """The value of a blank cell of a series: none where its row is left out, or where it is a single cell."""
    if p.arg.many:
        return _blank(p)
    if len(group) == 1 and isinstance(p.arg.kind, c.Date):
        return "0"
    return '""' if p.arg.skip_blank or (len(group) == 1 and p.arg.kind.blank is None) else _of_blank(p.arg.kind)


def literal(value: Any) -> str:
    """A value as a formula writes it."""
    match value:
        case bool() | np.bool_():
            return str(bool(value)).upper()
        case str():
            return '"' + value.replace('"', '""') + '"'
        case np.datetime64():
            return literal(value.item())
        case dt.date():
            return f"DATE({value.year},{value.month},{value.day})"
    return repr(float(value)).removesuffix(".0").upper()


def _array(default: Any) -> str:
    """A default series as a column."""
    return '""' if default is None else "{" + ";".join(map(literal, default[0])) + "}"
