"""The table of sheet Scenarios: what each scenario comes to, side by side, and when that is stale."""

import datetime as dt

import numpy as np
import pytest

from lender_model import model, refresh
from lender_model.books.locate import Places
from lender_model.sheets import scenarios

CENT = 0.01
KEYS = [f"compare.{key}" for key, *_ in scenarios.RESULTS]
EPOCH = dt.date(1899, 12, 30)


def table(package):
    """The cells beside the values of the results, a row each."""
    places = Places(package)
    return {
        key: [package.cells(sheet)[ref].value for sheet, ref in places.across_at(key, len(scenarios.NAMES))]
        for key in KEYS
    }


def state(package):
    sheet, reference = Places(package).value_at("compare.state")
    return package.cells(sheet)[reference].value


def alone(inputs, name):
    """What a reader would find in a workbook with this scenario in use, month by month."""
    v = model.run(inputs | {"cover.scenario": name})
    ends = [end.item() for end in v["time.end"][:, 0]]
    shortfalls = v["proceeds.shortfall"][:, 0].tolist()
    arrears = v["wf.lender_close"][:, 0].tolist()
    debts = (v["loan.closing"] + v["wf.lender_close"])[:, 0].tolist()
    ahead = [end >= v["time.position"].item() for end in ends]
    covers = [x for x, is_ahead in zip(v["ratio.dscr"][:, 0].tolist(), ahead, strict=True) if is_ahead and x != "–"]
    free = next((k for k in range(model.MONTHS) if all(debt <= CENT for debt in debts[k:])), None)
    breach = next((ends[k] for k in range(model.MONTHS) if ahead[k] and v["cov.breach"][k, 0] == 1), None)
    return {
        "compare.dscr": min(covers),
        "compare.breach": "–" if breach is None else (breach - EPOCH).days,
        "compare.short": sum(x > CENT for x in shortfalls),
        "compare.shortfall": max(shortfalls),
        "compare.default": sum(x > CENT for x in arrears),
        "compare.left": debts[-1] if debts[-1] > CENT else 0,
        "compare.repaid": "–" if free is None else (ends[free] - EPOCH).days,
        "compare.irr": v["ratio.irr"][0] if isinstance(v["ratio.irr"], np.ndarray) else v["ratio.irr"],
    }


@pytest.mark.parametrize("as_of", [dt.date(1996, 7, 31), dt.date(1996, 9, 30), dt.date(1997, 12, 31)])
def test_each_column_is_what_its_scenario_comes_to_alone(package, as_of):
    result = refresh.calculate(package, as_of=as_of)
    found = table(result.package)
    for k, name in enumerate(scenarios.NAMES):
        for key, expected in alone(result.inputs, name).items():
            if isinstance(expected, str):
                assert found[key][k] == expected, (key, name)
            else:
                assert found[key][k] == pytest.approx(expected, rel=1e-9, abs=1e-6), (key, name)


def test_a_scenario_that_never_pays_has_no_date_of_repayment(package):
    """Gold at a fifth of its price, without hedges and standby equity: arrears to the end."""
    places, typed = Places(package), {"scenario.gold": -310.0, "scenario.hedge": 0.0, "scenario.standby": 0.0}
    cells = {list(places.across_at(key, len(scenarios.NAMES)))[1]: figure for key, figure in typed.items()}
    [sheet] = {sheet for sheet, _ in cells}
    found = table(refresh.calculate(package.patch({sheet: {cell: x for (_, cell), x in cells.items()}})).package)
    assert found["compare.repaid"][1] == "–"
    assert found["compare.left"][1] > 1e6
    assert found["compare.repaid"][0] == (dt.date(2000, 12, 31) - EPOCH).days  # the last instalment


def test_the_base_case_holds(package):
    found = {key: row[0] for key, row in table(package).items()}
    assert (found["compare.breach"], found["compare.short"], found["compare.default"]) == ("–", 0, 0)
    assert (found["compare.shortfall"], found["compare.left"]) == (0, 0)


@pytest.mark.parametrize("name", scenarios.NAMES)
def test_the_scenario_in_use_neither_changes_the_table_nor_makes_it_stale(package, name):
    before = table(package)
    inputs = Places(package).inputs()
    assert model.run(inputs | {"cover.scenario": name})["compare.state"] == "current"  # chosen, not refreshed yet
    after = refresh.calculate(package, scenario=name).package
    assert table(after) == before
    assert state(after) == "current"


@pytest.mark.parametrize(
    "changes",
    [
        {"plan.recovery": 0.84},
        {"scenario.water_year": 1998.0},
        {"scenario.libor@across": np.array([0, 0, 0, 0, 0, 0, 0, 0, 0.0001])},
        {"scenario.gold@across": np.array([0, -61.0, 0, 0, 0, 0, -60, 0, 0])},
    ],
)
def test_a_change_of_an_input_makes_it_stale_until_the_next_refresh(package, changes):
    inputs = Places(package).inputs()
    assert model.run(inputs)["compare.state"] == "current"
    changed = inputs | changes
    assert model.run(changed)["compare.state"] == "stale"
    assert model.run(changed | model.compare(changed))["compare.state"] == "current"


def test_before_any_run_it_says_so(base):
    assert base["compare.state"] == "not run yet"
