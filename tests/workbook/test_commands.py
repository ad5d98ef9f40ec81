"""Commands as scripts meet them: version, first steps, JSON and exit codes."""

import json

import pytest

from lender_model import case


def test_the_version_is_told(run):
    assert run("--version") == (0, [case.version()], [])


def test_without_a_command_the_first_steps_are_shown(run):
    code, out, err = run()
    assert (code, err) == (0, [])
    assert out[0] == case.version()
    assert any("drawstop build" in line for line in out)


def test_a_required_argument_is_written_as_manuals_do(run):
    code, _, err = run("refresh")
    assert code == 2
    assert err[0].endswith("drawstop refresh [OPTIONS] BOOK")


@pytest.mark.parametrize("text", ["1e9", "abc", "1.5", "0", "-1", "nan", "1e999"])
def test_a_count_that_is_none_is_refused_in_our_words(run, book, text):
    code, out, err = run("simulate", book, "--paths", text)
    assert (code, out) == (2, [])
    assert f"'{text}' must be a whole number from 1 to 10,000,000" in err[-1]


def test_a_position_as_json(run, book):
    """The history of 30-Sep-1996, as published: 7.484m in the account, 1.5m missing to 8.984m."""
    code, out, err = run("refresh", book, "--as-of", "1996-09-30", "--json")
    assert (code, err) == (0, [])
    found = json.loads("\n".join(out))
    assert found["as_of"] == "1996-09-30"
    account = found["account"]
    assert (account["balance"], account["minimum"], account["shortfall"]) == (7_484_000, 8_984_000, 1_500_000)
    assert sum(limb["amount"] for limb in account["limbs"]) == account["minimum"]
    [contribution] = [stone for stone in found["milestones"] if stone["name"] == "Equity contribution"]
    assert (contribution["deadline"], contribution["state"]) == ("1996-09-30", "missed")
    broken = [test["name"] for test in found["covenants"]["tests"] if not test["complies"]]
    assert broken == ["Current ratio"]
    assert {"what": "As-of date (asked for)", "before": "31-Jul-1996", "now": "30-Sep-1996"} in found["moved"]["inputs"]
    assert found["backup"].startswith(str(book))


def test_an_alert_can_fail_a_script(run, book):
    assert run("refresh", book, "--as-of", "1996-09-30")[0] == 0
    assert run("refresh", book, "--as-of", "1996-09-30", "--fail-on-alert")[0] == 3


def test_no_alert_no_failure(run, book):
    code, out, _ = run("refresh", book, "--fail-on-alert")
    assert code == (0 if "No alerts." in out else 3)


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are(run, book, tmp_path):
    code, _, err = run("render", book, tmp_path / "pictures", "--sheet", "Lone")
    assert code == 2
    assert "no sheet 'Lone'; there are Cover, " in err[-1]
    assert not (tmp_path / "pictures").exists()


def test_a_backup_tells_its_date_and_scenario(run, book):
    run("refresh", book, "--as-of", "1996-09-30")
    run("refresh", book, "--scenario", "Low price")
    _, out, _ = run("restore", book)
    assert "as of 30-Sep-1996, Base" in out[0]
    assert "as of 31-Jul-1996, Base" in out[1]
