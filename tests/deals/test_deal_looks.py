"""What a reader sees of a deal's workbook: units that fit the figures, charts where there is something to show."""

import functools
import itertools
from pathlib import Path

import numpy as np
import pytest

import lender_model
from lender_model.calculator import calculate
from lender_model.compose import charts
from lender_model.compose.model import compose, read

DEALS = Path(lender_model.__file__).parent / "deals"


@functools.cache
def model(name):
    return compose(read(DEALS / name))


@functools.cache
def values(name):
    return calculate(model(name).book, model(name).inputs)


@pytest.mark.parametrize(
    ("deal", "key", "unit"),
    [
        ("eagle_2018", "royalty.osisko.rate.1.below", "oz"),  # 5% until 1,950,000 ounces are delivered
        ("oksut_2016", "royalty.state.rate.1.below", "US$/oz"),  # 3% below a gold price of US$1,200
    ],
)
def test_the_limit_of_a_band_is_measured_as_its_metric_is(deal, key, unit):
    found = {row.key: row.unit for sheet in model(deal).book.sheets for row in sheet.rows if row.key.endswith(".below")}
    assert found[key] == unit


def shown(deal):
    """Every chart with the first and last month that it shows, and the highest figure of its axis."""
    for chart in model(deal).charts:
        top = charts._top(model(deal), chart, values(deal))
        yield chart, charts._span(model(deal), chart, values(deal), top), top


def test_charts_of_the_debt_end_with_it():
    """Eagle's last loan, the equipment loan, ends on 30 September 2024; its mine runs on."""
    ends = model("eagle_2018").case.ends
    last = {chart.title: str(ends[last]) for chart, (_, last), _ in shown("eagle_2018")}
    assert {last[title] for title in ("Debt outstanding, US$ million", "Equipment loan, US$ million")} == {"2024-09-30"}
    assert last["Cash flow and debt service, US$ million"] == str(ends[-1]) > "2024-09-30"


@pytest.mark.parametrize("deal", ["eagle_2018", "blackwater_2023"])
def test_a_ratio_is_drawn_where_it_is_a_number_on_the_axis(deal):
    ratios = [each for each in shown(deal) if not each[0].columns]
    assert ratios
    for chart, (first, last), top in ratios:
        figures = np.ravel(values(deal)[chart.lines[0][0]]).tolist()
        for at in (first, last):
            assert isinstance(figures[at], float), chart.title
            assert top is None or figures[at] <= top, chart.title


@pytest.mark.parametrize("deal", ["eagle_2018", "blackwater_2023"])
def test_charts_fill_their_rows_and_none_covers_another(deal):
    places = charts._places(model(deal))
    assert len(places) == len(model(deal).charts)
    rows = {}
    for row, column, left, wide in places:
        rows.setdefault((row, column), []).append((left, left + wide))
    for spans in rows.values():
        assert spans == sorted(spans)
        assert all(end < start for (_, end), (start, _) in itertools.pairwise(spans))
    below = [spans for (_, column), spans in rows.items() if column == charts.LABEL]
    assert {spans[-1][1] for spans in below} == {below[0][-1][1]}
