"""Every break-even, by running the model at it and a hair nearer to the base case."""

import numpy as np
import pytest

from lender_model import case, model
from lender_model.risk import breakeven
from lender_model.risk.base import Case
from lender_model.sheets import scenarios
from lender_model.sheets.risk import LEVERS, TESTS

HAIR = {"gold": 0.001, "costs": 1e-5}
KEYS = [key for key, _ in TESTS]


@pytest.fixture(scope="module")
def thin():
    """The case without standby equity and without hedges, where most tests fail somewhere."""
    inputs, _ = case.inputs()
    none = np.zeros(len(scenarios.NAMES))
    return inputs | {"scenario.standby@across": none, "scenario.hedge@across": none}


@pytest.fixture(scope="module")
def found(thin):
    return breakeven.break_evens(Case.of(thin))


def at(inputs, lever, point):
    """The model with a lever at a point, by the inputs that an analyst would change, one case alone."""
    known = _KNOWN.setdefault(id(inputs), {None: inputs})
    if (lever, point) not in known:
        known[lever, point] = moved(inputs, lever, point)
    return known[lever, point]


_KNOWN = {}
"""What was calculated, since several tests and years ask for the same: by inputs, which are kept alive."""


def moved(inputs, lever, point):
    if lever == "gold":
        return model.run(inputs | {"market.gold_forward": point})
    return model.run(inputs | {f"scenario.{lever}@across": np.full(len(scenarios.NAMES), point)})


def fails(v, test, year):
    """Whether a test fails in a year, by the words of the sheet."""
    rows = [t for t in range(3 if year == 1996 else 0, model.MONTHS) if v["time.year"][t, 0] == year]
    rows = [t for t in rows if v["time.end"][t, 0] > v["cover.as_of"]]
    owed = v["loan.closing"] + v["note.closing"] + v["wf.lender_close"]  # while anything is, the covenants last
    quarters = [t for t in rows if v["time.month"][t, 0] % 3 == 0 and owed[t - 1, 0] > 0.01]
    ratio = {"dscr": 1.0, "llcr": 1.0, "dscr_target": 1.3, "llcr_target": 1.3}
    if test in ratio:
        line = v[f"ratio.{test[:4]}"]
        return any(line[t, 0] < ratio[test] for t in rows if line[t, 0] != "–")
    if test == "short":
        return any(v["proceeds.minimum"][t, 0] - v["proceeds.closing"][t, 0] > 0.01 for t in rows)
    if test == "default":
        return any(v["wf.lender_close"][t, 0] > 0.01 for t in rows)
    assets, current = v["bal.current_assets"], v["bal.current_liabilities"]
    equity, debts = v["bal.equity"], v["bal.liabilities"]
    broken = {
        "ratio": lambda t: assets[t, 0] < 2.0 * current[t, 0] - 0.01,
        "equity": lambda t: equity[t, 0] < 17_500_000 - 0.05,
        "liabilities": lambda t: debts[t, 0] > 1.75 * equity[t, 0] + 0.05,
    }
    return any(broken[test](t) for t in quarters)


def checked(inputs, found, lever):
    """How many answers fail, and hold a hair nearer to the base case."""
    checked = 0
    for test, row in zip(KEYS, found.found[lever], strict=True):
        for year, point in zip(found.years.tolist(), row.tolist(), strict=True):
            if np.isnan(point) or year == 1996:
                continue
            worse = -1 if lever == "gold" else 1
            inward = HAIR[lever] * -worse  # towards a price that holds, whether the base case holds or not
            assert fails(at(inputs, lever, point + HAIR[lever] * worse), test, year), (test, year)
            assert not fails(at(inputs, lever, point + inward), test, year), (test, year)
            checked += 1
    assert found.base[lever] == {"gold": 382.70, "costs": 0.0}[lever]
    return checked


@pytest.mark.parametrize("lever", ["gold", pytest.param("costs", marks=pytest.mark.long)])
def test_each_answer_fails_and_a_hair_nearer_to_the_base_it_holds(thin, found, lever):
    assert checked(thin, found, lever) > 40


def test_so_it_does_in_the_case_as_delivered(inputs):
    """Its gold is sold forward and its account is full: no price breaks tangible equity or empties the account."""
    found = breakeven.break_evens(Case.of(inputs))
    assert checked(inputs, found, "gold") > 10
    at_worst = at(inputs, "gold", 382.70 / 4)
    for test in ("equity", "liabilities", "short", "default"):
        assert np.all(np.isnan(found.found["gold"][KEYS.index(test)]))
        assert not any(fails(at_worst, test, year) for year in found.years.tolist()), test


@pytest.mark.long
def test_between_the_base_case_and_the_answer_nothing_fails(thin, found):
    for test, row in zip(KEYS, found.found["gold"], strict=True):
        for year, point in zip(found.years.tolist()[1:4], row.tolist()[1:4], strict=True):
            if not np.isnan(point) and point < 382.70:
                for price in np.linspace(382.70, point + 0.01, 6).tolist():
                    assert not fails(at(thin, "gold", price), test, year), (test, year, price)


def test_where_the_base_case_fails_the_price_that_would_hold_is_found(thin, found):
    """DSCR of the target cover, 1997: the base case has 1.20, so it is a price above the base."""
    point = found.found["gold"][KEYS.index("dscr_target"), 1]
    assert point > 382.70
    assert fails(at(thin, "gold", 382.70), "dscr_target", 1997)
    assert not fails(at(thin, "gold", point + 0.001), "dscr_target", 1997)


def test_a_test_that_never_fails_has_no_answer(found):
    """There is no covenant on cover before the first instalment, of September 1997, and no loan in 2002."""
    for key, year in (("dscr", 1996), ("dscr", 2002), ("llcr", 2003)):
        assert np.isnan(found.found["gold"][KEYS.index(key), found.years.tolist().index(year)])


def test_months_of_delay(thin, found):
    for test, row in zip(KEYS, found.found["delay"], strict=True):
        for year, months in zip(found.years.tolist()[1:], row.tolist()[1:], strict=True):
            tried = range(int(months) + 1) if not np.isnan(months) else (0, 12, 24)
            assert [fails(at(thin, "delay", float(m)), test, year) for m in tried] == [m == months for m in tried], test


def test_on_the_sheet_each_year_stands_in_its_last_month(found):
    year_of = np.repeat(np.arange(1996, 2004.0), [6, *[12] * 7])
    lines = found.by_month(90, year_of)
    assert len(lines) == len(LEVERS) * len(TESTS)
    line = lines["risk.gold_ratio"][:, 0]
    assert np.array_equal(line[5::12], found.found["gold"][0], equal_nan=True)
    assert np.isnan(np.delete(line, slice(5, None, 12))).all()
