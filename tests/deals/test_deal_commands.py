"""The commands on a deal's folder: new, check, describe, build; the schema that an editor reads; the clauses' examples."""

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

import lender_model
from lender_model.calculator import calculate
from lender_model.cli import app
from lender_model.compose import pages
from lender_model.compose.model import compose, read
from lender_model.compose.schema import schema
from lender_model.xlsx.package import Package

DEALS = Path(lender_model.__file__).parent / "deals"
NAMES = sorted(path.parent.name for path in DEALS.glob("*/case.toml"))
EXAMPLES = {module.__name__.rpartition(".")[2]: module.EXAMPLE for module in pages.words()}


def run(*args):
    return CliRunner().invoke(app, [str(arg) for arg in args])


def test_a_new_deal_builds_at_once(tmp_path):
    folder = tmp_path / "mine"
    assert (
        run("new", folder, "--name", 'A "quoted" name', "--hedge", "--stream", "--standby", "--months", 96).exit_code
        == 0
    )
    checked = run("check", folder)
    assert checked.exit_code == 0, checked.output
    assert "96 months; no faults found" in checked.output
    built = run("build", folder, tmp_path / "mine.xlsx")
    assert built.exit_code == 0
    assert "All checks hold" in built.output
    assert "no covenant breach to the end; paid on time" in built.output
    package = Package.read(tmp_path / "mine.xlsx")
    assert {"Cover", "Dashboard", "Senior loan", "Standby facility", "Hedges", "Streams"} <= set(package.sheet_names)


@pytest.mark.parametrize(
    "options", [[], ["--fixed"], ["--metal", "copper", "--years", "3", "--months", "48"], ["--signing", "2031-11-30"]]
)
def test_any_new_deal_is_sound(tmp_path, options):
    assert run("new", tmp_path / "x", *options).exit_code == 0
    model = compose(read(tmp_path / "x"))
    assert calculate(model.book, model.inputs)["checks.ok"] == 1
    names = {sheet.name for sheet in model.book.sheets}
    assert not names & {
        "Hedges",
        "Streams",
        "Prepay",
        "Amendments",
        "Equity kickers",
        "Holidays",
    }  # a clause that it lacks leaves nothing


def test_a_deal_is_never_written_over(tmp_path):
    run("new", tmp_path)
    before = (tmp_path / "deal.toml").read_bytes()
    again = run("new", tmp_path, "--name", "Another")
    assert again.exit_code == 1
    assert (tmp_path / "deal.toml").read_bytes() == before


@pytest.mark.parametrize("name", NAMES)
def test_a_deal_is_described(name):
    told = run("describe", DEALS / name)
    assert told.exit_code == 0
    deal = read(DEALS / name).deal
    for tranche in deal.tranche:
        assert tranche.title in told.output
    for group in ("covenant", "stream", "hedge", "royalty", "amendment"):
        assert all(
            getattr(record, "name", getattr(record, "title", "")) in told.output for record in getattr(deal, group)
        )
    assert "Order of payments" in told.output
    for owner in deal.equity:
        assert all(f"{row.amount:,.0f}" in told.output for row in owner.plan)
    assert "None" not in told.output
    assert "{" not in told.output


@pytest.mark.parametrize("name", NAMES)
def test_shipped_files_follow_the_schema(name):
    for part in ("deal", "case"):
        values = tomllib.loads((DEALS / name / f"{part}.toml").read_text(encoding="utf-8"))
        Draft202012Validator(json.loads(schema(part))).validate(json.loads(json.dumps(values, default=str)))


def test_every_key_of_the_schema_has_a_title():
    whole = json.loads(schema("deal"))
    for record, found in whole["$defs"].items():
        for key, field in found.get("properties", {}).items():
            assert field.get("title") or "$ref" in field, f"{record}.{key}"


@pytest.mark.parametrize("word", EXAMPLES)
def test_an_example_builds(word, tmp_path):
    """Each clause's example, added to the deal that ``new`` writes."""
    run("new", tmp_path / "x")
    path = tmp_path / "x" / "deal.toml"
    text = path.read_text(encoding="utf-8")
    added = tomllib.loads(EXAMPLES[word])
    for key in added:  # in place of what the deal has of the kind
        if isinstance(added[key], dict):
            text = text.split(f"\n[{key}]")[0] if f"\n[{key}]" in text else text
        else:
            names = [record["key"] for record in added[key] if "key" in record]
            parts = text.split(f"\n[[{key}]]")
            text = parts[0] + "".join(
                f"\n[[{key}]]{part}"
                for part in parts[1:]
                if not any(f'key = "{name}"\n' in part.split("\n\n")[0] for name in names)
            )
    path.write_text(text + EXAMPLES[word], encoding="utf-8")
    if word == "milestone":
        case = tmp_path / "x" / "case.toml"
        case.write_text(
            case.read_text(encoding="utf-8").replace(
                "[milestones]", "[milestones]\ncommercial_production = 2027-12-31"
            ),
            encoding="utf-8",
        )
    model = compose(read(tmp_path / "x"))
    values = calculate(model.book, model.inputs)
    assert values["checks.ok"] == 1
    for key in added:
        assert getattr(model.deal, key)


def test_a_workbook_is_refreshed_by_its_own_formulas(tmp_path):
    book = tmp_path / "book.xlsx"
    run("build", DEALS / "golden_star_2015", book)
    before = Package.read(book)
    assert run("refresh", book).exit_code == 0
    same = Package.read(book)
    assert all(same.cells(name) == before.cells(name) for name in before.sheet_names if name != "Cover")
    moved = run("refresh", book, "--as-of", "2017-06-30", "--scenario", "low PRICE")
    assert moved.exit_code == 0
    assert "owed at 30-Jun-2017" in moved.output
    model = compose(read(DEALS / "golden_star_2015"))
    values = calculate(
        model.book, model.inputs | {"cover.as_of": np.datetime64("2017-06-30"), "cover.scenario": "Low price"}
    )
    assert str(values["cover.answer"]) in moved.output
    assert run("refresh", book, "--scenario", "nope").exit_code == 1
    assert run("refresh", book, "--market", tmp_path).exit_code == 1
