"""Two workbooks compared: what was typed, what was edited, and what moved through it."""

import json

import pytest

from lender_model import diff, refresh
from lender_model.locate import Places
from lender_model.xlsx.package import Package


@pytest.fixture(scope="module")
def refreshed(package):
    return refresh.calculate(package).package


def typed(package, key, value):
    sheet, at = Places(package).value_at(key)
    return package.patch({sheet: {at: value}})


def test_a_workbook_does_not_differ_from_itself(refreshed):
    found = diff.differences(refreshed, refreshed)
    assert not found
    assert list(diff.lines(found, 5)) == ["No differences."]


def test_an_input_and_all_that_moved_with_it(refreshed):
    """A tax rate of nothing: the tax falls from something to nothing, which is an effect of one."""
    now = refresh.calculate(typed(refreshed, "plan.tax_rate", 0.0)).package
    found = diff.differences(refreshed, now)
    assert [(one.line, one.now) for one in found.inputs] == [("Plan: Tax on income", "0")]
    assert not found.formulas
    effects = [one.effect for one in found.results]
    assert effects == sorted((e for e in effects if e < float("inf")), reverse=True) + [float("inf")] * effects.count(
        float("inf")
    ), "figures first, the largest move before the others; then words"
    assert any(one.line == "Operations: Tax" and one.effect == 1.0 for one in found.results)
    back = diff.differences(now, refreshed)
    assert (back.inputs[0].before, back.inputs[0].now) == (found.inputs[0].now, found.inputs[0].before)


def test_an_edited_formula_is_named_with_both(refreshed):
    places = Places(refreshed)
    sheet, at = next(iter(places.months_at("loan.closing")))
    was = refreshed.cells(sheet)[at].formula
    edited = Package(refreshed.reworded(lambda text: f"{text}+0" if text == was else text).to_bytes())
    [one] = diff.differences(refreshed, edited).formulas
    assert (one.cell, one.before, one.now) == (f"{sheet}!{at}", f"={was}", f"={was}+0")


def test_the_command_tells_and_gives_json(run, book, tmp_path):
    other = tmp_path / "other.xlsx"
    other.write_bytes(book.read_bytes())
    run("refresh", book)
    run("refresh", other, "--scenario", "Low price")
    code, out, err = run("diff", book, other)
    assert (code, err) == (0, [])
    assert out[0] == "Inputs that differ: 1"
    assert "Base → Low price" in out[1]
    code, out, _ = run("diff", book, other, "--json")
    found = json.loads("\n".join(out))
    assert [one["now"] for one in found["inputs"]] == ["Low price"]
    assert found["inputs"][0]["effect"] is None
    assert {"line", "cell", "before", "now", "cells", "effect"} == set(found["results"][0])
