"""The model audit: a spreadsheet program calculates every formula, and each must equal the Python model's value.

The cached values come from the Python model alone. LibreOffice calculates the same file with our functions as its
add-in, for the case as shipped, for what happened, for every scenario, and for random changes of inputs (thirty here,
three hundred in ``tests/long``). That the audit sees a fault is shown by putting faults in.

Numbers must agree to a billionth, or to a millionth of a dollar: what is left of a difference of large sums (an
account that is empty, a check that is nil) has no relative precision, and dates and counts are whole numbers, which
differ by one if they differ. Texts and flags must be the same.
"""

import datetime as dt
import html
import io
import random
import re
import zipfile

import numpy as np
import pytest

from drawstop.core.dates import add_months, month_end
from lender_model import model, refresh
from lender_model.books.locate import MAY_BE_BLANK, Places, WorkbookError
from lender_model.calculator import Figures
from lender_model.formulas.reading import Workbook
from lender_model.formulas.syntax import Cell, split
from lender_model.grid import INPUT
from lender_model.sheets import scenarios
from lender_model.writing import style
from lender_model.xlsx.package import Package

RELATIVE, ABSOLUTE = 1e-9, 1e-6
CHANGES_IN_A_BATCH = 30
SHOWN = 12  # differences printed
EPOCH = dt.date(1899, 12, 30)


# ---- comparison ------------------------------------------------------------------------------------------------------


def agree(ours, theirs):
    """Whether a cached value is what the spreadsheet program calculates."""
    if isinstance(ours, float) and isinstance(theirs, float):
        return abs(ours - theirs) <= max(RELATIVE * max(abs(ours), abs(theirs)), ABSOLUTE)
    return (ours if ours is not None else "") == theirs


def as_stored(value):
    """A value as a file holds it: a date as its serial number."""
    return float((value - EPOCH).days) if isinstance(value, dt.date) else value


def differences(package, expected, found):
    """Every cell that differs: sheet, cell, its line's label, formula, the Python model's value, the program's."""
    out = []
    for sheet, values in found.items():
        ours = expected[sheet]
        wrong = [ref for ref, theirs in values.items() if not agree(as_stored(ours[ref]), theirs)]
        cells = package.cells(sheet) if wrong else {}
        for ref in wrong:
            label = cells.get(f"B{re.sub('[A-Z]', '', ref)}")
            out.append((sheet, ref, label and label.value, cells[ref].formula, ours[ref], values[ref]))
    return out


def report(found):
    lines = [
        f"{sheet}!{ref} ({label}) ={formula}: {ours!r}, recalculated {theirs!r}"
        for sheet, ref, label, formula, ours, theirs in found
    ]
    return "\n".join([f"{len(found)} cells differ", *lines[:SHOWN]])


def cached(package):
    return {
        sheet: {reference: cell.value for reference, cell in package.cells(sheet).items()}
        for sheet in package.sheet_names
    }


# ---- the workbook ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def places(package):
    return Places(package)


@pytest.fixture(scope="module")
def shipped(package):
    return cached(package)


class Python:
    """Our calculation of the workbook, prepared once for all changes of its inputs."""

    def __init__(self, package):
        self.package, self.places, self.workbook = package, Places(package), Workbook(package)
        self.figures = Figures(model.BOOK, self.workbook.calculation, self.places.spots())

    def calculated(self, cells):
        """Every formula's value with some inputs changed, as a refresh accepts them; the inputs are put back."""
        calculation = self.workbook.calculation
        spots = {Cell(s, *split(ref)): value for s, values in cells.items() for ref, value in values.items()}
        before = {spot: calculation[spot] for spot in spots}
        try:
            for spot, value in spots.items():
                calculation[spot] = value
            calculation.run()
            places = Places(self.package.patch(cells))
            inputs = places.inputs(calculation.__getitem__)
            refresh._check(places, inputs)
            refresh._check_loan(places, self.figures, {**inputs, "months": model.MONTHS, **self.figures.values()})
            return self.workbook.values()
        finally:
            for spot, value in before.items():
                calculation[spot] = value


@pytest.fixture(scope="module")
def python(package):
    return Python(package)


@pytest.fixture(scope="module")
def book(calc, package, tmp_path_factory):
    path = tmp_path_factory.mktemp("audit") / "lender_model.xlsx"
    path.write_bytes(package.to_bytes())
    opened = calc.open(path)
    yield opened
    opened.close()


def recalculated(book, package, cells):
    """What the program calculates with some inputs changed; the inputs are put back."""
    book.set(cells)
    found = book.calculate()
    before = {sheet: {ref: package.cells(sheet)[ref].value for ref in values} for sheet, values in cells.items()}
    book.set(before)
    return found


def test_as_shipped_every_formula_is_calculated_and_agrees(book, package, shipped):
    found = book.calculate()
    formulas = {
        (sheet, ref)
        for sheet in package.sheet_names
        for ref, cell in package.cells(sheet).items()
        if cell.formula is not None
    }
    assert formulas <= {(sheet, ref) for sheet, values in found.items() for ref in values}
    assert len(formulas) > 10_000
    assert not (wrong := differences(package, shipped, found)), report(wrong)


AS_DELIVERED = dt.date(1996, 7, 31)
DATES = (None, dt.date(1996, 9, 30), dt.date(1997, 11, 17), dt.date(2001, 12, 31))


@pytest.mark.parametrize("as_of", DATES)
def test_what_a_refresh_writes_agrees(book, package, places, as_of):
    result = refresh.calculate(package, as_of=as_of)
    cells = {sheet: dict(stamps) for sheet, stamps in result.stamps.items()}
    sheet, ref = places.value_at("cover.as_of")
    cells.setdefault(sheet, {})[ref] = as_cell(result.values["cover.as_of"])
    found = recalculated(book, package, cells)
    wrong = differences(result.package, cached(result.package), found)
    assert not wrong, report(wrong)


@pytest.mark.parametrize("as_of", DATES)
@pytest.mark.parametrize("scenario", scenarios.NAMES)
def test_history_and_every_scenario_agree(book, package, python, shipped, as_of, scenario):
    cells = put_in(python.places, {"cover.scenario": scenario, "cover.as_of": as_of or AS_DELIVERED})
    wrong = differences(package, shipped_but(shipped, python.calculated(cells)), recalculated(book, package, cells))
    assert not wrong, report(wrong)


@pytest.mark.parametrize(
    "together", ["Low price + Late completion", "last price held + DROUGHT + High cost + Tight funding"]
)
def test_several_scenarios_together_agree(book, package, python, shipped, together):
    test_history_and_every_scenario_agree(book, package, python, shipped, DATES[1], together)


def put_in(places, values):
    """Values of single cells by their lines' keys, as cells by sheet and reference."""
    cells = {}
    for key, value in values.items():
        sheet, ref = places.value_at(key)
        cells.setdefault(sheet, {})[ref] = value
    return cells


def shipped_but(shipped, found):
    """The cells of the workbook, some of them calculated."""
    return {sheet: held | found.get(sheet, {}) for sheet, held in shipped.items()}


# ---- random changes --------------------------------------------------------------------------------------------------

OPTIONS = {
    "day count": ("30/360", "ACT/ACT", "ACT/360", "ACT/365", "30E/360", "ACT/ACT ISDA"),
    "instalments.method": ("equal", "level"),
    "commercial_production.mode": ("daily", "average"),
}


def parts_of_inputs():
    """Every line that holds inputs, and in which of its parts."""
    for sheet in model.SHEETS:
        for row in sheet.rows:
            if row.key.startswith(("cover.refreshed", "cert.")) or (row.unit in style.TEXTS and not options(row)):
                continue  # texts that no formula reads
            parts = [part for part in ("value", "start", "months") if getattr(row, part) is INPUT]
            parts += ["across"] if row.inputs_across else []
            yield from ((row, part) for part in parts)


def options(row):
    return row.choices or OPTIONS.get(row.key) or OPTIONS.get(row.unit, ())


PARTS = tuple(parts_of_inputs())


def moved(rng, key, unit, value):
    """Another value for an input: dates by months, whole numbers by a few, others by up to a quarter."""
    if unit == "date":
        if key == "facility.effective_date":  # its month is that of the sheets' first column
            return np.datetime64(f"1996-07-{rng.randint(1, 31):02}")
        known = isinstance(value, np.datetime64)  # a blank date is none
        day = add_months(value if known else np.datetime64("1997-10-31"), rng.randint(-8, 12))
        return np.datetime64(month_end(day) if known and month_end(value) == value else day, "D")
    if unit in style.WHOLE:
        return max(0.0, value + rng.choice([-3, -1, 1, 2]))
    low, high = style.limits(unit)
    if np.isnan(value) or value == 0:
        return max(low, min(high, rng.choice([0.0, 0.1, rng.uniform(1, 5e5)])))
    return min(high, value * rng.uniform(0.75, 1.25))


def change(rng, places, values):
    """One random change: the inputs by key, and the cells to put it in."""
    row, part = rng.choice(PARTS)
    key = row.key if part in {"value", "months"} else f"{row.key}@{part}"
    if part == "value" and row.spill == 1:
        new = rng.choice(options(row)) if options(row) else moved(rng, row.key, row.unit, values[key])
        return {key: new}, [(places.value_at(row.key), new)]
    if part == "start":
        new = moved(rng, row.key, row.unit, values[key])
        return {key: new}, [(places.start_at(row.key), new)]
    if part == "months":
        cells = list(places.months_at(row.key))
    elif part == "across":
        cells = list(places.across_at(row.key, row.across))
    else:
        cells = [places.value_at(row.key, k) for k in range(row.spill)]
    column, at = values[key].astype(float), rng.randrange(len(cells))
    new = np.nan if part == "months" and rng.random() < 0.1 else moved(rng, row.key, row.unit, column.flat[at])
    blank_is_zero = not row.key.startswith(MAY_BE_BLANK)
    column.flat[at] = 0.0 if np.isnan(new) and blank_is_zero else new
    return {key: column}, [(cells[at], None if np.isnan(new) else new)]


def changes(rng, python, base):
    """Some changes at once that a refresh accepts, as cells by sheet and reference; and what we calculate."""
    places = python.places
    while True:
        values, cells = dict(base), {}
        for _ in range(rng.randint(1, 4)):
            changed, put = change(rng, places, values)
            values |= changed
            for (sheet, ref), value in put:
                cells.setdefault(sheet, {})[ref] = as_cell(value)
        last = refresh.last_actual(values)
        days = (last - np.datetime64("1996-07-31")) // np.timedelta64(1, "D")
        as_of = np.datetime64("1996-07-31") + rng.randint(0, days)
        for key, value in (("cover.as_of", as_of), ("cover.scenario", rng.choice(scenarios.NAMES))):
            sheet, ref = places.value_at(key)
            values[key] = value
            cells.setdefault(sheet, {})[ref] = as_cell(value)
        try:
            return cells, python.calculated(cells)
        except WorkbookError:
            continue  # a refresh would refuse it


def as_cell(value):
    return value.astype("datetime64[D]").item() if isinstance(value, np.datetime64) else value


def test_random_changes_agree(book, package, python, shipped):
    check_random_changes(book, package, python, shipped, batch=0)


def check_random_changes(book, package, python, shipped, batch):
    rng = random.Random(batch)  # noqa: S311 - the same changes in every run
    base = python.places.inputs()
    for _ in range(CHANGES_IN_A_BATCH):
        cells, found = changes(rng, python, base)
        wrong = differences(package, shipped_but(shipped, found), recalculated(book, package, cells))
        assert not wrong, f"{cells}\n{report(wrong)}"


# ---- the audit sees faults -------------------------------------------------------------------------------------------

MONTH = 26  # September 1998: the mine runs, interest and an instalment are due
FAULTS = {  # line, part of its formula, its replacement
    "a sign of the loan's corkscrew": ("loan.closing", "-", "+"),
    "the lesser of made the greater of": ("proceeds.limb_2", "MIN(", "MAX("),
    "a claim paid without regard to cash": ("wf.costs_paid", "MIN(", "SUM("),
    "a sign of the waterfall": ("wf.interest_left", "-", "+"),
    "a sign of the cash": ("ops.cfads", "-", "+"),
    "a sign of the balance sheet": ("bal.current_assets", "+", "-"),
    "a flag turned round": ("proceeds.short", ">", "<"),
}
SEEN_BY_CHECKS = {  # hard check: line, part of its formula in a month, its replacement
    "cash_flow": ("bal.cash", "+", "+1+"),
    "arrears": ("wf.lender_close", "-", "+"),
    "note": ("parent.closing", "-", "+1-"),
    "losses": ("ops.loss_close", "+", "+1+"),
    "property": ("bal.project", "-", "+"),
    "gold_loan": ("gold.closing", "+", "+1+"),
}
IN_A_LIST = ("loan.cost", "interest_margin_after", "interest_margin_before")
SWITCH = "Checks", "ZZ1"


def faults_of(places):
    """By name, what is replaced in the formulas of some cells: sheet and cell, part of the formula, its replacement."""
    edits = {name: [(list(places.months_at(key))[MONTH], old, new)] for name, (key, old, new) in FAULTS.items()}
    for name, (key, old, new) in SEEN_BY_CHECKS.items():
        edits[name] = [(list(places.months_at(key))[MONTH], old, new)]
    key, old, new = IN_A_LIST
    edits["in a list"] = [(next(iter(places.months_at(key))), old, new)]
    # The margin, on which nothing else depends, as texts; an error on Cover, Dashboard and Daily, with the day's use.
    edits["texts and errors"] = [(next(iter(places.months_at("loan.margin"))), "LOAN_MARGIN(", '""&LOAN_MARGIN(')]
    for at in (places.value_at("cover.position"), places.value_at("dash.position"), ("Daily", "C500")):
        edits["texts and errors"].append((at, "", "1/0+"))
    return edits


def with_switch(package, edits):
    """The workbook with faulty formulas beside its own: the number in one cell chooses which fault counts, if any."""
    sheet, switch = SWITCH
    texts = {}
    for number, changed in enumerate(edits.values(), 1):
        for at, old, new in changed:
            own = texts.get(at) or package.cells(at[0])[at[1]].formula
            assert old in own, (at, own)
            texts[at] = f"IF({sheet}!${switch[:2]}${switch[2:]}={number},{own.replace(old, new, 1)},{own})"
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package.to_bytes())) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            xml = source.read(name)
            for (on, reference), text in texts.items():
                if name == package._sheet_parts[on]:
                    pattern = rf'(<c r="{reference}"[^>]*><f[^>]*>)[^<]*(</f>)'.encode()
                    written = html.escape(text, quote=False).encode()
                    xml, count = re.subn(pattern, lambda m, written=written: m[1] + written + m[2], xml)
                    assert count == 1, (on, reference)
            target.writestr(name, xml)
    return Package(buffer.getvalue(), package.name)


@pytest.fixture(scope="module")
def faulty(calc, package, places, tmp_path_factory):
    """What the program calculates with one of the faults."""
    edits = faults_of(places)
    path = tmp_path_factory.mktemp("faults") / "book.xlsx"
    path.write_bytes(with_switch(package, edits).to_bytes())
    opened = calc.open(path)
    sheet, switch = SWITCH
    numbers = {None: 0, **{name: number for number, name in enumerate(edits, 1)}}

    def found(name):
        opened.set({sheet: {switch: numbers[name]}})
        return opened.calculate()

    yield found
    opened.close()


def test_without_a_fault_nothing_differs(faulty, package, shipped):
    assert not (wrong := differences(package, shipped, faulty(None))), report(wrong)


@pytest.mark.parametrize("check", SEEN_BY_CHECKS)
def test_a_balance_that_does_not_roll_fails_its_check(faulty, places, check):
    found = faulty(check)["Checks"]
    assert found[places.start_at(f"check.{check}")[1]] == 0
    assert found[places.value_at("checks.ok")[1]] == 0


def test_texts_and_errors_are_counted(faulty, places):
    found = faulty("texts and errors")["Checks"]
    assert found[places.value_at("check.numbers")[1]] == model.MONTHS
    assert found[places.value_at("check.errors")[1]] == 4
    assert found[places.value_at("checks.ok")[1]] == 0


@pytest.mark.parametrize("fault", FAULTS)
def test_one_formula_changed_is_found(faulty, package, places, shipped, fault):
    at = list(places.months_at(FAULTS[fault][0]))[MONTH]
    assert at in {(sheet, ref) for sheet, ref, *_ in differences(package, shipped, faulty(fault))}


def test_one_array_formula_changed_is_found(faulty, package, shipped):
    wrong = differences(package, shipped, faulty("in a list"))
    assert {sheet for sheet, *_ in wrong} >= {"Loan", "Waterfall"}


@pytest.mark.parametrize(
    "term", ["interest.margin_after", "proceeds_account.interest_cap", "royalty.rate", "note.margin"]
)
def test_one_term_changed_is_found(book, package, places, shipped, term):
    sheet, ref = places.value_at(term)
    changed = {sheet: {ref: package.cells(sheet)[ref].value * 1.01}}
    assert differences(package, shipped, recalculated(book, package, changed))


def test_one_cached_value_changed_is_found(book, package, places):
    sheet, ref = list(places.months_at("loan.closing"))[MONTH]
    cent_off = package.patch({sheet: {ref: package.cells(sheet)[ref].value + 0.05}})
    [wrong] = differences(cent_off, cached(cent_off), book.calculate())
    assert wrong[:3] == (sheet, ref, "Not yet due, closing")
    assert wrong[3].startswith(wrong[1][0])
    text = report([wrong])
    assert all(word in text for word in (f"{sheet}!{ref}", wrong[2], repr(wrong[4]), repr(wrong[5])))
