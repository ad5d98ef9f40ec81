"""What is wrong with a deal is said in one line each: file, line, key, what would be right, the nearest known word."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import lender_model
from drawstop.deal import DealError
from drawstop.deal.lines import lines_of
from lender_model.compose.model import compose, read, refuse_circles

DEALS = Path(lender_model.__file__).parent / "deals"


@pytest.fixture
def deal(tmp_path):
    """A copy of a shipped deal, and a way to change its files."""
    folder = tmp_path / "deal"
    shutil.copytree(DEALS / "orla_2022", folder)

    def change(old, new, file="deal.toml"):
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return change


def faults(folder):
    with pytest.raises(DealError) as error:
        refuse_circles(compose(read(folder)), folder)
    return [str(fault).replace(f"{folder}/", "") for fault in error.value.faults]


def line_of(folder, text, file="deal.toml"):
    lines = (folder / file).read_text(encoding="utf-8").split("\n")
    return next(number for number, line in enumerate(lines, start=1) if text in line)


@pytest.mark.parametrize(
    ("date", "words"),
    [
        ("2022-04-30", "2022-04-30 must be in a month after 2022-04-28, when term is first drawn"),
        ("2031-06-30", "2031-06-30 is outside the model's months, 2022-04-30 to "),
    ],
)
def test_a_prepayment_before_anything_is_owed_or_outside_the_months(deal, date, words):
    folder = deal("date = 2024-06-30\namount", f"date = {date}\namount", "case.toml")
    [fault] = faults(folder)
    assert fault.startswith(f"case.toml:{line_of(folder, f'date = {date}', 'case.toml')}: prepayment[1].date: {words}")


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("default_margin = 0.02", "defualt_margin = 0.02", "tranche[2].rate.defualt_margin", "unknown key, or a clause that is not modelled; did you mean default_margin?"),
        ('tranches = ["term"]', 'tranches = ["tern"]', "sweep[1].tranches[1]", "there is no tranche 'tern'; did you mean term?"),
        ('metric = "ebitda_to_interest"', 'metric = "ebitda_to_intrest"', "covenant[2].metric", "there is no metric 'ebitda_to_intrest'; did you mean ebitda_to_interest?"),
        ('key = "cash"', 'key = "equity"', "covenant[4].key", "'equity' is duplicated; each covenant needs its own key"),
        ("minimum = 15_000_000", 'minimum = "15m"', "covenant[4].minimum", "must be a number, not '15m'"),
        ('method = "bullet"\n\n[tranche.assumed]\ndraw', 'method = "ballon"\n\n[tranche.assumed]\ndraw', "tranche[3].repayment.method", "'ballon' is not one of table, shares, equal, balloon, level, bullet, sculpted, target; did you mean balloon?"),
        ("final = 2027-04-28", "final = 2021-04-28", "tranche[2].final", "2021-04-28 is not after the signing of 2022-04-28"),
        ("amount = 100_000_000", "amount = 120_000_000", "tranche[2].draw", "draws 120,000,000.00, above the commitment of 100,000,000.00"),
        ('price = "silver"', 'price = "sliver"', "product[2].price", "there is no series of the case's market 'sliver'; did you mean silver?"),
        ("below = 1.0, value = 0.03 }", "below = 0.4, value = 0.03 }", "tranche[2].rate.margin.bands", "the limits of the bands must ascend"),
        ("cure_days = 30", "", "covenant[1]", "a cure of days needs cure_days"),
        ('covenant = "leverage"\ngranted', 'covenant = "levrage"\ngranted', "waiver[1].covenant", "there is no covenant 'levrage'; did you mean leverage?"),
        ('"tranche.revolver.final" = 2023-08-28', '"tranche.revolvr.final" = 2023-08-28', "amendment[1].set.tranche.revolvr.final", "there is no tranche.revolvr in the deal"),
        ('above = ["debt.closing"]', 'above = ["debt.closng"]', "metric[1].above[1]", "there is no line 'debt.closng'; did you mean debt.closing?"),
        ('title = "Revolving facility"', 'title = "Ratios"', "tranche[3].title", "'Ratios' is the name of another sheet; each tranche needs its own title"),
        ("signing = 2022-04-28", 'signing = "28 April 2022"', "signing", "must be a date, as 2024-06-30 without quotes, not '28 April 2022'"),
        ("rate = { margin = 0.088,", 'rate = { margin = 0.088, fixing = "month",', "tranche[1].rate", "a rate without a base does not use fixing"),
        ('kind = "upfront"', 'kind = "upfront"\nbasis = "ACT/365"', "fee[2]", "a fee of kind upfront does not use basis"),
        ('method = "bullet" }', 'method = "bullet", balloon = 0.2 }', "tranche[1].repayment", "method bullet does not use balloon"),
        ("plan = [{ date = 2022-04-28, amount = 100", "plan = [{ date = 2026-04-30, amount = 7 }, { date = 2022-04-28, amount = 99", "tranche[2].draw.plan", "the dates of the advances must ascend"),
        ("rank = 1\namount = 20_000_000", "amount = 20_000_000", "equity[1]", "money of the owners needs one of rank and plan"),
        ('cure = "equity"', 'cure = "equity"\ninsurance = true', "covenant[4].insurance", "unknown key, or a clause that is not modelled"),
    ],
)  # fmt: skip
def test_a_fault_is_one_line(deal, old, new, key, words):
    found = faults(deal(old, new))
    assert any(f": {key}: {words}" in line and line.startswith("deal.toml:") for line in found), found
    assert all("\n" not in line for line in found)


def test_the_line_is_that_of_the_key(deal):
    folder = deal("cure_days = 30", "cure_dais = 30")
    [found, *_] = [line for line in faults(folder) if "cure_dais" in line]
    assert found.startswith(f"deal.toml:{line_of(folder, 'cure_dais = 30')}: covenant[1].cure_dais: ")


@pytest.mark.parametrize(
    ("added", "key", "words"),
    [
        ('\n[[insurance]]\nkey = "all_risks"\n', "insurance", "unknown key; say it with [[paper]]"),
        ('\n[[swap]]\nkey = "rate"\n', "swap", "unknown key; say it with [[hedge]] and its kind"),
        ('\n[[market]]\nkey = "gold"\n', "market", "unknown key; say it with case.toml"),
        ('\n[[streams]]\nkey = "gold"\n', "streams", "unknown key, or a clause that is not modelled; did you mean stream?"),
    ],
)  # fmt: skip
def test_a_word_of_agreements_is_told_where_the_file_says_it(deal, added, key, words):
    folder = deal("name =", "name =")
    path = folder / "deal.toml"
    path.write_text(path.read_text(encoding="utf-8") + added, encoding="utf-8")
    [found] = faults(folder)
    assert found == f"deal.toml:{line_of(folder, f'[[{key}]]')}: {key}: {words}"


def test_interest_in_kind_is_told_where_the_file_says_it(deal):
    [found] = faults(deal("default_margin = 0.02", "pik = 0.02"))
    assert "rate.pik: unknown key; say it with capitalised = { share, until }" in found


def test_a_circle_is_named(deal):
    folder = deal('above = ["debt.closing"]', 'above = ["covenant.capital.headroom"]')
    [found] = faults(folder)
    assert "clauses depend on one another in a circle" in found
    assert "Debt to capital" in found


def test_every_fault_is_told_at_once(deal):
    deal("default_margin = 0.02", "defualt_margin = 0.02")
    folder = deal("[plan.overhead]", "[plan.overheads]", "case.toml")
    deal("[market.sofr]", "[market.sofra]", "case.toml")
    assert len(faults(folder)) >= 1
    deal("defualt_margin = 0.02", "default_margin = 0.02")
    found = faults(folder)
    assert any(
        "case.toml" in line and "there is no product or line of the plan 'overheads'; did you mean overhead?" in line
        for line in found
    )
    assert any("deal.toml" in line and "'sofr'; did you mean sofra?" in line for line in found)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("plan.csv", "month,gold\n2022-04-30,x\n", "plan.csv:2: gold: 'x' is not a number"),
        (
            "actuals.csv",
            "month,glod\n2022-04-30,1\n",
            "actuals.csv:1: glod: there is no line 'glod'; did you mean gold?",
        ),
        (
            "market.csv",
            "month,gold\n30.4.2022,1\n",
            "market.csv:2: month: '30.4.2022' is not a valid date; write it as 2024-06-30",
        ),
        ("market.csv", "date,gold\n", "market.csv:1: the first column must be month"),
        ("market.csv", "month,gold,gold\n2022-04-30,1,2\n", "market.csv:1: gold: duplicated column"),
        (
            "market.csv",
            "month,gold\n2022-04-30,1\n2022-04-01,2\n",
            "market.csv:3: month: 2022-04-01 is in the month of line 2",
        ),
        ("market.csv", "month,gold\n2022-04-30,1,2\n", "market.csv:2: has 3 cells, the header 2"),
    ],
)
def test_a_table_of_figures_is_read_strictly(deal, name, text, words):
    folder = deal("name =", "name =")
    (folder / name).write_text(text, encoding="utf-8")
    assert words in faults(folder)


def test_files_that_cannot_be_read(tmp_path):
    assert faults(tmp_path) == ["deal.toml: cannot be read: No such file or directory"]
    (tmp_path / "deal.toml").write_text("name = \n", encoding="utf-8")
    assert faults(tmp_path)[0].startswith("case.toml: cannot be read") or "deal.toml:1" in " ".join(faults(tmp_path))
    (tmp_path / "deal.toml").write_bytes(b"name = '\xff'")
    assert "deal.toml: is not UTF-8; save it as UTF-8" in faults(tmp_path)


def test_the_command_writes_nothing_and_ends_with_1(deal, tmp_path):
    folder = deal("default_margin = 0.02", "defualt_margin = 0.02")
    run = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "lender_model", "build", str(folder), str(tmp_path / "book.xlsx")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "did you mean default_margin?" in run.stderr
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "book.xlsx").exists()


def test_lines_of_what_toml_can_hold():
    text = 'a.b = 1 # x\n[t."q w"]\ns = """\n]\n"""\nl = [\n  { x = "}" },\n  2024-01-01,\n]\n[[u]]\n[[u.v]]\nk = \'#\'\n[[u.v]]\n[u.v.w]\nz = 1\n'
    found = lines_of(text)
    assert found["a", "b"] == 1
    assert found["t", "q w", "s"] == 3
    assert found["t", "q w", "l", 0, "x"] == 7
    assert found["t", "q w", "l", 1] == 8
    assert found["u", 0, "v", 0, "k"] == 12
    assert found["u", 0, "v", 1, "w", "z"] == 15


def test_what_a_case_says_of_other_currencies_is_checked(deal):
    deal("[plan.overhead]", '[plan.overhead]\nexchange = { rate = "mxm", at = 0.075 }', "case.toml")
    deal("[plan.gold]", '[plan.gold]\nexchange = { rate = "sofr", at = 0.075 }', "case.toml")
    folder = deal("[[scenario]]", "[[scenario]]\nexchange = 0.1", "case.toml")
    found = faults(folder)
    for words in (
        "plan.overhead.exchange.rate: there is no series of the market 'mxm'",
        "plan.gold.exchange: is for operating_cost, capital, sustaining, closure, overhead",
        "scenario[1].exchange: no series of the market is an exchange rate, such as one in US$/C$",
    ):
        assert any(words in line for line in found), found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("date,sofr\n2022-04-29,0.003\n", 'fixings.csv:1: sofr: is the base rate of no tranche with fixing = "daily"'),
        ("month,sofr\n", "fixings.csv:1: the first column must be date"),
        ("date,sofr\n2022-04-29,x\n", "fixings.csv:2: sofr: 'x' is not a number"),
        ("date,sofr\n2022-04-29,1\n2022-04-28,1\n", "fixings.csv:3: date: 2022-04-28 is not after 2022-04-29: the dates must ascend"),
        ("date,sofr\n29.4.22,1\n", "fixings.csv:2: date: '29.4.22' is not a valid date; write it as 2024-06-28"),
    ],
)  # fmt: skip
def test_fixings_are_read_strictly(deal, text, words):
    folder = deal("name =", "name =")
    (folder / "fixings.csv").write_text(text, encoding="utf-8")
    assert words in faults(folder)


def test_a_rate_compounded_daily_needs_its_fixings(deal):
    folder = deal('base = "sofr"', 'base = "sofr"\nfixing = "daily"')
    assert any("needs fixings.csv beside the deal" in line for line in faults(folder))


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        # titles that name a sheet
        ('title = "Revolving facility"', 'title = "Calendar"', "tranche[3].title", "'Calendar' is the name of another sheet"),
        ('title = "Revolving facility"', 'title = "ledger"', "tranche[3].title", "'ledger' is the name of another sheet"),
        ('title = "Revolving facility"', 'title = "History"', "tranche[3].title", "'History' is the name of another sheet"),
        ('title = "Revolving facility"', 'title = "Facility [B]"', "tranche[3].title", "must not contain any of [ ]"),
        ('title = "Revolving facility"', 'title = "Two\\nlines"', "tranche[3].title", "must not contain any of [ ]"),
        ('title = "Revolving facility"', 'title = "=B"', "tranche[3].title", "must not begin with ="),
        ('title = "Revolving facility"', f'title = "{"x" * 32}"', "tranche[3].title", "must be at most 31 characters long, not 32"),
        ('name = "', 'name = "\\u0007', "name", "must not contain control characters"),
        # words of the model
        ("[[sweep]]", '[[milestone]]\nkey = "lockup"\n\n[[sweep]]', "milestone", "'lockup' is a state that tests set"),
        # sizes: percentages, and less than nothing
        ("default_margin = 0.02", "default_margin = 2.0", "tranche[2].rate.default_margin", "2 would be 200%; write 0.02 for 2 per cent"),
        ("below = 1.0, value = 0.03 }", "below = 1.0, value = 3.0 }", "tranche[2].rate.margin.bands[2].value", "3 would be 300%; write 0.03 for 3 per cent"),
        ("final = 2027-04-28", 'final = "2027-04-28"', "tranche[2].final", "'2027-04-28' must be without quotes to be a date: 2027-04-28"),
    ],
)  # fmt: skip
def test_malformed_input_is_one_line(deal, old, new, key, words):
    found = faults(deal(old, new))
    assert any(key in line and words in line for line in found), found
    assert all("\n" not in line for line in found)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('[market.sofr]\nunit = "per year"', '[market.sofr]\nunit = "US$/oz"', "is the base rate of Term facility: its unit must be \"per year\", not 'US$/oz'"),
        ('[market.gold]\nunit = "US$/oz"', '[market.gold]\nunit = "C$/oz"', "'C$/oz' is not in the deal's currency; a price in another currency than US$ is not modelled"),
        ('[market.gold]\nunit = "US$/oz"', '[market.gold]\nunit = "US$/MXN"', "'US$/MXN' is not the unit of a price"),
    ],
)  # fmt: skip
def test_a_unit_that_is_not_what_the_deal_uses_it_for(deal, old, new, words):
    found = faults(deal(old, new, "case.toml"))
    assert any(words in line and "case.toml:" in line for line in found), found


def test_units_follow_from_their_use(deal):
    for unit in ('[market.gold]\nunit = "US$/oz"', '[market.sofr]\nunit = "per year"'):
        folder = deal(unit, unit.split("\n", maxsplit=1)[0], "case.toml")
    market = read(folder).case.market
    assert (market["gold"].unit, market["sofr"].unit) == ("US$/oz", "per year")


def test_a_mark_of_the_byte_order_and_windows_lines_are_read(deal):
    folder = deal("name =", "name =")
    for name in ("deal.toml", "case.toml"):
        path = folder / name
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert read(folder).deal == read(DEALS / "orla_2022").deal


@pytest.mark.parametrize("word", ["cost", "revenue", "closure"])
def test_a_key_that_makes_a_line_of_the_model_is_refused(deal, word):
    deal('key = "silver"', f'key = "{word}"')
    folder = deal("[plan.silver]", f"[plan.{word}]", "case.toml")
    assert any(f"'{word}' is a word of the model; choose another key" in line for line in faults(folder))


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ('"tranche.term.final" = 2021-04-30', "2021-04-30 is not after the signing of 2022-04-28"),
        ('"tranche.term.commitment" = 50_000_000', "above the commitment of 50,000,000.00"),
    ],
)
def test_amended_terms_are_checked_like_the_first(deal, new, words):
    folder = deal('"tranche.term.final" = 2023-08-28', new)
    assert any("amendment[1].set" in line and words in line for line in faults(folder))


def test_an_amended_table_repeats_what_is_past(tmp_path):
    folder = tmp_path / "gold_bar"
    shutil.copytree(DEALS / "gold_bar_2018", folder)
    path = folder / "deal.toml"
    late = 'set = { "tranche.term.repayment.table" = [{ date = 2024-12-31, amount = 1.0 }] }'
    added = f'[[amendment]]\ndate = 2023-12-31\ntitle = "Put off"\n{late}\n'
    path.write_text(path.read_text(encoding="utf-8") + "\n" + added, encoding="utf-8")
    assert any(
        "leaves out the instalment of" in line and "repeat it, with 0 if it was put off" in line
        for line in faults(folder)
    )
