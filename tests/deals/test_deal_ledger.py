"""The ledger of a deal's workbook: what the banks report as paid is paid, the rest of what fell due is in arrears.

Eagle's senior loan (deals/eagle_2018): 15 equal instalments from 30 June 2020, LIBOR of 1.2% in 2020 and a margin of 5%,
3% more on what is overdue, by actual days over 360. Gold Bar's loan, as signed: 2 million a month from August 2020,
26 million on 31 August 2021, what is prepaid reduces the last instalments first.
"""

import functools
import json
from pathlib import Path

import numpy as np
import pytest
from random_deals import entries

import lender_model
from lender_model.calculator import calculate
from lender_model.compose.found import Lines
from lender_model.compose.model import compose, read
from lender_model.xlsx.package import Package

DEALS = Path(lender_model.__file__).parent / "deals"
RATE, OVERDUE = 0.012 + 0.05, 0.03
SENIOR, K = "Senior loan", "tranche.senior"


@functools.cache
def model(name):
    return compose(read(DEALS / name))


def run(name, as_of, *rows):
    found = model(name)
    rows = [
        (name, np.datetime64(day), what, amount, *map(np.datetime64, until)) for name, day, what, amount, *until in rows
    ]
    return calculate(found.book, found.inputs | entries(found, *rows) | {"cover.as_of": np.datetime64(as_of)})


def at(v, key, date):
    return v[key][list(v["time.end"][:, 0].astype(str)).index(date), 0]


# ---- an instalment missed, and paid two months later -----------------------------------------------------------------


@pytest.fixture(scope="module")
def planned():
    """Without a ledger."""
    return run("eagle_2018", "2020-08-31")


@pytest.fixture(scope="module")
def due(planned):
    """Of 30 June 2020, from the balance of March: an instalment, and the interest of 91 days."""
    owed = at(planned, f"{K}.closing", "2020-03-31")
    return owed, owed / 15, owed * RATE * 91 / 360


def missed(due):
    """The interest of June 2020 is paid, the instalment is not."""
    _, _, interest = due
    return [(SENIOR, "2020-06-30", "interest paid", interest), (SENIOR, "2020-06-30", "principal paid", 0.0)]


def overdue(amount):
    """What is overdue at the ends of July and August, 31 days each, with interest on arrears added."""
    july = amount * (1 + (RATE + OVERDUE) * 31 / 360)
    return july, july * (1 + (RATE + OVERDUE) * 31 / 360)


def test_a_missed_instalment_is_in_arrears_and_bears_default_interest(due, planned):
    owed, instalment, _ = due
    july, _ = overdue(instalment)
    rows = [*missed(due), (SENIOR, "2020-07-31", "loan balance", owed)]
    v = run("eagle_2018", "2020-07-31", *rows)
    assert at(v, f"{K}.repayment", "2020-06-30") == pytest.approx(instalment)
    assert at(v, "wf.principal.senior_paid", "2020-06-30") == 0
    assert at(v, "arrears.senior", "2020-06-30") == pytest.approx(instalment)
    assert at(v, "arrears.senior", "2020-07-31") == pytest.approx(july)
    assert at(v, "arrears.senior_principal", "2020-07-31") == pytest.approx(instalment)
    # what the bank states has not been repaid, and the model agrees
    assert at(v, f"{K}.ledger.outstanding", "2020-07-31") == pytest.approx(owed)
    assert at(v, f"{K}.ledger.gap", "2020-07-31") == pytest.approx(0, abs=1e-6)
    # it is never income: the cash is still there, and owed
    assert at(v, "cash.total", "2020-06-30") - at(planned, "cash.total", "2020-06-30") == pytest.approx(instalment)
    assert at(v, "balance.equity", "2020-06-30") == pytest.approx(at(planned, "balance.equity", "2020-06-30"))
    assert v["dash.arrears"] == v["ledger.senior.arrears"] == pytest.approx(july)
    assert v["cert.payments"] == "NOT COMPLIED WITH"
    assert v["cover.answer"].endswith("; IN ARREARS.")
    assert at(v, "arrears.default", "2020-07-31") == 1
    assert (v["alert.ledger.over"], v["alert.ledger.bank"], v["alert.ledger.others"], v["alert.ledger.wrong"]) == (
        0,
    ) * 4
    assert v["checks.ok"] == 1


def test_paid_two_months_late_nothing_is_left_in_arrears(due, planned):
    owed, instalment, _ = due
    _, august = overdue(instalment)
    late = [
        (SENIOR, "2020-08-28", "principal paid", instalment),
        (SENIOR, "2020-08-28", "interest paid", august - instalment),
        (SENIOR, "2020-08-31", "loan balance", owed - instalment),
    ]
    v = run("eagle_2018", "2020-08-31", *missed(due), *late)
    assert at(v, "wf.arrears.senior_paid", "2020-08-31") == pytest.approx(august)
    assert at(v, "arrears.senior", "2020-08-31") == pytest.approx(0, abs=1e-6)
    assert at(v, f"{K}.ledger.gap", "2020-08-31") == pytest.approx(0, abs=1e-6)
    # from then on as planned, but for the interest on what was overdue
    assert at(v, f"{K}.closing", "2020-08-31") == pytest.approx(at(planned, f"{K}.closing", "2020-08-31"))
    cost = at(planned, "cash.total", "2020-08-31") - at(v, "cash.total", "2020-08-31")
    assert cost == pytest.approx(august - instalment)
    assert v["dash.arrears"] == pytest.approx(0, abs=1e-6)
    assert v["cert.payments"] == "complied with"
    assert v["alert.ledger.over"] == 0


def test_arrears_stand_until_the_ledger_reports_them_paid(due):
    """Nothing is reported of July and August: there is cash, but nobody says that it was paid; then the model pays."""
    _, instalment, _ = due
    _, august = overdue(instalment)
    v = run("eagle_2018", "2020-08-31", *missed(due))
    assert at(v, "arrears.senior", "2020-08-31") == pytest.approx(august)
    assert at(v, "wf.arrears.senior_paid", "2020-08-31") == 0
    assert at(v, "wf.arrears.senior_paid", "2020-09-30") > august
    assert at(v, "arrears.senior", "2020-09-30") == pytest.approx(0, abs=1e-6)


def test_interest_not_paid_is_in_arrears_and_is_no_principal(due):
    owed, instalment, interest = due
    rows = [
        (SENIOR, "2020-06-30", "principal paid", instalment),
        (SENIOR, "2020-06-30", "loan balance", owed - instalment),
    ]
    v = run("eagle_2018", "2020-06-30", *rows)
    assert at(v, "arrears.senior", "2020-06-30") == pytest.approx(interest)
    assert at(v, "arrears.senior_principal", "2020-06-30") == pytest.approx(0, abs=1e-6)
    assert at(v, f"{K}.ledger.gap", "2020-06-30") == pytest.approx(0, abs=1e-6)


def test_an_instalment_waived_is_a_gain_and_owed_no_more(due, planned):
    owed, instalment, interest = due
    rows = [
        (SENIOR, "2020-06-30", "interest paid", interest),
        (SENIOR, "2020-06-30", "waived", instalment),
        (SENIOR, "2020-06-30", "loan balance", owed - instalment),
    ]
    v = run("eagle_2018", "2020-06-30", *rows)
    for key in ("cash.total", "balance.equity"):
        assert at(v, key, "2020-06-30") - at(planned, key, "2020-06-30") == pytest.approx(instalment)
    assert at(v, "arrears.senior", "2020-06-30") == pytest.approx(0, abs=1e-6)
    assert at(v, f"{K}.ledger.gap", "2020-06-30") == pytest.approx(0, abs=1e-6)
    assert v["cert.payments"] == "complied with"


def test_an_instalment_put_off_falls_due_on_its_new_date(due, planned):
    """In July the lender waives the instalment until December: its default interest of July stays in arrears."""
    owed, instalment, _ = due
    july, _ = overdue(instalment)
    rows = [
        *missed(due),
        (SENIOR, "2020-07-20", "waived until", instalment, "2020-12-31"),
        (SENIOR, "2020-07-31", "loan balance", owed),
    ]
    v = run("eagle_2018", "2020-07-31", *rows)
    assert at(v, "arrears.senior", "2020-06-30") == pytest.approx(instalment)
    assert at(v, "arrears.senior", "2020-07-31") == pytest.approx(july - instalment)
    assert at(v, f"{K}.closing", "2020-07-31") == pytest.approx(owed)
    assert at(v, f"{K}.ledger.gap", "2020-07-31") == pytest.approx(0, abs=1e-6)
    # it bears interest as the rest from August on, and the other instalments stay as they were
    assert at(v, f"{K}.interest", "2020-08-31") == pytest.approx(owed * RATE * 31 / 360)
    for date, amount in (("2020-09-30", instalment), ("2020-12-31", 2 * instalment), ("2021-03-31", instalment)):
        assert at(v, f"{K}.repayment", date) == pytest.approx(amount)
    assert at(v, f"{K}.closing", "2020-12-31") == pytest.approx(at(planned, f"{K}.closing", "2020-12-31"))
    assert at(v, f"{K}.closing", "2023-12-31") == pytest.approx(0, abs=1e-6)
    assert v["checks.ok"] == 1


# ---- prepaid, paid by others, paid too much --------------------------------------------------------------------------


def test_what_is_prepaid_shortens_the_loan_as_agreed():
    v = run("gold_bar_2018", "2019-12-31", ("Term loan", "2019-12-15", "prepaid", 5_000_000.0))
    assert at(v, "tranche.term.prepaid", "2019-12-31") == 5_000_000
    assert at(v, "tranche.term.closing", "2019-12-31") == 45_000_000
    assert at(v, "tranche.term.repayment", "2021-07-31") == pytest.approx(2_000_000)
    assert at(v, "tranche.term.repayment", "2021-08-31") == pytest.approx(21_000_000)


def test_what_the_cash_does_not_reach_others_have_paid():
    """Of 35 million at first and 50 lent, half is spent on construction by March 2019: 48 million were not there."""
    v, plan = (
        run("gold_bar_2018", "2019-03-31", *rows) for rows in ([("Term loan", "2019-03-31", "prepaid", 48e6)], [])
    )
    there = at(v, "wf.prepayment.term_paid", "2019-03-31")
    assert at(v, "wf.prepayment.term_others", "2019-03-31") == pytest.approx(48e6 - there)
    assert 0 < there < 48e6
    assert at(v, "tranche.term.closing", "2019-03-31") == pytest.approx(2e6)
    assert v["alert.ledger.others"] == 1
    assert v["checks.ok"] == 1  # the owners have put it in: the balance sheet balances
    gain = at(v, "balance.equity", "2019-03-31") - at(plan, "balance.equity", "2019-03-31")
    assert gain == pytest.approx(48e6 - there)


def test_more_than_was_due_is_an_alert_and_counts_for_nothing(due):
    _, instalment, interest = due
    rows = [
        (SENIOR, "2020-06-30", "interest paid", interest + 500.0),
        (SENIOR, "2020-06-30", "principal paid", instalment),
    ]
    v = run("eagle_2018", "2020-06-30", *rows)
    assert at(v, f"{K}.ledger.over", "2020-06-30") == pytest.approx(500)
    assert v["alert.ledger.over"] == 1
    assert v["dash.arrears"] == pytest.approx(0, abs=1e-6)


def test_a_balance_that_the_bank_states_otherwise_is_an_alert(due):
    owed, *_ = due
    v = run("eagle_2018", "2020-07-31", *missed(due), (SENIOR, "2020-07-31", "loan balance", owed - 10_000))
    assert at(v, f"{K}.ledger.gap", "2020-07-31") == pytest.approx(-10_000)
    assert v["ledger.senior.gap"] == pytest.approx(-10_000)
    assert v["alert.ledger.bank"] == 1


def test_an_entry_after_the_as_of_date_does_not_count_yet(planned):
    v = run("eagle_2018", "2020-08-31", (SENIOR, "2020-09-30", "principal paid", 0.0))
    for key in ("arrears.all", "cash.total", f"{K}.closing", "balance.equity"):
        assert np.array_equal(v[key], planned[key]), key


def test_another_tranche_is_as_the_model_has_it(due):
    v = run("eagle_2018", "2020-08-31", *missed(due))
    assert v["ledger.senior.entries"] == 2
    assert v["ledger.equipment.entries"] == 0
    assert at(v, "wf.interest.equipment_paid", "2020-06-30") == at(v, "wf.interest.equipment_due", "2020-06-30") > 0
    assert v["cert.ledger"] == f"by the ledger, but for {v['alert.ledger.unreported']:.0f} dates"


def test_what_is_not_reported_is_told_by_the_certificate(planned):
    assert planned["cert.ledger"] == "not reported; as the cash allows"
    assert planned["alert.ledger.unreported"] == 0


# ---- a statement as a file, at the command line ----------------------------------------------------------------------


def bank(tmp_path, *lines, columns="date,tranche,what,amount,until"):
    path = tmp_path / "bank.csv"
    path.write_text("\n".join((columns, *lines)) + "\n", encoding="utf-8")
    return path


STATEMENT = ("2020-06-30,senior loan,Principal paid,0,", '2020-06-30,senior,interest paid,"1,000.00",')


def test_a_statement_is_entered_once(eagle, run, tmp_path):
    columns = "date,tranche,what,amount,note"
    path = bank(tmp_path, STATEMENT[0] + "missed", STATEMENT[1], columns=columns)
    code, out, err = run("ledger", eagle, path, "--as-of", "2020-07-31")
    assert (code, err) == (0, "")
    assert "New in the ledger: 2." in out
    assert "IN ARREARS" in out
    told = json.loads(run("refresh", eagle, "--json")[1])["loan"]["tranches"]
    assert [tranche["reported_to"] for tranche in told] == [None, None, "2020-06-30"]
    assert [tranche["arrears"] > 0 for tranche in told] == [False, False, True]
    found = Lines(Package.read(eagle)).figures.values(["ledger.tranche", "ledger.amount", "ledger.note"])
    assert found["ledger.tranche"][:3].tolist() == [SENIOR, SENIOR, ""]
    assert found["ledger.amount"][:2].tolist() == [0, 1000]
    assert found["ledger.note"][0] == "missed"
    code, out, _ = run("ledger", eagle, path)
    assert (code, "New in the ledger: 0. There already: 2." in out) == (0, True)


FAULTS = {
    "2020-06-30,Junior loan,principal paid,1,": "tranche 'Junior loan' must be one of Subordinated loan, Equipment loan, Senior loan",
    "2020-06-30,,principal paid,1,": "tranche '' must be one of",
    "2020-06-30,senior,paid,1,": "what 'paid' must be one of principal paid, interest paid, prepaid, waived, waived until, loan balance",
    "2020-06-30,senior,prepaid,,": "amount is blank; prepaid must have an amount, 0 if nothing happened",
    "2020-06-30,senior,prepaid,-1,": "amount -1.00 must be 0 or more",
    "2017-06-30,senior,prepaid,1,": "date 2017-06-30 must be in the model's months, 2018-04-01 to 2029-03-31",
    "2020-06-30,senior,waived until,1,": "until is blank; waived until must have the new date",
    "2020-06-30,senior,waived until,1,2020-06-30": "until 2020-06-30 must be in a month after that of 2020-06-30",
    "2020-06-30,senior,waived,1,2020-12-31": "until 2020-12-31 is for waived until alone",
    ",senior,prepaid,1,": "date is blank; an entry must have its date",
}


def test_each_fault_is_named_by_its_line_and_nothing_is_written(eagle, run, tmp_path):
    path, before = bank(tmp_path, STATEMENT[0], *FAULTS), eagle.read_bytes()
    code, out, err = run("ledger", eagle, path)
    assert (code, out, eagle.read_bytes() == before) == (1, "", True)
    told = err.removeprefix("drawstop: ").splitlines()
    for number, (line, words) in enumerate(zip(told, FAULTS.values(), strict=True), start=3):
        assert line.startswith(f"{path}, line {number}: {words}")


def test_with_several_tranches_a_statement_names_them(eagle, run, tmp_path):
    path = bank(tmp_path, "2020-06-30,prepaid,1", columns="date,what,amount")
    code, _, err = run("ledger", eagle, path)
    assert (code, "line 1: columns must be tranche, date, what, amount, until, note" in err) == (1, True)


def test_with_one_tranche_it_need_not(delivered, run, tmp_path):
    book = tmp_path / "gold_bar.xlsx"
    book.write_bytes(delivered("gold_bar_2018"))
    path = bank(tmp_path, "2019-12-15,prepaid,5000000", columns="date,what,amount")
    code, out, _ = run("ledger", book, path, "--as-of", "2019-12-31")
    assert (code, "New in the ledger: 1." in out) == (0, True)
    assert "45,000,000" in out


def test_a_wrong_entry_in_the_workbook_is_named_by_its_cell(eagle, run):
    package = Package.read(eagle)
    cell = Lines(package).figures.cells("ledger.what")[0]
    typed = f"{'ABCDEFG'[cell.column]}{cell.row + 1}"
    eagle.write_bytes(package.patch({cell.sheet: {typed: "paid"}}).to_bytes())
    before = eagle.read_bytes()
    code, _, err = run("refresh", eagle)
    assert (code, eagle.read_bytes() == before) == (1, True)
    assert err.startswith("drawstop: Ledger!C")  # no date, before anything else
    assert "is blank; an entry must have its date" in err


# ---- prepaid in the month of the first drawing, or more than is owed -------------------------------------------------


def test_a_part_of_the_month_s_own_advance_is_prepaid():
    """Orla: 100 million drawn on 28 April 2022; 30 of them are prepaid two days later, and are no alert."""
    v = run("orla_2022", "2022-04-30", ("Term facility", "2022-04-30", "prepaid", 30e6))
    assert at(v, "tranche.term.closing", "2022-04-30") == 70e6
    assert v["checks.ok"] == 1
    assert v["alert.ledger.over"] == 0


def test_a_case_that_prepays_more_than_is_owed_is_an_alert():
    """Orla's case prepays 5 million of the term facility; of 500 million only what is owed is prepaid."""
    found = model("orla_2022")
    assert calculate(found.book, found.inputs)["alert.tranche.term.prepayment"] == 0
    v = calculate(
        found.book,
        found.inputs | {"tranche.term.prepayment.second.1": 500e6, "cover.as_of": np.datetime64("2022-04-30")},
    )
    owed = at(v, "tranche.term.opening", "2024-06-30") - at(v, "tranche.term.repayment", "2024-06-30")
    assert at(v, "wf.prepayment.term_due", "2024-06-30") == pytest.approx(owed)
    assert v["checks.ok"] == 1
    assert v["alert.tranche.term.prepayment"] == 1
