"""Formulas that somebody has edited are named and left alone; formulas of the user's own are calculated on opening."""

import io
import re
import zipfile

import pytest

from lender_model import refresh
from lender_model.locate import Places
from lender_model.package import Package


def reworded(package, sheet, change):
    """The workbook with the XML of a sheet changed."""
    part = f"xl/worksheets/sheet{package.sheet_names.index(sheet) + 1}.xml"
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package.to_bytes())) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return Package(buffer.getvalue(), package.name)


def with_formula(package, where, word):
    """The workbook with a cell's formula reworded."""
    sheet, reference = where
    cell = re.compile(rb'(<c r="%b"[^>]*><f[^>]*>)([^<]*)(</f>)' % reference.encode())
    return reworded(package, sheet, lambda xml: cell.sub(lambda m: m[1] + word(m[2].decode()).encode() + m[3], xml))


def month(package, key, number):
    return list(Places(package).months_at(key))[number]


def on_load(package):
    with zipfile.ZipFile(io.BytesIO(package.to_bytes())) as archive:
        return b"fullCalcOnLoad" in archive.read("xl/workbook.xml")


@pytest.mark.parametrize(("key", "number"), [("ops.mining", 8), ("loan.closing", 0), ("loan.closing", 89)])
def test_an_edited_formula_is_named_and_left_alone(package, key, number):
    where = month(package, key, number)
    theirs = with_formula(package, where, lambda formula: f"{formula}*1.1")
    result = refresh.calculate(theirs, scenario="High cost")
    assert (result.edited, result.typed_over) == (["!".join(where)], [])
    assert result.package.cells(where[0])[where[1]] == theirs.cells(where[0])[where[1]]
    assert on_load(result.package)


def test_an_edited_array_formula_and_an_edited_total_are_named(package):
    array, total = month(package, "cov.equity_headroom", 0), Places(package).value_at("loan.interest")
    theirs = with_formula(with_formula(package, array, lambda f: f"-({f})"), total, lambda f: f"{f}/2")
    assert sorted(refresh.calculate(theirs).edited) == sorted(["!".join(array), "!".join(total)])


def test_an_edited_heading_of_months_and_an_edited_light_are_named_and_left_alone(package):
    theirs = with_formula(package, ("Loan", "H5"), lambda formula: f"{formula}+0")
    theirs = with_formula(theirs, ("Plan", "B3"), lambda _: "&quot;all is well&quot;")
    result = refresh.calculate(theirs, scenario="High cost")
    assert sorted(result.edited) == ["Loan!H5", "Plan!B3"]
    assert result.package.cells("Plan")["B3"] == theirs.cells("Plan")["B3"]
    assert on_load(result.package)


@pytest.mark.parametrize(
    "word",
    [
        str.lower,
        lambda f: f.replace(",", ", "),
        lambda f: f"  {f}",
        lambda f: f.replace("DUE_WITHIN", "[1]!DUE_WITHIN"),
    ],
    ids=["small letters", "spaces", "space in front", "link to the add-in"],
)
def test_the_way_a_program_writes_a_formula_down_is_no_edit(package, word):
    theirs = with_formula(package, month(package, "proceeds.capex_3m", 0), word)
    assert refresh.calculate(theirs).edited == []


def test_a_shared_formula_is_read_in_each_of_its_cells(package):
    """As Excel stores a formula that was filled to the right: the second month's cell shares that of the first."""
    (sheet, first), (_, second) = month(package, "wf.trade_close", 0), month(package, "wf.trade_close", 1)

    def shared(xml):
        both = rb'\1<f t="shared" ref="%b:%b" si="0">' % (first.encode(), second.encode())
        xml = re.sub(rb'(<c r="%b"[^>]*>)<f>' % first.encode(), both, xml)
        return re.sub(rb'(<c r="%b"[^>]*>)<f>[^<]*</f>' % second.encode(), rb'\1<f t="shared" si="0"/>', xml)

    theirs = reworded(package, sheet, shared)
    assert theirs.cells(sheet)[second].formula == ""
    assert refresh.calculate(theirs).edited == []
    changed = with_formula(theirs, (sheet, first), lambda formula: f"{formula}+1")
    assert refresh.calculate(changed).edited == [f"{sheet}!{first}"]


def test_a_formula_in_an_inputs_place_is_named(package):
    """Its last value is read: what it hangs on may have changed since."""
    sheet, reference = Places(package).value_at("plan.recovery")
    cell = re.compile(rb'(<c r="%b"[^>]*>)<v>' % reference.encode())
    theirs = reworded(package, sheet, lambda xml: cell.sub(rb"\1<f>0.8+0.05</f><v>", xml))
    result = refresh.calculate(theirs)
    assert (result.formula_inputs, result.edited) == ([f"{sheet}!{reference}"], [])
    assert refresh.calculate(package).formula_inputs == []


def test_an_edited_formula_of_a_day_is_named_and_left_alone(package):
    where = list(Places(package).daily_at("daily_used"))[7]
    theirs = with_formula(package, where, lambda formula: f"{formula}*0.5")
    result = refresh.calculate(theirs)
    assert result.edited == ["!".join(where)]
    assert result.package.cells(where[0])[where[1]] == theirs.cells(where[0])[where[1]]
    assert on_load(result.package)


def test_the_sheet_s_name_in_an_address_is_no_edit(package):
    """As a program rewords it when a sheet is renamed: sheet Checks counts errors in ranges by their addresses."""
    where = Places(package).value_at("check.errors")
    renamed = with_formula(package, where, lambda f: f.replace("Loan!", "'My loan'!").replace("Plan!", "Pläne!"))
    assert refresh.calculate(renamed).edited == []


def test_a_formula_of_the_users_own_is_calculated_on_opening(package):
    own = b'<row r="300"><c r="B300"><f>Loan!G36*2</f><v>1</v></c></row></sheetData>'
    assert not on_load(refresh.calculate(package).package)
    result = refresh.calculate(reworded(package, "Cover", lambda xml: xml.replace(b"</sheetData>", own)))
    assert on_load(result.package)
    assert result.edited == []
    again = refresh.calculate(reworded(result.package, "Cover", lambda xml: xml.replace(own, b"</sheetData>")))
    assert not on_load(again.package)


def test_a_figure_typed_over_the_daily_plan_stays(package):
    sheet, reference = list(Places(package).daily_at("daily_plan"))[5]
    cell = re.compile(rb'(<c r="%b"[^>]*>)<f>[^<]*</f><v>[^<]*</v>' % reference.encode())
    theirs = reworded(package, sheet, lambda xml: cell.sub(rb"\1<v>77</v>", xml))
    result = refresh.calculate(theirs)
    assert result.typed_over == [f"{sheet}!{reference}"]
    assert result.package.cells(sheet)[reference].value == 77
