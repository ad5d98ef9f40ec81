"""The terms as data: every figure of the filing is there, they agree, and a bad file gets one clear line."""

import datetime as dt
import re
from fractions import Fraction
from pathlib import Path

import pytest
from pydantic import ValidationError

from drawstop import facility as facility_module
from drawstop.facility import UNITS, FacilityError, load, packaged, readings

USMX = load()

# Every number, date and rate of items 2 and 5 of the filing, in the order of the text, with its paragraph.
# A figure that is repeated stands here once for each meaning.
FILING = [
    ("2(a) ¶1", "acquisition.effective_date", dt.date(1996, 7, 11)),
    ("2(a) ¶1", "acquisition.initial_payments", 100_000),
    ("2(a) ¶1", "acquisition.initial_payments_year", 1994),
    ("2(a) ¶1", "acquisition.agreement_date", dt.date(1994, 12, 16)),
    ("2(a) ¶1", "acquisition.amendment_date", dt.date(1996, 2, 5)),
    ("2(a) ¶1", "consideration.first_payment", 1_000_000),
    ("2(a) ¶1", "consideration.par_value", 0.001),
    ("2(a) ¶1", "consideration.first_shares", 449_754),
    ("2(a) ¶1", "consideration.second_payment", 3_000_000),
    ("2(a) ¶1", "consideration.second_shares", 1_090_909),
    ("2(a) ¶2", "consideration.total_shares", 1_540_663),
    ("2(a) ¶2", "consideration.ownership", 0.095),
    ("2(a) ¶2, June 1999", "registration.until", dt.date(1999, 6, 30)),
    ("2(a) ¶3", "royalty.venture_interest", 0.25),
    ("2(a) ¶3", "royalty.rate", 0.05),
    ("2(a) ¶4", "back_in.threshold", 1_000_000),
    ("2(a) ¶4, the report of February 1996", "back_in.report_date", dt.date(1996, 2, 29)),
    ("2(a) ¶4", "back_in.interest", 0.25),
    ("2(a) ¶4", "back_in.multiple", 1.2),
    ("2(a) ¶4, costs after February 1996", "back_in.costs_after", dt.date(1996, 2, 29)),
    ("2(a) ¶5", "commercial_production.deadline", dt.date(1997, 12, 16)),
    ("2(a) ¶5", "commercial_production.days", 45),
    ("2(a) ¶5", "commercial_production.threshold", 0.7),
    ("2(a) ¶5", "extension.count", 2),
    ("2(a) ¶5", "extension.years", 1),
    ("2(a) ¶5", "extension.advance_royalty", 300_000),
    ("2(a) ¶5", "extension.termination", dt.date(1999, 12, 16)),
    ("2(b)", "property.exploration_since", 1994),
    ("2(b)", "property.mining_start", "late summer 1996"),
    ("5(a) ¶1", "facility.effective_date", dt.date(1996, 7, 11)),
    ("5(a) ¶1", "facility.amount", 22_000_000),
    ("5(a) ¶1", "term_loan.max_credit", 19_500_000),
    ("5(a) ¶1", "gold_loan.dollars", 19_500_000),
    ("5(a) ¶1 (I)", "proceeds_account.floor", 1_500_000),
    ("5(a) ¶1 (II)", "proceeds_account.interest_cap", 250_000),
    ("5(a) ¶1 (II), (III), (IV)", "proceeds_account.months", 3),
    ("5(a) ¶1", "equity_contribution.expected_deposit", 1_500_000),
    ("5(a) ¶1", "equity_contribution.deadline", dt.date(1996, 9, 30)),
    ("5(a) ¶1", "equity_contribution.amount", 1_500_000),
    ("5(a) ¶2, quarterly", "interest.months", (3, 6, 9, 12)),
    ("5(a) ¶2", "interest.margin_before", 0.0225),
    ("5(a) ¶2", "interest.margin_after", 0.01875),
    ("5(a) ¶2", "term_loan.years", 4),
    ("5(a) ¶2, eight", "instalments.count", 8),
    ("5(a) ¶2, September 30 and December 31", "instalments.months", (9, 12)),
    ("5(a) ¶2", "instalments.first", dt.date(1997, 9, 30)),
    ("5(a) ¶3", "advances.cutoff", dt.date(1997, 9, 30)),
    ("5(a) ¶3", "establishment_fee.paid", 292_500),
    ("5(a) ¶3, one half of one percent", "commitment_fee.rate", 0.005),
    ("5(a) ¶4", "note.principal", 2_500_000),
    ("5(a) ¶4", "note.conversion_price", 3.4),
    ("5(a) ¶4", "note.years", 4),
    ("5(a) ¶4", "forced_conversion.trigger", 4.75),
    ("5(a) ¶4", "forced_conversion.days", 30),
    ("5(a) ¶4", "note.reserved_shares", 735_294),
    ("5(a) ¶4", "note.margin", 0.02),
    ("5(a) ¶4, semi-annually", "note.frequency", 2),
    ("5(a) ¶5", "parent_loans.note_proceeds", 2_500_000),
    ("5(a) ¶5", "parent_loans.other_advances", 3_400_000),
    ("5(a) ¶7", "completion.mechanical_deadline", dt.date(1997, 7, 31)),
    ("5(a) ¶7", "completion.deadline", dt.date(1997, 11, 30)),
    ("5(a) ¶9 (a)", "covenants.current_ratio", 2),
    ("5(a) ¶9 (b)", "covenants.tangible_equity", 17_500_000),
    ("5(a) ¶9 (c), 175%", "covenants.liabilities", 1.75),
]

# The promises of the filing that are sentences, by who owes them to whom.
UNDERTAKINGS = {
    ("borrower", "lender", "financial"): ["minimum_balance"],
    ("borrower", "lender", "reporting"): ["borrower_reports"],
    ("borrower", "lender", "affirmative"): [
        *("operation", "borrower_laws", "property_rights", "mechanical_completion", "completion"),
    ],
    ("borrower", "lender", "negative"): [
        *("withdrawals", "parent_loans", "borrower_debt", "borrower_liens", "borrower_guarantees"),
        *("borrower_investments", "borrower_merger", "borrower_assets", "material_decline"),
    ],
    ("company", "lender", "financial"): ["current_ratio", "tangible_equity", "liabilities"],
    ("company", "lender", "reporting"): ["company_reports"],
    ("company", "lender", "affirmative"): [
        *("equity_contribution", "note_proceeds", "company_laws", "mining_business", "guaranty"),
        *("environmental_guaranty", "pledge", "reserved_shares", "conversion_registration"),
    ],
    ("company", "lender", "negative"): [
        *("company_debt", "company_liens", "company_guarantees", "company_investments", "company_merger"),
        *("dividends", "company_assets"),
    ],
    ("company", "npmc", "affirmative"): ["share_registration", "commercial_production", "npmc_security"],
    ("company", "npmc", "negative"): ["gold_conversion"],
}

# Readings of sentences: code cites them, no term can. All others are about a term, which cites them.
OF_SENTENCES = {
    *("R-01", "R-03", "R-04", "R-05"),  # what counts in the Proceeds Account, and what may leave it
    *("R-10", "R-16", "R-18", "R-19", "R-20"),  # rates, order and amounts of loan and gold loan
    *("R-22", "R-24", "R-26", "R-28", "R-29", "R-30"),  # shares, the note's value, covenants
    *("R-31", "R-32", "R-34", "R-36", "R-39"),  # the NPMC agreement
    *("R-42", "R-45", "R-47", "R-48", "R-49", "R-50"),  # Completion, the guaranty, and what the filing leaves open
    *("R-51", "R-52", "R-53", "R-54"),  # rates and events of loans since
    *("R-55", "R-56", "R-57", "R-58"),  # the lock-up, what was prepaid, what was and was not reported
    *("R-59", "R-60", "R-61", "R-62", "R-63"),  # scenarios, hedges bought back, working capital
}


# ---- The filing


@pytest.mark.parametrize(("where", "key", "value"), FILING)
def test_every_number_of_the_filing_is_a_term(where, key, value):
    term = USMX.term(key)
    assert term.value == value, where
    assert term.clause.startswith(f"8-K {where[:4]} "), where


def test_a_term_that_is_not_in_the_filing_is_a_reading():
    added = set(USMX.terms) - {key for _, key, _ in FILING}
    assert added == {
        "commercial_production.mode",
        "facility.day_count",
        "gold_loan.margin",
        "instalments.method",
        "instalments.day_count",
        "establishment_fee.rate",
        "commitment_fee.end",
        "note.maturity",
        "development_plan.tolerance",
    }
    assert all(USMX.term(key).reading for key in added)


def test_parties_are_those_of_the_filing():
    assert {key: party.name for key, party in USMX.parties.items()} == {
        "company": "USMX, Inc.",
        "borrower": "USMX of Alaska, Inc.",
        "lender": "N M Rothschild & Sons Limited",
        "npmc": "North Pacific Mining Corporation",
        "ciri": "Cook Inlet Region, Inc.",
    }


def test_undertakings_are_those_of_the_filing():
    found = {}
    for undertaking in USMX.undertakings:
        found.setdefault((undertaking.who, undertaking.to, undertaking.kind), []).append(undertaking.key)
    assert found == UNDERTAKINGS


# ---- The filing's own results follow from its other terms


def test_stated_results_follow_from_the_other_terms():
    value = USMX.value
    derived = {
        "facility.amount": value("term_loan.max_credit") + value("note.principal"),
        "establishment_fee.paid": 19_500_000 * Fraction("0.015"),
        "note.reserved_shares": 2_500_000 // Fraction("3.40"),
        "consideration.second_shares": 3_000_000 // Fraction("2.75"),  # 2.75 is implied
        "consideration.first_shares": 1_540_663 - 1_090_909,
        "consideration.total_shares": 449_754 + 1_090_909,
        # 16,184,182 shares were outstanding on 30 September 1996: report on Form 10-Q for that quarter
        "consideration.ownership": round(1_540_663 / 16_184_182, 3),
        "extension.termination": value("commercial_production.deadline").replace(year=1997 + 2 * 1),
    }
    assert derived == {key: term.value for key, term in USMX.terms.items() if term.stated}


def test_one_sum_or_date_under_two_clauses_is_the_same():
    value = USMX.value
    assert value("gold_loan.dollars") == value("term_loan.max_credit")
    assert value("parent_loans.note_proceeds") == value("note.principal")
    assert value("equity_contribution.expected_deposit") == value("equity_contribution.amount")
    assert value("establishment_fee.rate") * value("term_loan.max_credit") == value("establishment_fee.paid")
    assert value("commitment_fee.end") == value("advances.cutoff") == value("instalments.first")
    assert value("acquisition.effective_date") == value("facility.effective_date")


def test_dates_follow_one_another():
    order = [
        "acquisition.agreement_date",
        "acquisition.amendment_date",
        "back_in.report_date",
        "facility.effective_date",
        "equity_contribution.deadline",
        "completion.mechanical_deadline",
        "advances.cutoff",
        "completion.deadline",
        "commercial_production.deadline",
        "registration.until",
        "extension.termination",
        "note.maturity",
    ]
    dates = [USMX.value(key) for key in order]
    assert dates == sorted(set(dates))


def test_the_note_ends_with_the_last_of_eight_instalments():
    instalments = [dt.date(year, *day) for year in range(1997, 2001) for day in [(9, 30), (12, 31)]]
    assert len(instalments) == USMX.value("instalments.count")
    assert USMX.value("note.maturity") == instalments[-1]


def test_one_and_a_half_years_of_advances_leave_about_four_years():
    years = (USMX.value("note.maturity") - USMX.value("facility.effective_date")).days / 365.25
    assert round(years) == USMX.value("term_loan.years") == USMX.value("note.years")


# ---- Clauses, readings, units


def test_clause_tags_have_one_spelling():
    tag = re.compile(r"8-K [257]\([abc]\) [A-Z][A-Za-z-]+( [A-Z][A-Za-z]+)*( \d+)?( ?\([IV]+\)| ?\([a-e]\))?")
    assert [clause for clause in USMX.clauses if not tag.fullmatch(clause)] == []


def test_every_clause_tag_is_used():
    terms, undertakings, parties = USMX.terms.values(), USMX.undertakings, USMX.parties.values()
    used = {item.clause for item in [*terms, *undertakings, *parties, *readings().values()]}
    capital_expenditure = "8-K 5(a) Proceeds Account (III)"  # a limb without a figure of its own
    exhibits = {f"8-K 7(c) Exhibit {number}" for number in ("2", "10(a)", "10(b)", "10(c)", "10(e)")}  # 10(d): R-60
    assert set(USMX.clauses) - used == {capital_expenditure} | exhibits


def test_readings_are_numbered_without_a_gap():
    assert list(readings()) == [f"R-{n:02}" for n in range(1, len(readings()) + 1)]


def test_every_reading_is_about_a_clause_of_the_filing_or_of_loans_since():
    assert {reading.clause for reading in readings().values()} <= {*USMX.clauses, "Today's loans"}


def test_a_reading_is_cited_by_its_term_or_is_of_a_sentence():
    cited = {term.reading for term in USMX.terms.values()} - {None}
    assert cited | OF_SENTENCES == set(readings())
    assert not cited & OF_SENTENCES


def test_a_result_is_not_marked_as_unread_too():
    assert [key for key, term in USMX.terms.items() if term.stated and term.unread] == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("proceeds_account.floor", 1_500_000.0),
        ("covenants.current_ratio", 2.0),
        ("instalments.count", 8),
        ("extension.years", 1),
        ("advances.cutoff", dt.date(1997, 9, 30)),
        ("instalments.months", (9, 12)),
        ("facility.day_count", "ACT/360"),
    ],
)
def test_the_unit_decides_the_type(key, value):
    assert USMX.value(key) == value
    assert type(USMX.value(key)) is type(value)


def test_every_unit_is_needed():
    used = {term.unit for name in packaged() for term in load(name).terms.values()}
    assert used == set(UNITS)


# ---- Other deals


def test_briggs_results_follow_from_its_terms():
    briggs = load("briggs_1998")
    ounces, price = briggs.value("gold_loan.ounces"), briggs.value("gold_loan.price")
    assert briggs.value("gold_loan.dollars") == ounces * price == 17_335_948.50
    left = briggs.value("hedge_gain.debt_before") - briggs.value("hedge_gain.prepayment")
    assert left == 17_300_000  # what was converted, as published in millions
    assert briggs.value("hedge_gain.prepayment") < briggs.value("hedge_gain.amount") == 11_000_000
    assert (briggs.value("gold_loan.rate"), briggs.value("gold_loan.years")) == (0.04, 4.5)


def test_black_fox_terms_are_the_published_ones():
    black_fox = load("black_fox_2009")
    assert {key: term.value for key, term in black_fox.terms.items()} == {
        "term_loan.max_credit": 70_000_000,
        "advances.cutoff": dt.date(2009, 6, 30),
        "interest.margin": 0.07,
        "instalments.first": dt.date(2009, 9, 30),
        "instalments.last": dt.date(2013, 3, 31),
        "instalments.months": (3, 6, 9, 12),
        "instalments.method": "custom",
        "fee.paid": 3_465_551,
        "warrants.count": 34_836_111,
        "warrants.exercise_price": 0.252,
        "warrants.months": 48,
        "corporate_spending.cap": 7_000_000,
    }


# ---- Immutable


def test_nothing_of_a_facility_can_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        USMX.name = "another"
    with pytest.raises(ValidationError, match="frozen"):
        USMX.term("note.margin").value = 0.03
    with pytest.raises(TypeError, match="does not support item assignment"):
        USMX.terms["note.margin"] = USMX.term("interest.margin_before")
    with pytest.raises(TypeError, match="does not support item deletion"):
        del USMX.clauses["8-K 5(a) Facility"]
    with pytest.raises(TypeError, match="does not support item assignment"):
        readings()["R-01"] = readings()["R-02"]
    assert isinstance(USMX.undertakings, tuple)


def test_a_packaged_facility_is_read_once():
    assert load() is load("usmx_1996")
    assert readings() is readings()


# ---- Files

GOOD = """
name = "Deal"
source = "A report"

[clauses]
"C 1" = "The loan"

[parties.borrower]
name = "Mine"
role = "Borrower"
clause = "C 1"

[terms.note.margin]
value = 1
unit = "per year"
clause = "C 1"
label = "Margin"

[[undertakings]]
key = "laws"
who = "borrower"
to = "borrower"
kind = "affirmative"
title = "Laws complied with"
clause = "C 1"
"""
UNDERTAKING = GOOD[GOOD.index("[[undertakings]]") :]


def message(path):
    """What load says of a file, without the path it begins with."""
    with pytest.raises(FacilityError) as caught:
        load(path)
    text = str(caught.value)
    assert "\n" not in text
    return text.removeprefix(f"{path}: ")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_file_of_ones_own_is_read_as_editors_write_it(tmp_path, encoding, newline):
    path = tmp_path / "deal.toml"
    path.write_text(GOOD, encoding=encoding, newline=newline)
    deal = load(path)
    assert deal == load(str(path))
    assert (deal.name, deal.value("note.margin"), deal.undertakings[0].key) == ("Deal", 1.0, "laws")


@pytest.mark.parametrize(
    ("unit", "value", "meaning"),
    [
        ("USD", "'x'", "a number of USD, 0 or more"),
        ("USD", "-5", "a number of USD, 0 or more"),
        ("USD", "true", "a number of USD, 0 or more"),
        ("USD", "inf", "a number of USD, 0 or more"),
        ("USD", "nan", "a number of USD, 0 or more"),
        ("USD", "[1]", "a number of USD, 0 or more"),
        ("oz", "-0.1", "a number of troy ounces, 0 or more"),
        ("USD/oz", "0", "a price in USD per troy ounce, above 0"),
        ("USD/share", "0.0", "a price in USD per share, above 0"),
        ("CAD/share", "'0.252'", "a price in CAD per share, above 0"),
        ("per year", "2.25", "a rate per year as a decimal, 0 to 1"),
        ("fraction", "95", "a fraction as a decimal, 0 to 1"),
        ("ratio", "0", "a ratio, above 0"),
        ("years", "0", "a number of years, above 0"),
        ("months", "3.0", "a whole number of months, 1 to 12,000"),
        ("days", "30.5", "a whole number of days, 1 or more"),
        ("times a year", "0", "a whole number of times a year, 1 to 12"),
        ("shares", "1.5", "a whole number of shares, 0 or more"),
        ("count", "-1", "a whole number, 0 or more"),
        ("year", "96", "a year, 1900 to 9999"),
        ("date", "'1996-07-11'", "a date, as 1996-07-11 without quotes"),
        ("date", "35257", "a date, as 1996-07-11 without quotes"),
        ("date", "07:30:00", "a date, as 1996-07-11 without quotes"),
        ("months of the year", "[12, 9]", "a rising list of months, 1 to 12"),
        ("months of the year", "[9, 9]", "a rising list of months, 1 to 12"),
        ("months of the year", "[13]", "a rising list of months, 1 to 12"),
        ("months of the year", "[]", "a rising list of months, 1 to 12"),
        (
            "day count",
            "'ACT/361'",
            "a day count: 30/360, ACT/ACT, ACT/360, ACT/365, 30E/360, ACT/ACT ISDA, 30E/360 ISDA",
        ),
        ("text", "' '", "a text"),
        ("text", "1", "a text"),
    ],
)
def test_a_value_that_its_unit_does_not_allow(tmp_path, unit, value, meaning):
    path = tmp_path / "deal.toml"
    path.write_text(GOOD.replace('value = 1\nunit = "per year"', f'value = {value}\nunit = "{unit}"'))
    assert message(path) == f"note.margin: value {value.replace('true', 'True')} is not {meaning}"


def test_a_time_of_day_is_not_a_date(tmp_path):
    path = tmp_path / "deal.toml"
    path.write_text(GOOD.replace("value = 1\n", "value = 1996-07-11T09:00:00\n").replace("per year", "date"))
    assert message(path).startswith("note.margin: value 1996-07-11 09:00:00 is not a date")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("value = 1\n", "", "note.margin: value is missing"),
        ("value = 1", "valeu = 1", "note.margin: unknown field 'valeu' (and 1 more)"),
        ('unit = "per year"\n', "", "note.margin: unit is missing"),
        ('"per year"', '"per yaer"', f"note.margin: unknown unit 'per yaer'; known are {', '.join(UNITS)}"),
        ('"per year"', "5", "note.margin: unit 5: input should be a valid string"),
        ('"Margin"', '" "', "note.margin: label ' ': string should have at least 1 character"),
        ('"Margin"', '"Margin"\nreading = "R-99"', "note.margin: reading 'R-99' is not listed"),
        ('"Margin"', '"M"\nstated = "yes"', "note.margin: stated 'yes': input should be a valid boolean"),
        ('clause = "C 1"\nlabel', 'clause = "C 2"\nlabel', "note.margin: clause 'C 2' is not listed"),
        ('wer"\nclause = "C 1"', 'wer"\nclause = "C"', "parties.borrower: clause 'C' is not listed"),
        ("[terms.note.margin]", "[terms]\nx = 5\n[terms.note.margin]", "x is not a table of terms"),
        (
            "[terms.note.margin]",
            "[terms.Note.margin]",
            "Note.margin is not made of small letters, digits and underscores",
        ),
        ("[terms.note.margin]", "[term.note.margin]", "unknown field 'term' (and 1 more)"),
        ("[terms.note.margin]", "[terms.note.margin.x]", "note.margin: unknown field 'x' (and 4 more)"),
        ('name = "Deal"\n', "", "name is missing"),
        ('name = "Deal"', "name = 5", "name 5: input should be a valid string"),
        ('who = "borrower"', 'who = "lender"', "undertakings.laws: party 'lender' is not listed"),
        ('"Laws complied with"', '"Laws"\nterms = ["a.b"]', "undertakings.laws: term 'a.b' is not listed"),
        (UNDERTAKING, UNDERTAKING * 2, "undertakings.laws: is duplicated"),
        (
            '"affirmative"',
            '"vague"',
            ("undertakings.0: kind 'vague': input should be 'financial', 'reporting', 'affirmative' or 'negative'"),
        ),
    ],
)
def test_a_bad_file_gets_one_line_that_names_the_key(tmp_path, old, new, expected):
    assert GOOD.count(old) == 1
    path = tmp_path / "deal.toml"
    path.write_text(GOOD.replace(old, new))
    assert message(path) == expected


def test_a_file_that_is_not_toml_names_the_line(tmp_path):
    path = tmp_path / "deal.toml"
    path.write_text(GOOD.replace('"Deal"', '"Deal'))
    assert re.fullmatch(r"is not TOML: .+ \(at line 2, column 13\)", message(path))


def test_a_file_that_is_not_utf_8(tmp_path):
    path = tmp_path / "deal.toml"
    path.write_bytes("# Türkei".encode("latin-1"))
    assert message(path) == "is not UTF-8 text: invalid start byte at byte 3"


def test_a_long_value_is_cut_short(tmp_path):
    path = tmp_path / "deal.toml"
    path.write_text(GOOD.replace("value = 1\n", f"value = '{'9' * 10_000}'\n"))
    assert len(message(path)) < 120


def test_a_missing_file_names_what_there_is(tmp_path):
    has = "the package has black_fox_2009, briggs_1998, usmx_1996"
    path = tmp_path / "nowhere.toml"
    assert re.fullmatch(rf"cannot be read: .+; {has}", message(path))
    assert message("usmx_1997") == f"neither a facility of the package nor a path; {has}"
    assert message("readings") == f"neither a facility of the package nor a path; {has}"


def test_a_packaged_file_is_named_by_its_own_name(tmp_path, monkeypatch):
    (tmp_path / "deal.toml").write_text(GOOD.replace("value = 1\n", ""))
    monkeypatch.setattr(facility_module, "_PACKAGED", Path(tmp_path))
    with pytest.raises(FacilityError, match=r"^deal\.toml: note\.margin: value is missing$"):
        load("deal")


def test_an_unknown_term_names_its_neighbour():
    with pytest.raises(FacilityError, match=r"no term 'note\.margn'; did you mean note\.margin\?$"):
        USMX.value("note.margn")
    with pytest.raises(FacilityError, match=r"^Illinois Creek project facility, 1996: there is no term 'x'$"):
        USMX.term("x")
