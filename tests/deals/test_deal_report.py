"""The month's report of a deal's workbook: its own words and figures, the answer first, in a page that needs nothing."""

import html
import re

import numpy as np
import pytest

from lender_model import monthly_report
from lender_model.compose.facts import facts
from lender_model.compose.refresh import calculate
from lender_model.monthly_report.deal_story import story
from lender_model.xlsx.package import Package

NAMES = ["eagle_2018", "blackwater_2023", "gold_bar_2018", "golden_star_2015"]
OF_1996 = ("Rothschild", "NPMC", "8-K", "USMX", "Illinois Creek", "Proceeds Account")


def words(page):
    """A page's text without its charts."""
    bare = re.sub(r"<(svg|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", bare)))


def told(result):
    return story(result.lines, result.values, facts(result.lines, result.values), [], [])


@pytest.mark.parametrize(
    "name",
    ["blackwater_2023", *(pytest.param(name, marks=pytest.mark.long) for name in NAMES if name != "blackwater_2023")],
)
def test_a_deal_has_its_own_report(name, delivered, tmp_path):
    book = tmp_path / f"{name}.xlsx"
    book.write_bytes(delivered(name))
    page = monthly_report.page(book)
    assert book.read_bytes() == delivered(name), "a report leaves the workbook as it is"
    said = words(page)
    result = calculate(Package.read(book))
    assert result.values["cover.name"] in said[:200]
    order = [
        "The loan is",
        "Debt outstanding",
        "What falls due in the next twelve months",
        "Debt and cover",
        "Cash waterfall",
        "What moved",
        "Scenarios",
        "Risk",
        "rest on",
    ]
    places = [said.index(part) for part in order]
    assert places == sorted(places)
    for word in OF_1996:
        assert word not in page
    for tranche in facts(result.lines, result.values)["loan"]["tranches"]:
        assert tranche["name"] in said
    assert "<script" not in page
    assert not re.search(r"""(src|href)=["'](?!#)""", re.sub(r'xmlns:\w+="[^"]+"', "", page))
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids)), "charts must not share marks"
    assert page.count("<svg ") == page.count('role="img"') >= 7


def test_amounts_are_in_the_deals_currency(delivered):
    result = calculate(Package(delivered("blackwater_2023"), "blackwater.xlsx"))
    said = told(result)
    assert all(tile.figure.startswith("C$") for tile in said.tiles[:3])
    page = monthly_report.rendered(said, "")
    assert "US$" not in page


def test_the_waterfall_adds_up(delivered):
    """Opening balance and receipts less what was paid is the closing balance; the figures are read off the page."""
    result = calculate(Package(delivered("eagle_2018"), "eagle.xlsx"), as_of=np.datetime64("2021-03-31").item())
    [section] = [section for section in told(result).sections if section.title.startswith("Cash waterfall")]
    assert section.title == "Cash waterfall, 3 months to 31-Mar-2021"
    amounts = [float(row[1].replace(",", "").replace("(", "-").replace(")", "")) for row in section.table.rows]
    assert sum(amounts[:-1]) == pytest.approx(amounts[-1], abs=len(amounts))  # each is rounded to a dollar


def test_the_break_even_price_is_the_one_nearest_to_the_case(delivered):
    result = calculate(Package(delivered("blackwater_2023"), "blackwater.xlsx"))
    v = result.values
    [tile] = [tile for tile in told(result).tiles if tile.label == "Break-even price of gold"]
    prices = np.concatenate([v[f"risk.price_{test}"][:, 0] for test in ("covenant.dscr", "covenant.tail", "arrears")])
    assert tile.figure == f"{np.nanmax(prices):,.0f} C$/oz"  # the case's price is the same in every month
    assert "in the case 2,450" in tile.note


def broken(delivered):
    """Eagle in 2021 with its forward cover tested against a limit that it does not meet."""
    package = Package(delivered("eagle_2018"), "eagle.xlsx")
    sheet, reference = calculate(package).lines.at("covenant.forward.minimum")
    return calculate(package.patch({sheet: {reference: 9.0}}), as_of=np.datetime64("2021-03-31").item())


def test_a_breach_comes_first(delivered):
    result = broken(delivered)
    found = facts(result.lines, result.values)
    [test] = [test for test in found["covenants"]["tests"] if test["name"] == "Forward cover"]
    assert test["complies"] is False
    said = told(result)
    assert (said.state, said.answer) == ("red", "The loan is in trouble.")
    assert said.reasons[0] == f"Forward cover: {test['actual']:.2f}x where at least 9.00x is required."
    [covenants] = [section for section in said.sections if section.title == "Covenants"]
    assert any(
        row[-1] == "BROKEN" and state == "red"
        for row, state in zip(covenants.table.rows, covenants.table.states, strict=True)
    )


def test_results_of_other_inputs_are_called_stale(delivered):
    result = broken(delivered)
    risk = [section for section in told(result).sections if section.title.startswith(("Risk", "Gold price"))]
    assert len(risk) == 2
    assert all("Stale" in section.lines[0] for section in risk)
    assert all("stale" in tile.note for tile in told(result).tiles[-3:])


def test_texts_of_the_workbook_are_escaped(delivered):
    name = "<script>alert(1)</script>"
    result = calculate(Package(delivered("golden_star_2015"), "golden.xlsx"))
    said = story(result.lines, result.values, facts(result.lines, result.values) | {"deal": name}, [], [name])
    page = monthly_report.rendered(said, name)
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 3
