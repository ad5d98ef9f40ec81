"""Units of the market's series: by them a scenario and a simulation tell a price from a rate and an exchange rate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from drawstop.deal import Fault
from drawstop.deal.sizes import wrong_sizes
from drawstop.deal.value import values_of
from lender_model.grid import RATE

if TYPE_CHECKING:
    from drawstop.deal.read import Source
    from lender_model.clauses import Deal
    from lender_model.compose.case import Case
    from lender_model.compose.files import Figures

_SAME = {"USD": "US$", "CAD": "C$", "AUD": "A$"}
_KNOWN = frozenset({"US$", "C$", "A$", "€", "£"})
"""Currencies that are told apart by their names."""


def filled(case: Case, deal: Deal) -> Case:
    """The case with the units that its market leaves out, as the deal's use of each series has them."""
    used = {each.price: f"{deal.currency}/{each.unit}" for each in deal.product}
    used |= {each.rate.base: RATE for each in deal.tranche if each.rate.base}
    rates = [each.currency for each in deal.tranche] + [
        line.exchange.rate for line in case.plan.values() if line.exchange
    ]
    used |= {key: f"{deal.currency}/{key.upper()}" for key in rates if key}
    market = {
        key: series
        if "unit" in series.model_fields_set or key not in used
        else series.model_copy(update={"unit": used[key]})
        for key, series in case.market.items()
    }
    return case.model_copy(update={"market": market})


def faults_of(case: Case, raw: Source, deal: Deal) -> Iterator[Fault]:
    """Series whose unit says something else than what the deal uses them for."""
    for product in deal.product:
        series = case.market.get(product.price)
        if series is None:
            continue
        place = ("market", product.price, "unit")
        if series.is_exchange or "/" not in series.unit:
            what = f"{series.unit!r} is not the unit of a price; {product.key} is sold at a price such as {deal.currency}/{product.unit}"
            yield raw.fault(place, what)
        elif {_currency(series.unit), _currency(deal.currency)} <= _KNOWN and _currency(series.unit) != _currency(
            deal.currency
        ):
            what = f"{series.unit!r} is not in the deal's currency; a price in another currency than {deal.currency} is not modelled"
            yield raw.fault(place, what)
    for tranche in deal.tranche:
        yield from _of_use(case, raw, tranche.rate.base, f"the base rate of {tranche.title}", f'"{RATE}"', rate=True)
        yield from _of_use(
            case,
            raw,
            tranche.currency,
            f"the exchange rate of {tranche.title}",
            f'such as "{deal.currency}/MXN"',
            rate=False,
        )
    for key, line in case.plan.items():
        if line.exchange is not None:
            yield from _of_use(
                case,
                raw,
                line.exchange.rate,
                f"the exchange rate of {key}",
                f'such as "{deal.currency}/MXN"',
                rate=False,
            )


def of_sizes(case: Case, raw: Source, market: Figures) -> Iterator[Fault]:
    """Rates that are percentages, in the case and in market.csv."""
    yield from (raw.fault(place, what) for place, what in wrong_sizes(case))
    for key, series in case.market.items():
        if series.unit != RATE:
            continue
        given = values_of(series.value) if series.value is not None else []
        yield from (raw.fault(("market", key, "value"), _too_much(x)) for x in given if abs(x) >= 1)
        month = next((day for day, x in market.columns.get(key, {}).items() if abs(x) >= 1), None)
        if month is not None:
            yield Fault(market.file, 0, key, f"{month}: {_too_much(market.columns[key][month])}")


def _too_much(rate: float) -> str:
    return f"{rate:g} would be {rate:.0%} a year; write {rate / 100:g} for {rate:g} per cent"


def _of_use(case: Case, raw: Source, key: str | None, what: str, right: str, *, rate: bool) -> Iterator[Fault]:
    series = case.market.get(key) if key else None
    if series is not None and not (series.unit == RATE if rate else series.is_exchange):
        yield raw.fault(("market", key or "", "unit"), f"is {what}: its unit must be {right}, not {series.unit!r}")


def _currency(text: str) -> str:
    first = text.partition("/")[0].strip()
    return _SAME.get(first, first)
