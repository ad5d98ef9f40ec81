"""covenant: a metric tested against a limit on its test dates, and the consequences of a breach.

The metric is one of :mod:`lender_model.clauses.metric` with its look-back or look-forward window. The limit may change
by date or state. A breach is an alert, and if the agreement says so a lock-up of distributions, a cash sweep or a
default from the next month until a later test passes; with days to cure, once they have run. An equity cure shows the
new cash that would have met the test. A waiver suspends tests between two dates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from drawstop.deal import Dates, Key, Ref, Value, When, Whole, quantity
from drawstop.deal.record import Clause, text_like
from drawstop.deal.value import Date, values_of
from lender_model.clauses import cure
from lender_model.clauses.metric import BUILT_IN, SHORT, top_of
from lender_model.compose.draft import UNITS, WITHOUT_WINDOW, Chart
from lender_model.compose.words import between, dates, say, when
from lender_model.grid import COUNT, DATE, FLAG, RATE, SHARE, TEXT, USD, balance, head, scalar

if TYPE_CHECKING:
    from lender_model.compose.draft import Draft

EXAMPLE = """
[[covenant]]
key = "dscr"
metric = "dscr"
months = 12
minimum = [{ value = 1.20 }, { from = 2030-06-30, value = 1.15 }]
dates = { every = 3, first = 2028-06-30 }
consequence = ["lockup"]
"""

COVENANTS = "Covenants"


class Covenant(Clause):
    """A financial covenant."""

    key: Key = Field(title="Key")
    title: str = Field("", title="Name")
    metric: Annotated[Key, Ref("metric")] = Field(title="Metric")
    months: Whole = Field(12, ge=1, le=60, title="Window of the metric, in months")
    minimum: Value | None = quantity("of the metric", "At least", None)
    maximum: Value | None = quantity("of the metric", "At most", None)
    dates: Dates = Field(title="Test dates")
    starts: Annotated[When | None, Ref("milestone")] = Field(None, title="Tested from")
    ends: Annotated[When | None, Ref("milestone")] = Field(None, title="Tested until")
    cure: Literal["none", "equity", "days"] = Field("none", title="Cure")
    cure_days: Whole | None = quantity("days", "Days to cure", None, ge=1)
    consequence: list[Literal["alert", "lockup", "sweep", "default"]] = Field(["alert"], title="What follows a breach")

    @model_validator(mode="after")
    def _limited(self) -> Covenant:
        if self.minimum is None and self.maximum is None:
            raise ValueError("a covenant needs minimum or maximum")
        if self.metric in WITHOUT_WINDOW:
            self.refuse_unused(f"a covenant on {self.metric}", (), ("months",))
        if self.cure == "days" and self.cure_days is None:
            raise ValueError("a cure of days needs cure_days")
        if self.cure != "days":
            self.refuse_unused(f"a cure of {self.cure}", (), ("cure_days",))
        if self.cure == "equity" and self.metric in set(BUILT_IN) - cure.CURABLE:
            raise ValueError(
                f"new cash does not cure {self.metric} in a way that is modelled; modelled are {', '.join(sorted(cure.CURABLE))}"
            )
        return self

    @property
    def name(self) -> str:
        """Its name."""
        return self.title or SHORT.get(self.metric) or text_like(self.metric)


class Waiver(Clause):
    """A covenant that is not tested between two dates."""

    covenant: Annotated[Key, Ref("covenant")] = Field(title="Covenant")
    granted: Date = Field(title="Date of the waiver; before it the waiver has no effect")
    start: Date = Field(alias="from", title="Not tested from")
    until: Date = Field(title="Not tested until")

    @model_validator(mode="after")
    def _in_order(self) -> Waiver:
        if self.until < self.start:
            raise ValueError(f"until {self.until} is before from {self.start}")
        return self


def write(covenant: Covenant, draft: Draft) -> None:
    """Its lines on sheet Covenants, and its consequences."""
    c, label = f"covenant.{covenant.key}", covenant.name
    draft.page(COVENANTS, "Each covenant on its test dates: actual, limit, headroom, breach and what follows.")
    line = draft.metric(covenant.metric, covenant.months)
    series = draft.case.market.get(covenant.metric)
    unit = series.unit if series else UNITS.get(covenant.metric, "x")
    limits = []
    rows = [head(label, covenant.source), balance(f"{c}.test", "Test date", FLAG, _tested(covenant, draft, c, label)),
            balance(f"{c}.actual", "Actual", unit, f'=IF([{c}.test]=1,[{line}],"–")')]  # fmt: skip
    rooms = []
    for side, sign in (("minimum", 1), ("maximum", -1)):
        limit = getattr(covenant, side)
        if limit is not None:
            formula = draft.value(
                f"{c}.{side}", limit, f"{label}: {'at least' if sign > 0 else 'at most'}", unit, covenant.note(side)
            )
            rows.append(
                balance(
                    f"{c}.{side}_now", "Required, at least" if sign > 0 else "Allowed, at most", unit, f"={formula}"
                )
            )
            limits.append(f"{c}.{side}_now")
            rooms.append(f"[{line}]-[{c}.{side}_now]" if sign > 0 else f"[{c}.{side}_now]-[{line}]")
    room = rooms[0] if len(rooms) == 1 else f"MIN({','.join(rooms)})"
    most = "MAX(" + ",".join(f"ABS([{limit}])" for limit in limits) + ")"
    rows += [
        balance(f"{c}.headroom", "Headroom", unit, f'=IF([{c}.test]=1,IF(ISNUMBER([{line}]),{room},"–"),"–")'),
        draft.flag(
            f"{c}.breach", "Breach", f"=IF(ISNUMBER([{c}.headroom]),IF([{c}.headroom]<-{{checks.ratio}}*{most},1,0),0)"
        ),
        balance(
            f"{c}.standing",
            "Breach that stands",
            FLAG,
            f"=IF([{c}.test]=1,[{c}.breach],[{c}.standing:-1])",
            "until a later test passes",
            start=0.0,
        ),
    ]
    if covenant.cure == "equity":
        rows.append(cure.equity(covenant, draft, c, limits[0]))
    stands = f"[{c}.standing]"
    if covenant.cure_days is not None:
        rows += cure.days(covenant, draft, c, label)
        stands = f"[{c}.uncured]"
    draft.add(COVENANTS, *rows)
    draft.follow(covenant.consequence, stands)
    draft.add(
        COVENANTS,
        scalar(
            f"{c}.first_breach",
            "First breach",
            DATE,
            f'=IF(SUM([{c}.breach:row])=0,"–",INDEX([time.end:row],1,MATCH(1,[{c}.breach:row],0)))',
            bold=True,
        ),
    )
    _follows(covenant, draft, c, label, stands)
    draft.alert(f"{c}", f"{label}: test dates broken", f"=SUM([{c}.breach:row])")
    state = f"SUMPRODUCT([time.as_of:row],[{c}.standing:row])"
    draft.tests.append(
        (
            label,
            f'=IF(SUMPRODUCT([time.actual:row],[{c}.test:row])=0,"not yet tested",IF({state}=1,"NOT COMPLIED WITH","complied with"))',
        )
    )
    form = {USD: "#,##0.0,,", "x": '0.0"x"', SHARE: "0%", RATE: "0.0%"}.get(unit, "#,##0")
    limited = [value for side in (covenant.minimum, covenant.maximum) if side is not None for value in values_of(side)]
    top = top_of(covenant.metric, limited)
    title = f"{label} against its limit" + (", US$ million" if unit == USD else "")
    columns, lines = ((f"{c}.actual", label),), [(limit, "Limit") for limit in limits]
    draft.charts.append(Chart(title, columns=columns, lines=lines, form=form, top=top))


_WORDS = {"lockup": "lock-up of distributions", "sweep": "cash sweep", "default": "event of default"}


def _follows(covenant: Covenant, draft: Draft, c: str, label: str, stands: str) -> None:
    """What a breach leads to, when first and for how many months; and on the certificate what it leads to now."""
    words = " and ".join(_WORDS[word] for word in covenant.consequence if word in _WORDS)
    if not words:
        return
    row = stands.replace("]", ":row]")
    first = f"EOMONTH(INDEX([time.end:row],1,MATCH(1,{row},0)),1)"
    said = f'"{words}, from "&TEXT({first},"mmm-yyyy")&", months: "&SUM({row})'
    draft.add(COVENANTS, scalar(f"{c}.follows", "What follows", TEXT, f'=IF(SUM({row})=0,"nothing",{said})', "from the month after the breach"))  # fmt: skip
    now = f'=IF(SUMPRODUCT([time.as_of:row],{row})=1,"{words}","nothing")'
    draft.tests.append((f"{label}: what follows", now))


def _tested(covenant: Covenant, draft: Draft, c: str, label: str) -> str:
    first = draft.date(f"{c}.first", covenant.dates.first, f"{label}: first test", monthly=True)
    every = draft.term(
        f"{c}.every", f"{label}: months between tests", COUNT, covenant.dates.every, covenant.note("dates")
    )
    months = f"([time.index]-YEAR({first})*{{time.months_a_year}}-MONTH({first}))"
    parts = [f"{months}>=0", f"MOD({months},{every})=0"]
    if covenant.starts is not None:
        parts.append(f"[time.end]>={draft.date(f'{c}.starts', covenant.starts, f'{label}: tested from', monthly=True)}")
    ends = covenant.ends if covenant.ends is not None else covenant.dates.until
    if ends is not None:
        parts.append(f"[time.end]<={draft.date(f'{c}.ends', ends, f'{label}: tested until', monthly=True)}")
    else:
        parts.append("[debt.opening]>{checks.cent}")
    formula = f"IF(AND({','.join(parts)}),1,0)"
    for k, waiver in enumerate((each for each in draft.deal.waiver if each.covenant == covenant.key), start=1):
        granted, start, until = (
            draft.term(
                f"{c}.waiver.{k}.{part}", f"{label}: waiver {k}, {words}", DATE, day, waiver.source, f"{c}.waiver"
            )
            for part, words, day in (
                ("granted", "granted", waiver.granted),
                ("from", "from", waiver.start),
                ("until", "until", waiver.until),
            )
        )
        formula += f"*IF(AND({{cover.as_of}}>={granted},[time.end]>={start},[time.end]<={until}),0,1)"
    return f"={formula}{draft.in_force(c)}"


def write_states(draft: Draft) -> None:
    """The states that the tests set for the next month: lock-up, sweep and default."""
    draft.page(COVENANTS, "Each covenant on its test dates: actual, limit, headroom, breach and what follows.")
    draft.add(COVENANTS, head("States that follow", "they take effect in the month after"))
    for word, label, flags in (
        ("lockup", "Lock-up of distributions", draft.lockups),
        ("sweep", "Cash sweep", draft.sweeps),
        ("default", "Event of default", [*draft.defaults, "[arrears.default]"]),
    ):
        draft.add(
            COVENANTS, balance(f"state.{word}", label, FLAG, f"=MAX({','.join(flags)})" if flags else "=0", start=0.0)
        )


def describe(covenant: Covenant) -> list[str]:
    """The covenant in words."""
    unit = UNITS.get(covenant.metric, "x" if covenant.metric in BUILT_IN else "")
    form = {USD: "US$ {:,.0f}", "x": "{:.2f}x", SHARE: "{:.1%}"}.get(unit, "{:,.6g}")
    limits = [
        f"{words} {say(limit, form)}"
        for words, limit in (("at least", covenant.minimum), ("at most", covenant.maximum))
        if limit is not None
    ]
    often = f"tested {dates(covenant.dates)}{between(covenant.starts, covenant.ends)}"
    over = "" if covenant.metric in WITHOUT_WINDOW or covenant.metric not in BUILT_IN else f", {covenant.months} months"
    follows = [word for word in covenant.consequence if word != "alert"]
    after = f"; a breach leads to {' and '.join(follows)}" if follows else ""
    cure = {"none": "", "equity": "; may be cured with new equity", "days": f"; {covenant.cure_days} days to cure"}[
        covenant.cure
    ]
    return [f"{covenant.name}{over}: {' and '.join(limits)}, {often}{after}{cure}."]


def describe_waiver(waiver: Waiver) -> list[str]:
    """The waiver in words."""
    return [
        f"{when(waiver.granted)}: {waiver.covenant.replace('_', ' ')} is not tested from {when(waiver.start)} until {when(waiver.until)}."
    ]
