"""What Excel says to who types something wrong, in the sheet's words; and what a chart is for a reader of screens."""

import io
import re
import zipfile

import pytest
from lxml import etree

from lender_model import model
from lender_model.sheets import ledger
from lender_model.writing import style, validations


@pytest.fixture(scope="module")
def parts(built):
    with zipfile.ZipFile(io.BytesIO(built)) as archive:
        return {name: etree.fromstring(archive.read(name)) for name in archive.namelist() if name.endswith(".xml")}


@pytest.fixture(scope="module")
def rules(parts):
    sheets = [root for name, root in parts.items() if name.startswith("xl/worksheets/")]
    found = [rule for root in sheets for rule in root.iterfind("{*}dataValidations/{*}dataValidation")]
    return [rule for rule in found if rule.get("errorStyle") != "warning"]  # the examples' lists of sheet Functions


@pytest.fixture(scope="module")
def labels():
    """What the sheets call their inputs."""
    columns = {column.title for column in ledger.COLUMNS} | {"Actual", "Share close"}
    return {row.label for sheet in model.SHEETS for row in sheet.rows} | columns


def test_every_message_names_the_input_and_its_bounds(rules, labels):
    assert len(rules) > 200
    keys = {row.key for sheet in model.SHEETS for row in sheet.rows if "." in row.key}
    for rule in rules:
        said = rule.get("error")
        label, _, wanted = said.rpartition(": ")
        assert label in labels
        assert re.match(r"type (a |1 for yes)|choose ", wanted), said
        assert not [key for key in keys if key in said]
        numbers = [float(rule.findtext(f"{{*}}formula{k}")) for k in (1, 2)] if rule.get("type") != "list" else []
        if numbers[1:] == [1e12]:
            assert numbers[0] == -1e12 or "zero or more" in wanted
        elif rule.get("type") in {"decimal", "whole"} and "for yes" not in wanted:
            shown = [float(text.replace(",", "")) for text in re.findall(r"(?:from|to) (-?[\d,.]+\d|-?\d)", wanted)]
            scale = 100 if "%" in wanted else 1
            assert shown == [pytest.approx(number * scale) for number in numbers], said


def test_no_title_is_cut_inside_a_word(rules, labels):
    for rule in rules:
        title = rule.get("errorTitle")
        assert len(title) <= 32
        if title not in labels:
            assert title.endswith("…")
            assert any(label.startswith(f"{title[:-1]} ") for label in labels), title


@pytest.mark.parametrize(
    ("label", "unit", "options", "said"),
    [
        ("As-of date", "date", {}, "As-of date: type a date from 1-Jan-1990 to 31-Dec-2099."),
        ("Price", "US$/oz", {}, "Price: type a number from 0 to 100,000, in US$/oz."),
        ("Capital costs", "US$", {}, "Capital costs: type a number, zero or more, in US$, the exact amount."),
        ("Share", "fraction", {"limits": (0, 1)}, "Share: type a percentage from 0% to 100%."),
        ("Instalments", "count", {"limits": (1, 8)}, "Instalments: type a whole number from 1 to 8."),
        ("Actuals used", "1 or 0", {}, "Actuals used: type 1 for yes or 0 for no."),
        ("Basis", "day count", {"choices": ("ACT/360", "30/360")}, "Basis: choose ACT/360 or 30/360."),
    ],
)
def test_what_is_said(label, unit, options, said):
    assert validations.rule(label, unit, **options)["error_message"] == said


def test_a_text_may_be_anything_and_a_long_one_fits():
    assert validations.rule("Remarks", "text") == {}
    long = validations.rule("word " * 80, "US$")
    assert len(long["error_message"]) <= 255
    assert long["error_title"] == "word word word word word word…"
    assert style.limits("US$") == (long["minimum"], long["maximum"])


def test_every_chart_has_words_for_those_who_do_not_see_it(parts):
    titles = ["".join(root.itertext("{*}t")) for name, root in parts.items() if name.startswith("xl/charts/")]
    drawings = [root for name, root in parts.items() if name.startswith("xl/drawings/drawing")]
    found = [frame.get("descr") or "" for root in drawings for frame in root.iter("{*}cNvPr")]
    assert len(found) == len(titles) >= 13
    for said in found:
        assert re.fullmatch(r"Chart: .+\. It shows .+\.", said), said
        assert any(said.startswith(f"Chart: {title}.") for title in titles)
