"""The reference of the functions: one Markdown page, and what the workbook and the terminal show about each.

All of it comes from the declarations: signature, help and kinds of the arguments, docstring with errors and example.
"""

from __future__ import annotations

import datetime as dt
import difflib
import inspect
import itertools
import re
from collections.abc import Container, Mapping
from typing import Any, NamedTuple

from drawstop.facility import load, readings
from drawstop.functions import (
    completion,
    covenants,
    explain,
    gold,
    loan,
    note,
    npmc,
    payment,
    proceeds,
    ratios,
    stream,
    tranche,
)
from drawstop.functions.cells import show
from drawstop.functions.declare import FUNCTIONS, Function, Parameter
from drawstop.functions.examples import Example, example

CATEGORIES = (
    proceeds.CATEGORY, loan.CATEGORY, gold.CATEGORY, note.CATEGORY, covenants.CATEGORY, npmc.CATEGORY,
    completion.CATEGORY, ratios.CATEGORY, tranche.CATEGORY, stream.CATEGORY, payment.CATEGORY, explain.CATEGORY,
)  # fmt: skip
"""The categories of the functions, the agreement's first."""

UNWRITTEN: Mapping[str, str] = {
    "Lender's ratios": "Measures that lenders to mines ask for; the filing has no such clause",
    "Today's loans": "Clauses of later loans to mines; the filing has no such clause",
    "Help": "Follows no clause",
}
"""What is shown in place of a clause where a function follows none."""

_READING = re.compile(r"R-\d\d")
_CALL_WIDTH = 70  # of the examples' code


class UnknownFunctionError(ValueError):
    """No function has that name: one line with the nearest names."""


class ListedError(NamedTuple):
    """An error of a function: code, argument at fault (or ""), and message, with "…" for what only a call knows."""

    code: str
    argument: str
    message: str

    def __str__(self) -> str:
        return f"{self.argument} {self.message}".strip()


def by_category() -> dict[str, list[Function]]:
    """The functions by category, without the product's name before it."""
    return {
        category.partition(": ")[2]: [spec for spec in FUNCTIONS.values() if spec.category == category]
        for category in CATEGORIES
    }


def find(name: str) -> Function:
    """The function of that name, in any case.

    Raises:
        UnknownFunctionError: there is none.

    >>> find("dscr").signature
    'DSCR(cash_available, debt_service)'
    """
    wanted = name.strip().upper()
    if wanted in FUNCTIONS:
        return FUNCTIONS[wanted]
    near = difflib.get_close_matches(wanted, FUNCTIONS, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else "drawstop functions lists them all"
    raise UnknownFunctionError(f"there is no function {name!r}; {hint}")


# ---- what a declaration says ------------------------------------------------------------------------------------


def details(spec: Function) -> list[str]:
    """The paragraphs of the docstring between the summary and the errors or the example, a line each."""
    text = re.split(r"^Errors:|^>>>", inspect.getdoc(spec.body) or "", maxsplit=1, flags=re.MULTILINE)[0]
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n")[1:] if paragraph.strip()]


def subject(clause: str) -> str:
    """What a clause is about, or why there is none.

    >>> subject("8-K 5(a) Withdrawals")
    'What may leave the account, and when'
    """
    return UNWRITTEN[clause] if clause in UNWRITTEN else load().clauses[clause]


def readings_of(spec: Function) -> list[str]:
    """Ids of the readings that the docstring cites.

    >>> readings_of(find("COMMITMENT_FEE"))
    ['R-11']
    """
    return sorted(set(_READING.findall(inspect.getdoc(spec.body) or "")))


def allowed(p: Parameter) -> str:
    """What an argument must be, with unit and sign.

    >>> [allowed(p) for p in find("DUE_WITHIN").parameters][1:3]
    ['a row or a column, each a date', 'a row or a column, each a number of US dollars']
    """
    match p.arg.role:
        case "table":
            return "a table of " + " and ".join(f"{name} ({kind.what})" for name, kind in p.arg.columns)
        case "series":
            return f"a row or a column, each {p.arg.kind.what}"
        case _:
            return p.arg.kind.what


def if_blank(spec: Function, p: Parameter) -> str:
    """What an argument counts as when it is blank.

    >>> [if_blank(find("LOAN_MARGIN"), p) for p in find("LOAN_MARGIN").parameters]
    ['needed', 'none', '0.0225', '0.01875']
    """
    if not p.optional:
        return "0" if p.arg.kind.blank == 0 and p.arg.role == "cell" else "needed"
    if p.default is None or spec.variadic:
        return "none"
    if isinstance(p.default, list):
        return "{" + ",".join(map(str, p.default[0])) + "}"
    return show(p.default).strip("'")


# ---- errors -----------------------------------------------------------------------------------------------------


def errors(spec: Function) -> list[ListedError]:
    """The errors of a function other than those of an invalid cell, as its docstring lists them.

    >>> errors(find("DSCR"))
    [ListedError(code='#DIV/0!', argument='debt_service', message='must not be 0')]
    """
    found = re.search(r"^Errors:\n(.*?)\n\n", inspect.getdoc(spec.body) or "", re.DOTALL | re.MULTILINE)
    lines = re.split(r"\n {4}(?=#)", "\n" + found[1])[1:] if found else []
    names = {parameter.name for parameter in spec.parameters}
    return [_listed(" ".join(line.split()), names) for line in lines]


def _listed(line: str, names: Container[str]) -> ListedError:
    code, _, text = line.partition(" ")
    argument, _, message = text.partition(" ")
    return ListedError(code, argument, message) if argument in names else ListedError(code, "", text)


# ---- examples as text -------------------------------------------------------------------------------------------


def rows_of(argument: Any) -> list[list[Any]]:
    """An argument or an answer as rows of cells; a flat list is a row.

    >>> rows_of(1.0), rows_of([1, 2]), rows_of([[1], [2]])
    ([[1.0]], [[1, 2]], [[1], [2]])
    """
    if not isinstance(argument, list):
        return [[argument]]
    return argument if isinstance(argument[0], list) else [argument]


def python_call(case: Example) -> str:
    """The example's call as typed into Python, with the interpreter's prompts.

    >>> python_call(example(find("DSCR")))
    '>>> DSCR(4_200_000, 3_000_000)'
    """
    arguments = [_python(argument) for argument in case.arguments]
    call = f"{case.function.name}({', '.join(arguments)})"
    if len(call) > _CALL_WIDTH:
        lines = [f"{case.function.name}(", *(f"    {argument}," for argument in arguments), ")"]
        call = "\n... ".join(lines)
    return f">>> {call}"


def python_answer(case: Example) -> str:
    """The example's answer as the interpreter shows it, tables row by row, without the last digits of numbers.

    Those differ between processors: 2.0 on one is 1.9999999999999996 on another.

    >>> python_answer(example(find("DSCR")))
    '1.4'
    """
    rows = [[float(f"{cell:.12g}") if type(cell) is float else cell for cell in row] for row in rows_of(case.answer)]
    if not isinstance(case.answer, list):
        return repr(rows[0][0])
    return "[" + ",\n ".join(map(repr, rows)) + "]"


def _python(value: Any) -> str:
    match value:
        case list():
            return f"[{', '.join(map(_python, value))}]"
        case dt.date():
            return f"dt.date({value.year}, {value.month}, {value.day})"
        case float() if value.is_integer():
            return f"{int(value):_}"
        case bool() | str() | None:
            return repr(value)
        case _:
            return f"{value:_}"


def excel_call(case: Example) -> tuple[str, dict[str, str]]:
    """The example's formula, and the contents of its ranges.

    >>> excel_call(example(find("AVERAGE_LIFE")))
    ('=AVERAGE_LIFE(DATE(1997,1,1),A1:B1,A2:B2)', {'A1:B1': '01-Jan-1998; 01-Jan-1999', 'A2:B2': '1; 1'})
    """
    cells, ranges, top = list[str](), dict[str, str](), 1
    for argument in case.arguments:
        if not isinstance(argument, list):
            cells.append(_excel(argument))
            continue
        rows = rows_of(argument)
        last = f"{chr(64 + len(rows[0]))}{top + len(rows) - 1}"
        cells.append(f"A{top}" if last == f"A{top}" else f"A{top}:{last}")
        ranges[cells[-1]] = " / ".join("; ".join(map(shown, row)) for row in rows)
        top += len(rows)
    return case.formula(cells), ranges


def _excel(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case dt.date():
            return f"DATE({value.year},{value.month},{value.day})"
        case str():
            return '"' + value.replace('"', '""') + '"'
        case _:
            return f"{value:.15g}"


def shown(value: Any) -> str:
    """A cell as a person reads it.

    >>> shown(dt.date(1996, 9, 30)), shown(2900000.0), shown(True), shown(0.01875), shown(None)
    ('30-Sep-1996', '2,900,000', 'TRUE', '0.01875', '')
    """
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case dt.date():
            return f"{value:%d-%b-%Y}"
        case str():
            return value
        case _:
            return f"{value:,.4f}".rstrip("0").rstrip(".") if abs(value) >= 1 else f"{value:.6g}"


# ---- the page -----------------------------------------------------------------------------------------------------

_INTRODUCTION = """\
# Functions

This page is generated from the functions' declarations. Do not edit it by hand.

Every function has the same name, arguments and result in Python (`from drawstop.functions import PROCEEDS_MIN`), in
Excel and in LibreOffice Calc. Arguments in brackets may be left out.

**Units.** Money in US dollars, not rounded. Rates as decimals: 0.0225 is 2.25 %; a rate above 1 is refused, since
5.75 usually means 5.75 %. Gold in troy ounces.

**Cells.** An argument is a cell or a range; in Python a value or a list of rows (a flat list is a row). A date is a
date, its Excel serial number, or a text such as 2024-06-30. Where an argument is a single number, date, flag or day
count, a range gives a range of results, combined as NumPy broadcasts arrays. Where an argument is a row or a column, it
is read whole; positions that are blank in all the parallel series are skipped.

**Blanks.** An optional argument takes its default when blank. A required amount that is blank counts as 0; a required
rate, price, divisor or date that is blank is an error.

**Defaults.** An argument left out takes the term of the USMX facility of 1996, whatever deal the open workbook holds:
the tables of arguments below show the figures. The workbook's own formulas always pass the terms of their deal. Pass
them too when a formula is about another loan: margins, fees, day count, dates, limits and conversion terms.

**Errors.** An input of the wrong kind is `#VALUE!`, and so are ranges that do not combine; a number outside its domain
is `#NUM!`; an error cell comes back unchanged. Each function lists its other errors. Python raises
`CellError`, whose `code` is the cell's error; in a range of results only the faulty cell holds its error. `EXPLAIN`
gives the message. The examples assume `import datetime as dt`.

"""


def markdown() -> str:
    """The reference of every function as one Markdown page."""
    categories = by_category()
    parts = [_INTRODUCTION, "## Contents\n\n"]
    for category, specs in categories.items():
        parts.append(f"- {category}\n")
        parts += [f"  - [{spec.name}](#{spec.name.lower()}): {spec.summary}\n" for spec in specs]
    for category, specs in categories.items():
        parts.append(f"\n## {category}\n")
        parts += map(_section, specs)
    parts.append("\n## Readings\n\nHow the agreement is read where it is silent or ambiguous.\n\n")
    cited = sorted(set(itertools.chain(*map(readings_of, FUNCTIONS.values()))))
    rows = [(f'<a id="{_anchor(r)}"></a>{r}', readings()[r].title, readings()[r].chosen) for r in cited]
    parts.append(_table(("Reading", "Title", "Chosen"), rows))
    return "".join(parts)


def _section(spec: Function) -> str:
    parts = [f"\n### {spec.name}\n\n```text\n{spec.signature}\n```\n\n{spec.summary}\n"]
    parts += [f"\n{paragraph}\n" for paragraph in details(spec)]
    parts.append(f"\n- Clause: {spec.clause} ({subject(spec.clause)})\n")
    parts += [f"- Reading: [{r}](#{_anchor(r)}) {readings()[r].title}\n" for r in readings_of(spec)]
    header = ("Argument", "Meaning", "Must be", "If blank")
    arguments = [(f"`{p.name}`", p.arg.doc, allowed(p), if_blank(spec, p)) for p in spec.parameters]
    parts.append("\n" + _table(header, arguments))
    if listed := errors(spec):
        parts.append("\nErrors:\n\n" + "".join(f"- `{e.code}` {e}\n" for e in listed))
    return "".join([*parts, _example(example(spec))])


def _example(case: Example) -> str:
    formula, ranges = excel_call(case)
    held = "".join(f"; {cells} holds {text}" for cells, text in ranges.items())
    code = f"\n```python\n{python_call(case)}\n{python_answer(case)}\n```\n\nIn a cell: `{formula}`{held}."
    if not isinstance(case.answer, list):
        return f"{code} The answer is {shown(case.answer)}.\n"
    header, *rows = [list(map(shown, row)) for row in case.answer]
    blank = [""] * len(header)
    table = _table(header, rows) if isinstance(case.answer[0][-1], str) else _table(blank, [header, *rows])
    return f"{code} The answer fills {len(case.answer)} × {len(header)} cells:\n\n{table}"


def _table(header: Any, rows: Any) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def _anchor(reading: str) -> str:
    return reading.lower()
