"""The ledger: what the bank says happened is what the loan shows; what fell due and was not paid is never income."""

import datetime as dt
import math
from pathlib import Path

import numpy as np
import pytest

from lender_model import case, model, refresh, statement
from lender_model.locate import Places
from lender_model.sheets import ledger, scenarios
from lender_model.xlsx.cells import Error
from lender_model.xlsx.package import Package

MARGIN = 0.0225  # before Completion: 8-K 5(a) Interest
INSTALMENT = 19_500_000 / 8
STORY = case.CASE / "ledger.csv"


def entries(*rows):
    """Inputs of the ledger from rows of date, kind, amount, due, until."""
    inputs, _ = case.inputs()
    found = {key: inputs[key].copy() for key in ledger.INPUTS}
    for n, row in enumerate(rows):
        for key, value in zip(ledger.INPUTS, row, strict=False):
            if value is not None:
                found[key][n] = np.datetime64(value, "D") if ledger.INPUTS[key] == "date" else value
    return found


def run(*rows, **changed):
    inputs, _ = case.inputs()
    return model.run(inputs | entries(*rows) | {key.replace("__", "."): value for key, value in changed.items()})


def day(text):
    return np.datetime64(text, "D")


def at(v, key, date):
    return v[key][list(v["time.end"][:, 0].astype(str)).index(date), 0]


def interest(amount, libor, start, end, margin=MARGIN):
    """By actual days over 360 (R-07)."""
    days = (dt.date.fromisoformat(end) - dt.date.fromisoformat(start)).days
    return amount * (libor + margin) * days / 360


SIGNED = [("1996-07-11", "drawn", 19_500_000), ("1996-07-11", "fees paid", 292_500)]


def paid_interest(v, *dates):
    """Entries that pay what the model has due; how much that is other tests tell."""
    return [(date, "interest paid", at(v, "loan.interest_due", date)) for date in dates]


@pytest.fixture(scope="module")
def to_september_1997():
    return run(cover__as_of=day("1997-09-30"))


# ---- an instalment that is not paid (audit: severe 1) ---------------------------------------------------------------


def unpaid_instalment(plan, **changed):
    """All interest paid to 30-Sep-1997, the instalment of that day not: its cash is still in the bank's statement."""
    account = plan["actual.account"].copy()
    account[14, 0] = at(plan, "proceeds.closing", "1997-09-30") + INSTALMENT
    rows = [
        *SIGNED,
        *paid_interest(plan, "1996-09-30", "1996-12-31", "1997-03-31", "1997-06-30", "1997-09-30"),
        ("1997-09-30", "principal paid", 0.0),
    ]
    return run(*rows, cover__as_of=day("1997-09-30"), actual__account=account, **changed)


@pytest.fixture(scope="module")
def missed(to_september_1997):
    return unpaid_instalment(to_september_1997)


def test_an_instalment_not_paid_is_outstanding_and_in_arrears(missed):
    assert at(missed, "loan.outstanding", "1997-09-30") == missed["cover.loan"] == 19_500_000
    assert at(missed, "loan.closing", "1997-09-30") == 19_500_000 - INSTALMENT  # not yet due
    assert at(missed, "loan.unpaid", "1997-09-30") == pytest.approx(INSTALMENT)
    assert missed["cover.arrears"] == missed["dash.arrears"] == pytest.approx(INSTALMENT)
    assert (missed["cert.payments"], missed["cover.payments"]) == ("NOT COMPLIED WITH", "in arrears")
    assert missed["cert.default"] == "A DEFAULT STANDS"
    assert missed["ledger.instalment_state"][:2].tolist() == ["in arrears", "to come"]


def test_its_cash_is_not_income(missed, to_september_1997):
    assert at(missed, "proceeds.difference", "1997-09-30") == pytest.approx(0, abs=0.01)
    for key in ("bal.income", "bal.equity"):
        assert at(missed, key, "1997-09-30") == pytest.approx(at(to_september_1997, key, "1997-09-30"), abs=0.01), key
    # assets and current liabilities both stand higher by the instalment
    assert at(missed, "bal.current_assets", "1997-09-30") == pytest.approx(
        at(to_september_1997, "bal.current_assets", "1997-09-30") + INSTALMENT
    )
    assert at(missed, "cov.ratio", "1997-09-30") < at(to_september_1997, "cov.ratio", "1997-09-30")


def test_its_cash_cures_no_covenant():
    """Half of the standby equity of October 1996: current assets of 1.66 times current liabilities by the plan.

    The instalment kept in the account would lift them to 2.06 if it were income; it is owed as much as it is there.
    """
    part = {"scenario.standby@across": np.full(len(scenarios.NAMES), 0.5)}
    plan = run(cover__as_of=day("1997-09-30"), **part)
    assets, owed = (at(plan, f"bal.current_{side}", "1997-09-30") for side in ("assets", "liabilities"))
    assert (assets / owed, (assets + INSTALMENT) / owed) == (
        pytest.approx(1.66, abs=0.01),
        pytest.approx(2.06, abs=0.01),
    )
    missed = unpaid_instalment(plan, **part)
    assert at(missed, "cov.ratio", "1997-09-30") == pytest.approx((assets + INSTALMENT) / (owed + INSTALMENT))
    assert at(missed, "cov.breach", "1997-09-30") == 1
    assert missed["cert.current_ratio"] == missed["cert.payments"] == "NOT COMPLIED WITH"


def test_arrears_bear_interest_from_the_next_month_and_a_default_margin(to_september_1997):
    plan = to_september_1997
    rows = [
        *SIGNED,
        *paid_interest(plan, "1996-09-30", "1996-12-31", "1997-03-31", "1997-06-30", "1997-09-30"),
        ("1997-10-31", "principal paid", 0.0),
    ]
    v = run(*rows, cover__as_of=day("1997-10-31"), loan__default_margin=0.02)
    libor = at(v, "loan.libor", "1997-10-31")
    expected = interest(INSTALMENT, libor, "1997-09-30", "1997-10-31", MARGIN + 0.02)
    assert at(v, "wf.lender_interest", "1997-10-31") == pytest.approx(expected)
    assert at(v, "wf.lender_close", "1997-10-31") == pytest.approx(INSTALMENT + expected)


@pytest.mark.parametrize("difference", [INSTALMENT, -1_000_000.0])
def test_a_difference_to_the_banks_statement_is_never_income(to_september_1997, difference):
    """Without a ledger: more cash than the model explains is owed to somebody, less is a loss."""
    plan = to_september_1997
    account = plan["actual.account"].copy()
    account[14, 0] = at(plan, "proceeds.closing", "1997-09-30") + difference
    v = run(cover__as_of=day("1997-09-30"), actual__account=account)
    change = at(v, "bal.equity", "1997-09-30") - at(plan, "bal.equity", "1997-09-30")
    assert change == pytest.approx(min(0.0, difference), abs=0.01)
    assert at(v, "bal.suspense", "1997-09-30") == pytest.approx(max(0.0, difference))
    assert v["check.balance"] == v["check.cash_flow"] == 0


def test_what_is_not_reported_is_not_certified(to_september_1997):
    v = to_september_1997
    # fee of July 1996, five quarters' interest, the last with an instalment
    assert v["alert.unreported"] == 6
    assert v["cert.payments"] == "not reported"
    assert v["cover.payments"] == "6 not reported"
    assert v["ledger.instalment_state"][0] == "not reported"


# ---- interest from the day of drawing (audit: medium) --------------------------------------------------------------


def test_what_is_drawn_at_signing_bears_interest_from_that_day():
    v = run()
    expected = 19_500_000 * (0.056875 + MARGIN) * 20 / 360  # 11 to 31 July 1996
    assert expected == pytest.approx(85_989.58, abs=0.01)
    assert at(v, "loan.interest", "1996-07-31") == pytest.approx(expected)
    assert at(v, "loan.fee", "1996-07-31") == 0  # nothing was left undrawn


def test_what_is_drawn_later_in_a_month_bears_it_from_there():
    rows = [("1996-07-11", "drawn", 6_000_000), ("1996-07-21", "drawn", 3_000_000), ("1996-08-15", "drawn", 10_500_000)]
    v = run(*rows, cover__as_of=day("1996-08-31"))
    rate = 0.056875 + MARGIN
    assert at(v, "fund.advance", "1996-07-31") == 9_000_000
    assert at(v, "loan.interest", "1996-07-31") == pytest.approx((6e6 * 20 + 3e6 * 10) * rate / 360)
    assert at(v, "loan.interest", "1996-08-31") == pytest.approx((9e6 * 31 + 10.5e6 * 16) * rate / 360)


# ---- prepaid, credited, waived, moved, made principal ---------------------------------------------------------------


def story(*more, to="1997-12-31"):
    """Everything due to September 1997 paid, then more."""
    plan = run(cover__as_of=day(to))
    dates = ["1996-09-30", "1996-12-31", "1997-03-31", "1997-06-30", "1997-09-30"]
    rows = [*SIGNED, *paid_interest(plan, *dates), ("1997-09-30", "principal paid", INSTALMENT), *more]
    return run(*rows, cover__as_of=day(to))


def due(v):
    """The instalments as they fall due."""
    return v["ledger.instalment_due"].tolist()


def test_what_is_prepaid_shortens_the_loan_from_its_end():
    v = story(("1997-10-20", "prepaid", 3_000_000.0), to="1997-10-31")
    assert at(v, "loan.outstanding", "1997-10-31") == 19_500_000 - INSTALMENT - 3_000_000
    assert due(v) == [INSTALMENT] * 6 + [2 * INSTALMENT - 3_000_000, 0]
    assert at(v, "wf.prepaid_paid", "1997-10-31") == 3_000_000  # out of the account
    states = ["settled", *["to come"] * 5, "changed, to come", "changed, to come"]
    assert v["ledger.instalment_state"].tolist() == states


def test_a_credit_is_a_gain_without_cash():
    v = story(("1997-10-20", "credited", 3_000_000.0), to="1997-10-31")
    without = story(("1997-10-31", "loan balance", 19_500_000 - INSTALMENT), to="1997-10-31")
    assert at(v, "loan.outstanding", "1997-10-31") == 19_500_000 - INSTALMENT - 3_000_000
    assert at(v, "proceeds.closing", "1997-10-31") == at(without, "proceeds.closing", "1997-10-31")
    gain = at(v, "bal.equity", "1997-10-31") - at(without, "bal.equity", "1997-10-31")
    assert gain == pytest.approx(3_000_000)


def test_an_instalment_rescheduled_ahead_falls_due_on_its_new_date():
    v = story(("1997-10-20", "rescheduled", INSTALMENT, "1997-12-31", "1998-06-30"), to="1997-10-31")
    assert at(v, "loan.repayment", "1997-12-31") == 0
    assert at(v, "loan.repayment", "1998-06-30") == INSTALMENT
    assert at(v, "loan.closing", "2000-12-31") == 0


def test_one_put_off_in_arrears_leaves_them_until_its_new_date():
    plan = run(cover__as_of=day("1997-10-31"))
    dates = ["1996-09-30", "1996-12-31", "1997-03-31", "1997-06-30", "1997-09-30"]
    rows = [
        *SIGNED,
        *paid_interest(plan, *dates),
        ("1997-10-15", "waived until", INSTALMENT, "1997-09-30", "1998-03-31"),
    ]
    v = run(*rows, cover__as_of=day("1997-10-31"))
    arrears = at(v, "wf.lender_interest", "1997-10-31")
    assert at(v, "wf.lender_close", "1997-09-30") == pytest.approx(INSTALMENT)
    assert at(v, "wf.lender_close", "1997-10-31") == pytest.approx(arrears)  # its interest alone
    assert at(v, "loan.unpaid", "1997-10-31") == pytest.approx(0, abs=0.01)
    assert at(v, "loan.outstanding", "1997-10-31") == 19_500_000
    assert at(v, "loan.repayment", "1998-03-31") == INSTALMENT
    assert at(v, "loan.closing", "2000-12-31") == 0


def test_one_waived_for_good_is_owed_no_more():
    v = story(("1997-12-31", "waived", INSTALMENT, "1997-12-31"))
    assert at(v, "loan.outstanding", "1997-12-31") == pytest.approx(19_500_000 - 2 * INSTALMENT)
    assert at(v, "loan.unpaid", "1997-12-31") == pytest.approx(0, abs=0.01)


def test_more_paid_than_was_due_is_an_alert():
    assert story(("1997-10-20", "principal paid", 50_000.0), to="1997-10-31")["alert.overpaid"] > 0
    assert story(to="1997-10-31")["alert.overpaid"] == 0


def test_an_entry_after_the_as_of_date_does_not_count_yet():
    v = run(("1998-01-15", "prepaid", 1_000_000.0))
    assert at(v, "loan.outstanding", "1998-01-31") == at(run(), "loan.outstanding", "1998-01-31")


# ---- the story of 1996 and 1997, as published ----------------------------------------------------------------------


def as_of(date):
    rows = statement.read(STORY)
    return run(*(row[:5] for row in rows), cover__as_of=day(date))


def test_what_happened_to_the_end_of_1997_can_be_entered():
    """US$20.5 million owed, in default (The Northern Miner, 1000161856); a gain of 9.6 credited (the company)."""
    waived, september, december = (as_of(date) for date in ("1996-10-31", "1997-09-30", "1997-12-31"))
    assert at(waived, "comp.default", "1996-09-30") == 1  # the contribution was not made
    assert at(waived, "comp.default", "1996-10-31") == 0  # waived by the letter of 29-Oct-1996
    assert at(december, "comp.default", "1996-12-31") == 1  # until 31-Dec-1996
    assert september["cover.loan"] == pytest.approx(20_500_000)
    assert september["cert.payments"] == "NOT COMPLIED WITH"
    assert at(september, "loan.unpaid", "1997-09-30") == pytest.approx(INSTALMENT)
    assert december["cover.loan"] == pytest.approx(20_500_000 - 9_600_000)
    assert at(december, "bal.credited", "1997-12-31") == 9_600_000
    assert december["ledger.instalment_state"][:3].tolist() == ["settled", "settled", "to come"]
    # 10.9 million are left: four instalments as agreed, the rest with the seventh
    assert due(december)[2:] == pytest.approx([INSTALMENT] * 4 + [10_900_000 - 4 * INSTALMENT, 0])
    for v in (waived, september, december):
        assert v["alert.bank_loan"] == v["alert.overpaid"] == 0
        assert v["checks.ok"] == 1


def test_the_banks_balance_is_held_against_the_models():
    v = run(*SIGNED, ("1996-07-31", "loan balance", 19_400_000.0))
    assert (at(v, "loan.bank_gap", "1996-07-31"), v["alert.bank_loan"]) == (-100_000, 1)


# ---- a statement as a file -------------------------------------------------------------------------------------------


FAULTS = {
    "1996-09-30,paid,1,,,": "what 'paid' must be one of drawn, principal paid",
    "30-Sep-1996,principal paid,1,,,": "date '30-Sep-1996' must be a date, as 1997-09-30",
    ",principal paid,1,,,": "date is blank; an entry must have its date",
    "1996-09-30,principal paid,1.5m,,,": "amount '1.5m' must be a number of dollars, as 2437500.00",
    "1996-09-30,principal paid,-1,,,": "amount -1.00 must be 0 or more",
    "1996-09-30,principal paid,,,,": "amount is blank; principal paid must have an amount, 0 if nothing happened",
    "1996-09-30,rescheduled,1,,1997-01-31,": "due is blank; rescheduled must have the date",
    "1996-09-30,waived until,1,1996-09-30,,": "until is blank; waived until must have the new date",
    "1996-09-30,waived until,1,1996-12-31,1996-12-31,": "until 1996-12-31 must be after 1996-12-31",
    "1996-09-30,drawn": "must have as many fields as line 1",
}


@pytest.mark.parametrize(("line", "words"), FAULTS.items())
def test_each_fault_of_a_statement_is_named_by_its_line(tmp_path, line, words):
    path = tmp_path / "bank.csv"
    path.write_text(f"date,what,amount,due,until,note\n1996-07-11,drawn,1,,,\n{line}\n", encoding="utf-8")
    with pytest.raises(statement.StatementError) as error:
        statement.read(path)
    assert str(error.value).startswith(f"{path}, line 3: {words}")


def test_all_faults_are_named_at_once(tmp_path):
    path = tmp_path / "bank.csv"
    path.write_text("date,what,amount\n" + "x,drawn,1\n" * 3, encoding="utf-8")
    with pytest.raises(statement.StatementError) as error:
        statement.read(path)
    assert [line.partition(": ")[0][-6:] for line in str(error.value).splitlines()] == ["line 2", "line 3", "line 4"]


def test_a_statement_is_entered_once(run_command, plain_book, tmp_path):
    """Through the command: entered, entered again without effect, and refused whole when a line is wrong."""
    bank = tmp_path / "bank.csv"
    bank.write_bytes(STORY.read_bytes())
    code, out, err = run_command("ledger", plain_book, bank, "--as-of", "1997-12-31")
    assert (code, err) == (0, [])
    assert "New in the ledger: 11." in "\n".join(out)
    values = refresh.calculate(Package.read(plain_book)).values
    assert values["cover.loan"] == pytest.approx(10_900_000)
    code, out, _ = run_command("ledger", plain_book, bank)
    assert (code, "New in the ledger: 0. There already: 11." in "\n".join(out)) == (0, True)
    before = plain_book.read_bytes()
    bank.write_text(STORY.read_text(encoding="utf-8") + "1998-01-31,lost,1,,,\n", encoding="utf-8")
    code, _, err = run_command("ledger", plain_book, bank)
    assert (code, plain_book.read_bytes() == before) == (1, True)
    assert f"{bank}, line 13: what 'lost' must be one of" in "".join(err)


def test_a_wrong_entry_in_the_workbook_is_named_by_its_cell(plain_book):
    package = Package.read(plain_book)
    places = Places(package)
    cells = {key: next(iter(places.ledger_at(key))) for key in ledger.INPUTS}
    sheet, what = cells["ledger.what"]
    wrong = {cells["ledger.date"][1]: dt.date(1996, 7, 31), what: "drwan", cells["ledger.amount"][1]: 1.0}
    with pytest.raises(refresh.WorkbookError, match=f"{sheet}!{what}: 'drwan' must be one of drawn"):
        refresh.calculate(package.patch({sheet: wrong}))


def test_a_typed_entry_counts(plain_book):
    package = Package.read(plain_book)
    places = Places(package)
    cells = {key: next(iter(places.ledger_at(key))) for key in ledger.INPUTS}
    entry = {"ledger.date": dt.date(1996, 7, 20), "ledger.what": "drawn", "ledger.amount": 5e6}
    typed = {cells[key][1]: value for key, value in entry.items()}
    result = refresh.calculate(package.patch({ledger.SHEET.name: typed}))
    assert at(result.values, "fund.advance", "1996-07-31") == 5_000_000
    assert result.notes == []


def test_statement_needs_its_columns(tmp_path):
    path = Path(tmp_path, "bank.csv")
    path.write_text("date,amount\n1996-07-11,1\n", encoding="utf-8")
    with pytest.raises(statement.StatementError, match=r"line 1: columns must be date, what, amount, due, until, note"):
        statement.read(path)


def test_amounts_may_have_thousands(tmp_path):
    path = tmp_path / "bank.csv"
    path.write_text('date,what,amount\n1996-07-11,Drawn,"19,500,000.00"\n', encoding="utf-8")
    [entry] = statement.read(path)
    assert entry == (dt.date(1996, 7, 11), "drawn", 19_500_000.0, None, None, "")
    assert not math.isnan(entry[2])


# ---- what a wrong entry must not do ----------------------------------------------------------------------------------


def errors(v):
    """Lines that hold an error in some cell."""
    return [
        key for key, x in v.items() if any(isinstance(cell, Error) for cell in np.ravel(np.asarray(x, dtype=object)))
    ]


@pytest.mark.parametrize("what", ["prepaid", "credited", "waived"])
def test_more_than_is_owed_is_an_alert_and_no_error(what):
    v = story(("1997-10-20", what, 20_000_000.0), to="1997-10-31")
    assert errors(v) == []
    assert v["alert.overpaid"] > 0
    assert row_of(v, "loan.closing").min() == 0


def test_advances_above_the_credit_are_an_alert_and_no_error():
    v = run(("1996-07-11", "drawn", 21_000_000.0), cover__as_of=day("1996-09-30"))
    assert errors(v) == []
    assert v["alert.advance"] > 0


def row_of(v, key):
    return v[key][:, 0]


def test_of_two_statements_of_a_month_the_last_counts():
    stated = [("1996-08-10", "loan balance", 18_000_000.0), ("1996-08-31", "loan balance", 19_500_000.0)]
    for order in (stated, stated[::-1]):
        v = run(*SIGNED, *order, cover__as_of=day("1996-08-31"))
        assert at(v, "reported.balance", "1996-08-31") == 19_500_000
        assert v["alert.bank_loan"] == 0


# ---- hedges bought back (R-62) ---------------------------------------------------------------------------------------


def test_what_is_left_of_the_hedges_at_the_end_of_1997():
    """The release: 83,600 oz of 160,000 bought back, 76,400 left at 347; none delivered, so 40,002 had rolled."""
    v = as_of("1997-12-31")
    ahead = row_of(v, "time.end") > day("1997-12-31")
    assert v["ops.hedge_open"] == pytest.approx(76_400)
    assert row_of(v, "ops.hedge_oz")[~ahead].sum() == 0
    assert row_of(v, "ops.hedge_oz")[ahead].sum() == pytest.approx(76_400)
    # July 1998: 6,667 of the 119,998 oz contracted from 1998 on, at the price assumed of 382.70
    expected = 76_400 * 6_667 / 119_998
    assert at(v, "ops.hedge_oz", "1998-07-31") == pytest.approx(expected)
    assert at(v, "ops.hedge", "1998-07-31") == pytest.approx(expected * (347 - 382.70))
    assert v["checks.ok"] == 1


def test_ounces_not_delivered_are_still_open():
    """As of October 1997, four months of 6,667 oz were contracted and none delivered: 160,000 are still to come."""
    v = as_of("1997-10-31")
    ahead = row_of(v, "time.end") > day("1997-10-31")
    assert v["ops.hedge_open"] == pytest.approx(160_000)
    assert row_of(v, "ops.hedge_oz")[ahead].sum() == pytest.approx(160_000)
    assert at(v, "ops.hedge_price", "1997-11-30") == 380


def test_without_a_report_hedges_are_delivered_as_contracted():
    v = run()
    assert v["ops.hedge_part"] == 1.0
    assert np.array_equal(row_of(v, "ops.hedge_oz"), row_of(v, "plan.hedge_oz"))


# ---- the story month by month ----------------------------------------------------------------------------------------

MONTHS_OF_THE_STORY = {
    # as of: loan outstanding, payments by the Cover, contribution and payments by the Certificate, first instalment
    "1996-07-31": (19_500_000, "all paid, as reported", "pending", "complied with", "to come"),
    "1996-09-30": (19_500_000, "all paid, as reported", "NOT COMPLIED WITH", "complied with", "to come"),
    "1996-10-31": (19_500_000, "all paid, as reported", "waived", "complied with", "to come"),
    "1996-11-30": (19_500_000, "all paid, as reported", "waived", "complied with", "to come"),
    "1996-12-31": (19_500_000, "all paid, as reported", "NOT COMPLIED WITH", "complied with", "to come"),
    "1997-03-31": (19_500_000, "1 not reported", "NOT COMPLIED WITH", "not reported", "to come"),
    "1997-06-30": (19_500_000, "2 not reported", "NOT COMPLIED WITH", "not reported", "to come"),
    "1997-09-30": (20_500_000, "in arrears", "NOT COMPLIED WITH", "NOT COMPLIED WITH", "in arrears"),
    "1997-10-31": (20_500_000, "in arrears", "NOT COMPLIED WITH", "NOT COMPLIED WITH", "in arrears"),
    "1997-11-30": (20_500_000, "in arrears", "NOT COMPLIED WITH", "NOT COMPLIED WITH", "in arrears"),
    "1997-12-31": (10_900_000, "in arrears", "NOT COMPLIED WITH", "NOT COMPLIED WITH", "settled"),
}


@pytest.mark.parametrize(("date", "told"), MONTHS_OF_THE_STORY.items())
def test_the_story_of_1996_and_1997_month_by_month(date, told):
    """Missed, waived, in default from 1997 on, 9.6 million credited: by Cover, Certificate and Ledger of each month."""
    v = as_of(date)
    loan, payments, contribution, certified, instalment = told
    assert v["cover.loan"] == pytest.approx(loan)
    assert v["cover.payments"] == payments
    assert (v["cert.equity_contribution"], v["cert.payments"]) == (contribution, certified)
    assert v["ledger.instalment_state"][0] == instalment
    assert (v["cert.default"] == "A DEFAULT STANDS") == (date > "1996-08-31")  # covenants were broken, too
    assert v["checks.ok"] == 1


def test_arrears_stand_until_they_are_reported_paid():
    """Nothing is reported of October 1997: it does not pay the instalment of September, whatever cash there was."""
    v = as_of("1997-10-31")
    assert at(v, "loan.unpaid", "1997-10-31") == pytest.approx(INSTALMENT)
    assert at(v, "wf.arrears_paid", "1997-10-31") == 0
    assert v["cover.arrears"] > at(v, "wf.lender_close", "1997-09-30")  # with interest


def test_a_broken_covenant_that_is_waived_is_not_certified_as_broken():
    waiver = ("1996-09-30", "covenants waived until", None, None, "1996-12-31")
    paid = [*SIGNED, ("1996-09-30", "interest paid", 348_257.8125)]
    plain, waived = (run(*paid, *more, cover__as_of=day("1996-09-30")) for more in ((), (waiver,)))
    assert plain["cert.current_ratio"] == "NOT COMPLIED WITH"
    assert waived["cert.current_ratio"] == "waived"
    assert "1 waived" in waived["cert.result"]
    assert plain["cert.broken"] == waived["cert.broken"] + 1


# ---- prepaid in the month of the first drawing -----------------------------------------------------------------------


def checks(v):
    return {key: v[key] for key in v if key.startswith("check.") and "@" not in key and v[key] != 0}


def test_a_part_of_the_month_s_own_advance_is_prepaid():
    """12 million drawn on the day of signing and 7.5 later, 2 million prepaid between them: 17.5 are owed."""
    drawn = [("1996-07-11", "drawn", 12e6), ("1996-07-17", "prepaid", 2e6), ("1996-07-25", "drawn", 7.5e6)]
    v = run(*drawn, cover__as_of=day("1996-07-31"))
    assert at(v, "loan.outstanding", "1996-07-31") == at(v, "loan.closing", "1996-07-31") == 17.5e6
    assert not checks(v)
    assert v["alert.overpaid"] == 0


@pytest.mark.parametrize("what", ["prepaid", "credited", "waived"])
def test_never_more_is_prepaid_or_forgiven_than_is_owed(what):
    """25 million of 19.5 drawn: nothing is owed any more, the rest counts for nothing and is an alert."""
    v = run(*SIGNED, ("1996-07-31", what, 25e6), cover__as_of=day("1996-07-31"))
    assert at(v, "loan.outstanding", "1996-07-31") == at(v, "loan.closing", "1996-07-31") == 0
    assert at(v, "wf.prepaid_paid", "1996-07-31") == (19.5e6 if what == "prepaid" else 0)
    assert checks(v).keys() <= {"check.account"}  # what was prepaid is more than the account holds, too
    assert v["alert.overpaid"] == 1
