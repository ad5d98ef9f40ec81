"""The deals that are shipped: what their files say becomes what a lender would work out by hand.

Each figure is derived beside its test, from the published terms and the assumptions of the deal's files, with days
counted on the calendar.
"""

import dataclasses
import datetime as dt
import functools
from pathlib import Path

import numpy as np
import pytest

import lender_model.model
from lender_model import case
from lender_model.calculator import calculate
from lender_model.compose.case import Election
from lender_model.compose.model import compose, read
from lender_model.sheets import ledger, scenarios

DEALS = Path(lender_model.__file__).parent / "deals"
NAMES = sorted(path.parent.name for path in DEALS.glob("*/case.toml"))


@functools.cache
def model(name):
    return compose(read(DEALS / name))


@functools.cache
def values(name, as_of=None):
    found = model(name)
    changed = {"cover.as_of": np.datetime64(as_of)} if as_of else {}
    return calculate(found.book, found.inputs | changed)


def months(name, key, as_of=None):
    """A line by month-end, without its noughts."""
    figures = np.ravel(values(name, as_of)[key]).tolist()
    return {end: x for end, x in zip(model(name).case.ends, figures, strict=True) if isinstance(x, float) and x}


def days(first, last):
    return (dt.date.fromisoformat(last) - dt.date.fromisoformat(first)).days


@pytest.mark.parametrize("name", NAMES)
def test_every_check_holds(name):
    v = values(name)
    assert v["checks.ok"] == 1, [key for key in v if key.startswith("check.") and not key.endswith("@start") and v[key]]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "usmx_1996"])
def test_no_word_of_another_deal(name):
    words = " ".join(
        f"{row.label} {row.note} {row.months} {row.value}" for sheet in model(name).book.sheets for row in sheet.rows
    )
    for word in ("Rothschild", "NPMC", "8-K 5(a)", "USMX", "Illinois Creek"):
        assert word not in words
    assert all(sheet.rows for sheet in model(name).book.sheets)


@pytest.mark.parametrize("name", NAMES)
def test_each_figure_says_where_it_comes_from(name):
    """A clause names its source, or which of its figures are assumed and why."""
    deal = read(DEALS / name).deal
    assert deal.source
    for group in (
        "tranche",
        "fee",
        "account",
        "covenant",
        "hedge",
        "stream",
        "royalty",
        "offtake",
        "prepay",
        "warrant",
        "letter",
        "gold_loan",
    ):
        for record in getattr(deal, group):
            assert record.source or record.assumed, f"{group}.{record.key}"
    case = read(DEALS / name).case
    for key, series in [*case.market.items(), *case.plan.items()]:
        assert series.source or series.assumption, key


# ---- Gold Bar 2018: 50 million from 10 August 2018 at 9.75%, ACT/365, monthly ----------------------------------------


def test_gold_bar_interest_of_the_first_year():
    due = months("gold_bar_2018", "tranche.term.interest_due")
    assert due[dt.date(2018, 8, 31)] == pytest.approx(50e6 * 0.0975 * 21 / 365)  # 10 to 31 August: 21 days
    assert due[dt.date(2018, 9, 30)] == pytest.approx(50e6 * 0.0975 * 30 / 365)
    first_year = sum(x for end, x in due.items() if end <= dt.date(2019, 7, 31))
    # twelve payments, of 355 days in all: 50,000,000 × 9.75% × 355 ÷ 365
    assert days("2018-08-10", "2019-07-31") == 355
    assert first_year == pytest.approx(4_741_438.36, abs=0.01)


def test_gold_bar_repayments_as_signed():
    repaid = months("gold_bar_2018", "tranche.term.repayment")
    assert list(repaid.values()) == pytest.approx([2e6] * 12 + [26e6])
    assert (min(repaid), max(repaid)) == (dt.date(2020, 8, 31), dt.date(2021, 8, 31))


def test_gold_bar_amendments_count_from_their_dates():
    signed = months("gold_bar_2018", "tranche.term.repayment", "2020-05-31")
    first = months("gold_bar_2018", "tranche.term.repayment", "2020-06-30")
    second = months("gold_bar_2018", "tranche.term.repayment", "2022-03-31")
    assert min(signed) == dt.date(2020, 8, 31)
    assert (min(first), max(first), first[max(first)]) == (
        dt.date(2022, 8, 31),
        dt.date(2023, 8, 31),
        pytest.approx(26e6),
    )
    assert (min(second), max(second)) == (dt.date(2023, 8, 31), dt.date(2025, 3, 31))
    assert sum(second.values()) == pytest.approx(50e6)


def test_gold_bar_working_capital_by_date():
    limit = months("gold_bar_2018", "covenant.working_capital.minimum_now", "2020-06-30")
    assert limit[dt.date(2020, 5, 31)] == 10e6
    assert dt.date(2020, 6, 30) not in limit  # nil to the end of 2020
    assert (limit[dt.date(2021, 3, 31)], limit[dt.date(2022, 3, 31)], limit[dt.date(2022, 9, 30)]) == (2.5e6, 5e6, 10e6)
    amended = months("gold_bar_2018", "covenant.working_capital.minimum_now", "2022-03-31")
    assert amended[dt.date(2022, 9, 30)] == 5e6


# ---- Orla 2022: 100 million from 28 April 2022, SOFR + 2.75%, ACT/360, quarterly on the 28th ------------------------


def test_orla_interest_of_the_first_year():
    due = months("orla_2022", "tranche.term.interest_due")
    # SOFR of a period is the last before its first day: 0.40%, then June's 0.50%, then September's 2.50%
    assert days("2022-04-28", "2022-07-28") == 91
    assert due[dt.date(2022, 7, 31)] == pytest.approx(100e6 * (0.004 + 0.0275) * 91 / 360)  # 796,250.00
    assert days("2022-07-28", "2022-10-28") == 92
    assert due[dt.date(2022, 10, 31)] == pytest.approx(100e6 * (0.005 + 0.0275) * 92 / 360)  # 830,555.56
    # 28 January 2023 is a Saturday: paid on Monday 30
    assert days("2022-10-28", "2023-01-30") == 94
    assert due[dt.date(2023, 1, 31)] == pytest.approx(100e6 * (0.025 + 0.0275) * 94 / 360)  # 1,370,833.33


def test_orla_repays_in_18_equal_quarters():
    repaid = months("orla_2022", "tranche.term.repayment")
    assert len(repaid) == 18
    assert min(repaid) == dt.date(2023, 1, 31)
    assert max(repaid) == dt.date(2027, 4, 30)
    # 5 million prepaid in June 2024 are taken off the next instalment
    assert repaid[dt.date(2024, 4, 30)] == pytest.approx(100e6 / 18)
    assert repaid[dt.date(2024, 7, 31)] == pytest.approx(100e6 / 18 - 5e6)
    assert repaid[dt.date(2024, 10, 31)] == pytest.approx(100e6 / 18)


def test_orla_refinances_both_facilities_in_august_2023():
    """As of the end of August: 15 of 18 instalments are owed, and one revolving facility of 150 million pays them off.

    Its first interest period goes from 28 August to Monday 30 October, at July's 5.30% and a margin of 2.75%, in October
    of 2.50%, as leverage of the month before is above 0.5 or below. On what is not drawn it pays 22.5% of 2.50%. Before
    the amendment it counts for nothing, and the loans' life ends with the term facility.
    """
    as_of, owed = "2023-08-31", 100e6 * 15 / 18
    term, revolving = (months("orla_2022", f"tranche.{key}.closing", as_of) for key in ("term", "revolving"))
    assert max(term) == dt.date(2023, 7, 31)
    assert term[dt.date(2023, 7, 31)] == pytest.approx(revolving[dt.date(2023, 8, 31)], abs=0.01) == pytest.approx(owed)
    september = revolving[dt.date(2023, 9, 30)]  # what the surplus has left
    due = months("orla_2022", "tranche.revolving.interest_due", as_of)
    assert (days("2023-08-28", "2023-09-30"), days("2023-09-30", "2023-10-30")) == (33, 30)
    leverage = [
        months("orla_2022", "metric.net_debt_to_ebitda_12", as_of)[dt.date(2023, m, d)]
        for m, d in ((7, 31), (8, 31), (9, 30))
    ]
    assert [0.5 <= x < 1.0 for x in leverage] == [True, True, False]
    expected = (owed * 33 * (0.053 + 0.0275) + september * 30 * (0.053 + 0.025)) / 360
    assert due[dt.date(2023, 10, 31)] == pytest.approx(expected)
    standby = months("orla_2022", "fee.standby_2023.due", as_of)
    undrawn = 150e6 * 3 + (150e6 - owed) * 30 + (150e6 - september) * 31  # by each month's opening balance
    assert standby[dt.date(2023, 10, 31)] == pytest.approx(undrawn * 0.225 * 0.025 / 360)
    former = months("orla_2022", "fee.standby.due", as_of)
    assert max(former) == dt.date(2023, 8, 31)  # 28 days, at 25% of 2.75%
    assert former[dt.date(2023, 8, 31)] == pytest.approx(50e6 * 28 * 0.25 * 0.0275 / 360)
    assert not months("orla_2022", "tranche.revolving.drawn", "2023-08-27")
    maturities = [values("orla_2022", day)["debt.maturity"].item() for day in ("2023-08-27", "2023-08-28")]
    assert maturities == [dt.date(2027, 4, 28), dt.date(2027, 8, 28)]


# ---- Öksüt 2016: LIBOR + 2.95%, 2.65% from completion; sculpted to 1.35 ---------------------------------------------


def test_oksut_debt_service_is_cash_flow_over_cover():
    cash, repaid = months("oksut_2016", "ops.cfads"), months("oksut_2016", "tranche.loan.repayment")
    interest = months("oksut_2016", "tranche.loan.interest_due")
    first = dt.date(2019, 9, 30)  # completion in March 2019, first instalment six months later
    assert min(repaid) == first
    quarter = sum(
        cash.get(end, 0.0)
        for end in model("oksut_2016").case.ends
        if dt.date(2019, 10, 31) <= end <= dt.date(2019, 12, 31)
    )
    assert repaid[dt.date(2019, 12, 31)] + interest.get(dt.date(2019, 12, 31), 0.0) == pytest.approx(quarter / 1.35)


def test_oksut_margin_falls_on_the_day_of_completion():
    margin = months("oksut_2016", "tranche.loan.margin_now")
    assert margin[dt.date(2019, 3, 31)] == pytest.approx(0.0295)
    assert margin[dt.date(2019, 4, 30)] == pytest.approx(0.0265)


def test_oksut_interest_of_the_first_period():
    """5 April to 15 July 2016 is a holiday in the file: paid on Monday 18 July; LIBOR 0.63% + 2.95%."""
    drawn = months("oksut_2016", "tranche.loan.drawn")
    due = months("oksut_2016", "tranche.loan.interest_due")
    paid_on = dt.date(2016, 7, 18)
    owed = {end: x for end, x in drawn.items() if end < paid_on}  # advances come at month-ends
    accrued = sum(x * (0.0063 + 0.0295) * (paid_on - end).days / 360 for end, x in owed.items())
    assert due[dt.date(2016, 7, 31)] == pytest.approx(accrued)


# ---- Blackwater 2023: C$360 million, CDOR + 4.75%, interest added until completion ------------------------------------


def test_blackwater_shares_of_the_principal():
    """24 quarters from nine months after commercial production, of what was lent and the interest added to it."""
    name = "blackwater_2023"
    share = months(name, "tranche.loan.share")
    assert len(share) == 24
    assert (min(share), max(share)) == (dt.date(2026, 1, 31), dt.date(2031, 10, 31))
    assert list(share.values())[:4] == [0.03, 0.03, 0.02, 0.02]
    assert sum(share.values()) == pytest.approx(1)
    lent = sum(months(name, "tranche.loan.drawn").values()) + sum(months(name, "tranche.loan.capitalised").values())
    assert months(name, "tranche.loan.repayment")[dt.date(2026, 1, 31)] == pytest.approx(0.03 * lent)


def test_blackwater_interest_is_added_until_completion():
    name = "blackwater_2023"
    added = months(name, "tranche.loan.capitalised")
    assert max(added) <= dt.date(2025, 4, 30)
    assert sum(added.values()) <= 25e6
    due = months(name, "tranche.loan.interest_due")
    assert min(due) > dt.date(2025, 4, 30)


def test_blackwater_silver_stream():
    """Half of the silver at 18% of spot until the deposit is credited, then at 22%."""
    name = "blackwater_2023"
    silver, delivered = months(name, "ops.silver"), months(name, "stream.silver.ounces")
    assert all(delivered[end] == pytest.approx(0.5 * silver[end]) for end in silver)
    assert months(name, "stream.silver.price_paid")[dt.date(2025, 3, 31)] == pytest.approx(0.18 * 29)
    # each ounce credits 29 × 82% = 23.78 dollars; 190 million take 7,989,907 ounces, more than the model's months deliver
    assert sum(months(name, "stream.silver.credited").values()) == pytest.approx(sum(delivered.values()) * 29 * 0.82)


# ---- Eagle 2018: three loans, interest holiday, calls -------------------------------------------------------------------


def test_eagle_interest_holiday_and_instalments():
    name = "eagle_2018"
    assert min(months(name, "tranche.senior.interest_due")) == dt.date(2020, 6, 30)
    repaid = months(name, "tranche.senior.repayment")
    assert (len(repaid), min(repaid), max(repaid)) == (15, dt.date(2020, 6, 30), dt.date(2023, 12, 31))
    assert months(name, "tranche.subordinated.repayment").keys() == {dt.date(2024, 3, 31)}


def test_eagle_first_interest_is_added():
    """The subordinated loan's first quarter: LIBOR 2.35% + 6.70%, advances at month-ends, ACT/360."""
    name = "eagle_2018"
    drawn = months(name, "tranche.subordinated.drawn")
    added = months(name, "tranche.subordinated.capitalised")
    first = min(added)
    accrued = sum(x * (0.0235 + 0.067) * (first - end).days / 360 for end, x in drawn.items() if end < first)
    assert added[first] == pytest.approx(accrued)


def test_eagle_equipment_loan_is_level():
    """Principal and interest of 30/360 quarters at 5.5% are level from one instalment to the next."""
    name = "eagle_2018"
    service = months(name, "tranche.equipment.service")
    later = [service[end] for end in sorted(service) if dt.date(2020, 3, 31) <= end <= dt.date(2024, 6, 30)]
    assert later == pytest.approx([later[0]] * len(later), rel=1e-6)


def test_eagle_calls_cost_what_spot_is_above_the_strike():
    settled = months("eagle_2018", "hedge.calls.settled")
    assert settled == {dt.date(2023, 4, 30): pytest.approx(-20_000 * (1_700 - 1_485))}


# ---- Golden Star 2015: interest that follows the gold price, a sweep of excess cash flow ---------------------------------


def test_golden_star_interest_follows_the_gold_price():
    """28 July to 30 September 2015 is 64 days: 20,000,000 × (1,130 × 62.5% ÷ 10,000 = 7.0625%) × 64 ÷ 365."""
    assert days("2015-07-28", "2015-09-30") == 64
    due = months("golden_star_2015", "tranche.loan.interest_due")
    assert due[dt.date(2015, 9, 30)] == pytest.approx(247_671.23, abs=0.01)
    first_year = sum(x for end, x in due.items() if end <= dt.date(2016, 6, 30))
    # to 31 January 2016 at 7.0625% (187 days), then at 1,230 × 62.5% ÷ 10,000 = 7.6875% (151 days)
    assert (days("2015-07-28", "2016-01-31"), days("2016-01-31", "2016-06-30")) == (187, 151)
    assert first_year == pytest.approx(20e6 * (0.070625 * 187 + 0.076875 * 151) / 365)


def test_golden_star_sweeps_a_quarter_then_a_half():
    name = "golden_star_2015"
    earned, swept = months(name, "sweep.excess.earned"), months(name, "tranche.loan.prepaid")
    assert min(swept) == dt.date(2017, 3, 31)
    second = sum(earned[end] for end in earned if dt.date(2017, 4, 1) <= end <= dt.date(2017, 6, 30))
    assert swept[dt.date(2017, 6, 30)] == pytest.approx(0.25 * second)
    first_2018 = sum(earned[end] for end in earned if dt.date(2018, 1, 1) <= end <= dt.date(2018, 3, 31))
    assert swept[dt.date(2018, 3, 31)] == pytest.approx(
        min(0.5 * first_2018, 20e6 - sum(x for end, x in swept.items() if end < dt.date(2018, 3, 31)))
    )


# ---- Fruta del Norte: prepay in ounces with a delivery put off, balloon, target balances, buy-back ----------------------


def test_fruta_del_norte_prepay():
    """19 deliveries of 11,500 ounces from December 2020; one put off adds 1,000 ounces to each and a date at the end."""
    ounces = months("fruta_del_norte_2017", "prepay.gold.ounces")
    assert len(ounces) == 19
    assert (min(ounces), max(ounces)) == (dt.date(2021, 3, 31), dt.date(2025, 9, 30))
    assert set(ounces.values()) == {12_500.0}
    assert months("fruta_del_norte_2017", "prepay.gold.due")[dt.date(2021, 3, 31)] == pytest.approx(12_500 * 1_800)


def test_fruta_del_norte_senior_debt():
    name = "fruta_del_norte_2017"
    lent = sum(months(name, "tranche.senior_a.drawn").values())
    repaid = months(name, "tranche.senior_a.repayment")
    assert min(repaid) == dt.date(2020, 12, 31)
    # 23 quarters from December 2020 to June 2026: 22 of 90% ÷ 22, then a tenth
    assert len(months(name, "tranche.senior_a.share")) == 23
    assert repaid[dt.date(2020, 12, 31)] == pytest.approx(0.9 * lent / 22)
    owed = months(name, "tranche.senior_b.closing")
    assert owed[dt.date(2022, 12, 31)] <= 62e6 + 0.01
    assert dt.date(2026, 6, 30) not in owed


def test_fruta_del_norte_stream_bought_back():
    """Half of the stream is bought back on 30 June 2024 for 150 million."""
    name = "fruta_del_norte_2017"
    gold, delivered = months(name, "ops.gold"), months(name, "stream.gold.ounces")
    assert delivered[dt.date(2024, 5, 31)] == pytest.approx(0.0775 * gold[dt.date(2024, 5, 31)])
    assert delivered[dt.date(2024, 7, 31)] == pytest.approx(0.0775 / 2 * gold[dt.date(2024, 7, 31)])
    assert months(name, "stream.gold.buy_back") == {dt.date(2024, 6, 30): 150e6}
    assert months(name, "stream.gold.price_paid")[dt.date(2021, 6, 30)] == 408


@pytest.mark.parametrize("word", ["tranche", "equity", "fee", "account", "sweep", "hedge", "stream", "royalty", "offtake", "prepay",
                                  "metric", "covenant", "milestone", "warrant", "convertible", "paper", "amendment", "waiver", "waterfall", "gold_loan", "letter"])  # fmt: skip
def test_shipped_deals_use_every_clause(word):
    assert any(getattr(read(DEALS / name).deal, word) for name in NAMES)


# ---- Torex 2014: LIBOR + 4.75%, advances by month, gold and pesos hedged ------------------------------------------------


def test_torex_interest_of_the_first_quarters():
    due = months("torex_2014", "tranche.project.interest_due")
    rate = 0.0023 + 0.0475
    assert days("2014-11-03", "2014-12-31") == 58
    assert due[dt.date(2014, 12, 31)] == pytest.approx(45e6 * rate * 58 / 360)  # 361,050.00
    # January on 70.5 million, February on 96, March on 121.5
    quarter = 70.5e6 * 31 + 96e6 * 28 + 121.5e6 * 31
    assert due[dt.date(2015, 3, 31)] == pytest.approx(quarter * rate / 360)  # 1,195,345.25


def test_torex_repays_in_22_equal_quarters():
    repaid = months("torex_2014", "tranche.project.repayment")
    assert list(repaid.values()) == pytest.approx([300e6 / 22] * 22)
    assert (min(repaid), max(repaid)) == (dt.date(2017, 3, 31), dt.date(2022, 6, 30))


def test_torex_sells_204362_ounces_in_18_months():
    sold = months("torex_2014", "hedge.gold.ounces")
    assert (len(sold), min(sold), max(sold)) == (18, dt.date(2016, 1, 31), dt.date(2017, 6, 30))
    assert sum(sold.values()) == pytest.approx(204_362, abs=1e-3)
    settled = months("torex_2014", "hedge.gold.settled")
    assert settled[dt.date(2016, 1, 31)] == pytest.approx(204_362 / 18 * (1_241 - 1_130))


def test_torex_pesos_are_hedged_three_years_from_commercial_production():
    bought = months("torex_2014", "hedge.operating.ounces")
    assert (bought[dt.date(2016, 4, 30)], bought[dt.date(2017, 4, 30)], bought[dt.date(2018, 4, 30)]) == (
        69e6,
        46e6,
        23e6,
    )
    assert max(bought) == dt.date(2019, 3, 31)
    settled = months("torex_2014", "hedge.operating.settled")
    assert settled[dt.date(2016, 4, 30)] == pytest.approx(69e6 * (0.054 - 0.07))
    # half of 13.5 million was planned in pesos at 0.0743, and costs 0.054 ÷ 0.0743 of it
    spent = months("torex_2014", "ops.cost")
    assert spent[dt.date(2016, 4, 30)] == pytest.approx(13.5e6 * (0.5 + 0.5 * 0.054 / 0.0743))


# ---- Karlawinda 2019: A$ 81 million sculpted to 1.6, guarantees of 19 million, 250,000 ounces sold ahead -----------------


def test_karlawinda_fees_of_the_guarantees():
    due = months("karlawinda_2019", "letter.guarantees.due")
    # 5 million at 2.5% and 14 million at 1% for 91 days; from the end of July 16 million and 3 million
    assert days("2019-12-31", "2020-03-31") == 91
    assert due[dt.date(2020, 3, 31)] == pytest.approx(265_000 * 91 / 360)  # 66,986.11
    assert due[dt.date(2020, 9, 30)] == pytest.approx((265_000 * 31 + 430_000 * 61) / 360)  # 95,680.56


def test_karlawinda_draws_after_half_of_the_equity():
    drawn = months("karlawinda_2019", "tranche.project.drawn")
    owners = months("karlawinda_2019", "fund.placement_equity.drawn")
    assert sum(owners.values()) == pytest.approx(65e6)  # the placement comes first, in its rank
    assert min(drawn) == max(owners) == dt.date(2020, 9, 30)
    assert sum(drawn.values()) == pytest.approx(81e6)


def test_karlawinda_first_instalment_is_sculpted():
    name = "karlawinda_2019"
    cash, repaid, interest = (months(name, f"{key}") for key in ("ops.cfads", "tranche.project.repayment", "tranche.project.interest_due"))  # fmt: skip
    assert min(repaid) == dt.date(2021, 12, 31)  # three months after Completion
    quarter = sum(cash[dt.date(2021, month, day)] for month, day in ((10, 31), (11, 30), (12, 31)))
    # 81 million at 0.15% + 4% for the 92 days to 31 December
    assert interest[dt.date(2021, 12, 31)] == pytest.approx(81e6 * 0.0415 * 92 / 365)
    assert repaid[dt.date(2021, 12, 31)] == pytest.approx(quarter / 1.6 - 81e6 * 0.0415 * 92 / 365)


def test_karlawinda_sells_250000_ounces_ahead():
    assert sum(months("karlawinda_2019", "hedge.mandatory.ounces").values()) == pytest.approx(250_000, abs=1e-3)


# ---- Illinois Creek 1996 in the same format: what its own workbook has --------------------------------------------------


@pytest.mark.parametrize(
    ("line", "of_the_deal"),
    [
        ("loan.closing", "tranche.term.closing"),
        ("loan.repayment", "tranche.term.repayment"),
        ("loan.libor", "tranche.term.base"),
        ("loan.margin", "tranche.term.margin_now"),
        ("loan.interest", "tranche.term.interest"),
        ("loan.interest_due", "tranche.term.interest_due"),
        ("loan.fee_due", "fee.commitment.due"),
        ("loan.establishment_due", "fee.establishment.due"),
        ("proceeds.minimum", "account.proceeds.target"),
        ("proceeds.limb_2", "account.proceeds.limb.2"),
    ],
)
def test_the_1996_deal_is_one_of_them(line, of_the_deal, facility_1996):
    to_maturity = sum(end < dt.date(2000, 12, 31) for end in model("usmx_1996").case.ends)
    expected, found = (
        np.ravel(v[key])[:to_maturity].astype(float)
        for v, key in ((facility_1996, line), (values("usmx_1996"), of_the_deal))
    )
    assert found == pytest.approx(expected, abs=1e-6)


def test_1996_loan_turned_into_ounces():
    """On 30 September 1997, after the first instalment: 17,062,500 at 382.70 are 44,584.53 ounces, in seven parts."""
    folder = read(DEALS / "usmx_1996")
    chosen = Election.model_validate({"clause": "gold_loan.term", "date": dt.date(1997, 9, 30)})
    found = compose(dataclasses.replace(folder, case=folder.case.model_copy(update={"election": [chosen]})))
    v = calculate(found.book, found.inputs)
    assert v["checks.ok"] == 1
    ends = found.case.ends
    repaid = {end: x for end, x in zip(ends, np.ravel(v["gold_loan.term.repaid"]).tolist(), strict=True) if x}
    assert list(repaid.values()) == pytest.approx([17_062_500 / 382.70 / 7] * 7)
    assert (min(repaid), max(repaid)) == (dt.date(1997, 12, 31), dt.date(2000, 12, 31))
    interest = np.ravel(v["gold_loan.term.interest_due"])[ends.index(dt.date(1997, 12, 31))]
    assert interest == pytest.approx(17_062_500 / 382.70 * 0.015 * 92 / 360)


def test_1996_interest_of_the_first_period():
    """19.5 million from 31 July to 30 September 1996: 61 days at 5.6875% + 2.25%, ACT/360."""
    assert months("usmx_1996", "tranche.term.interest_due")[dt.date(1996, 9, 30)] == pytest.approx(
        262_268.23, abs=0.005
    )


@pytest.fixture(scope="module")
def facility_1996():
    """Every figure of the 1996 deal's own workbook: drawn on 31-Jul-1996 and unhedged, as the file of the deal has it."""
    inputs, _ = case.inputs()
    inputs["scenario.hedge@across"] = np.zeros(len(scenarios.NAMES))
    inputs |= {key: inputs[key].copy() for key in ledger.INPUTS}
    for number, (what, amount) in enumerate((("drawn", 19_500_000), ("fees paid", 292_500))):
        entry = {"ledger.date": np.datetime64("1996-07-31"), "ledger.what": what, "ledger.amount": amount}
        for key, value in entry.items():
            inputs[key][number] = value
    return calculate(lender_model.model.BOOK, inputs)
