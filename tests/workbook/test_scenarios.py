"""Scenarios as a lender means them: hedges stay, delay is physical, prices are today's, downsides combine."""

import numpy as np
import pytest

from lender_model import case, model
from lender_model.sheets import scenarios

JULY = np.datetime64("1996-07", "M")
NAMES = scenarios.NAMES


@pytest.fixture(scope="module")
def every():
    """Every scenario at the as-of date of the case."""
    values, _ = case.inputs()
    return {name: model.run(values | {"cover.scenario": name}) for name in NAMES}


def calculated(as_of="1996-07-31", **changed):
    values, _ = case.inputs()
    given = {key.replace("__", ".").replace("_across", "@across"): value for key, value in changed.items()}
    return model.run(values | {"cover.as_of": np.datetime64(as_of, "D")} | given)


def all_of(figure):
    return np.full(len(NAMES), float(figure))


def row(v, key):
    return v[key][:, 0]


def at(v, key, month):
    return v[key][(np.datetime64(month, "M") - JULY).astype(int), 0]


# ---- hedges ----------------------------------------------------------------------------------------------------------


def test_the_hedge_stays_in_force_in_every_downside(every):
    """6,667 oz at 380 in July 1997. At 382.70 that costs 2.70 an ounce; at 322.70 it brings 57.30."""
    assert at(every["Base"], "ops.hedge", "1997-07") == pytest.approx(-6_667 * 2.70)
    for name in ("Low price", "Combined downside"):
        assert at(every[name], "ops.hedge", "1997-07") == pytest.approx(6_667 * 57.30)
    assert [name for name in NAMES if not row(every[name], "ops.hedge_oz").any()] == ["Unhedged"]


def test_a_hedge_is_what_a_fall_of_the_price_is_worth(every):
    """Sixty dollars lower, unhedged and hedged: cover is better by the hedge alone, which is sold at 380."""
    open_ = calculated(cover__scenario="Low price", scenario__hedge_across=all_of(0))
    hedged = every["Low price"]
    gained = row(hedged, "ops.hedge").sum()
    assert gained == pytest.approx(160_000 * (380 - 322.70))
    assert hedged["ratio.min_dscr"] > open_["ratio.min_dscr"] + 0.2


# ---- prices and minima -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "gold", "silver"),
    [(1, 350.0, 4.5), (2, 382.70, 5.0975), (3, 288.7360, None)],  # December 1997: LBMA's average of the month
)
def test_prices_come_from_where_the_scenario_says(source, gold, silver):
    v = calculated(
        "1997-12-31", scenario__price_across=all_of(source), market__gold_forward=350.0, market__silver_forward=4.5
    )
    assert at(v, "market.gold", "1998-01") == pytest.approx(gold, abs=0.01)
    assert at(v, "market.gold", "2002-12") == pytest.approx(gold, abs=0.01)
    if silver:
        assert at(v, "market.silver", "1998-01") == silver
    assert at(v, "market.gold", "1997-12") == pytest.approx(288.736, abs=0.01)  # what is published stays


def test_the_lowest_cover_and_the_first_breach_are_still_to_come():
    v = calculated("1998-12-31", scenario__price_across=all_of(3))
    ahead = row(v, "time.end") >= np.datetime64("1998-12-31")
    for key in ("dscr", "llcr"):
        figures = [x for x in row(v, f"ratio.{key}")[ahead] if not isinstance(x, str)]
        assert v[f"ratio.min_{key}"] == min(figures)
    breach = row(v, "cov.breach") == 1
    assert (breach & ~ahead).any()  # there was one before, which the first to come is not
    assert v["cov.first_breach"] == "–" or v["cov.first_breach"] >= np.datetime64("1998-12-31")


def test_a_fallen_price_shows_in_the_cover():
    held, assumed = (calculated("1997-12-31", scenario__price_across=all_of(source)) for source in (3, 1))
    assert held["ratio.min_llcr"] < assumed["ratio.min_llcr"] - 0.2


# ---- delay -----------------------------------------------------------------------------------------------------------


def late(months, **changed):
    return calculated(scenario__delay_across=all_of(months), **changed)


def test_four_months_late_ore_waits_for_its_season():
    """The plan stacks 90,000 to 150,000 tons from August to November 1996. Four months later is December to March, when
    nothing can be stacked: all 500,000 tons wait for May 1997, from when on 180,000 tons a month go up at most."""
    v = late(4)
    assert row(v, "ops.ore")[:10].sum() == 0  # to April 1997
    assert at(v, "ops.wait_close", "1997-04") == 500_000
    assert [at(v, "ops.ore", f"1997-{m:02}") for m in (5, 6, 7)] == [180_000, 180_000, 140_000]
    # the 500,000 tons carry 0.083 oz: 41,500 oz contained, of which none is lost
    assert sum(at(v, "ops.contained", f"1997-{m:02}") for m in (5, 6, 7)) == pytest.approx(41_500)


def test_four_months_late_capital_and_cost_move():
    base, v = late(0), late(4)
    assert at(v, "ops.capex", "1996-12") == at(base, "ops.capex", "1996-08") == 4_400_000
    assert row(v, "ops.capex")[1:5].sum() == 0
    assert row(v, "ops.capex").sum() == pytest.approx(row(base, "ops.capex").sum())
    assert row(v, "ops.ore").sum() == pytest.approx(row(base, "ops.ore").sum())
    assert row(v, "ops.closure").sum() == pytest.approx(row(base, "ops.closure").sum())
    # the site costs 340,000 a month in the four months lost, and nothing else is dearer
    assert row(v, "ops.cost").sum() - row(base, "ops.cost").sum() == pytest.approx(4 * 340_000)
    assert v["ratio.min_dscr"] < base["ratio.min_dscr"] - 0.5
    assert v["ratio.irr"] < base["ratio.irr"]


def test_what_is_past_is_not_late():
    ours, base = late(4, as_of="1996-10-31"), late(0, as_of="1996-10-31")
    for key in ("ops.ore", "ops.capex", "ops.site"):
        assert row(ours, key)[:4].tolist() == row(base, key)[:4].tolist(), key
    assert at(ours, "ops.capex", "1997-03") == at(base, "ops.capex", "1996-11") == 2_500_000


def test_once_completion_is_reported_nothing_is_late():
    reported = {"actual__completion": np.datetime64("1997-11-20"), "as_of": "1997-12-31"}
    assert row(late(6, **reported), "ops.ore").tolist() == row(late(0, **reported), "ops.ore").tolist()


@pytest.mark.parametrize("months", [0, 1, 2, 3, 4, 5, 6, 9, 12])
def test_no_ore_is_lost_and_none_is_stacked_in_winter(months):
    v = late(months)
    ore, month = row(v, "ops.ore"), row(v, "time.month")
    assert ore[(month < 5) | (month > 11)].sum() == 0
    assert ore.max() <= 180_000
    assert ore.sum() == pytest.approx(6_000_000, rel=0.02)
    assert at(v, "ops.wait_close", "2003-12") == pytest.approx(0, abs=1e-6)


def test_a_dry_year_after_a_late_start_is_worse_than_a_late_one(every):
    for key in ("ratio.min_dscr", "ratio.min_llcr", "ratio.irr"):
        assert every["Drought"][key] < every["Late completion"][key] < every["Base"][key], key


def test_capital_moves_cover_through_tax_alone():
    base, more = calculated(), calculated(scenario__capex_across=all_of(0.25))
    assert more["ratio.min_dscr"] >= base["ratio.min_dscr"]
    before_tax = [[x for x in row(v, "ratio.dscr_pretax") if not isinstance(x, str)] for v in (base, more)]
    assert before_tax[0] == pytest.approx(before_tax[1])


# ---- downsides combined, and the funding -----------------------------------------------------------------------------


def test_the_combined_downside_is_worse_than_each_of_its_parts(every):
    for part in ("Low price", "High cost", "Late completion"):
        assert every["Combined downside"]["ratio.min_llcr"] < every[part]["ratio.min_llcr"]
        assert every["Combined downside"]["ratio.min_dscr"] < every[part]["ratio.min_dscr"]


def test_the_base_case_has_the_room_that_a_committee_asks_for(every):
    """15% of US$36.7 million for overruns is 5.5 million; a season missed costs 2 x 2.4375 of principal and 9 x 0.34 of
    site, 7.9 million. No covenant breaks and the account keeps well clear of its minimum; without the money it does
    not."""
    base, tight = every["Base"], every["Tight funding"]
    assert row(base, "fund.standby").sum() == pytest.approx(13.5e6)
    assert [at(base, "fund.standby", month) for month in ("1996-08", "1996-10")] == pytest.approx(
        [0.15 * 36.7e6, 2 * 2_437_500 + 9 * 340_000], rel=0.01
    )
    assert base["cov.first_breach"] == "–"
    live = row(base, "proceeds.live") == 1
    room = (row(base, "proceeds.closing") - row(base, "proceeds.minimum"))[live]
    assert room.min() > 2e6
    without = (row(tight, "proceeds.closing") - row(tight, "proceeds.minimum"))[live]
    assert without.min() < 100_000
    assert row(tight, "fund.standby").sum() == 0


def test_standby_equity_balances_and_is_not_the_companys_own_cash(every):
    base, tight = every["Base"], every["Tight funding"]
    assert base["checks.ok"] == tight["checks.ok"] == 1
    assert at(base, "bal.cash", "1996-12") == pytest.approx(at(tight, "bal.cash", "1996-12"))
    assert at(base, "bal.equity", "1996-10") - at(tight, "bal.equity", "1996-10") == pytest.approx(13.5e6)


def test_history_does_not_know_of_the_standby():
    """30-Sep-1996 as published: 7.484 million in the account, 1.5 million short of 8.984."""
    v = calculated("1996-09-30")
    assert row(v, "fund.standby")[:3].sum() == 0
    assert (v["cover.account"], v["cover.minimum"]) == pytest.approx((7_484_000, 8_984_000), abs=500)
    assert v["cover.shortfall"] == pytest.approx(1_500_000, abs=500)


# ---- several at once -------------------------------------------------------------------------------------------------

LEVERS = ("price", "gold", "libor", "costs", "capex", "delay", "water", "hedge", "standby")


@pytest.mark.parametrize(
    ("together", "changes"),
    [
        # US$60 off the price, and six months' delay: what each changes is untouched by the other
        ("Low price + Late completion", (1, -60, 0, 0, 0, 6, 0, 1, 1)),
        # both late: six and nine months; both dear: 1.15 x 1.15 and 1.10 x 1.10; both low: 60 and 60
        ("Late completion + Drought", (1, 0, 0, 0, 0, 15, 0.95, 1, 1)),
        ("Combined downside + High cost", (1, -60, 0, 0.3225, 0.21, 6, 0, 1, 1)),
        ("Low price + Combined downside", (1, -120, 0, 0.15, 0.10, 6, 0, 1, 1)),
        # nothing is left of what another scenario takes away; prices are those of the first that is not the Base's
        ("Unhedged + Tight funding + Last price held", (3, 0, 0, 0, 0, 0, 0, 0, 0)),
        ("base + UNHEDGED", (1, 0, 0, 0, 0, 0, 0, 0, 1)),
    ],
)
def test_what_several_change_together(together, changes):
    v = calculated(cover__scenario=together)
    assert [v[f"scenario.{lever}"] for lever in LEVERS] == pytest.approx(list(changes), abs=1e-12)
    assert (v["scenario.count"], v["scenario.changed"]) == (together.count("+") + 1, 1)
    assert v["checks.ok"] == 1


def test_parts_are_parts_of_what_another_leaves():
    """Half the hedges, then four fifths of them: 40%. A loss of 30%, then of 50% of the rest: 65%. The first choice
    that is not the Base's is the plan's prices."""
    rows = {"hedge": [1, 0.5, 0.8], "standby": [1, 0.25, 1], "water": [0, 0.3, 0.5], "price": [1, 2, 3],
            "libor": [0, 0.01, -0.004]}  # fmt: skip
    given = {f"scenario__{key}_across": np.array([*row, *[row[0]] * 6], float) for key, row in rows.items()}
    v = calculated(cover__scenario="High cost + Low price", **given)
    found = [v[f"scenario.{key}"] for key in rows]
    assert found == pytest.approx([0.4, 0.25, 0.65, 2, 0.006])


def differing(one, other):
    """Lines that differ between two runs, but for those that name the scenarios; the order of summation is free."""
    named = ("cover.scenario", "scenario.", "cert.scenario", "dash.scenario", "compare.changes")
    for key in one.keys() - {key for key in one if key.startswith(named)}:
        pairs = zip(np.ravel(one[key]).tolist(), np.ravel(other[key]).tolist(), strict=True)
        if any(
            x != y and not (isinstance(x, float) and x == pytest.approx(y, rel=1e-9, abs=1e-6, nan_ok=True))
            for x, y in pairs
        ):
            yield key


def test_the_parts_of_the_combined_downside_are_the_combined_downside(every):
    """It was prepared as a column of its own: the three chosen together give every figure of it, month by month."""
    together = calculated(cover__scenario="Low price + High cost + Late completion")
    assert list(differing(together, every["Combined downside"])) == []
    assert "ratio.dscr" in set(differing(together, every["Low price"]))


def test_by_hand_the_low_price_and_the_delay_both_show(every):
    """Capital of August 1996 falls into February 1997; from the as-of date on gold is 382.70 less 60."""
    v = calculated(cover__scenario="Late completion + Low price")
    assert at(v, "ops.capex", "1997-02") == at(every["Base"], "ops.capex", "1996-08") == 4_400_000
    assert at(v, "market.gold", "1997-02") == pytest.approx(322.70)
    assert at(v, "ops.ore", "1996-08") == 0 < at(every["Low price"], "ops.ore", "1996-08")
    assert v["cert.scenario"] == "Late completion + Low price: NOT THE BASE CASE"
    assert v["dash.scenario"] == "Late completion + Low price"


@pytest.mark.parametrize("wrong", ["Low price + Boom", "Low price + low price", "Low price+Drought", "Low price +", ""])
def test_a_name_that_is_no_column_calculates_nothing(wrong):
    v = calculated(cover__scenario=wrong)
    assert np.isnan(v["scenario.count"])
    assert all(np.isnan(v[f"scenario.{lever}"]) for lever in LEVERS)
    assert v["checks.ok"] != 1


def test_results_of_several_are_current_until_something_changes():
    inputs, _ = case.inputs()
    inputs |= {"cover.scenario": "Drought + Low price"}
    inputs |= model.compare(inputs)
    assert model.run(inputs)["compare.state"] == "current"
    assert model.run(inputs | {"cover.scenario": "Drought"})["compare.state"] == "current"  # its own column
    assert model.run(inputs | {"cover.scenario": "Drought + High cost"})["compare.state"] == "stale"  # not run yet
    assert model.run(inputs | {"plan.recovery": 0.84})["compare.state"] == "stale"
