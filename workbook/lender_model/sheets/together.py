"""Several scenarios in use together: how the Cover names them, and how what each changes combines.

The Cover's cell names one column of sheet Scenarios, or several, as in ``Low price + Late completion``. A row on that
sheet marks the columns in use, and each change is taken from them: shifts add up, proportions multiply, and of choices
the first that differs from the Base counts. With one column in use the change is that column's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from lender_model.grid import COUNT, FLAG, Row, scalar

AND = " + "
"""Between the names of scenarios in use together."""


class UnknownScenarioError(ValueError):
    """A name that no column has.

    Attributes:
        name: as given.
    """

    def __init__(self, name: str, names: Iterable[str]) -> None:
        super().__init__(f"scenario {name!r} is not one of {', '.join(names)}")
        self.name = name


class Way(NamedTuple):
    """A way in which changes of several scenarios combine.

    Attributes:
        formula: template for the line ``key``.
        words: for the reader of the sheet.
    """

    formula: str
    words: str


ADD = Way("SUMPRODUCT([scenario.used:across],[{key}:across])", "several: the sum")
MULTIPLY = Way("SUMPRODUCT(PRODUCT(1+[scenario.used:across]*[{key}:across]))-1", "several: one on top of the other")
PARTS = Way("SUMPRODUCT(PRODUCT(1-[scenario.used:across]*(1-[{key}:across])))", "several: a part of a part")
LOSSES = Way("1-SUMPRODUCT(PRODUCT(1-[scenario.used:across]*[{key}:across]))", "several: of what the other leaves")
FIRST = Way(
    "IFERROR(INDEX([{key}:across],1,SUMPRODUCT(MATCH(1,[scenario.used:across]"
    "*([{key}:across]<>INDEX([{key}:across],1,1)),0))),INDEX([{key}:across],1,{{{number}}}))",
    "several: the first that differs from the Base",
)  # fmt: skip


def formula(key: str, way: Way, number: str) -> str:
    """The formula of a change: of the column in use, or of several combined.

    Args:
        key: of its line.
        way: how several combine.
        number: key of the line with the number of the first column in use.

    Example:
        >>> formula("scenario.delay", ADD, "scenario.number")
        '=IF({scenario.count}=1,INDEX([scenario.delay:across],1,{scenario.number}),SUMPRODUCT([scenario.used:across],[scenario.delay:across]))'
    """
    several = way.formula.format(key=key, number=number)
    return f"=IF({{scenario.count}}=1,INDEX([{key}:across],1,{{{number}}}),{several})"


def rows(names: str, number: str, count: int) -> list[Row]:
    """The lines that mark the columns in use.

    Args:
        names: key of the line with the columns' names.
        number: key of the line with the number of the first column in use.
        count: how many columns there are.
    """
    named, between = "{cover.scenario}", f'"{AND}"'
    inside = f"FIND({between}&LOWER([{names}])&{between},{between}&LOWER({named})&{between})"
    length = f"SUM([scenario.letters:across])+(SUM([scenario.used:across])-1)*LEN({between})"
    return [
        scalar("scenario.alone", "Columns with just this name", COUNT, f"=SUMPRODUCT(--([{names}:across]={named}))",
               "none: the Cover joins several by a plus sign"),
        Row("scenario.used", "In use", FLAG, across=count,
            each=f"=IF({{scenario.alone}}>0,IF([{names}]={named},1,0),"
                 f"IF(ISNUMBER(FIND({between},[{names}])),0,IF(ISNUMBER({inside}),1,0)))"),
        Row("scenario.letters", "Letters of a name in use", COUNT, across=count, each=f"=[scenario.used]*LEN([{names}])",
            note="with the plus signs they must make up what the Cover says"),
        scalar("scenario.count", "How many are in use", COUNT,
               f"=IF({length}=LEN({named}),SUM([scenario.used:across]),NA())",
               "#N/A where no column has a name, or one is given twice"),
        scalar(number, "Column in use, the first if several", COUNT, "=IF({scenario.count}>0,MATCH(1,[scenario.used:across],0),0)"),
    ]  # fmt: skip


def named(text: str, names: Sequence[str]) -> list[str]:
    """The scenarios that a text names, in the columns' own spelling.

    Args:
        text: one name, or several joined by a plus sign between spaces.
        names: of the columns.

    Raises:
        UnknownScenarioError: a name is not one of them.
        ValueError: a name is given twice.

    Example:
        >>> named("low price + Drought", ["Base", "Low price", "Drought"])
        ['Low price', 'Drought']
        >>> named("Low price + Late", ["Base", "Low price", "Low price + Late"])
        ['Low price + Late']
    """
    known = {name.casefold(): name for name in reversed(names)}
    if text.casefold() in known:
        return [known[text.casefold()]]
    single = {key: name for key, name in known.items() if AND not in name}
    parts = text.split(AND)
    for part in parts:
        if part.casefold() not in single:
            raise UnknownScenarioError(part, names)
    found = [single[part.casefold()] for part in parts]
    for name in found:
        if found.count(name) > 1:
            raise ValueError(f"scenario {name!r} is given twice in {text!r}; give it once")
    return found


def typed(text: str, names: Sequence[str]) -> str:
    """What the Cover's cell is to hold for names as typed on a command line, where spaces matter less.

    Raises:
        UnknownScenarioError, ValueError: as :func:`named`.

    Example:
        >>> typed(" low price+drought ", ["Base", "Low price", "Drought"])
        'Low price + Drought'
        >>> typed("Gold +10% + Drought", ["Base", "Gold +10%", "Drought"])
        'Gold +10% + Drought'
    """
    loose = AND.join(part.strip() for part in text.split("+"))
    try:
        return AND.join(named(text.strip(), names))
    except UnknownScenarioError as error:
        try:
            return AND.join(named(loose, names))
        except UnknownScenarioError:
            raise error from None
