"""Sheet Switches: the readings that decide a test, what the loan comes to under each, and when that is stale."""

import datetime as dt

import numpy as np
import pytest

from drawstop.facility import readings
from lender_model import case, model, refresh
from lender_model.books.locate import Places
from lender_model.sheets import covenants, switches

KEYS = [f"switch.{key}" for key, *_ in switches.RESULTS]
AT = {title: k for k, title in enumerate(switches.TITLES)}


@pytest.fixture(scope="module")
def inputs():
    return case.inputs()[0]


@pytest.fixture(scope="module")
def found(inputs):
    """The results under each reading, for the case as shipped."""
    return model.compare(inputs)


def row(v, key):
    return v[key][:, 0]


def as_number(figure):
    """A figure as the table holds it: a dash is no number."""
    if isinstance(figure, str):
        return np.nan
    return float((figure - np.datetime64("1899-12-30")).astype(int)) if isinstance(figure, np.datetime64) else figure


@pytest.mark.parametrize("given", [{}, {"fund.fill": 1.0, "cov.account_counts": "none", "cover.scenario": "Drought"}])
def test_each_column_is_what_the_loan_comes_to_under_its_reading(inputs, given):
    """A calculation of its own for each, with everything else as it is in use."""
    inputs = inputs | given
    found = model.compare(inputs)
    for k, (switch, option) in enumerate(switches.COLUMNS):
        v = model.run(inputs | {switch.key: option})
        for key in KEYS:
            assert found[f"{key}@across"][k] == pytest.approx(as_number(v[key]), nan_ok=True), (switch, option, key)


def test_the_results_are_what_their_names_say(inputs):
    """From the lines by month, under the reading that breaks a covenant and locks the account."""
    v = model.run(inputs | {"cov.account_counts": "none"})
    tested = row(v, "cov.test") == 1
    assert v["switch.tests"] == (row(v, "cov.breach")[tested] == 1).sum() == 18
    ratios = (row(v, "bal.current_assets") - row(v, "bal.account"))[tested] / row(v, "bal.current_liabilities")[tested]
    assert v["switch.ratio"] == pytest.approx(ratios.min())
    assert v["switch.locked"] == (row(v, "wf.held_back") > 0.01).sum() > 0
    assert v["switch.above"] == (row(v, "fund.advance") > row(v, "fund.limit")).sum()


def test_the_filing_read_otherwise_breaks_the_current_ratio(found):
    """As chosen nothing breaks; without the minimum one test does, and without the account every one of 18."""
    broken = dict(zip(switches.TITLES, found["switch.tests@across"].tolist(), strict=True))
    assert {title: n for title, n in broken.items() if n} == {"R-49: above the minimum": 1, "R-49: none": 18}
    assert found["switch.breach@across"][AT["R-49: none"]] == (dt.date(1996, 9, 30) - dt.date(1899, 12, 30)).days


def test_interest_above_the_cap_is_an_other_payment_if_so_read(inputs):
    """By hand: from 31 July 1996 a quarter's interest falls due within three months. On US$19.5 million at LIBOR of
    5.6875% and a margin of 2.25% that is 81 days from 11 July at signing, 98,257.81 above the cap of 250,000."""
    chosen, other = (model.run(inputs | {"proceeds.over_cap": flag}) for flag in (0.0, 1.0))
    interest = 19_500_000 * (0.056875 + 0.0225) * 81 / 360
    assert row(chosen, "proceeds.interest_3m")[0] == pytest.approx(interest)
    assert row(chosen, "proceeds.over_3m").max() == row(chosen, "proceeds.limb_4")[0] == 0
    assert row(other, "proceeds.limb_4")[0] == pytest.approx(interest - 250_000) == pytest.approx(98_257.81, abs=0.01)
    more = row(other, "proceeds.minimum")[0] - row(chosen, "proceeds.minimum")[0]
    assert more == pytest.approx(interest - 250_000)
    assert other["check.limbs"] == 0


def test_a_staged_drawing_shows_what_r_18_decides(inputs):
    """6, 6, 4 and 3.5 million, without standby equity: strictly read, each after the first is more than the Lender must
    advance. If an advance may fill the account, none is but the last, which a covenant may bar."""
    advances = np.zeros((model.MONTHS, 1))
    advances[:4, 0] = 6e6, 6e6, 4e6, 3.5e6
    given = {"plan.advance": advances, "cover.scenario": "Tight funding"}
    found = model.compare(inputs | given)["switch.above@across"]
    assert found[AT["R-18: no"]] == 3
    assert found[AT["R-18: yes"]] <= 1


def test_the_columns_in_use_are_marked(inputs):
    v = model.run(inputs | {"cov.account_counts": "none", "plan.pad_asset": 1.0})
    used = [title for title, flag in zip(switches.TITLES, v["switch.used@across"].tolist(), strict=True) if flag]
    assert used == ["R-49: none", "R-18: no", "R-01: no", "R-63: yes"]


@pytest.mark.parametrize(
    ("change", "state"),
    [({}, "current"), ({"cov.account_counts": "none"}, "stale"), ({"cover.scenario": "Drought"}, "stale"),
     ({"plan.recovery": 0.84}, "stale")],
)  # fmt: skip
def test_a_change_makes_the_results_stale(inputs, found, change, state):
    assert model.run(inputs | found | change)["switch.state"] == state
    changed = inputs | change
    assert model.run(changed | model.compare(changed))["switch.state"] == "current"


def test_a_refresh_writes_the_results(package, inputs):
    places = Places(package)
    sheet, cell = places.value_at("cov.account_counts")
    assert sheet == "Switches"
    result = refresh.calculate(package.patch({sheet: {cell: "none"}}))
    cells = result.package.cells("Switches")
    told = [cells[ref].value for _, ref in places.across_at("switch.tests", len(AT))]
    expected = model.compare(inputs | {"cov.account_counts": "none"})["switch.tests@across"]
    assert told == expected.tolist()
    assert set(places.across_at("switch.tests", len(AT))) <= {
        (s, ref) for s, found in result.stamps.items() for ref in found
    }


def test_each_switch_names_its_clause_and_explains_its_options():
    rows = list(switches.SHEET.rows)
    for switch in switches.SWITCHES:
        reading, at = readings()[switch.reading], rows.index(switch.row)
        assert rows[at - 1].label == f"{switch.reading} {reading.title}"
        assert rows[at].note == reading.clause
        told = rows[at + 1 : at + 1 + len(switch.options)]
        assert all(option.note.endswith(".") for option in told)
        assert "as chosen" in told[0].note
        assert not any("as chosen" in option.note for option in told[1:])
    assert tuple(option for option, *_ in switches.SWITCHES[0].options) == switches.COUNTS
    assert covenants.COUNTS is switches.COUNTS
