"""milestone: Completion and similar events: tests, a longstop date, and the date reached or expected.

Any figure of the deal may change from a milestone on. The case says when it is reached; its tests each have a date, and
a milestone is not reached before the last of them. A test of a metric is only compared on that date; or the case says
``"tests"``, and the milestone is reached at the first month-end at which every test is met, with effect from the month
after. A delay of the scenario moves dates that are still to come, and so does what it does to a metric. A longstop date
that is missed may lock up distributions, sweep cash or be a default, until the milestone is reached.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from drawstop.deal import Key, Number, Record, Ref, Text, Whole, quantity
from drawstop.deal.record import Clause, text_like
from drawstop.deal.value import Date
from lender_model.compose.draft import NEVER, WITHOUT_WINDOW
from lender_model.compose.words import when
from lender_model.grid import DATE, FLAG, TEXT, Row, balance, head, scalar

if TYPE_CHECKING:
    from lender_model.compose.draft import Draft

EXAMPLE = """
[[milestone]]
key = "commercial_production"
longstop = 2027-12-31

[[milestone.test]]
key = "throughput"
title = "Ninety days at 80% of nameplate"
"""

COMPLETION = "Completion"
NOT_MET = "not met"
"""What the case says of a test that will not be met."""


class Test(Record):
    """A test of a milestone: what must be shown, or a metric with its limit."""

    key: Key = Field(title="Key")
    title: Text = Field(title="What must be shown")
    metric: Annotated[Key | None, Ref("metric")] = Field(None, title="Metric that is calculated")
    months: Whole = Field(12, ge=1, le=60, title="Window of the metric, in months")
    minimum: Number | None = quantity("ratio", "At least", None)
    maximum: Number | None = quantity("ratio", "At most", None)

    @model_validator(mode="after")
    def _limited(self) -> Test:
        if self.metric and self.minimum is None and self.maximum is None:
            raise ValueError("a metric needs minimum or maximum")
        return self


class Milestone(Clause):
    """A milestone."""

    key: Key = Field(title="Key")
    title: str = Field("", title="Name")
    longstop: Date | None = Field(None, title="Longstop date")
    test: list[Test] = Field([], title="Tests")
    consequence: list[Literal["alert", "lockup", "sweep", "default"]] = Field(
        ["alert"], title="What follows where the longstop date is missed"
    )

    @model_validator(mode="after")
    def _limited(self) -> Milestone:
        if self.longstop is None:
            self.refuse_unused("a milestone without a longstop date", (), ("consequence",))
        return self

    @property
    def name(self) -> str:
        """Its name."""
        return self.title or text_like(self.key)


def state(milestone: Milestone, draft: Draft) -> Row:
    """Its flag on the Timeline: from the month of its date on, or from the month after its tests were first met."""
    m, s = f"milestone.{milestone.key}", f"state.{milestone.key}"
    if milestone.key in draft.case.by_tests:
        reached = f"=MAX([{s}:-1],[{m}.holds:-1])"
        return balance(
            s, f"{milestone.name} reached", FLAG, reached, "from the month after its tests were met", start=0.0
        )
    return draft.flag(s, f"{milestone.name} reached", f"=IF(ISNUMBER({{{m}}}),IF([time.end]>={{{m}}},1,0),0)")


def _delayed(date: str) -> str:
    """Template of a date with the scenario's delay, if it is still to come."""
    late = f"EOMONTH({date},{{scenario.delay}})-EOMONTH({date},0)+{date}"
    return f"IF(OR({date}<={{cover.as_of}},{date}>={NEVER}),{date},{late})"


def _dated(draft: Draft, milestone: Milestone, test: Test, m: str) -> str:
    """The date of a test, blank where it is the milestone's own; never, where the case has it as not met."""
    day = draft.case.tests.get(milestone.key, {}).get(test.key)
    label = f"{milestone.name}: {test.title}"[:80]
    date = dt.date.max if day == NOT_MET else day
    return draft.term(f"{m}.{test.key}", label, DATE, date, "case; blank: on the milestone's own date", m)


def _reached(milestone: Milestone, draft: Draft, m: str, dated: list[str], limits: list[str]) -> str:
    """Template of its date: where its tests decide, the first month-end at which every one is met."""
    if milestone.key in draft.case.by_tests:
        past = [f"IF(ISNUMBER({term}),[time.end]>={_delayed(term)},TRUE)" for term in dated]
        draft.add("Timeline", *_held(milestone, m, [*past, *limits]))
        return f'IF(SUM([{m}.holds:row])=0,"–",INDEX([time.end:row],1,MATCH(1,[{m}.holds:row],0)))'
    given = draft.case.milestones.get(milestone.key, "not reached")
    date = None if isinstance(given, str) else given
    planned = draft.term(f"{m}.planned", f"{milestone.name}: reached or expected", DATE, date, "case", m)
    tests = "".join(f",IF(ISNUMBER({term}),{_delayed(term)},0)" for term in dated)
    latest = f"MAX({_delayed(planned)}{tests})"
    if NOT_MET in draft.case.tests.get(milestone.key, {}).values():
        latest = f'IF({latest}>={NEVER},"–",{latest})'
    return f'IF(ISNUMBER({planned}),{latest},"–")'


def _held(milestone: Milestone, m: str, conditions: list[str]) -> list[Row]:
    """Whether every test is met in a month, and the date on which they first were, in the months after it."""
    s = f"state.{milestone.key}"
    first = f"IF([{s}:-1]=0,[time.end:-1],[{m}.known:-1])"
    return [
        balance(f"{m}.holds", f"{milestone.name}: every test is met", FLAG, f"=IF(AND({','.join(conditions)}),1,0)", start=0.0),
        balance(f"{m}.known", f"{milestone.name}: its date, once it is known", DATE, f'=IF([{s}]=0,"–",{first})', start='="–"'),
    ]  # fmt: skip


def write(milestone: Milestone, draft: Draft) -> None:
    """Its date and tests on sheet Completion, and its flag on the Timeline."""
    m = f"milestone.{milestone.key}"
    draft.page(
        COMPLETION,
        "Milestones: expected or reached, their tests and longstop dates.",
        monthly=False,
        start_title="State",
    )
    rows = [head(milestone.name, milestone.source)]
    dated, limits = list[str](), list[str]()
    for test in milestone.test:
        if test.metric is None:
            dated.append(_dated(draft, milestone, test, m))
            met = f'=IF(ISNUMBER({dated[-1]}),IF({dated[-1]}>={NEVER},"–",{_delayed(dated[-1])}),{{{m}}})'
            rows.append(scalar(f"{m}.{test.key}.met", test.title, DATE, met))
    for test in milestone.test:
        if test.metric is not None:
            limits += _limits(draft, milestone, test, m)
            rows.append(_measured(draft, milestone, test, m))
    reached = _reached(milestone, draft, m, dated, limits)
    rows.append(scalar(m, "Reached or expected", DATE, f"={reached}", bold=True,
                       start=f'=IF(NOT(ISNUMBER({{{m}}})),"not reached",IF({{{m}}}<={{cover.as_of}},"met","pending"))', start_unit=TEXT))  # fmt: skip
    if milestone.longstop is not None:
        longstop = draft.term(
            f"{m}.longstop", f"{milestone.name}: longstop date", DATE, milestone.longstop, milestone.note("longstop"), m
        )
        rows.append(scalar(f"{m}.deadline", "Longstop date", DATE, f"={longstop}",
                           start=f'=IF(ISNUMBER({{{m}}}),IF({{{m}}}>{longstop},"late","in time"),IF({longstop}<{{cover.as_of}},"missed","pending"))', start_unit=TEXT))  # fmt: skip
        if set(milestone.consequence) - {"alert"}:
            missed = f"=IF(AND([time.end]>{longstop},[state.{milestone.key}]=0),1,0)"
            draft.add("Timeline", draft.flag(f"{m}.missed", f"{milestone.name}: longstop date missed", missed))
            draft.follow(milestone.consequence, f"[{m}.missed]")
        draft.alert(
            f"{m}.late",
            f"{milestone.name} expected after its longstop date, or missed",
            f"=IF(ISNUMBER({{{m}}}),IF({{{m}}}>{longstop},1,0),IF({longstop}<{{cover.as_of}},1,0))",
        )
    draft.add(COMPLETION, *rows)
    draft.tests.append(
        (milestone.name, f'=IF(ISNUMBER({{{m}}}),IF({{{m}}}<={{cover.as_of}},"met","pending"),"not reached")')
    )


def _limits(draft: Draft, milestone: Milestone, test: Test, m: str) -> list[str]:
    """Templates of a month's conditions on a metric."""
    line = draft.metric(test.metric or "", test.months)
    out = [f"ISNUMBER([{line}])"]
    for limit, words, sign in ((test.minimum, "minimum", ">="), (test.maximum, "maximum", "<=")):
        if limit is not None:
            said = f"{milestone.name}: {test.title}, at {'least' if words == 'minimum' else 'most'}"
            term = draft.term(f"{m}.{test.key}.{words}", said, "ratio", limit, milestone.source, m)
            out.append(f"[{line}]{sign}{term}")
    return out


def _measured(draft: Draft, milestone: Milestone, test: Test, m: str) -> Row:
    """The metric on the milestone's date, and the alert if it then does not meet its limits."""
    line = draft.metric(test.metric or "", test.months)
    at = f"SUMIF([time.end:row],EOMONTH({{{m}}},0),[{line}:row])"
    parts = [limit.replace(f"[{line}]", at) for limit in _limits(draft, milestone, test, m)[1:]]
    draft.alert(
        f"{m}.{test.key}",
        f"{milestone.name}: {test.title} not met on its date",
        f"=IF(ISNUMBER({{{m}}}),IF(AND({','.join(parts)}),0,1),0)",
    )
    return scalar(f"{m}.{test.key}.actual", test.title, "ratio", f'=IF(ISNUMBER({{{m}}}),{at},"–")')


def describe(milestone: Milestone) -> list[str]:
    """The milestone in words."""
    follows = [word for word in milestone.consequence if word != "alert"]
    after = f"; if it is missed, {' and '.join(follows)}" if follows else ""
    lines = [milestone.name + (f", by {when(milestone.longstop)}{after}" if milestone.longstop else "") + "."]
    return lines + [f"Test: {test.title}{_measure(test)}." for test in milestone.test]


def _measure(test: Test) -> str:
    """What a test measures, in words."""
    if test.metric is None:
        return ""
    window = "" if test.metric in WITHOUT_WINDOW else f", {test.months} month{'s' if test.months > 1 else ''}"
    limits = [f"at least {test.minimum:,.6g}"] if test.minimum is not None else []
    limits += [f"at most {test.maximum:,.6g}"] if test.maximum is not None else []
    return f": {test.metric.replace('_', ' ')}{window}, {' and '.join(limits)}"
