"""Refreshing a workbook that people have worked in: what it reads, what it changes, and what it leaves alone."""

import datetime as dt
import functools
import io
import re
import shutil
import zipfile

import numpy as np
import pytest
import xlsxwriter

from lender_model import case, model, refresh
from lender_model.books.locate import Places, WorkbookError
from lender_model.case import CaseError
from lender_model.grid import FIRST_MONTH, column_name
from lender_model.sheets import scenarios, switches
from lender_model.xlsx.cells import Error
from lender_model.xlsx.package import Package

HISTORY = dt.date(1996, 9, 30)
LAST = column_name(FIRST_MONTH + model.MONTHS - 1)
BESIDE = column_name(FIRST_MONTH + model.MONTHS + 1)  # the second free column to the right of the months


def parts(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(contents, name="book.xlsx"):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, xml in contents.items():
            archive.writestr(part, xml)
    return Package(buffer.getvalue(), name)


@functools.lru_cache(maxsize=8)
def places_in(package):
    return Places(package)


def put(package, key, value, month=None):
    """The workbook with a value typed into a line's value cell, or into that of a month."""
    places = places_in(package)
    sheet, reference = places.value_at(key) if month is None else list(places.months_at(key))[month]
    return package.patch({sheet: {reference: value}})


def at(package, key, month=None):
    """The content of a line's value cell, or of a month's."""
    places = places_in(package)
    sheet, reference = places.value_at(key) if month is None else list(places.months_at(key))[month]
    return package.cells(sheet)[reference].value


def line(package, key):
    """All that stands in a line: its value, and its months."""
    places = places_in(package)
    where = [places.value_at(key), *(places.months_at(key) if model.BOOK.row(key).months is not None else ())]
    cells = [package.cells(sheet).get(reference) for sheet, reference in where]
    return [cell and cell.value for cell in cells]


def values_of(package):
    return {
        (sheet, reference): (cell.value, cell.formula)
        for sheet in package.sheet_names
        for reference, cell in package.cells(sheet).items()
    }


def changed_cells(before, after):
    """All but those of the sheet Log, which notes what has moved and has tests of its own."""
    old, new = values_of(before), values_of(after)
    return {where for where in old.keys() | new.keys() if old.get(where) != new.get(where) and where[0] != "Log"}


def stamps(package):
    """Cells without a formula in which a refresh for another date leaves something else.

    When and by what, the fingerprint of the inputs, and what the scenarios and the switches come to.
    """
    places = places_in(package)
    rows = [row for sheet in (scenarios.SHEET, switches.SHEET) for row in sheet.rows if row.results]
    compared = {at for row in rows for at in places.across_at(row.key, row.results)}
    return {places.value_at(key) for key in ("cover.refreshed", "risk.inputs")} | compared


# ---- what a refresh changes ------------------------------------------------------------------------------------------


def test_the_history_case_shows_the_shortfall(history):
    """The account lacked the contribution of US$1.5 million: 7,484 thousand against a minimum of 8,984."""
    v, package = history.values, history.package
    assert at(package, "cover.as_of") == 35338.0  # 30-Sep-1996
    assert at(package, "cover.account") == 7_484_000
    assert at(package, "cover.minimum") == pytest.approx(8_984_000, abs=0.01)
    assert at(package, "cover.shortfall") == pytest.approx(1_500_000, abs=0.01)
    assert at(package, "comp.contribution") == "missed"
    assert at(package, "proceeds.short", 2) == 1.0
    assert (v["checks.ok"], history.typed_over) == (1.0, [])


def test_a_fresh_workbook_already_holds_what_a_refresh_puts_in(package):
    """Build and refresh fill the same cells with the same figures: every input survives the way through the file."""
    result = refresh.calculate(package)
    places = places_in(package)
    stamp = {places.value_at(key) for key in ("cover.refreshed", "cover.versions")}
    assert changed_cells(package, result.package) == stamp


def test_only_inputs_asked_for_change(package, history):
    """Of inputs the as-of date and the stamp; of the file's other parts, nothing."""
    places = places_in(package)
    asked = {places.value_at("cover.as_of")} | stamps(package)
    changed = changed_cells(package, history.package)
    assert {places.value_at(key) for key in ("cover.as_of", "cover.refreshed", "risk.inputs")} <= changed
    assert [where for where in changed - asked if formula_at(package, where) is None] == []
    before, after = parts(package.to_bytes()), parts(history.package.to_bytes())
    assert list(before) == list(after)
    assert {name.rpartition("/")[0] for name in before if before[name] != after[name]} == {"xl/worksheets"}


def formula_at(package, where):
    """The formula of a cell, or of the array formula that fills it."""
    sheet, reference = where
    cell = package.cells(sheet)[reference]
    return cell.formula if cell.formula is not None else filled(package, sheet).get(reference)


@functools.lru_cache(maxsize=64)
def filled(package, sheet):
    """Every cell of an array formula, with its formula."""
    out = {}
    for cell in package.cells(sheet).values():
        if cell.array and ":" in cell.array:
            (left, top), (right, bottom) = (
                re.fullmatch(r"([A-Z]+)(\d+)", end).groups() for end in cell.array.split(":")
            )
            rows, columns = range(int(top), int(bottom) + 1), range(number_of(left), number_of(right) + 1)
            out |= {f"{column_name(column)}{row}": cell.formula for row in rows for column in columns}
    return out


def number_of(column):
    number = 0
    for letter in column:
        number = number * 26 + ord(letter) - 64
    return number - 1


def test_between_the_tags_of_values_nothing_changes(package, history):
    """Formulas, styles, widths, validations: the XML without values and their types is the same, byte for byte.

    But for the column to which sheets with months are scrolled: it follows the as-of date.
    """

    def bare(xml):
        bared = re.sub(rb'<v>[^<]*</v>|<is><t[^>]*>[^<]*</t></is>|(?<=") t="\w+"(?=>)', b"", xml)
        bared = re.sub(rb'(<pane xSplit="6" ySplit="5" topLeftCell=")[A-Z]+6"', rb"\1", bared)
        return bared.replace(b"></c>", b"/>")

    before, after = parts(package.to_bytes()), parts(history.package.to_bytes())
    for name in before:
        assert bare(before[name]) == bare(after[name]), name


def test_sheets_with_months_open_at_the_as_of_month(package, history):
    """September 1996 is the third month, in column I; two months before it are in sight, so that it opens at G."""
    later = refresh.calculate(history.package, as_of=dt.date(1997, 6, 30)).package  # the twelfth month, in column R
    for held, column in ((package, b"G"), (history.package, b"G"), (later, b"P")):
        panes = [re.search(rb'<pane xSplit="6"[^>]*>', xml) for xml in parts(held.to_bytes()).values()]
        places = [re.search(rb'topLeftCell="([A-Z]+)6"', pane[0])[1] for pane in panes if pane]
        assert len(places) > 15
        assert sorted(set(places)) == sorted({b"G", column})  # Risk opens with its charts, at the first month
        assert places.count(b"G") == (1 if column == b"P" else len(places))


def test_the_same_refresh_twice_gives_the_same_bytes(package, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "900000000")
    once = refresh.calculate(package, as_of=HISTORY).package
    twice = refresh.calculate(once).package
    assert twice.to_bytes() == once.to_bytes()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "900086400")
    later = parts(refresh.calculate(once).package.to_bytes())
    assert [name for name, xml in parts(once.to_bytes()).items() if later[name] != xml] == ["xl/worksheets/sheet1.xml"]


@pytest.mark.parametrize("scenario", scenarios.NAMES)
def test_every_scenario_can_be_asked_for(package, scenario):
    result = refresh.calculate(package, scenario=scenario.upper())
    assert at(result.package, "cover.scenario") == scenario
    inputs, _ = case.inputs()
    expected = model.run(inputs | {"cover.scenario": scenario})
    assert at(result.package, "ratio.min_dscr") == expected["ratio.min_dscr"]


def test_several_scenarios_can_be_asked_for(package):
    result = refresh.calculate(package, scenario=" low price+DROUGHT")
    assert at(result.package, "cover.scenario") == "Low price + Drought"
    inputs, _ = case.inputs()
    expected = model.run(inputs | {"cover.scenario": "Low price + Drought"})
    assert at(result.package, "ratio.min_dscr") == expected["ratio.min_dscr"]
    assert at(result.package, "compare.state") == "current"
    alone = refresh.calculate(result.package, scenario="Base").package
    assert alone.cells("Scenarios") == refresh.calculate(package).package.cells("Scenarios")


def test_the_file_is_replaced_and_the_version_before_kept(book, built):
    result = refresh.refresh(book, as_of=HISTORY)
    assert Package.read(book).data == result.package.to_bytes() != built
    assert result.backup.read_bytes() == built


# ---- inputs are the workbook's own -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "month", "value", "watched"),
    [
        ("plan.mining_cost", None, 2.10, "ops.cost_per_oz"),
        ("proceeds_account.floor", None, 2_500_000, "cover.minimum"),
        ("interest.margin_after", None, 0.03, "ratio.min_dscr"),
        ("market.gold_forward", None, 310.0, "ratio.min_llcr"),
        ("plan.capex", 2, 4_000_000, "cover.minimum"),
        ("note.conversion_price", None, 3.0, "note.shares"),
    ],
)
def test_an_input_typed_into_the_workbook_counts(package, key, month, value, watched):
    before = at(package, watched)
    result = refresh.calculate(put(package, key, value, month))
    assert at(result.package, watched) != before
    assert at(result.package, key, month) == value


def test_an_actual_of_the_analyst_takes_the_plans_place(package):
    result = refresh.calculate(put(package, "actual.ore", 70_000.0, 1), as_of=HISTORY)
    assert at(result.package, "ops.ore", 1) == 70_000
    assert at(result.package, "actual.ore", 1) == 70_000
    assert result.values["plan.ore"][1, 0] != 70_000


def test_a_blank_actual_leaves_the_plan_and_a_blank_plan_is_nothing(package):
    result = refresh.calculate(put(package, "plan.ore", None, 1), as_of=HISTORY)
    assert result.values["ops.ore"][1, 0] == 0
    assert at(result.package, "plan.ore", 1) is None


def test_days_of_production_count(package):
    """A day's own figure on sheet Daily goes before the plan's, up to the as-of date."""
    places = places_in(package)
    sheet, reference = list(places.daily_at("daily_actual"))[40]
    _, used = list(places.daily_at("daily_used"))[40]
    result = refresh.calculate(package.patch({sheet: {reference: 7.0}}), as_of=HISTORY)
    assert result.package.cells(sheet)[used].value == 7.0
    earlier = refresh.calculate(package.patch({sheet: {reference: 7.0}}), as_of=dt.date(1996, 8, 31))
    assert earlier.package.cells(sheet)[used].value != 7.0


# ---- what the user has moved or added --------------------------------------------------------------------------------


REFERENCE = re.compile(r"((?:'[^']+'|\w+)!)?(\$?[A-Z]{1,3}\$?)(\d+)(?::(\$?[A-Z]{1,3}\$?)(\d+))?(?![\w(])")


def with_rows_swapped(package, sheet, one, other):
    """The workbook after somebody has exchanged two rows of a sheet: every reference follows, as it would in Excel."""
    swap = {str(one): str(other), str(other): str(one)}

    def follows(formula, home):
        def moved(match):
            where, column, row, last_column, last_row = match.groups()
            if (where or f"{home}!").strip("!'") != sheet:
                return match[0]
            tail = f":{last_column}{swap.get(last_row, last_row)}" if last_row else ""
            return f"{where or ''}{column}{swap.get(row, row)}{tail}"

        return REFERENCE.sub(moved, formula)

    contents = parts(package.to_bytes())
    names = package.sheet_names
    for k, name in enumerate(names, start=1):
        part = f"xl/worksheets/sheet{k}.xml"
        xml = contents[part].decode()
        xml = re.sub(r"(<f[^>]*>)([^<]+)(?=</f>)", lambda m, home=name: m[1] + follows(m[2], home), xml)
        contents[part] = (rows_swapped(xml, one, other) if name == sheet else xml).encode()
    book = contents["xl/workbook.xml"].decode()
    pattern = r"(<definedName[^>]*>)([^<]+)(?=</definedName>)"
    contents["xl/workbook.xml"] = re.sub(pattern, lambda m: m[1] + follows(m[2], ""), book).encode()
    return packed(contents, package.name)


def rows_swapped(xml, one, other):
    """A sheet with two rows exchanged: their cells, array ranges and validations carry the new numbers."""
    rows = {number: re.search(rf'<row r="{number}".*?</row>', xml, re.DOTALL) for number in (one, other)}
    first, second = sorted(rows.values(), key=lambda match: match.start())

    def numbered(text, new):
        text = re.sub(r'<row r="\d+"', f'<row r="{new}"', text)
        text = re.sub(r'(<c r="[A-Z]+)\d+', rf"\g<1>{new}", text)
        return re.sub(r'(ref="[A-Z]+)\d+(:[A-Z]+)\d+', rf"\g<1>{new}\g<2>{new}", text)

    now = {
        first.group(): numbered(second.group(), min(one, other)),
        second.group(): numbered(first.group(), max(one, other)),
    }
    xml = (
        xml[: first.start()]
        + now[first.group()]
        + xml[first.end() : second.start()]
        + now[second.group()]
        + xml[second.end() :]
    )
    return xml


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("plan.refining", "plan.freight"),  # single inputs with names
        ("plan.site_cost", "plan.capex"),  # inputs by month
        ("ops.mining", "ops.site"),  # formulas by month
        ("proceeds.capex_3m", "proceeds.formula"),  # array formulas over the months
        ("actual.cost", "actual.account"),
    ],
)
def test_a_row_that_the_user_moved_is_found_by_its_key(package, history, one, other):
    sheet, row = model.BOOK.place[one]
    moved = with_rows_swapped(package, sheet, row, model.BOOK.place[other][1])
    assert Places(moved).home[one].rows[one] == model.BOOK.place[other][1]
    result = refresh.calculate(moved, as_of=HISTORY)
    assert result.typed_over == []
    for key in (one, other, "proceeds.closing", "cover.shortfall", "checks.light"):
        assert line(result.package, key) == line(history.package, key)


def test_an_input_in_a_moved_row_is_read_there(package):
    _, row = model.BOOK.place["plan.refining"]
    moved = with_rows_swapped(package, "Plan", row, model.BOOK.place["plan.freight"][1])
    result = refresh.calculate(put(moved, "plan.refining", 9.0))
    assert result.values["plan.refining"] == 9.0
    assert result.values["plan.freight"] == 2.5


def test_cells_and_columns_of_the_users_own_survive(package):
    own = {"B200": "My notes", f"{BESIDE}5": "My column", f"{BESIDE}36": 42.0, "E200": 3.5}
    theirs = package.patch({"Loan": own, "Cover": {"H3": "asked the bank on Tuesday"}})
    result = refresh.calculate(theirs, as_of=HISTORY)
    cells = result.package.cells("Loan")
    assert {reference: cells[reference].value for reference in own} == own
    assert result.package.cells("Cover")["H3"].value == "asked the bank on Tuesday"
    assert at(result.package, "cover.shortfall") == pytest.approx(1_500_000, abs=0.01)


def with_sheet(package, name, xml):
    """The workbook with a sheet of the user's own as its last."""
    contents = parts(package.to_bytes())
    contents["xl/worksheets/sheet99.xml"] = xml
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
    contents["[Content_Types].xml"] = contents["[Content_Types].xml"].replace(
        b"</Types>", f'<Override PartName="/xl/worksheets/sheet99.xml" ContentType="{kind}"/></Types>'.encode()
    )
    link = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
    contents["xl/_rels/workbook.xml.rels"] = contents["xl/_rels/workbook.xml.rels"].replace(
        b"</Relationships>",
        f'<Relationship Id="rId99" Type="{link}" Target="worksheets/sheet99.xml"/></Relationships>'.encode(),
    )
    contents["xl/workbook.xml"] = contents["xl/workbook.xml"].replace(
        b"</sheets>", f'<sheet name="{name}" sheetId="99" r:id="rId99"/></sheets>'.encode()
    )
    return packed(contents, package.name)


def test_a_sheet_of_the_users_own_gets_fresh_values_and_survives_byte_for_byte(package):
    xml = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>Key</t></is></c><c r="B1"><f>Loan!$G$%d*2</f><v>1</v></c></row>'
        b'<row r="2"><c r="A2" t="inlineStr"><is><t>ours</t></is></c></row></sheetData></worksheet>'
    ) % model.BOOK.place["loan.closing"][1]
    theirs = with_sheet(package, "Mine", xml)
    result = refresh.calculate(theirs, as_of=HISTORY)
    after = parts(result.package.to_bytes())
    owed = result.values["loan.closing"][0, 0]
    assert after["xl/worksheets/sheet99.xml"] == xml.replace(b"<v>1</v>", b"<v>%d</v>" % (owed * 2))
    assert "Mine" in result.package.sheet_names
    before = parts(theirs.to_bytes())
    unchanged = [name for name in before if not name.startswith(("xl/worksheets/sheet", "xl/workbook.xml"))]
    assert all(after[name] == before[name] for name in unchanged)
    assert after["xl/workbook.xml"] == before["xl/workbook.xml"]
    assert at(result.package, "cover.shortfall") == pytest.approx(1_500_000, abs=0.01)


def test_a_renamed_sheet_is_still_found(package):
    contents = parts(package.to_bytes())
    for name, xml in contents.items():
        if name.startswith("xl/worksheets/sheet") or name == "xl/workbook.xml":
            contents[name] = xml.replace(b"Actuals!", b"Ist!").replace(b'name="Actuals"', b'name="Ist"')
    result = refresh.calculate(packed(contents), as_of=HISTORY)
    assert at(result.package, "cover.shortfall") == pytest.approx(1_500_000, abs=0.01)


def test_a_value_typed_over_a_formula_is_named_and_used(package):
    places = places_in(package)
    sheet, reference = list(places.months_at("ops.mining"))[8]
    contents = parts(package.to_bytes())
    part = f"xl/worksheets/sheet{package.sheet_names.index(sheet) + 1}.xml"
    cell = re.search(rf'<c r="{reference}"([^>]*)><f>[^<]*</f><v>[^<]*</v></c>'.encode(), contents[part])
    contents[part] = contents[part].replace(cell[0], b'<c r="%b"%b><v>777</v></c>' % (reference.encode(), cell[1]))
    theirs = packed(contents)
    result = refresh.calculate(theirs, scenario="High cost")
    assert result.typed_over == [f"{sheet}!{reference}"]
    found, model_s = (
        [done.package.cells(sheet)[ref].value for _, ref in places.months_at("ops.mining")]
        for done in (result, refresh.calculate(package, scenario="High cost"))
    )
    assert found == [*model_s[:8], 777.0, *model_s[9:]]
    assert result.values["ops.mining"][:, 0].tolist() == found
    more, without = (
        done.values["ops.cost"][8, 0] for done in (result, refresh.calculate(package, scenario="High cost"))
    )
    assert more - without == pytest.approx(777.0 - model_s[8])


def test_a_line_typed_over_is_calculated_again_when_its_formula_is_back(package):
    result = refresh.calculate(package, scenario="High cost")
    assert result.typed_over == []


# ---- what cannot be used is refused in one line ----------------------------------------------------------------------


def refused(package, match, **asked):
    with pytest.raises(WorkbookError, match=match) as caught:
        refresh.calculate(package, **asked)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "month", "value", "message"),
    [
        ("plan.recovery", None, "about 85%", r"Plan!E7: 'about 85%' must be a number \(fraction\)"),
        ("plan.recovery", None, 85.0, r"Plan!E7: 85 must be between 0 and 1 \(fraction\)"),
        ("plan.recovery", None, None, r"Plan!E7: is blank; it must be a number \(fraction\)"),
        ("plan.recovery", None, True, r"Plan!E7: True must be a number"),
        ("plan.ore", 3, "150 000", r"Plan!J12: '150 000' must be a number \(tons\)"),
        ("plan.ore", 3, Error("#REF!"), r"Plan!J12: holds #REF!; correct the input"),
        ("plan.ore", 3, -5.0, r"Plan!J12: -5 must be between 0"),
        ("actual.ore", 1, "n/a", r"Actuals!H\d+: 'n/a' must be a number"),
        ("plan.balance_date", None, 0.5, r"Plan!E\d+: 0.5 is not a date from 1900 to 9999"),
        ("plan.balance_date", None, 35338.75, r"Plan!E\d+: 35338.75 must be a date without a time"),
        ("plan.balance_date", None, dt.date(1996, 9, 29), r"Opening balance sheet must be a month-end of the model"),
        ("plan.mechanical", None, "June 1997", r"'June 1997' must be a date"),
        ("plan.extensions", None, 3.0, r"Extensions .* must be at most 2"),
        ("plan.extensions", None, 1.5, r"1.5 must be a whole number"),
        ("plan.gold_price", None, 0.0, r"Gold price of the plan must be above 0"),
        ("market.gold_forward", None, 50.0, r"must be above 0 in every scenario"),
        ("cover.as_of", None, dt.date(1996, 6, 30), r"Cover!E7: as-of date 1996-06-30 must be between 1996-07-31"),
        ("cover.as_of", None, dt.date(2003, 6, 30), r"Cover!E7: as-of date 2003-06-30 .* the market data reach"),
        ("cover.scenario", None, "Boom", r"scenario 'Boom' is not one of Base, Low price"),
        ("interest.margin_before", None, 2.25, r"Terms!E\d+: 2.25 must be between -0.1 and 1"),
        ("cover.scenario", None, "Drought + Boom", r"scenario 'Boom' is not one of Base, Low price"),
        ("cover.scenario", None, "Drought + drought", r"scenario 'Drought' is given twice in 'Drought \+ drought'"),
        ("cover.scenario", None, " Drought ", r"scenario ' Drought ' is not one of Base"),
        ("interest.margin_before", None, -0.05, r"margin_before -0.05 must be a rate per year as a decimal, 0 to 1"),
        ("commitment_fee.rate", None, -0.05, r"must be a rate per year as a decimal, 0 to 1"),
        ("proceeds_account.months", None, 12_001.0, r"must be a whole number of months, 1 to 12,000"),
        ("note.frequency", None, 24.0, r"must be a whole number of times a year, 1 to 12"),
        ("note.maturity", None, dt.date(2097, 1, 1), r"must be within 100 years of the as-of date"),
        ("loan.default_margin", None, 0.99, r"must be at most 97\.7500%: with the margin 100%"),
        ("royalty.rate", None, 1.5, r"Terms!E\d+: 1.5 must be between 0 and 1 \(fraction\)"),
        ("facility.day_count", None, "ACT/364", r"Terms!E\d+: facility.day_count ACT/364 must be a day count"),
        ("facility.day_count", None, 360.0, r"Terms!E\d+: 360.0 must be a text"),
        ("facility.effective_date", None, dt.date(1996, 8, 11), r"must stay in 1996-07"),
        ("instalments.first", None, dt.date(1997, 10, 31), r"must be a month-end of the instalments' months"),
        ("instalments.count", None, 9.0, r"must be from 1 to 8, the rows of sheet Loan"),
        ("instalments.count", None, 0.0, r"must be from 1 to 8"),
        ("instalments.method", None, "balloon", r'must be "equal" or "level"'),
        ("commercial_production.mode", None, "weekly", r'must be "daily" or "average"'),
    ],
)
def test_a_wrong_input_is_named_with_its_cell(package, key, month, value, message):
    refused(put(package, key, value, month), message)


def test_advances_above_the_credit_are_refused(package):
    refused(
        put(package, "actual.advance", 5_000.0, 2), r"Actuals!G\d+: advances come to 19,505,000, above", as_of=HISTORY
    )


def test_level_service_below_the_interest_is_refused(package):
    """From signing to the only two instalments, four years on, more interest accrues than level service pays."""
    late = put(put(package, "instalments.method", "level"), "instalments.first", dt.date(2000, 9, 30))
    refused(
        put(put(late, "instalments.count", 8.0), "market.libor_forward", 0.12), r"level service is below the interest"
    )


def test_a_key_twice_is_refused(package):
    refused(package.patch({"Loan": {"A300": "loan.margin"}}), r"Loan!A300: key loan.margin is duplicated")
    refused(package.patch({"Plan": {"A300": "loan.margin"}}), r"key loan.margin stands on Plan and on Loan")


def test_a_missing_line_is_named(package):
    sheet, reference = places_in(package).value_at("plan.recovery")
    row = reference.lstrip("E")
    refused(package.patch({sheet: {f"A{row}": None}}), r"line plan.recovery of sheet Plan is missing \(1 in all\)")


def test_keys_and_headings_of_the_users_own_are_not_lines_of_the_model(package):
    """Their sheet has a column "Key" with a value twice; on ours a year heads a column of theirs."""
    xml = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        + b"".join(b'<row r="%d"><c r="A%d" t="str"><v>%b</v></c></row>' % (k, k, v) for k, v in KEYED)
        + b"</sheetData></worksheet>"
    )
    theirs = with_sheet(package, "Mine", xml).patch({"Loan": {"CT5": 2004.0, "A2": "Key"}})
    result = refresh.calculate(theirs)
    assert (result.edited, result.typed_over) == ([], [])
    assert result.values["loan.closing"].sum() == refresh.calculate(package).values["loan.closing"].sum()


KEYED = [(1, b"Key"), (2, b"Gold"), (3, b"Gold")]


def test_a_heading_twice_or_gone_is_refused(package):
    refused(package.patch({"Plan": {"CT5": "Total or value"}}), r"Plan!CT5: heading 'Total or value' is duplicated")
    refused(
        package.patch({"Plan": {"E5": "Value"}}), r"Plan: no column is headed 'Total or value'; put the heading back"
    )
    refused(package.patch({"Scenarios": {"K5": "Dürre"}}), r"Scenarios: no column is headed 'Drought'; put the heading")


def test_a_workbook_saved_without_the_values_of_its_formulas_is_refreshed(package):
    """As openpyxl saves one: the months of the headings are then known by their formulas alone."""
    bare = {
        sheet: {ref: None for ref, cell in package.cells(sheet).items() if cell.formula}
        for sheet in package.sheet_names
    }
    result = refresh.calculate(package.patch(bare))
    assert result.package.cells("Loan") == refresh.calculate(package).package.cells("Loan")


def test_a_missing_month_is_named(package):
    contents = parts(package.to_bytes())
    part = f"xl/worksheets/sheet{package.sheet_names.index('Loan') + 1}.xml"
    contents[part] = re.sub(rb'<c r="H5"[^>]*>.*?</c>', b"", contents[part])
    refused(packed(contents), r"Loan: 88 months in a row in the header, 90 are needed")


def test_another_workbook_is_refused():
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as other:
        other.add_worksheet("Sheet1").write_string("A1", "Key")
    refused(Package(buffer.getvalue(), "other.xlsx"), r"other.xlsx: has no line of the lender model")


def test_nothing_is_written_when_an_input_is_wrong(package, tmp_path):
    path = tmp_path / "model.xlsx"
    spoiled = put(package, "plan.recovery", "?").to_bytes()
    path.write_bytes(spoiled)
    with pytest.raises(WorkbookError):
        refresh.refresh(path)
    assert path.read_bytes() == spoiled
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.xlsx"]


# ---- market files ----------------------------------------------------------------------------------------------------


@pytest.fixture
def market(tmp_path):
    """A folder of market files for a test to change."""
    folder = tmp_path / "market"
    folder.mkdir()
    for name in case.MARKET_FILES:
        shutil.copy(case.CASE / "market" / name, folder)
    return folder


def edit(file, old, new):
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_new_prices_are_read_and_nothing_else_changes(package, market):
    lines = (market / "metals_monthly_lbma.csv").read_text(encoding="utf-8").splitlines()
    august = next(line for line in lines if line.startswith("1996-08"))
    gold = august.split(",")[1]
    edit(market / "metals_monthly_lbma.csv", august, august.replace(gold, "401.25", 1))
    result = refresh.calculate(package, market=market, as_of=HISTORY)
    assert at(result.package, "market.gold_actual", 1) == 401.25
    assert result.values["market.gold"][1, 0] == 401.25
    plain = refresh.calculate(package, as_of=HISTORY).package
    actual = {
        where
        for key in ("gold", "silver", "libor", "cpi")
        for where in places_in(package).months_at(f"market.{key}_actual")
    }
    inputs = {where for where in changed_cells(plain, result.package) if formula_at(package, where) is None}
    assert inputs - stamps(package) == {list(places_in(package).months_at("market.gold_actual"))[1]} <= actual


def test_a_longer_market_file_moves_the_last_as_of_date(package, market):
    with pytest.raises(WorkbookError, match="must be between 1996-07-31 and 2001-12-31"):
        refresh.calculate(package, as_of=dt.date(2002, 1, 31))
    with (market / "metals_monthly_lbma.csv").open("a", encoding="utf-8") as file:
        header = (market / "metals_monthly_lbma.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
        prices = {"month": "2002-01", "silver_avg_usd_per_troy_oz": "4.51"}
        file.write(",".join(prices.get(name, "281.5") for name in header) + "\n")
    result = refresh.calculate(package, as_of=dt.date(2002, 1, 31), market=market)
    assert result.values["market.gold"][66, 0] == 281.5


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        (
            "metals_monthly_lbma.csv",
            "gold_pm_avg_usd_per_troy_oz",
            "gold",
            r"metals_monthly_lbma.csv, line 1: no column gold_pm",
        ),
        (
            "usd_libor_monthly.csv",
            "1994-01,3.14688,3.27188,3.25,",
            "1996-08,3.1,3.2,?,",
            r"usd_libor_monthly.csv, line \d+: .* must be a positive number",
        ),
        (
            "us_cpi_u_monthly.csv",
            "157.",
            "-157.",
            r"us_cpi_u_monthly.csv, line \d+: .*'-157\.\d' must be a positive number",
        ),
    ],
)
def test_a_bad_market_file_is_named_with_its_line(package, market, name, old, new, message):
    edit(market / name, old, new)
    with pytest.raises(CaseError, match=message):
        refresh.calculate(package, market=market)


def test_a_market_folder_without_its_files_is_named(package, market):
    (market / "us_cpi_u_monthly.csv").unlink()
    with pytest.raises(CaseError, match=r"us_cpi_u_monthly.csv: no such file; a market folder holds metals_monthly"):
        refresh.calculate(package, market=market)
    with pytest.raises(CaseError, match=r"no such file"):
        refresh.calculate(package, market=market / "nowhere")


@pytest.mark.parametrize("content", [b"", b"month\n", b"\xff\xfe\x00m", b"month,\x00\n"])
def test_a_market_file_that_is_none_is_named(package, market, content):
    (market / "metals_monthly_lbma.csv").write_bytes(content)
    with pytest.raises(CaseError, match=r"metals_monthly_lbma.csv"):
        refresh.calculate(package, market=market)


def test_figures_pass_through_the_file_exactly(package):
    """Every input read back is the case's own, to the last bit."""
    read, (given, _) = places_in(package).inputs(), case.inputs()
    assert read.keys() == given.keys()
    for key, value in ((key, given[key]) for key in given.keys() - model.NO_RESULTS.keys()):
        if np.asarray(value).dtype.kind == "f":
            assert np.array_equal(np.asarray(read[key], dtype=float), value, equal_nan=True), key
        else:
            is_date = np.asarray(value).dtype.kind == "M"  # a blank is not a date, and equals no other
            assert np.array_equal(np.asarray(read[key]), np.asarray(value), equal_nan=is_date), key
