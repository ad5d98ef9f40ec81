"""A workbook being drafted: each clause adds its terms, lines, claims, checks and words, from which the sheets follow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from drawstop.deal import After, Bands, Value, When
from lender_model.compose.words import when as when_in_words
from lender_model.grid import COUNT, DATE, FLAG, INPUT, SHARE, USD, Row, Values, balance, head, scalar

if TYPE_CHECKING:
    from lender_model.clauses import Deal
    from lender_model.compose.case import Case
    from lender_model.risk.study import Study

TERMS = "Terms"
INPUTS, WORKINGS, OUTPUTS, CONTROL = "#C99A2E", "#2680C2", "#3F9142", "#7B8794"
"""Colours of the sheets' tabs."""

UNITS = dict.fromkeys(
    ("cash", "working_capital", "tangible_equity", "debt", "liabilities", "equity", "ebitda", "net_debt", "cfads"), USD
) | {
    "reserve_tail": SHARE, "hedged_share": SHARE, "hedged_share_forward": SHARE, "swapped_share": SHARE, "production": "oz",
    "output_to_date": "oz"}  # fmt: skip
"""Units of the built-in metrics that are not ratios."""


@dataclass
class Page:
    """A sheet being drafted."""

    name: str
    purpose: str
    colour: str = WORKINGS
    rows: list[Row] = field(default_factory=list)
    monthly: bool = True
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Claim:
    """A claim that the cash pays in order.

    Args:
        key: its name in the order, ``interest.senior``.
        label: its title.
        due: template of what is due in a month; LEFT stands for the cash that is left at its rank, OWED for what is
            still owed of the tranche that it repays, TAKEN for what its sweep has paid before it.
        owed_to: key of the arrears that it joins if unpaid; empty if nothing is then owed.
        funded: whether construction funding is drawn for it.
        repays: key of the tranche that it prepays.
        sweep: key of the sweep that it is part of.
        called: template of what is to be paid of it, where that may be less than what is due.
        reported: template of whether the ledger says in a month what was paid, whatever the cash.
    """

    key: str
    label: str
    due: str
    owed_to: str = ""
    funded: bool = False
    repays: str = ""
    sweep: str = ""
    called: str = ""
    reported: str = ""

    @property
    def payable(self) -> str:
        """Template of what is to be paid of it in a month."""
        return f"[wf.{self.key}_{'called' if self.called else 'due'}]"


LEFT, OWED, TAKEN = "<left>", "<owed>", "<taken>"


@dataclass(frozen=True)
class Chart:
    """A chart of lines over the months.

    Args:
        title: its title.
        columns, lines: keys of lines with their names: stacked columns, and lines.
        form: number format of the axis.
        right: lines measured on an axis at the right.
        top: the highest ratio that the axis shows, if that shows any; the title says so.
    """

    title: str
    columns: Sequence[tuple[str, str]] = ()
    lines: Sequence[tuple[str, str]] = ()
    form: str = "#,##0.0,,"
    right: Sequence[tuple[str, str]] = ()
    top: float | None = None


class Draft:
    """Everything of one workbook, as the clauses add it.

    Args:
        deal: the agreement, as amended.
        case: plan, market, dates.
        room: the rows that each table needs over all versions of the agreement.
    """

    def __init__(self, deal: Deal, case: Case, room: Mapping[str, int] | None = None) -> None:  # noqa: PLR0915 - a list of what clauses add
        self.deal, self.case = deal, case
        self.room: dict[str, int] = dict(room or {})
        self.pages: dict[str, Page] = {}
        self.inputs: Values = {}
        self.claims: dict[str, Claim] = {}
        self.inflows: list[tuple[str, str]] = []
        """Cash received each month into the main account: label and template."""
        self.lenders: dict[str, tuple[str, str]] = {}
        """Arrears by key: their name, and the template of the rate that they bear."""
        self.exchange: dict[str, str] = {}
        """What values arrears of another currency again each month, by their key: the end of a template."""
        self.income: list[tuple[str, str, int]] = []
        """Lines of profit: label, template, +1 income or -1 cost."""
        self.assets: list[tuple[str, str, int]] = []
        """Lines of the balance sheet: label, template, +1 asset or -1 liability."""
        self.capital: list[tuple[str, str]] = []
        """Contributions and distributions of the owners by month: label, template."""
        self.debts: list[str] = []
        """Keys of the tranches, whose lines are ``<key>.closing``, ``<key>.interest_due`` and so on."""
        self.checks: list[tuple[str, str, str]] = []
        self.alerts: list[tuple[str, str, str]] = []
        self.charts: list[Chart] = []
        self.tests: list[tuple[str, str]] = []
        """Rows of the certificate that are calculated: label, template of the result."""
        self.lockups: list[str] = []
        self.sweeps: list[str] = []
        self.defaults: list[str] = []
        self.metrics: dict[str, tuple[str, int]] = {}
        self.sources: list[tuple[str, str]] = []
        """Funding drawn: label, key of the line."""
        self.drawings: list[tuple[str, str]] = []
        """Cash drawn as construction needs it: label and template."""
        self.prepays: dict[str, list[str]] = {}
        """Lines that prepay a tranche, by its key."""
        self.swept: dict[str, list[str]] = {}
        """Lines of a sweep's payments so far, by its key."""
        self.converted: dict[str, list[str]] = {}
        self.met: dict[str, list[str]] = {}
        """What reserves have paid towards a claim."""
        self.ahead: set[str] = set()
        self.hedge_lines: list[tuple[str, str]] = []
        self.streams: list[str] = []
        self.royalties: list[str] = []
        self.offtakes: list[str] = []
        self.ranges: dict[str, int] = {}
        """Lists that formulas read as one: their key, and how many rows ``<key>.1``, ``<key>.2``, … they have."""
        self.beside: dict[str, str] = {}
        """Lists that stand in the column beside another's values: their key, and the other's."""
        self.is_term: set[str] = set()
        self.versions: dict[str, list[Any]] = {}
        """Figures that amendments change, in every version."""
        self.lags: dict[str, Row] = {}
        self.service: list[str] = []
        """Debt service beside the tranches': templates."""
        self.study: Study | None = None
        """What sheet Risk looks at."""
        self.other_debt: list[str] = []
        """Lines of what is owed beside the tranches."""
        self._terms: dict[str, list[Row]] = {}

    # ---- sheets

    def page(self, name: str, purpose: str = "", colour: str = WORKINGS, **options: Any) -> Page:
        """A sheet by its name, created when first mentioned."""
        if name not in self.pages:
            monthly = options.pop("monthly", True)
            self.pages[name] = Page(name, purpose, colour, monthly=monthly, options=options)
        return self.pages[name]

    def add(self, sheet: str, *rows: Row) -> None:
        """Lines at the end of a sheet."""
        self.page(sheet).rows.extend(rows)

    # ---- terms

    def term(self, key: str, label: str, unit: str, value: Any, note: str = "", section: str = "") -> str:
        """Put a figure of the agreement or the case on sheet Terms; returns its name in formulas."""
        if key not in self.inputs:
            self.inputs[key] = value
            self.is_term.add(key)
            self._terms.setdefault(section or key.rpartition(".")[0], []).append(scalar(key, label, unit, INPUT, note))
        return f"{{{key}}}"

    def table(self, key: str, label: str, rows: Sequence[tuple[Any, Any]], units: tuple[str, str], note: str) -> str:
        """A table of two columns; gives its key, whose lists formulas read as ``{key.first}`` and ``{key.second}``.

        A version of the agreement with fewer rows leaves blanks.
        """
        size = self.room[key] = max(self.room.get(key, 0), len(rows))
        section = self._terms.setdefault(key.rpartition(".")[0], [])
        names = ("date" if units[0] == DATE else "from", "figure")
        for column, (part, unit, what) in enumerate(zip(("first", "second"), units, names, strict=True)):
            name = f"{key}.{part}"
            self.ranges[name] = size
            for k in range(size):
                at = f"{name}.{k + 1}"
                self.is_term.add(at)
                self.inputs[at] = rows[k][column] if k < len(rows) else None
                section.append(scalar(at, f"{label} {k + 1}, {what}", unit, INPUT, note))
        return key

    @property
    def terms(self) -> list[Row]:
        """The lines of sheet Terms under their headings."""
        rows: list[Row] = []
        for section, lines in self._terms.items():
            rows += [head(section.replace("_", " ").replace(".", ": ").capitalize()), *lines]
        return rows

    # ---- values over time, and when

    def value(self, key: str, value: Value, label: str, unit: str, note: str = "", *, by_day: bool = False) -> str:
        """Template of a value in a month.

        With ``by_day``, a step within the month counts for its days from its own day.
        """
        if isinstance(value, Bands):
            return self._bands(key, value, label, unit, note)
        if not isinstance(value, list):
            return self.term(key, label, unit, value, note)
        formula = "0"
        for k, step in enumerate(value, start=1):
            figure = self.term(f"{key}.{k}", f"{label}, {self.words(step.start)}", unit, step.value, note)
            if step.start is None:
                formula = figure
            elif by_day and not self._is_state(step.start):
                part = self._part(f"{key}.{k}", step.start, label)
                formula = f"({formula})*(1-{part})+{figure}*{part}"
            else:
                formula = f"IF({self.holds(f'{key}.{k}', step.start, label)},{figure},{formula})"
        return f"({formula})"

    def _part(self, key: str, start: When, label: str) -> str:
        """The part of a month's days from a date onwards."""
        date = self.date(f"{key}.from", start, f"{label}, from", monthly=True)
        return f"MAX(0,MIN([time.days],[time.end]-{date}))/[time.days]"

    def _is_state(self, start: When) -> bool:
        """Whether it is set by the tests of the month before."""
        return isinstance(start, str) and (start in STATES or start in self.case.by_tests)

    def _bands(self, key: str, value: Bands, label: str, unit: str, note: str) -> str:
        is_price = value.metric in self.case.market_keys
        metric = f"[market.{value.metric}]" if is_price else f"[{self.metric(value.metric, value.months)}:-1]"
        measured = self.case.market[value.metric].unit if is_price else UNITS.get(value.metric, "ratio")
        names = [
            self.term(f"{key}.{k}", f"{label}, band {k}", unit, band.value, note)
            for k, band in enumerate(value.bands, start=1)
        ]
        formula = names[-1]
        for k in range(len(names) - 1, 0, -1):
            below = value.bands[k - 1].below
            limit = self.term(f"{key}.{k}.below", f"{label}, band {k} below", measured, below, note)
            formula = f"IF({metric}<{limit},{names[k - 1]},{formula})"
        tested = f"ISNUMBER({metric})"
        if value.start is not None:
            tested = f"AND({tested},[time.end]>={self.date(f'{key}.from', value.start, f'{label}: bands apply from', monthly=True)})"
        return f"IF({tested},{formula},{names[0]})"

    def most(self, key: str, value: Value, formula: str) -> str:
        """Template of a value as far as it is known ahead: the highest of bands."""
        steps = value if isinstance(value, list) else []
        if isinstance(value, Bands) or any(self._is_state(step.start) for step in steps if step.start is not None):
            return most_of(key, value)
        return formula

    def date(self, key: str, when: When, label: str, *, monthly: bool = False) -> str:
        """Template of a date: a term, a milestone's, or some months after one.

        With ``monthly`` it stands in a formula of the months that compares it with the month: then that of a milestone
        which tests decide need only be known in the months after it, so that these tests may depend on what it changes.
        """
        if isinstance(when, After):
            reached = self._reached(when.event, monthly=monthly)
            after = reached
            if when.months or when.by is None:
                months = self.term(f"{key}.months", f"{label}, months after {when.event}", COUNT, when.months)
                after = f"EOMONTH({reached},{months})"
            if when.by is None:
                return f"IF(ISNUMBER({reached}),{after},{NEVER})"
            by = self.term(f"{key}.by", f"{label}, at the latest", DATE, when.by)
            return f"IF(ISNUMBER({reached}),MIN({after},{by}),{by})"
        if isinstance(when, str):
            reached = self._reached(when, monthly=monthly)
            return f"IF(ISNUMBER({reached}),{reached},{NEVER})"
        return self.term(key, label, DATE, when)

    def _reached(self, milestone: str, *, monthly: bool) -> str:
        known = monthly and milestone in self.case.by_tests
        return f"[milestone.{milestone}.known]" if known else f"{{milestone.{milestone}}}"

    def holds(self, key: str, start: When, label: str) -> str:
        """Template of whether a step has begun in a month."""
        if isinstance(start, str):
            return f"{self.state(start)}=1"
        return f"[time.end]>={self.date(f'{key}.from', start, f'{label}, from', monthly=True)}"

    def state(self, key: str) -> str:
        """Template of a state: a milestone reached; or what the tests of the month before have set."""
        return f"[state.{key}:-1]" if key in STATES else f"[state.{key}]"

    def words(self, start: When | None) -> str:
        """The time in words."""
        match start:
            case None:
                return "at first"
            case After():
                return when_in_words(start)
            case dt.date():
                return f"from {start:%d-%b-%Y}"
            case _:
                return f"in {start}" if start in STATES else f"from {start.replace('_', ' ')}"

    def amendment_date(self, number: int) -> str:
        """Template of the date of an amendment, counted from 1."""
        amendment = self.deal.amendment[number - 1]
        return self.term(
            f"amendment.{number}.date", f"{amendment.title}: date", DATE, amendment.date, amendment.source, "amendments"
        )

    def in_force(self, clause: str, *, once: bool = False, drops: bool = True) -> str:
        """End of a template: whether the amendments that add or end a clause, as ``fee.agency``, have it in force.

        Of a month; or with ``once`` at the as-of date; without ``drops`` from when on alone.
        """
        out = ""
        for k, amendment in enumerate(self.deal.amendment, start=1):
            now = f"IF({{cover.as_of}}>={self.amendment_date(k)},1,0)" if once else f"[amendment.{k}.now]"
            if clause in amendment.adds:
                out += f"*{now}"
            if drops and clause in amendment.drops:
                out += f"*(1-{now})"
        return out

    def added(self, clause: str) -> str:
        """Template of the date of the amendment that adds a clause; empty where it is there from the start."""
        numbers = [k for k, amendment in enumerate(self.deal.amendment, start=1) if clause in amendment.adds]
        return self.amendment_date(numbers[0]) if numbers else ""

    def ended(self, clause: str) -> str:
        """Template of the date of the amendment that ends a clause, once it is in force; empty where none does."""
        numbers = [k for k, amendment in enumerate(self.deal.amendment, start=1) if clause in amendment.drops]
        if not numbers:
            return ""
        date = self.amendment_date(numbers[0])
        return f"IF({{cover.as_of}}>={date},{date},{NEVER})"

    # ---- metrics, claims, checks

    def metric(self, name: str, months: int) -> str:
        """Key of a metric's line: a series of the market, or a line that is made with the other metrics."""
        if name in self.case.market_keys:
            return f"market.{name}"
        key = f"metric.{name}" if name in WITHOUT_WINDOW or name in self.deal.own_metrics else f"metric.{name}_{months}"
        self.metrics[key] = (name, months)
        return key

    def elected(self, clause: str) -> list[str]:
        """Templates of the dates on which the case makes a clause's choices, in order."""
        return [
            self.term(f"{clause}.elected.{k}", f"{clause}: elected on", DATE, date, "case", "elections")
            for k, date in enumerate(self.days_elected(clause), start=1)
        ]

    def days_elected(self, clause: str) -> list[dt.date]:
        """The dates on which the case makes a clause's choices, in order."""
        return sorted(each.date for each in self.case.election if each.clause == clause)

    def lagged(self, line: str, months: int) -> str:
        """Template: a line summed over this month and those before, each kept by a line of its own.

        A range over past months would make a month depend on later ones, and be circular.
        """
        for back in range(1, months):
            key = f"lag.{line}.{back}"
            if key not in self.lags:
                before = f"[{line}:-1]" if back == 1 else f"[lag.{line}.{back - 1}:-1]"
                label = f"{back} month{'s' if back > 1 else ''} before"
                self.lags[key] = balance(key, label, "US$", f"={before}", start=0.0)
        return "+".join([f"[{line}]", *(f"[lag.{line}.{back}]" for back in range(1, months))])

    def claim(self, claim: Claim) -> None:
        """Add a claim on the cash."""
        self.claims[claim.key] = claim

    def named(self, word: str) -> list[Claim]:
        """The claims that a word of the agreement names: one by its key, or all of a kind, as ``interest``."""
        return [claim for key, claim in self.claims.items() if word in {key, key.split(".")[0]}]

    def follow(self, consequence: Iterable[str], flag: str) -> None:
        """Let a failed test set the states of the month after: lock-up, sweep, default."""
        for word, listed in (("lockup", self.lockups), ("sweep", self.sweeps), ("default", self.defaults)):
            if word in consequence:
                listed.append(flag)

    def check(self, key: str, label: str, formula: str) -> None:
        """A hard check: a difference that must be zero."""
        self.checks.append((key, label, formula))

    def alert(self, key: str, label: str, formula: str) -> None:
        """An alert: zero is good."""
        self.alerts.append((key, label, formula))

    def rolls(self, opening: str, added: Iterable[str], taken: Iterable[str], closing: str, moved: str = "") -> str:
        """Formula: how far a balance is from rolling forward, months together; ``moved`` is what an exchange rate adds."""
        again = f"-[{moved}:later]" if moved else ""
        flows = "".join(f"+[{key}:row]" for key in added) + "".join(f"-[{key}:row]" for key in taken)
        return f"=SUMPRODUCT(ABS([{opening}:row]{flows}-[{closing}:row]))+SUMPRODUCT(ABS([{opening}:later]-[{closing}:earlier]{again}))"

    def flag(self, key: str, label: str, formula: str, note: str = "") -> Row:
        """A line of ones and zeros."""
        return balance(key, label, FLAG, formula, note)


def most_of(key: str, value: Value) -> str:
    """Template of the highest figure that a value over time takes."""
    if not isinstance(value, Bands | list):
        return f"{{{key}}}"
    count = len(value.bands if isinstance(value, Bands) else value)
    return f"MAX({','.join(f'{{{key}.{k}}}' for k in range(1, count + 1))})"


STATES = ("lockup", "sweep", "default")
"""States that tests set, for the month after."""
NEVER = "{time.never}"
"""The last date of a spreadsheet: what has not happened."""
WITHOUT_WINDOW = frozenset(
    {"llcr", "plcr", "reserve_tail", "cash", "working_capital", "current_ratio", "tangible_equity", "liabilities_to_equity",
     "debt_to_equity", "net_debt", "debt", "liabilities", "equity", "hedged_share", "swapped_share", "output_to_date"}
)  # fmt: skip
