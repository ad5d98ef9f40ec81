"""ACTUS's public loans through TRANCHE_SCHEDULE: ``data/published/SOURCES.md`` says where they come from.

A contract's terms and fixings, and the dates and amounts of its redemptions, become the tables that the function takes;
what is checked is every interest payment, every balance and every all-in rate that ACTUS prints. Four kinds of terms
have no place in such tables and are left out by name.
"""

import datetime as dt
import json
from pathlib import Path

import pytest

from drawstop.functions import TRANCHE_SCHEDULE

CONTRACTS = json.loads((Path(__file__).parents[1] / "data" / "published" / "actus_loans.json").read_text("utf-8"))
BASES = {"A360": "ACT/360", "A365": "ACT/365", "30E360": "30E/360", "AA": "ACT/ACT ISDA"}
PRINTED = 2e-9  # ACTUS prints ten decimals; amounts that it derives from printed ones are off by a few of the last


def reason(terms):
    """Why a contract cannot be written as tables; None if it can."""
    if terms.get("businessDayConvention", "").startswith("CS"):
        return "interest accrues to another day than that of its payment"
    if terms.get("interestCalculationBase", "NT") != "NT":
        return "interest accrues on another amount than what is owed"
    if "scalingEffect" in terms:
        return "principal or interest is scaled by an index"
    return None


ASKED = {name: contract for name, contract in CONTRACTS.items() if reason(contract["terms"]) is None}


def day(moment):
    """The day of an event; the last second of a day is the midnight after it."""
    date = dt.date.fromisoformat(moment[:10])
    return date + dt.timedelta(days=1) if moment.endswith("23:59:59") else date


def tables(contract):
    """The arguments of TRANCHE_SCHEDULE for a contract."""
    terms, events = contract["terms"], contract["events"]
    sign = 1 if terms["contractRole"] == "RPA" else -1
    first, kind, _, principal, rate, accrued = events[0]
    start, lent, opening = day(first), terms["notionalPrincipal"], terms.get("accruedInterest", 0)
    if kind == "PRD":  # bought on the way: from then on with what had accrued
        lent, opening = abs(principal), abs(accrued)
    else:
        rate = terms["nominalInterestRate"]
        start = start if kind == "IED" else day(terms["statusDate"])  # running already
    advances, repayments, rates = [[start, lent]], [], {start: rate}
    spread, resets = terms.get("rateSpread", 0), [event for event in events if event[1] in ("RR", "RRF")]
    for moment, kind, *_ in resets:
        fixed = terms["nextResetRate"] - spread if kind == "RRF" else contract["fixings"][moment]
        rates[day(moment)] = fixed * terms.get("rateMultiplier", 1)
    for moment, kind, payoff, *_ in events:
        if kind == "PR" and payoff * sign >= 0:
            repayments.append([day(moment), payoff * sign])
        elif kind == "PR":  # a payment below the interest: the rest of it is lent
            advances.append([day(moment), -payoff * sign])
    repayments.append([day(events[-1][0]), "balance"])
    payments = {day(moment) for moment, kind, *_ in events if kind in ("IP", "IPCI", "MD", "TD")}
    capitalised = max((day(moment) for moment, kind, *_ in events if kind == "IPCI"), default=None)
    margins = [[day(resets[0][0]), spread]] if resets else None
    basis = BASES[terms["dayCountConvention"]]
    payments.add(day(events[-1][0]))
    return [
        *(advances, repayments, [list(row) for row in rates.items()], sorted(payments), margins, None, capitalised),
        *(basis, opening),
    ]


def printed(contract):
    """What ACTUS prints for each day: interest paid, principal owed and rate at its end."""
    terms, days = contract["terms"], {}
    for moment, kind, payoff, principal, rate, _ in contract["events"]:
        entry = days.setdefault(day(moment), {"paid": 0.0, "closing": 0.0, "kinds": []})
        if kind == "IP":
            entry["paid"] += abs(payoff) * (1 if payoff * (terms["contractRole"] == "RPA") >= 0 else -1)
        elif kind == "TD":  # the price, and the interest accrued
            entry["paid"] += abs(abs(payoff) - terms["priceAtTerminationDate"])
        entry["closing"], entry["rate"] = abs(principal), rate
        entry["kinds"].append(kind)
    return days


def test_how_many_contracts_can_be_asked():
    left = {}
    for name, contract in CONTRACTS.items():
        if why := reason(contract["terms"]):
            left.setdefault(why, []).append(name)
    assert (len(CONTRACTS), len(ASKED)) == (109, 101)
    assert left == {
        "interest accrues to another day than that of its payment": ["pam06", "pam08"],
        "interest accrues on another amount than what is owed": ["lam16", "lam17", "lam18", "nam15"],
        "principal or interest is scaled by an index": ["lam25", "lam26"],
    }


@pytest.mark.parametrize("name", ASKED)
def test_the_schedule_is_the_published_one(name):
    contract = ASKED[name]
    header, *lines = TRANCHE_SCHEDULE(*tables(contract))
    rows = {line[0]: dict(zip(header, line, strict=True)) for line in lines}
    exact = {"rel": 1e-9, "abs": PRINTED}
    last = max(rows)
    after = dict(zip(rows, [line[6] for line in lines[1:]], strict=False))  # a row's rate is that of the time before it
    for date, figures in printed(contract).items():
        if figures["kinds"] == ["PRF"]:  # a level payment is fixed on that day, and nothing happens
            continue
        row = rows[date]
        if "PRD" not in figures["kinds"]:
            assert row["Interest paid"] == pytest.approx(figures["paid"], **exact), date
        if date < last:
            assert row["Closing"] == pytest.approx(figures["closing"], **exact), date
            assert after[date] == pytest.approx(figures["rate"], **exact), date
    owed = lines[-1][1] + lines[-1][3]
    for moment, kind, payoff, *_ in contract["events"]:
        if kind == "MD":
            assert rows[day(moment)]["Repayment"] == pytest.approx(abs(payoff), **exact)
    assert lines[-1][4] == owed
