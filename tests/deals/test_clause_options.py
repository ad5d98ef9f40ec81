"""What a clause's options come to, in a small deal whose figures can be worked out by hand.

The deal: 12 million lent on 31 January 2024 at 6%, 30/360, interest each quarter, one repayment at the end of 2025. The mine
gives 1,000 ounces a month at 2,000 from February 2024 and costs a million a month; 24 months from January 2024.
"""

import copy
import dataclasses
import datetime as dt

import numpy as np
import pytest
from random_deals import folder

from drawstop.deal import DealError
from drawstop.deal.read import Source, parsed
from lender_model.calculator import calculate
from lender_model.clauses import Deal
from lender_model.clauses.faults import faults_of
from lender_model.compose.files import Figures
from lender_model.compose.model import compose

LOAN = {
    "key": "loan", "title": "Loan", "commitment": 12e6, "final": dt.date(2025, 12, 31),
    "draw": {"plan": [{"date": dt.date(2024, 1, 31), "amount": 12e6}]},
    "payment": {"every": 3, "first": dt.date(2024, 3, 31)}, "rate": {"margin": 0.06, "basis": "30/360"},
    "repayment": {"method": "bullet"},
}  # fmt: skip
DEAL = {
    "name": "Small", "borrower": "Small Gold", "signing": dt.date(2024, 1, 31), "tranche": [LOAN],
    "product": [{"key": "gold", "price": "gold"}], "milestone": [{"key": "completion"}],
}  # fmt: skip
CASE = {
    "model": {"first": dt.date(2024, 1, 31), "months": 24, "as_of": dt.date(2024, 1, 31)},
    "milestones": {"completion": dt.date(2024, 6, 30)},
    "market": {
        "gold": {"unit": "US$/oz", "value": 2000.0},
        "sofr": {"unit": "per year", "value": [{"value": 0.05}, {"from": dt.date(2024, 7, 1), "value": 0.04}]},
    },
    "plan": {
        "gold": {"value": [{"value": 0.0}, {"from": dt.date(2024, 2, 1), "value": 1000.0}]},
        "operating_cost": {"value": [{"value": 0.0}, {"from": dt.date(2024, 2, 1), "value": 1e6}]},
    },
    "distributions": "never",
}  # fmt: skip
ENDS = [dt.date(2024 + k // 12, k % 12 + 1, 1) for k in range(1, 24)] + [dt.date(2026, 1, 1)]
ENDS = [end - dt.timedelta(days=1) for end in ENDS]


def small(deal=(), case=(), loan=()):
    """The small deal with other clauses, another case or other terms of its loan."""
    agreement, plan = copy.deepcopy(DEAL) | dict(deal), copy.deepcopy(CASE) | dict(case)
    agreement["tranche"] = [copy.deepcopy(LOAN) | dict(loan), *agreement["tranche"][1:]]
    return folder(agreement, plan)


def calculated(found):
    model = compose(found)
    values = calculate(model.book, model.inputs)
    assert values["checks.ok"] == 1, [k for k in values if k.startswith("check.") and "@" not in k and values[k]]
    return values


def months(values, key):
    """A line by month-end, without its noughts."""
    return {end: x for end, x in zip(ENDS, np.ravel(values[key]).tolist(), strict=True) if isinstance(x, float) and x}


def refused(deal):
    """The first fault of an agreement."""
    try:
        record = parsed(Source("deal.toml", copy.deepcopy(DEAL) | deal, {}), Deal)
    except DealError as error:
        return str(error.faults[0])
    found = list(faults_of(record, Source("deal.toml", {}, {}), frozenset(CASE["market"])))
    return str(found[0]) if found else ""


def covenant(metric, **terms):
    return {"key": "c", "metric": metric, "dates": {"every": 3, "first": dt.date(2024, 6, 30)}} | terms


def test_the_small_deal():
    v = calculated(small())
    # two months of 1% a half-year's twelfth: 12,000,000 × 6% × 2/12, then three
    assert list(months(v, "tranche.loan.interest_due").values()) == pytest.approx([120_000.0] + [180_000.0] * 7)
    assert months(v, "tranche.loan.repayment") == {dt.date(2025, 12, 31): 12e6}


# ---- royalties, streams, offtake ------------------------------------------------------------------------------------


def test_a_royalty_sold_for_money_is_income_with_the_output():
    royalty = {"key": "r", "title": "Royalty", "basis": "revenue", "rate": 0.05, "deposit": [{"date": dt.date(2024, 1, 31), "amount": 2.3e6}]}  # fmt: skip
    v = calculated(small({"royalty": [royalty]}))
    assert months(v, "royalty.r.deposit") == {ENDS[0]: 2.3e6}
    # 23 months of equal output: 100,000 of 2.3 million each; 5% of 2,000,000 due each month
    assert list(months(v, "royalty.r.earned").values()) == pytest.approx([100_000.0] * 23)
    assert list(months(v, "royalty.r.due").values()) == pytest.approx([100_000.0] * 23)


def test_a_royalty_ends_at_its_amount_and_steps_by_output():
    royalty = {
        "key": "r", "title": "Royalty", "basis": "revenue", "most": 1e6, "paid_before": 300_000.0,
        "rate": {"metric": "output_to_date", "bands": [{"below": 3_000.0, "value": 0.05}, {"value": 0.03}]},
    }  # fmt: skip
    due = list(months(calculated(small({"royalty": [royalty]})), "royalty.r.due").values())
    # the band of a month is that of the month before: 1,000, 2,000 and then 3,000 ounces; 5% of 2,000,000 for three months
    # (February, March, April), then 3%, until 1,000,000 less 300,000 has been paid
    assert due == pytest.approx([100_000.0] * 3 + [60_000.0] * 6 + [40_000.0])


@pytest.mark.parametrize(("group", "due"), [("royalty", "royalty.x.due"), ("offtake", "offtake.x.due")])
def test_a_part_is_bought_back(group, due):
    terms = {"royalty": {"basis": "revenue", "rate": 0.05}, "offtake": {"product": "gold", "discount": 0.05}}[group]
    right = [{"date": dt.date(2024, 6, 30), "price": 3e6, "share": 0.4}]
    deal = {group: [{"key": "x", "title": "Sold", "buy_back": right} | terms]}
    v = calculated(small(deal, {"election": [{"clause": f"{group}.x", "date": dt.date(2024, 7, 31)}]}))
    flows = months(v, due)
    assert flows[dt.date(2024, 6, 30)] == pytest.approx(100_000)
    assert flows[dt.date(2024, 7, 31)] == pytest.approx(60_000)  # 40% bought back
    assert months(v, f"wf.prepayment.{group}_x_paid") == {dt.date(2024, 7, 31): 3e6}


def test_an_offtake_is_cancelled_by_the_ounce():
    """Brucejack 2015: 75% cancelled for 13 an ounce. Five months of 1,000 sold, 95,000 of 100,000 to come."""
    right = [{"date": dt.date(2024, 6, 30), "price_per_ounce": 13.0, "share": 0.75}]
    terms = {"key": "x", "title": "Sold", "product": "gold", "discount": 0.05, "most": 100_000.0, "buy_back": right}
    v = calculated(small({"offtake": [terms]}, {"election": [{"clause": "offtake.x", "date": dt.date(2024, 7, 31)}]}))
    assert months(v, "offtake.x.buy_back") == {dt.date(2024, 7, 31): pytest.approx(0.75 * 95_000 * 13)}
    del terms["most"]
    assert "a buy-back by the ounce needs most" in refused({"offtake": [terms]})
    assert "needs one of price and price_per_ounce" in refused(
        {"offtake": [terms | {"buy_back": [right[0] | {"price": 1.0}]}]}
    )


def test_a_tier_has_its_own_price():
    """Golden Star 2015: 20% of spot until the second threshold, 30% after it."""
    tiers = [{"until": 150.0, "share": 0.1, "price_share": 0.2}, {"share": 0.05, "price_share": 0.3}]
    v = calculated(small({"stream": [{"key": "s", "title": "Stream", "product": "gold", "tiers": tiers}]}))
    got = list(months(v, "stream.s.received").values())
    # February: 100 oz at 20% of 2,000. March: 50 oz of tier 1 use 500 oz of output, 5% of the other 500 is 25 oz at 30%
    assert got[:3] == pytest.approx([100 * 400, 50 * 400 + 25 * 600, 50 * 600])


def test_a_stream_at_a_price_that_rises():
    price = [{"value": 400.0}, {"from": dt.date(2025, 1, 1), "value": 404.0}]
    v = calculated(small({"stream": [{"key": "s", "title": "Stream", "product": "gold", "price": price, "tiers": [{"share": 0.1}]}]}))  # fmt: skip
    got = months(v, "stream.s.received")
    assert (got[dt.date(2024, 12, 31)], got[dt.date(2025, 1, 31)]) == (40_000.0, 40_400.0)


# ---- rates ------------------------------------------------------------------------------------------------------------


def test_a_share_of_the_interest_is_added_by_the_gold_price():
    share = {
        "metric": "gold",
        "bands": [{"below": 1900.0, "value": 1.0}, {"below": 2100.0, "value": 0.5}, {"value": 0.0}],
    }
    price = {"unit": "US$/oz", "value": [{"value": 1800.0}, {"from": dt.date(2024, 4, 1), "value": 2000.0}, {"from": dt.date(2024, 7, 1), "value": 2200.0}]}  # fmt: skip
    rate = LOAN["rate"] | {"capitalised": {"share": share, "until": dt.date(2025, 12, 31)}}
    v = calculated(small(case={"market": CASE["market"] | {"gold": price}}, loan={"rate": rate}))
    added = months(v, "tranche.loan.capitalised")
    # March at 1,800: all of 120,000; June at 2,000: half of 12,120,000 × 1.5%; September at 2,200: none
    assert added == pytest.approx({dt.date(2024, 3, 31): 120_000.0, dt.date(2024, 6, 30): 90_900.0})


def test_a_base_rate_fixed_for_each_advance():
    """Thacker Pass 2024: the Treasury rate of the day of each advance holds for it to the end."""
    plan = [{"date": dt.date(2024, 1, 31), "amount": 8e6}, {"date": dt.date(2024, 7, 31), "amount": 4e6}]
    rate = {"base": "sofr", "fixing": "advance", "margin": 0.01, "basis": "30/360"}
    v = calculated(small(loan={"draw": {"plan": plan}, "rate": rate}))
    due = months(v, "tranche.loan.interest_due")
    assert due[dt.date(2024, 6, 30)] == pytest.approx(8e6 * 0.06 / 4)
    # from August on 8 million at 5% + 1% and 4 million at 4% + 1%
    assert due[dt.date(2024, 12, 31)] == pytest.approx((8e6 * 0.06 + 4e6 * 0.05) / 4)


# ---- fees and drawing -------------------------------------------------------------------------------------------------


def fee(kind, **terms):
    return {"fee": [{"key": "f", "kind": kind, "tranche": "loan"} | terms]}


EARLY = {"prepayment": [{"tranche": "loan", "date": dt.date(2024, 9, 30), "amount": 3e6}]}


def test_what_early_repayment_costs():
    """A part of what is prepaid by date; or an amount, as Orla 2022: 2.5 million, once. Due in the month after."""
    by_date = [{"value": 0.03}, {"from": dt.date(2024, 7, 1), "value": 0.02}]
    assert months(calculated(small(fee("prepayment", rate=by_date), EARLY)), "fee.f.due") == {
        dt.date(2024, 10, 31): 60_000.0
    }
    twice = {"prepayment": [*EARLY["prepayment"], {"tranche": "loan", "date": dt.date(2024, 12, 31), "amount": 1e6}]}
    assert months(calculated(small(fee("prepayment", amount=2.5e6), twice)), "fee.f.due") == {
        dt.date(2024, 10, 31): 2.5e6
    }


def test_what_the_exit_costs():
    """A part of all that is repaid, ahead of its dates too; or an amount once all is repaid."""
    parts = months(calculated(small(fee("exit", rate=0.01), EARLY)), "fee.f.due")
    assert parts == {dt.date(2024, 10, 31): 30_000.0, dt.date(2025, 12, 31): 90_000.0}
    assert months(calculated(small(fee("exit", amount=5e5), EARLY)), "fee.f.due") == {dt.date(2025, 12, 31): 5e5}
    whole = {"prepayment": [{"tranche": "loan", "date": dt.date(2025, 9, 30), "amount": 12e6}]}
    assert months(calculated(small(fee("exit", amount=5e5), whole)), "fee.f.due") == {dt.date(2025, 10, 31): 5e5}


def test_an_overrun_facility_opens_once_the_owners_have_paid():
    """Araguaia 2022: usable once 90% of the equity is spent."""
    overrun = copy.deepcopy(LOAN) | {"key": "overrun", "title": "Overrun", "draw": {"rank": 1, "equity_spent": 0.9}}
    owner = {"key": "owner", "title": "Owner", "rank": 2, "amount": 10e6}
    capital = {"capital": {"value": [{"value": 4e6}, {"from": dt.date(2024, 7, 1), "value": 0.0}]}}
    case = {"plan": CASE["plan"] | {"gold": {"value": 0.0}, "operating_cost": {"value": 0.0}} | capital}
    v = calculated(
        small({"tranche": [None, overrun], "equity": [owner]}, case, {"commitment": 1e6, "draw": {"rank": 3}})
    )
    # 4 million a month: the owners' 10 million of January to March, with 1 million of the loan and 1 million short; the
    # overrun, first in rank, only from April, the month after 90% was paid
    owners = list(months(v, "fund.owner_equity.drawn").values())
    assert owners[:2] == [4e6, 4e6]
    assert sum(owners) == pytest.approx(10e6)
    assert min(months(v, "tranche.overrun.drawn")) == dt.date(2024, 4, 30)
    assert "needs an [[equity]]" in refused({"tranche": [LOAN | {"draw": {"rank": 1, "equity_spent": 0.9}}]})


# ---- ounces -----------------------------------------------------------------------------------------------------------

PREPAY = {"key": "p", "title": "Prepay", "product": "gold", "deposit": [{"date": dt.date(2024, 1, 31), "amount": 2.4e6}],
          "dates": {"every": 3, "first": dt.date(2024, 6, 30), "until": dt.date(2025, 3, 31)}}  # fmt: skip


def test_ounces_by_band_of_the_price():
    bands = {"metric": "gold", "bands": [{"below": 1500.0, "value": 500.0}, {"value": 400.0}]}
    price = {"unit": "US$/oz", "value": [{"value": 2000.0}, {"from": dt.date(2024, 12, 1), "value": 1400.0}]}
    case = {"market": CASE["market"] | {"gold": price}}
    v = calculated(small({"prepay": [PREPAY | {"ounces": bands}]}, case))
    # at 2,000: 400 oz in June and September; at 1,400: 500 oz in December and March
    assert list(months(v, "prepay.p.ounces").values()) == [400.0, 400.0, 500.0, 500.0]
    assert list(months(v, "prepay.p.due").values()) == [8e5, 8e5, 7e5, 7e5]


def test_cash_interest_beside_the_ounces():
    more = {"ounces": 400.0, "cash_rate": 0.06, "cash_payment": {"every": 3, "first": dt.date(2024, 3, 31)}}
    due = months(calculated(small({"prepay": [PREPAY | more]})), "prepay.p.cash_due")
    # 2.4 million from 31 January to 31 March: 60 days; to 30 June: 91 days; then 1.8 million to 30 September: 92 days
    assert list(due.values())[:3] == pytest.approx(
        [2.4e6 * 0.06 * 60 / 360, 2.4e6 * 0.06 * 91 / 360, 1.8e6 * 0.06 * 92 / 360]
    )
    assert max(due) == dt.date(2025, 3, 31)
    assert refused({"prepay": [PREPAY | {"ounces": 400.0, "cash_rate": 0.06}]}).endswith("cash interest needs both cash_rate and cash_payment")  # fmt: skip


# ---- hedges -----------------------------------------------------------------------------------------------------------


def test_the_premium_of_a_put_is_paid():
    put = {"key": "h", "title": "Puts", "kind": "put", "price": "gold", "volume": 100.0, "floor": 2100.0,
           "premium": [{"date": dt.date(2024, 1, 31), "amount": 50_000.0}]}  # fmt: skip
    v = calculated(small({"hedge": [put]}))
    assert list(months(v, "hedge.h.settled").values())[:2] == pytest.approx([100 * 100 - 50_000, 100 * 100])
    assert refused({"hedge": [put | {"kind": "forward", "strike": 1.0, "floor": None}]}).endswith(
        "does not use floor, premium"
    )


def test_the_share_of_debt_swapped_and_of_output_hedged_ahead():
    """Gahcho Kué 2015: swaps for 75% of the principal. Forwards of 300 of the 1,000 ounces of the next six months."""
    swap = {"key": "s", "title": "Swap", "kind": "swap", "tranche": "loan", "volume": 9e6, "strike": 0.018}
    sold = {"key": "f", "title": "Forwards", "kind": "forward", "price": "gold", "volume": 300.0, "strike": 2000.0}
    tests = [
        covenant("swapped_share", minimum=0.5),
        covenant("hedged_share_forward", months=6, minimum=0.5) | {"key": "ahead"},
    ]
    rate = {"base": "sofr", "margin": 0.055, "basis": "ACT/360"}
    v = calculated(small({"hedge": [swap, sold], "covenant": tests}, loan={"rate": rate}))
    assert months(v, "covenant.c.actual")[dt.date(2024, 6, 30)] == pytest.approx(0.75)
    assert months(v, "covenant.ahead.actual")[dt.date(2024, 6, 30)] == pytest.approx(0.3)
    assert (v["alert.covenant.c"], v["alert.covenant.ahead"] > 0) == (0, True)


# ---- covenants and milestones -----------------------------------------------------------------------------------------


def test_days_to_cure_put_the_consequence_off():
    test = covenant("cash", minimum=[{"value": 0.0}, {"from": dt.date(2024, 9, 1), "value": 1e9}], cure="days", cure_days=60, consequence=["lockup"])  # fmt: skip
    v = calculated(small({"covenant": [test]}))
    # broken on 30 September: 60 days end on 29 November; locked up from the month after
    assert min(months(v, "covenant.c.breach")) == dt.date(2024, 9, 30)
    assert min(months(v, "state.lockup")) == dt.date(2024, 11, 30)
    assert (
        v["covenant.c.follows"] == "lock-up of distributions, from Dec-2024, months: 14"
    )  # November 2024 to December 2025


@pytest.mark.parametrize(
    ("metric", "limit", "cured"),
    [
        # a million a month of cash flow; service of a year to June 2025 is 720,000: cover 16.67, and 17 needs 12,240,000
        ("dscr", {"minimum": 17.0}, 240_000.0),
        # cash 12 million of the loan + 17 months of a million less interest of 120,000 + 5 × 180,000
        ("cash", {"minimum": 30e6}, 30e6 - (12e6 + 17e6 - 1_020_000)),
        ("net_debt", {"maximum": -20e6}, 20e6 + 12e6 - (12e6 + 17e6 - 1_020_000)),
        # equity is the profit: 17 million less the interest
        ("debt_to_equity", {"maximum": 0.5}, 24e6 - (17e6 - 1_020_000)),
    ],
)
def test_new_cash_that_cures(metric, limit, cured):
    v = calculated(small({"covenant": [covenant(metric, cure="equity", **limit)]}))
    assert months(v, "covenant.c.cure")[dt.date(2025, 6, 30)] == pytest.approx(cured)


@pytest.mark.parametrize(
    ("metric", "actual"),
    [
        ("debt", 12e6),
        ("liabilities", 12e6),  # nothing is accrued at the end of a quarter
        ("equity", 17e6 - 1_020_000),  # the profit: 17 months of a million less 120,000 and 5 × 180,000
        ("ebitda", 12e6),
    ],
)
def test_amounts_that_covenants_test(metric, actual):
    """Oyu Tolgoi 2015: debt of at most 6.0 billion."""
    v = calculated(small({"covenant": [covenant(metric, maximum=1e9)]}))
    assert months(v, "covenant.c.actual")[dt.date(2025, 6, 30)] == pytest.approx(actual)


def test_a_cure_that_is_not_modelled_is_refused():
    assert "new cash does not cure reserve_tail" in refused(
        {"covenant": [covenant("reserve_tail", minimum=0.2, cure="equity")]}
    )
    assert "a covenant on cash does not use months" in refused({"covenant": [covenant("cash", minimum=1.0, months=3)]})
    assert "a cure of none does not use cure_days" in refused(
        {"covenant": [covenant("cash", minimum=1.0, cure_days=5)]}
    )


def test_a_series_of_the_market_is_tested():
    """Hycroft 2019: a minimum of recoverable ounces, which the case gives as a series."""
    ounces = {"unit": "oz", "value": [{"value": 200_000.0}, {"from": dt.date(2024, 9, 1), "value": 170_000.0}]}
    found = {
        "key": "completion",
        "test": [{"key": "t", "title": "Ounces", "metric": "recoverable", "minimum": 180_000.0}],
    }
    case = {"market": CASE["market"] | {"recoverable": ounces}}
    v = calculated(small({"covenant": [covenant("recoverable", minimum=175_000.0)], "milestone": [found]}, case))
    assert months(v, "covenant.c.breach") == dict.fromkeys(ENDS[8::3], 1.0)
    assert (v["milestone.completion.t.actual"], v["alert.milestone.completion.t"]) == (200_000.0, 0)


def test_a_missed_longstop_date_is_a_default_until_completion():
    milestone = {"key": "completion", "longstop": dt.date(2024, 4, 15), "consequence": ["default"]}
    v = calculated(small({"milestone": [milestone]}))
    # reached on 30 June: missed at the ends of April and May
    assert list(months(v, "state.default")) == [dt.date(2024, 4, 30), dt.date(2024, 5, 31)]
    assert "does not use consequence" in refused({"milestone": [{"key": "completion", "consequence": ["default"]}]})


# ---- another currency -------------------------------------------------------------------------------------------------


def test_a_tranche_in_another_currency():
    """C$ 12 million at 0.75 US dollars, 0.80 from July: what is owed is valued again, and interest follows the rate."""
    cad = {"unit": "US$/C$", "value": [{"value": 0.75}, {"from": dt.date(2024, 7, 1), "value": 0.80}]}
    v = calculated(small(case={"market": CASE["market"] | {"cad": cad}}, loan={"currency": "cad"}))
    owed, due = months(v, "tranche.loan.closing"), months(v, "tranche.loan.interest_due")
    assert (owed[dt.date(2024, 6, 30)], owed[dt.date(2024, 7, 31)]) == pytest.approx((9e6, 9.6e6))
    assert list(months(v, "tranche.loan.own_closing").values()) == pytest.approx([12e6] * 23)
    assert (due[dt.date(2024, 3, 31)], due[dt.date(2024, 9, 30)]) == pytest.approx((120_000 * 0.75, 180_000 * 0.8))
    # the rate moves in July, when no interest is accrued: 12 million × 0.05
    assert months(v, "tranche.loan.exchange_cost") == pytest.approx({dt.date(2024, 7, 31): 600_000.0})
    assert months(v, "tranche.loan.repayment") == pytest.approx({dt.date(2025, 12, 31): 9.6e6})


def test_interest_accrued_in_another_currency_is_valued_again():
    cad = {"unit": "US$/C$", "value": [{"value": 0.75}, {"from": dt.date(2024, 8, 1), "value": 0.90}]}
    v = calculated(small(case={"market": CASE["market"] | {"cad": cad}}, loan={"currency": "cad"}))
    # July's 60,000 were worth 45,000 and are worth 54,000 in August: the quarter's 180,000 are paid at 0.90
    assert months(v, "tranche.loan.exchange_cost")[dt.date(2024, 8, 31)] == pytest.approx((12e6 + 60_000) * 0.15)
    assert months(v, "tranche.loan.interest_due")[dt.date(2024, 9, 30)] == pytest.approx(162_000)


def test_a_scenario_moves_exchange_rates_apart_from_metals():
    cad = {"unit": "US$/C$", "value": 0.75}
    market = {"market": CASE["market"] | {"cad": cad}}
    moved = [{"name": "Weak dollar", "exchange": 0.2}, {"name": "Low price", "price": -0.1}]
    case = market | {"scenario": moved, "model": CASE["model"] | {"scenario": "Weak dollar"}}
    v = calculated(small(case=case, loan={"currency": "cad"}))
    assert months(v, "market.cad")[dt.date(2024, 2, 29)] == pytest.approx(0.9)
    assert months(v, "market.gold")[dt.date(2024, 2, 29)] == 2000.0
    case["model"] = CASE["model"] | {"scenario": "Low price"}
    v = calculated(small(case=case, loan={"currency": "cad"}))
    assert (months(v, "market.cad")[dt.date(2024, 2, 29)], months(v, "market.gold")[dt.date(2024, 2, 29)]) == (
        0.75,
        1800.0,
    )


# ---- clauses that an amendment adds or ends ---------------------------------------------------------------------------

BRIDGE = copy.deepcopy(LOAN) | {
    "key": "bridge", "title": "Bridge", "commitment": 2e6, "rate": {"margin": 0.12, "basis": "ACT/360"},
    "draw": {"plan": [{"date": dt.date(2024, 8, 15), "amount": 2e6}]},
}  # fmt: skip
ADDED = {
    "tranche": [None, BRIDGE],
    "fee": [{"key": "bridge", "kind": "upfront", "tranche": "bridge", "rate": 0.02}],
    "covenant": [covenant("cash", minimum=1e9)],
    "amendment": [
        {"date": dt.date(2024, 8, 10), "title": "A bridge", "adds": ["tranche.bridge", "fee.bridge", "covenant.c"]},
        {"date": dt.date(2025, 2, 28), "title": "No more tests", "drops": ["covenant.c"]},
    ],
}


def as_of(day):
    return {"model": CASE["model"] | {"as_of": day}}


def test_before_its_date_an_amendment_adds_nothing():
    v = calculated(small(ADDED, as_of(dt.date(2024, 6, 30))))
    for key in ("tranche.bridge.closing", "tranche.bridge.interest", "fee.bridge.due", "covenant.c.test"):
        assert not months(v, key), key


def test_a_tranche_is_added_by_an_amendment():
    """Pumpkin Hollow 2022: a new tranche of a loan that exists."""
    v = calculated(small(ADDED, as_of(dt.date(2024, 8, 31))))
    assert months(v, "tranche.bridge.drawn") == {dt.date(2024, 8, 31): 2e6}
    # 15 to 31 August: 16 days; to 30 September: 30 more
    assert months(v, "tranche.bridge.interest_due")[dt.date(2024, 9, 30)] == pytest.approx(2e6 * 0.12 * 46 / 360)
    assert months(v, "fee.bridge.due") == {dt.date(2024, 8, 31): 40_000.0}
    assert list(months(v, "covenant.c.test"))[:2] == [dt.date(2024, 9, 30), dt.date(2024, 12, 31)]


def test_a_clause_ends_with_an_amendment():
    assert max(months(calculated(small(ADDED, as_of(dt.date(2025, 3, 31)))), "covenant.c.test")) == dt.date(
        2024, 12, 31
    )
    later = calculated(small(ADDED, as_of(dt.date(2025, 1, 31))))
    assert max(months(later, "covenant.c.test")) == dt.date(2025, 12, 31)


@pytest.mark.parametrize(
    ("deal", "words"),
    [
        ({"amendment": [{"date": dt.date(2024, 8, 10), "title": "A", "adds": ["tranche.brigde"]}]}, "there is no clause to add or drop 'tranche.brigde'; did you mean tranche.bridge?"),
        ({"amendment": [{"date": dt.date(2024, 9, 10), "title": "A", "adds": ["tranche.bridge"]}]}, "2024-08-15 is before the amendment of 2024-09-10 that adds it"),
        ({"amendment": [{"date": dt.date(2024, 9, 10), "title": "A"}]}, "an amendment needs set, adds or drops"),
        ({"amendment": [{"date": dt.date(2024, 8, 10 + k), "title": "A", "adds": ["tranche.bridge"]} for k in (0, 1)]}, "tranche.bridge has been added on 2024-08-10 already"),
        ({"amendment": [{"date": dt.date(2024, 8, 10), "title": "A", "adds": ["tranche.bridge"], "drops": ["tranche.bridge"]}]}, "tranche.bridge has been added on 2024-08-10, not before"),
    ],
)  # fmt: skip
def test_an_amendment_that_cannot_be_is_refused(deal, words):
    assert words in refused({"tranche": [LOAN, BRIDGE]} | deal)


# ---- letters of credit ------------------------------------------------------------------------------------------------

LETTER = {"key": "l", "title": "Letters", "limit": 8e6, "fee": 0.03, "unused_fee": 0.01, "rate": 0.12,
          "payment": {"every": 3, "first": dt.date(2024, 3, 31)}, "final": dt.date(2025, 12, 31)}  # fmt: skip


def test_letters_of_credit_and_what_is_called():
    """Karlawinda 2019: guarantees of 19 million beside the loan; here 8 million, of which 5 issued and 2 called."""
    letter = LETTER | {"amount": 5e6, "called": [{"date": dt.date(2024, 7, 15), "amount": 2e6}]}
    v = calculated(small({"letter": [letter]}))
    issued, due = months(v, "letter.l.issued"), months(v, "letter.l.due")
    assert set(issued.values()) == {5e6}
    # 31 January to 31 March: 60 days at 3% on 5 million and 1% on 3 million
    assert due[dt.date(2024, 3, 31)] == pytest.approx((5e6 * 0.03 + 3e6 * 0.01) * 60 / 360)
    # the limit is 6 million from the end of July: 31 days of July as before, then 61 with 1 million unused
    assert due[dt.date(2024, 9, 30)] == pytest.approx((180_000 * 31 + 160_000 * 61) / 360)
    assert months(v, "wf.principal.letter_l_paid") == {dt.date(2024, 7, 31): 2e6}


def test_what_is_called_and_not_reimbursed_is_in_arrears():
    letter = LETTER | {"amount": 5e6, "called": [{"date": dt.date(2024, 1, 31), "amount": 2e6}]}
    plan = CASE["plan"] | {"gold": {"value": 0.0}, "operating_cost": {"value": 0.0}}
    v = calculated(small({"letter": [letter]}, {"plan": plan}, {"draw": {}, "commitment": 1.0, "opening": 0.0}))
    # 2 million from 31 January at 12%: 29 days of February, 31 of March
    owed = months(v, "arrears.letter_l")
    assert owed[dt.date(2024, 2, 29)] == pytest.approx(2e6 * (1 + 0.12 * 29 / 360))
    assert owed[dt.date(2024, 3, 31)] == pytest.approx(2e6 * (1 + 0.12 * 29 / 360) * (1 + 0.12 * 31 / 360))


def test_a_letter_covers_a_reserve_up_to_its_limit():
    reserve = {"key": "dsra", "title": "Reserve", "amount": 9e6, "funded_by": "letter of credit"}
    v = calculated(small({"account": [reserve], "letter": [LETTER | {"covers": "dsra"}]}))
    assert set(months(v, "account.dsra.closing").values()) == {8e6}
    assert v["alert.account.dsra.short"] == 24
    cash = {"account": [reserve | {"funded_by": "cash"}], "letter": [LETTER | {"covers": "dsra"}]}
    assert "there is no account funded by letter of credit 'dsra'" in refused(cash)
    assert "needs one of amount and covers" in refused({"letter": [LETTER]})
    assert "calls 9,000,000.00, above the limit of 8,000,000.00" in refused(
        {"letter": [LETTER | {"amount": 1e6, "called": [{"date": dt.date(2024, 5, 1), "amount": 9e6}]}]}
    )


# ---- a base rate compounded daily -------------------------------------------------------------------------------------

WEEKDAYS = [dt.date(2024, 6, 3) + dt.timedelta(days=k) for k in range(19) if k % 7 < 5]
FIXINGS = [0.0533, 0.0532, 0.0533, 0.0534, 0.0533, 0.0531, 0.0532, 0.0531, 0.0530, 0.0532, 0.0533, 0.0533, 0.0534, 0.0532, 0.0531]  # fmt: skip


def daily(fixings, payment, signing, as_of_, **terms):
    """The small deal signed and lent on a day, at a rate that is compounded daily, plus 4%."""
    rate = {"base": "sofr", "fixing": "daily", "margin": 0.04, "basis": "ACT/360"} | terms
    draw = {"plan": [{"date": signing, "amount": 12e6}]}
    deal = {"signing": signing, "milestone": [{"key": "completion"}]}
    case = {"model": {"first": signing, "months": 24, "as_of": as_of_}}
    found = small(deal, case, {"rate": rate, "draw": draw, "payment": payment})
    return dataclasses.replace(found, fixings=Figures("fixings.csv", {"sofr": fixings}))


@pytest.mark.parametrize(
    ("terms", "rate"),
    [  # fifteen weekdays from 3 June 2024; 10 to 20 June, as the contract of RATE_COMPOUNDED has it
        ({"lookback": 2}, 0.053213013093),
        ({"lookback": 2, "shift": True}, 0.053256011132),
    ],
)
def test_a_period_within_a_month_compounded_daily(terms, rate):
    found = daily(
        dict(zip(WEEKDAYS, FIXINGS, strict=True)), {"every": 3, "first": dt.date(2024, 6, 20)}, dt.date(2024, 6, 10), dt.date(2024, 6, 30), **terms
    )  # fmt: skip
    v = calculated(found)
    assert np.ravel(v["tranche.loan.compounded"])[0] == pytest.approx(rate, abs=1e-12)
    assert np.ravel(v["tranche.loan.interest_due"])[0] == pytest.approx(12e6 * (rate + 0.04) * 10 / 360)
    # the days after 20 June lack fixings: they take the market's 5%
    assert np.ravel(v["tranche.loan.base_after"])[0] == 0.05
    assert v["alert.tranche.loan.fixings"] == 0


def test_the_months_of_a_period_add_up_to_it():
    """A quarter of fixings that rise by 0.0002 each day, with an adjustment and a floor on each day's rate."""
    days_ = [dt.date(2024, 3, 29) + dt.timedelta(days=k) for k in range(95)]
    days_ = [day for day in days_ if day.weekday() < 5]
    fixings = {day: 0.03 + 0.0002 * k for k, day in enumerate(days_)}
    found = daily(fixings, {"every": 3, "first": dt.date(2024, 6, 30)}, dt.date(2024, 3, 31), dt.date(2024, 6, 30), adjustment=0.001, floor=0.034)  # fmt: skip
    v = calculated(found)
    grown = 1.0
    for k in range(
        91
    ):  # day by day from 31 March to 29 June: a weekend bears the rate of the Friday, without compounding
        day = dt.date(2024, 3, 31) + dt.timedelta(days=k)
        if day.weekday() < 5 or k == 0:
            until = next(n for n in range(1, 8) if k + n == 91 or (day + dt.timedelta(days=n)).weekday() < 5)
            fixing = max(x for x in fixings if x <= day)
            grown *= 1 + max(fixings[fixing] + 0.001, 0.034) * until / 360
    due = np.ravel(v["tranche.loan.interest_due"])[3]
    assert due == pytest.approx(12e6 * (grown - 1 + 0.04 * 91 / 360), rel=1e-12)


def test_months_after_the_as_of_date_take_the_market():
    fixings = dict.fromkeys(WEEKDAYS, 0.09)
    v = calculated(
        daily(
            fixings,
            {"every": 3, "first": dt.date(2024, 8, 31)},
            dt.date(2024, 5, 31),
            dt.date(2024, 7, 31),
            floor=0.045,
        )
    )
    base = np.ravel(v["tranche.loan.base"]).tolist()
    assert base[1:4] == pytest.approx([0.05, 0.045, 0.045])  # the market's 5% and 4%, at least 4.5%
    assert v["alert.tranche.loan.fixings"] == 2  # June and July lack fixings
    assert "needs ACT/360 or ACT/365, not 30/360" in refused({"tranche": [LOAN | {"rate": {"base": "sofr", "fixing": "daily", "basis": "30/360"}}]})  # fmt: skip
    assert "does not use lookback" in refused({"tranche": [LOAN | {"rate": {"base": "sofr", "lookback": 2}}]})


# ---- a loan turned into ounces ----------------------------------------------------------------------------------------


def test_a_loan_is_turned_into_ounces():
    """12 million in four equal quarters from March 2025; turned into ounces at 2,000 on 30 September 2024; 2,500 from 2025."""
    loan = {"repayment": {"method": "equal", "dates": {"every": 3, "first": dt.date(2025, 3, 31)}}}
    right = {"key": "g", "title": "Gold loan", "tranche": "loan", "product": "gold", "lease_rate": 0.02, "not_before": dt.date(2024, 6, 30)}  # fmt: skip
    price = {"unit": "US$/oz", "value": [{"value": 2000.0}, {"from": dt.date(2025, 1, 1), "value": 2500.0}]}
    case = {
        "market": CASE["market"] | {"gold": price},
        "election": [{"clause": "gold_loan.g", "date": dt.date(2024, 9, 30)}],
    }
    deal = {"gold_loan": [right]} | fee("prepayment", rate=0.03)
    v = calculated(small(deal, case, loan))
    assert months(v, "gold_loan.g.added") == {dt.date(2024, 9, 30): 6_000.0}
    assert max(months(v, "tranche.loan.closing")) == dt.date(2024, 8, 31)
    assert list(months(v, "gold_loan.g.repaid").values()) == pytest.approx([1_500.0] * 4)
    interest = months(v, "gold_loan.g.interest_due")
    assert interest[dt.date(2024, 12, 31)] == pytest.approx(6_000 * 0.02 * 92 / 360)
    assert interest[dt.date(2025, 6, 30)] == pytest.approx(4_500 * 0.02 * 91 / 360)
    due = months(v, "gold_loan.g.due")
    assert due[dt.date(2025, 3, 31)] == pytest.approx((1_500 + 6_000 * 0.02 * 90 / 360) * 2_500)
    assert months(v, "debt.closing")[dt.date(2025, 1, 31)] == pytest.approx((6_000 + 6_000 * 0.02 * 31 / 360) * 2_500)
    assert not months(v, "fee.f.due")  # a conversion is no early repayment
    case["election"][0]["date"] = dt.date(2024, 3, 31)
    v = calculated(small(deal, case, loan))
    assert (v["alert.gold_loan.g.early"], months(v, "gold_loan.g.added")) == (1, {})


def test_a_loan_that_cannot_be_turned_into_ounces_is_refused():
    right = {"key": "g", "title": "Gold loan", "tranche": "loan", "product": "gold", "lease_rate": 0.02}
    level = LOAN | {"repayment": {"method": "level", "dates": {"every": 3, "first": dt.date(2025, 3, 31)}}}
    assert "repaid by level is not modelled in ounces" in refused({"tranche": [level], "gold_loan": [right]})
    assert "a loan in another currency is not modelled" in refused(
        {"tranche": [LOAN | {"currency": "gold"}], "gold_loan": [right]}
    )


# ---- sources and uses -------------------------------------------------------------------------------------------------


def test_sources_and_uses_with_what_financing_costs():
    """12 million of capital in six months, half each from owner and loan; interest on the loan is funded as well."""
    loan = {
        "draw": {"rank": 1},
        "payment": {"every": 1, "first": dt.date(2024, 1, 31)},
        "commitment": 50e6,
        "rate": {"margin": 0.06},
    }
    owner = {"key": "owner", "title": "Owner", "rank": 1}
    plan = {"capital": {"value": [{"value": 2e6}, {"from": dt.date(2024, 7, 1), "value": 0.0}]}}
    v = calculated(small({"equity": [owner], "funding_until": "completion"}, {"plan": plan}, loan))
    interest = owed = 0.0
    for days in (
        0,
        29,
        31,
        30,
        31,
        30,
    ):  # January to June: interest on what was lent before, half of it lent in its turn
        due = owed * 0.06 * days / 360
        interest += due
        owed += (2e6 + due) / 2
    assert v["su.uses"] == pytest.approx(12e6 + interest)
    assert (v["su.loan"], v["su.owner_equity"]) == pytest.approx(((12e6 + interest) / 2,) * 2)
    assert (v["su.own"], v["su.unfunded"]) == (0, 0)


def test_costs_in_another_currency_follow_its_rate():
    """Torex 2014: pesos. 60% of a million is planned at 0.075; at 0.060 it costs 0.4 + 0.6 × 0.8 of a million; hedged at 0.075."""
    mxn = {"unit": "US$/MXN", "value": [{"value": 0.075}, {"from": dt.date(2024, 7, 1), "value": 0.060}]}
    cost = CASE["plan"]["operating_cost"] | {"exchange": {"rate": "mxn", "part": 0.6, "at": 0.075}}
    hedge = {
        "key": "p",
        "title": "Pesos",
        "kind": "forward",
        "side": "buy",
        "price": "mxn",
        "volume": 6e6,
        "strike": 0.075,
    }
    case = {"market": CASE["market"] | {"mxn": mxn}, "plan": CASE["plan"] | {"operating_cost": cost}}
    v = calculated(small({"hedge": [hedge]}, case))
    spent, settled = months(v, "ops.cost"), months(v, "hedge.p.settled")
    assert (spent[dt.date(2024, 6, 30)], spent[dt.date(2024, 7, 31)]) == pytest.approx((1e6, 880_000.0))
    assert settled[dt.date(2024, 7, 31)] == pytest.approx(6e6 * (0.060 - 0.075))


@pytest.mark.parametrize(("by", "completion", "last"), [
    (dt.date(2024, 4, 15), dt.date(2024, 6, 30), dt.date(2024, 4, 30)),  # the date comes first
    (dt.date(2024, 9, 30), dt.date(2024, 6, 15), dt.date(2024, 6, 30)),  # the milestone does
    (dt.date(2024, 9, 30), "not reached", dt.date(2024, 9, 30)),
])  # fmt: skip
def test_the_earlier_of_a_milestone_and_a_date(by, completion, last):
    """Black Fox 2009: put off until a technical review or 28 February 2010. Here: drawn until Completion, at the latest then."""
    draw = {"rank": 1, "last": {"event": "completion", "by": by}}
    plan = {"plan": {"capital": {"value": 1e6}}, "milestones": {"completion": completion}}
    v = calculated(small(case=plan, loan={"draw": draw, "commitment": 99e6}))
    assert max(months(v, "tranche.loan.drawn")) == last


def test_an_upfront_fee_waits_for_its_tranche():
    paid = [{"key": "f", "kind": "upfront", "tranche": "bridge", "rate": 0.02}]
    change = [{"date": dt.date(2024, 8, 10), "title": "A", "adds": ["tranche.bridge"]}]
    words = "the fee of 2024-01-31 is on a tranche that is added on 2024-08-10; add fee.f too, or give its date"
    assert words in refused({"tranche": [LOAN, BRIDGE], "fee": paid, "amendment": change})
    later = [paid[0] | {"date": dt.date(2024, 8, 15)}]
    assert refused({"tranche": [LOAN, BRIDGE], "fee": later, "amendment": change}) == ""
