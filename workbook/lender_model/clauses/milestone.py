"""milestone: Completion and similar events: tests, a longstop date, and the date reached or expected.

Any figure of the deal may change from a milestone on. The case says when it is reached; its tests each have a date, and
a milestone is not reached before the last of them. A longstop date that is missed may lock up distributions, sweep cash or
be a default, until the milestone is reached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from drawstop.deal import Key, Number, Record, Ref, Text, Whole, quantity
from drawstop.deal.record import Clause, text_like
from drawstop.deal.value import Date
from lender_model.compose.words import when
from lender_model.grid import DATE, TEXT, Row, head, scalar

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


def write(milestone: Milestone, draft: Draft) -> None:
    """Its date and tests on sheet Completion, and its flag on the Timeline."""
    m = f"milestone.{milestone.key}"
    draft.page(
        COMPLETION,
        "Milestones: expected or reached, their tests and longstop dates.",
        monthly=False,
        start_title="State",
    )
    given = draft.case.milestones.get(milestone.key, "not reached")
    date = None if isinstance(given, str) else given
    planned = draft.term(f"{m}.planned", f"{milestone.name}: reached or expected", DATE, date, "case", m)
    late = (
        f"IF({planned}<={{cover.as_of}},{planned},EOMONTH({planned},{{scenario.delay}})-EOMONTH({planned},0)+{planned})"
    )
    rows = [head(milestone.name, milestone.source)]
    dates = draft.case.tests.get(milestone.key, {})
    tested = [test for test in milestone.test if test.metric is None]
    for test in tested:
        day = dates.get(test.key)
        term = draft.term(
            f"{m}.{test.key}",
            f"{milestone.name}: {test.title}"[:80],
            DATE,
            None if isinstance(day, str) else day,
            "case; blank: on the milestone's own date",
            m,
        )
        rows.append(scalar(f"{m}.{test.key}.met", test.title, DATE, f"=IF(ISNUMBER({term}),{term},{{{m}}})"))
    rows += [_measured(draft, milestone, test, m) for test in milestone.test if test.metric is not None]
    latest = f"MAX({late}" + "".join(f",IF(ISNUMBER({{{m}.{test.key}}}),{{{m}.{test.key}}},0)" for test in tested) + ")"
    rows.append(scalar(m, "Reached or expected", DATE, f'=IF(ISNUMBER({planned}),{latest},"–")', bold=True,
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


def _measured(draft: Draft, milestone: Milestone, test: Test, m: str) -> Row:
    line = draft.metric(test.metric or "", test.months)
    at = f"SUMIF([time.end:row],EOMONTH({{{m}}},0),[{line}:row])"
    parts = []
    if test.minimum is not None:
        parts.append(
            f"{at}>={draft.term(f'{m}.{test.key}.minimum', f'{milestone.name}: {test.title}, at least', 'ratio', test.minimum, milestone.source, m)}"
        )
    if test.maximum is not None:
        parts.append(
            f"{at}<={draft.term(f'{m}.{test.key}.maximum', f'{milestone.name}: {test.title}, at most', 'ratio', test.maximum, milestone.source, m)}"
        )
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
    return lines + [f"Test: {test.title}." for test in milestone.test]
