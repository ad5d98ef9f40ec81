"""Sheet Calendar of every workbook: what falls due in the months after the as-of date, what is tested, what ends.

First the months in order, each with what is due and what happens in words; below them a line for each payment, test and
deadline, with its next date, the months across. A payment whose dates are not month-ends has a line of its dates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lender_model.grid import DATE, FIRST_MONTH, FLAG, LABEL, NOTE, START, TEXT, UNIT, USD, VALUE, Row, head

AHEAD = 12
"""Months that the sheet looks ahead."""
PURPOSE = "What falls due, is tested or ends in the twelve months after the as-of date, by the scenario in use."
START_TITLE = "Due, or next on"
WIDTHS = {
    LABEL: 38, UNIT: 8, NOTE: 26, VALUE: 15, START: 12, **dict.fromkeys(range(FIRST_MONTH, FIRST_MONTH + AHEAD), 9),
}  # fmt: skip
MONTH_ENDS = "time.end"
_MONTHS = range(1, AHEAD + 1)
TITLES = tuple(f"Month {k}" for k in _MONTHS)


@dataclass(frozen=True)
class Payment:
    """Something that is paid to the lenders.

    Args:
        key: its name.
        label: its title.
        lines: keys of what is due each month, to be added up.
        note: source or condition.
        on: key of the line of its dates.
        once: whether it falls due once only, so that its next date is all.
        word: what the months say when it falls due, its title if left out; payments may share it.
    """

    key: str
    label: str
    lines: Sequence[str]
    note: str = ""
    on: str = MONTH_ENDS
    once: bool = False
    word: str = ""

    @property
    def said(self) -> str:
        """What the months say when it falls due."""
        return self.word or self.label

    @property
    def due(self) -> str:
        """Template: what is due, in every month of the model."""
        whole = "+".join(f"[{line}:row]" for line in self.lines)
        return f"({whole})" if len(self.lines) > 1 else whole


@dataclass(frozen=True)
class Test:
    """A covenant.

    Args:
        key: its name.
        label: its title.
        tested: template of the flag of its test dates, in every month of the model.
        broken: template of the flag of a breach.
        headroom: key of its headroom.
        unit: unit of that.
        on: key of the line of its dates.
    """

    key: str
    label: str
    tested: str
    broken: str
    headroom: str
    unit: str
    on: str = MONTH_ENDS


@dataclass(frozen=True)
class Deadline:
    """A date by which something must be done, is expected, or ends.

    Args:
        key: its name.
        label: its title.
        date: template of it; a text or 0 if there is none.
        state: template of where it stands; without it, whether it is to come.
        note: source or condition.
        word: what the months say when it comes, its title if left out; deadlines may share it.
    """

    key: str
    label: str
    date: str
    state: str = ""
    note: str = ""
    word: str = ""

    @property
    def said(self) -> str:
        """What the months say when it comes."""
        return self.word or self.label


def rows(
    payments: Sequence[Payment], tests: Sequence[Test], deadlines: Sequence[Deadline], arrears: str, never: str
) -> list[Row]:
    """The lines of the sheet.

    Args:
        payments: what is paid to the lenders.
        tests: its covenants, if it has any.
        deadlines: its dates.
        arrears: template of what is due and unpaid.
        never: template of a date after every other.
    """
    return [
        head("Month by month", "what is due in all, and what happens"),
        *(_month(k, payments, tests, deadlines) for k in _MONTHS),
        head("What falls due", "in column F the next date, however far ahead"),
        Row("cal.month", "Month to", DATE, across=AHEAD, each=[(f"={{cal.{k}}}", DATE) for k in _MONTHS], bold=True),
        Row("cal.arrears", "In arrears: due at once", USD, value=f"={arrears}", note="not in the months below"),
        *(row for payment in payments for row in _payment(payment, never)),
        Row("cal.total", "Due in all", USD, value="=SUM([cal.total:across])", across=AHEAD, bold=True,
            each="=" + "+".join(f"[cal.{each.key}]" for each in payments)),
        *([head("Covenant tests", "headroom at each test date; below zero: broken")] if tests else []),
        *(row for test in tests for row in _test(test, never)),
        *([head("Deadlines", "those ahead have a date in column F")] if deadlines else []),
        *(_deadline(each) for each in deadlines),
    ]  # fmt: skip


def _in(line: str, k: int) -> str:
    """Template: the figure or date that a line of the sheet has in a month."""
    return f"SUMIF([cal.month:across],{{cal.{k}}},[{line}:across])"


def _month(k: int, payments: Sequence[Payment], tests: Sequence[Test], deadlines: Sequence[Deadline]) -> Row:
    """A month in words. Beside its date stands what is due."""
    words = "&".join(_words(k, payments, tests, deadlines))
    end = "EOMONTH({cover.as_of}+1,0)" if k == 1 else f"EOMONTH({{cal.{k - 1}}},1)"
    return Row(f"cal.{k}", TITLES[k - 1], DATE, value=f"={end}", start=f"={_in('cal.total', k)}", start_unit=USD,
               across=1, each=((f"=TRIM({words})", TEXT),))  # fmt: skip


def _words(k: int, payments: Sequence[Payment], tests: Sequence[Test], deadlines: Sequence[Deadline]) -> Iterator[str]:
    for word in dict.fromkeys(payment.said for payment in payments):
        due = "+".join(_in(f"cal.{payment.key}", k) for payment in payments if payment.said == word)
        yield _said(f"{due}>{{checks.cent}}", word)
    if tests:
        at = f"MATCH({{cal.{k}}},[cal.month:across],0)"
        held = _any([f'INDEX([cal.{test.key}:across],1,{at})<>""' for test in tests])
        broken = "+".join(_in(f"cal.{test.key}.broken", k) for test in tests)
        yield _said(f"AND({held},{broken}=0)", "Covenant tests: met" if len(tests) > 1 else "Covenant test: met")
    for test in tests:
        yield _said(f"{_in(f'cal.{test.key}.broken', k)}>0", f"{test.label}: BROKEN")
    for word in dict.fromkeys(each.said for each in deadlines):
        dates = "+".join(_in(f"cal.{each.key}", k) for each in deadlines if each.said == word)
        yield _said(f"{dates}>0", word)


def _any(conditions: Sequence[str]) -> str:
    return f"OR({','.join(conditions)})" if len(conditions) > 1 else conditions[0]


def _said(condition: str, words: str) -> str:
    """Template: a sentence if a condition holds, with the space before the next."""
    return f'IF({condition},"{words.replace(chr(34), chr(34) * 2)}. ","")'


def _next(flags: str, on: str, never: str) -> str:
    """Formula: the first date after the as-of date with a flag."""
    ahead = f"{flags}*([{on}:row]>{{cover.as_of}})"
    return f'=IF(SUMPRODUCT({ahead})=0,"–",{never}-SUMPRODUCT(MAX({ahead}*({never}-[{on}:row]))))'


def _payment(payment: Payment, never: str) -> Iterator[Row]:
    key, on = f"cal.{payment.key}", payment.on
    amount = "+".join(f"SUMIF([time.end:row],[cal.month],[{line}:row])" for line in payment.lines)
    if on != MONTH_ENDS:  # the month that has not ended may have seen it
        amount = f"SUMPRODUCT(([time.end:row]=[cal.month])*([{on}:row]>{{cover.as_of}})*{payment.due})"
    yield Row(key, payment.label, USD, value=f"=SUM([{key}:across])", note=payment.note, start_unit=DATE,
              start=_next(f"({payment.due}>{{checks.cent}})", on, never), across=AHEAD, each=f"={amount}")  # fmt: skip
    if on != MONTH_ENDS and not payment.once:
        yield _dates(key, "paid on", f"[{key}]>{{checks.cent}}", on)


def _dates(key: str, label: str, condition: str, on: str) -> Row:
    """The dates of what a line above shows by month."""
    date = f"SUMIF([time.end:row],[cal.month],[{on}:row])"
    return Row(f"{key}.on", label, DATE, across=AHEAD, each=f'=IF({condition},{date},"")')


def _test(test: Test, never: str) -> Iterator[Row]:
    key = f"cal.{test.key}"
    window = f"([time.end:row]>{{cover.as_of}})*([time.end:row]<={{cal.{AHEAD}}})"
    tested, broken = (f"SUMPRODUCT({window}*{flags})" for flags in (test.tested, test.broken))
    now = f"SUMPRODUCT(([time.end:row]=[cal.month])*{test.tested})"
    room = f"INDEX([{test.headroom}:row],1,MATCH([cal.month],[time.end:row],0))"
    yield Row(key, test.label, TEXT, note="headroom, in thousands" if test.unit == USD else "headroom",
              value=f'=IF({tested}=0,"no test",IF({broken}=0,"met","BROKEN"))',
              start=_next(test.tested, test.on, never), start_unit=DATE,
              across=AHEAD, each=((f'=IF({now}=0,"",{room})', test.unit),) * AHEAD)  # fmt: skip
    failed = f"=SUMPRODUCT(([time.end:row]=[cal.month])*{test.broken})"
    yield Row(f"{key}.broken", f"{test.label}: broken", FLAG, across=AHEAD, each=failed)
    if test.on != MONTH_ENDS:
        yield _dates(key, "tested on", f"{now}>0", test.on)


def _deadline(each: Deadline) -> Row:
    key, date = f"cal.{each.key}", each.date
    here = f"[{key}:start]"
    shown = f'=IF(ISNUMBER({here}),IF(EOMONTH({here},0)=[cal.month],{here},""),"")'
    state = each.state or f'IF(ISNUMBER({here}),"to come","–")'
    return Row(key, each.label, TEXT, note=each.note, value=f"={state}",
               start=f'=IF(ISNUMBER({date}),IF({date}>{{cover.as_of}},{date},"–"),"–")', start_unit=DATE,
               across=AHEAD, each=((shown, DATE),) * AHEAD)  # fmt: skip
