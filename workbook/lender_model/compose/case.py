"""The case of a deal: months, dates, market, plan, actuals and scenarios, from ``case.toml`` and CSV files beside it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from drawstop.deal import Fault, Key, Number, Record, Ref, Step, Text, Value, Whole, quantity, text_like
from drawstop.deal.lines import Path as Place
from drawstop.deal.read import Source, not_listed, read
from drawstop.deal.value import Date
from lender_model.compose.files import month_end
from lender_model.sheets.together import UnknownScenarioError, named

LEAST_MONTHS, MOST_MONTHS = 12, 480

PLAN_LINES = {
    "operating_cost": "Operating cost",
    "capital": "Construction capital",
    "sustaining": "Sustaining capital",
    "closure": "Closure cost",
    "overhead": "Overhead of the borrower",
    "other_current_assets": "Current assets but cash",
    "current_liabilities": "Current liabilities but debt",
    "intangibles": "Intangible assets",
}
"""Lines of the plan beside the products."""
COSTS = ("operating_cost", "capital", "sustaining", "closure", "overhead")
"""Those that may be spent in another currency."""


_CURRENCY = re.compile(r"[A-Z]{0,3}[$€£¥]|[A-Z]{3}")
"""A currency, as C$ or MXN."""
_WEIGHTS = frozenset({"DMT", "WMT", "MTU", "LBS"})
"""What looks like a currency and is a weight."""


class Months(Record):
    """The months of the model."""

    first: Date = Field(title="First month, by any of its days")
    months: Whole = Field(title="How many months", ge=LEAST_MONTHS, le=MOST_MONTHS)
    as_of: Date = Field(title="As-of date")
    scenario: Text = Field("Base", title="Scenario in use, or several joined by a plus sign")


class Exchange(Record):
    """The part of a cost that is spent in another currency."""

    rate: Annotated[Key, Ref("market")] = Field(title="Exchange rate, a series of the market")
    at: Number = quantity("rate of exchange", "Rate at which the plan counts it", gt=0)
    part: Number = quantity("fraction", "Part of the cost", 1.0, gt=0, le=1)


class Series(Record):
    """A price, rate or index, or a line of the plan, by month."""

    value: Value | None = Field(None, title="Value, or steps by date")
    start: Number | None = Field(None, title="Before the first month")
    unit: Text = Field("US$", title="Unit")
    exchange: Exchange | None = Field(None, title="Of a cost: the part spent in another currency")
    source: str = Field("", title="Source")
    assumption: str = Field("", title="Why it is assumed")

    @field_validator("value")
    @classmethod
    def _by_date(cls, value: Value | None) -> Value | None:
        if isinstance(value, list) and all(step.start is None or isinstance(step.start, dt.date) for step in value):
            dates = [step.start for step in value if isinstance(step.start, dt.date)]
            if dates != sorted(set(dates)):
                raise ValueError("the dates of the steps must ascend")
            return value
        if value is None or isinstance(value, float | int):
            return value
        raise ValueError("a series of the case is a number, or steps by date")

    @property
    def is_exchange(self) -> bool:
        """Whether it is an exchange rate, as US$/C$, and not the price of a metal, as US$/oz."""
        of = self.unit.partition("/")[2].strip()
        return bool(_CURRENCY.fullmatch(of)) and of not in _WEIGHTS

    @property
    def note(self) -> str:
        """Its source, as the sheet shows it."""
        return f"assumption: {self.assumption}" if self.assumption else self.source


class Scenario(Record):
    """A scenario: its differences from the plan and the market after the as-of date."""

    name: Text = Field(title="Name")
    price: Number = quantity("change", "Prices of metals, change", 0.0, gt=-1)
    rate: Number = quantity("per year", "Base rates, points added", 0.0)
    exchange: Number = quantity("change", "Exchange rates, change", 0.0, gt=-1)
    costs: Number = quantity("change", "Operating costs, change", 0.0, gt=-1)
    capital: Number = quantity("change", "Capital, change", 0.0, gt=-1)
    production: Number = quantity("change", "Production, change", 0.0, gt=-1)
    delay: Whole = quantity("months", "Delay, months", 0, ge=0, le=120)


class Risk(Record):
    """How uncertain the case is after the as-of date, for a simulation."""

    price: Number = quantity("per year", "Volatility of the metals' prices, one shock for all", 0.16, ge=0, le=3)
    rate: Number = quantity("per year", "Volatility of base rates, in points", 0.008, ge=0, le=0.2)
    exchange: Number = quantity("per year", "Volatility of exchange rates, one shock for all", 0.10, ge=0, le=3)
    costs: Number = quantity("fraction", "Standard deviation of operating costs", 0.08, ge=0, le=1)
    capital: Number = quantity("fraction", "Standard deviation of capital", 0.12, ge=0, le=1)
    production: Number = quantity("fraction", "Standard deviation of production", 0.06, ge=0, le=1)


class Prepayment(Record):
    """Debt repaid ahead of its dates."""

    tranche: Annotated[Key, Ref("tranche")] = Field(title="Tranche")
    date: Date = Field(title="Date")
    amount: Number = quantity("US$", "Amount", ge=0)


class Election(Record):
    """A choice under the agreement that the case assumes: a buy-back, a conversion, a deferral."""

    clause: Annotated[Text, Ref("election")] = Field(title="Clause, as stream.gold or convertible.note")
    date: Date = Field(title="Date")


class Case(Record):
    """``case.toml``."""

    model: Months = Field(title="Months of the model")
    milestones: dict[Key, Date | Literal["not reached", "tests"]] = Field(
        {}, title='Date of each milestone, reached or expected; "tests" where its tests say when'
    )
    tests: dict[Key, dict[Key, Date | Literal["not met"]]] = Field({}, title="Date of each test of a milestone")
    market: dict[Key, Series] = Field({}, title="Prices, rates and indices")
    plan: dict[Key, Series] = Field({}, title="Plan by line")
    scenario: list[Scenario] = Field([], title="Scenarios other than the base")
    risk: Risk = Field(Risk.model_validate({}), title="Uncertainty after the as-of date")
    prepayment: list[Prepayment] = Field([], title="Debt repaid ahead of its dates")
    election: list[Election] = Field([], title="Choices made")
    opening_cash: Number = quantity("US$", "Cash at the start", 0.0)
    opening_property: Number = quantity("US$", "Mine property at the start", 0.0)
    minimum_cash: Number = quantity("US$", "Cash kept for operations", 0.0, ge=0)
    tax_rate: Number = quantity("fraction", "Tax on the mine's profit", 0.0, ge=0, le=1)
    opening_losses: Number = quantity("US$", "Tax losses at the start", 0.0, ge=0)
    discount_rate: Number = quantity("per year", "Discount rate of cover ratios", 0.08, gt=-1)
    distributions: Literal["monthly", "quarterly", "never"] = Field("quarterly", title="When surplus cash is paid out")
    assumed: dict[str, str] = Field({}, title="Why figures of the case are assumed")
    source: str = Field("", title="Source of the case")

    @property
    def market_keys(self) -> frozenset[str]:
        """Prices, rates and indices by their keys."""
        return frozenset(self.market)

    @property
    def by_tests(self) -> frozenset[str]:
        """Milestones that are reached when their tests are met."""
        return frozenset(key for key, date in self.milestones.items() if date == "tests")

    @property
    def has_exchange(self) -> bool:
        """Whether a series of the market is an exchange rate."""
        return any(series.is_exchange for series in self.market.values())

    @property
    def scenarios(self) -> list[Scenario]:
        """The base and the others."""
        return [Scenario.model_validate({"name": "Base"}), *self.scenario]

    @property
    def ends(self) -> list[dt.date]:
        """The end of each month."""
        first = self.model.first.year * 12 + self.model.first.month - 1
        return [month_end(*divmod(first + k, 12)) for k in range(self.model.months)]


def read_case(folder: Path) -> tuple[Case, Source]:
    """The case of a folder.

    Raises:
        DealError: every fault in it.
    """
    return read(folder / "case.toml", Case)


def monthly(series: Series | None, given: dict[dt.date, float], ends: Sequence[dt.date]) -> list[float | None]:
    """A series by month: the file's figure if it has one, else the step in force at the month's end."""
    return [given.get(end, _at(series, end)) for end in ends]


def _at(series: Series | None, end: dt.date) -> float | None:
    value = series.value if series else None
    if not isinstance(value, list):
        return value  # type: ignore[return-value]  # bands are refused by the series itself
    held = [step for step in value if _begun(step, end)]
    return held[-1].value if held else 0.0


def _begun(step: Step, end: dt.date) -> bool:
    return step.start is None or (isinstance(step.start, dt.date) and step.start <= end)


def faults_of(
    case: Case, raw: Source, products: Sequence[str], tests: Mapping[str, Sequence[str]], measured: Container[str]
) -> Iterator[Fault]:
    """References of the case to things that the deal does not have.

    Args:
        case: the case.
        raw: its file.
        products: keys of the deal's products.
        tests: keys of the dated tests of each milestone.
        measured: milestones with a test of a metric.
    """
    yield from _listed(raw, ("plan",), case.plan, "product or line of the plan", [*products, *PLAN_LINES])
    yield from _faults_of_exchange(case, raw)
    yield from _listed(raw, ("milestones",), case.milestones, "milestone", tests)
    yield from _listed(raw, ("tests",), case.tests, "milestone", tests)
    for milestone, dates in case.tests.items():
        yield from _listed(raw, ("tests", milestone), dates, f"test of {milestone}", tests.get(milestone, dates))
    for key in tests:
        if key not in case.milestones:
            yield raw.fault(("milestones",), f'has no date of {key}; give a date, "tests" or "not reached"')
        if key in case.by_tests and key not in measured:
            what = f"{key} has no [[milestone.test]] with a metric that could say when; give a date"
            yield raw.fault(("milestones", key), what)
    names = [scenario.name for scenario in case.scenarios]
    for k, scenario in enumerate(case.scenario):
        if [name.casefold() for name in names].count(scenario.name.casefold()) > 1:
            yield raw.fault(("scenario", k, "name"), f"{scenario.name!r} is duplicated")
        if scenario.exchange and not case.has_exchange:
            yield raw.fault(("scenario", k, "exchange"), _NO_EXCHANGE)
    try:
        named(case.model.scenario, names)
    except UnknownScenarioError as error:
        yield raw.fault(("model", "scenario"), not_listed("scenario", error.name, names))
    except ValueError as error:
        yield raw.fault(("model", "scenario"), str(error))


_NO_EXCHANGE = "no series of the market is an exchange rate, such as one in US$/C$"


def _faults_of_exchange(case: Case, raw: Source) -> Iterator[Fault]:
    """A cost in another currency without its rate, and what is not a cost."""
    if "exchange" in case.risk.model_fields_set and not case.has_exchange:
        yield raw.fault(("risk", "exchange"), _NO_EXCHANGE)
    for key, series in case.market.items():
        if series.exchange is not None:
            yield raw.fault(("market", key, "exchange"), "is for costs of the plan")
    for key, series in case.plan.items():
        if series.exchange is not None and key not in COSTS:
            yield raw.fault(("plan", key, "exchange"), f"is for {', '.join(COSTS)}")
        elif series.exchange is not None and series.exchange.rate not in case.market:
            what = not_listed("series of the market", series.exchange.rate, case.market)
            yield raw.fault(("plan", key, "exchange", "rate"), what)


def _listed(raw: Source, place: Place, found: Iterable[str], what: str, known: Iterable[str]) -> Iterator[Fault]:
    names = list(known)
    return (raw.fault((*place, key), not_listed(what, key, names)) for key in found if key not in names)


def title(key: str) -> str:
    """The title of a line of the plan.

    >>> title("gold")
    'Gold'
    """
    return PLAN_LINES.get(key, text_like(key))
