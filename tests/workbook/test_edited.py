"""Formulas that somebody has edited are named and followed; the user's own get fresh values."""

import io
import re
import zipfile

import pytest

from lender_model import refresh
from lender_model.locate import Places
from lender_model.xlsx.package import Package


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
def test_an_edited_formula_is_named_and_followed(package, key, number):
    where = month(package, key, number)
    theirs = with_formula(package, where, lambda formula: f"({formula})*1.1+7")
    result, before = refresh.calculate(theirs, scenario="High cost"), refresh.calculate(package, scenario="High cost")
    assert (result.edited, result.typed_over) == (["!".join(where)], [])
    figure = before.values[key][number, 0]
    assert result.values[key][number, 0] == pytest.approx(figure * 1.1 + 7)
    assert result.package.cells(where[0])[where[1]].value == result.values[key][number, 0]
    assert result.package.cells(where[0])[where[1]].formula == theirs.cells(where[0])[where[1]].formula
    assert not on_load(result.package)


def test_what_depends_on_an_edited_formula_follows_it(package):
    """A hundred dollars more of mining cost in a month are a hundred more of costs, and less of cash."""
    theirs = with_formula(package, month(package, "ops.mining", 20), lambda formula: f"{formula}+100")
    result, before = refresh.calculate(theirs), refresh.calculate(package)
    more = result.values["ops.cost"] - before.values["ops.cost"]
    assert more[:, 0] == pytest.approx([100.0 if t == 20 else 0.0 for t in range(len(more))], abs=1e-6)
    assert result.values["compare.sum@across"][0] < before.values["compare.sum@across"][0]
    assert any("is followed" in note for note in result.notes)


def test_an_edited_array_formula_and_an_edited_total_are_named(package):
    array, total = month(package, "cov.equity_headroom", 0), Places(package).value_at("loan.interest")
    theirs = with_formula(with_formula(package, array, lambda f: f"-({f})"), total, lambda f: f"{f}/2")
    assert sorted(refresh.calculate(theirs).edited) == sorted(["!".join(array), "!".join(total)])


def test_an_edited_heading_of_months_and_an_edited_light_are_named_and_followed(package):
    theirs = with_formula(package, ("Loan", "H5"), lambda formula: f"{formula}+0")
    theirs = with_formula(theirs, ("Plan", "B3"), lambda _: "&quot;all is well&quot;")
    result = refresh.calculate(theirs, scenario="High cost")
    assert sorted(result.edited) == ["Loan!H5", "Plan!B3"]
    assert result.package.cells("Plan")["B3"].value == "all is well"
    assert result.package.cells("Loan")["H5"].value == package.cells("Loan")["H5"].value


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
def test_the_way_a_program_writes_a_formula_down_is_not_an_edit(package, word):
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
    assert refresh.calculate(changed).edited == [f"{sheet}!{first}", f"{sheet}!{second}"]


def test_a_formula_in_an_inputs_place_is_named(package):
    """It is followed: what it depends on may have changed since its last value."""
    sheet, reference = Places(package).value_at("plan.recovery")
    cell = re.compile(rb'(<c r="%b"[^>]*>)<v>' % reference.encode())
    theirs = reworded(package, sheet, lambda xml: cell.sub(rb"\1<f>0.8+0.01</f><v>", xml))
    result = refresh.calculate(theirs)
    assert (result.formula_inputs, result.edited) == ([f"{sheet}!{reference}"], [])
    assert result.inputs["plan.recovery"] == pytest.approx(0.81)
    assert result.package.cells(sheet)[reference].value == pytest.approx(0.81)
    assert refresh.calculate(package).formula_inputs == []


def test_an_edited_formula_of_a_day_is_named_and_followed(package):
    where = list(Places(package).daily_at("daily_used"))[7]
    theirs = with_formula(package, where, lambda formula: f"{formula}*0.5")
    result = refresh.calculate(theirs)
    assert result.edited == ["!".join(where)]
    assert result.package.cells(where[0])[where[1]].value == package.cells(where[0])[where[1]].value * 0.5
    assert not on_load(result.package)


def test_an_address_that_moved_is_not_an_edit(package):
    """As a program rewords it when rows are put in: sheet Checks counts errors in ranges by their addresses."""
    where = Places(package).value_at("check.errors")
    moved = with_formula(package, where, lambda f: f.replace("Loan!$E$6", "'Loan'!$F$8").replace("$30", "$32"))
    assert moved.cells(where[0])[where[1]] != package.cells(where[0])[where[1]]
    assert refresh.calculate(moved).edited == []


def own(*formulas):
    """Rows far below a sheet's own, with a formula each in column B; their last values are nonsense."""
    rows = [f'<row r="{300 + n}"><c r="B{300 + n}"><f>{f}</f><v>-1</v></c></row>' for n, f in enumerate(formulas)]
    return lambda xml: xml.replace(b"</sheetData>", "".join(rows).encode() + b"</sheetData>")


def test_formulas_of_the_user_s_own_get_fresh_values(package):
    """On any sheet, on one another, and with functions that the model does not use."""
    where = "!".join(month(package, "loan.closing", 12)).replace("Loan!", "Loan!$")
    theirs = reworded(
        package, "Cover", own(f"{where}*2", "B300/1000", "NPV(0.1,B300,B301)", "TEXT(B301,&quot;0.0&quot;)")
    )
    result = refresh.calculate(theirs, scenario="High cost")
    owed = result.values["loan.closing"][12, 0]
    found = [result.package.cells("Cover")[f"B{row}"].value for row in range(300, 304)]
    assert found[:2] == pytest.approx([owed * 2, owed * 2 / 1000])
    assert found[2] == pytest.approx(owed * 2 / 1.1 + owed * 2 / 1000 / 1.21)
    assert found[3] == f"{owed * 2 / 1000:.1f}"
    assert (result.edited, result.refused, result.stale) == ([], {}, [])
    assert not on_load(result.package)


def test_a_column_of_the_user_s_own_beside_the_months_gets_fresh_values(package):
    """Growth from month to month, in a column to the right of the model's."""
    sheet, last = month(package, "loan.closing", 89)
    row = last.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    cell = re.compile(rb'(<c r="%b"[^>]*>.*?</c>)' % last.encode())
    formula = f"SUM($G{row}:{last})/COLUMNS($G{row}:{last})"
    mine = f'<c r="CS{row}"><f>{formula}</f><v>-1</v></c>'.encode()
    theirs = reworded(package, sheet, lambda xml: cell.sub(rb"\1" + mine, xml))
    result = refresh.calculate(theirs, scenario="High cost")
    assert result.package.cells(sheet)[f"CS{row}"].value == pytest.approx(result.values["loan.closing"].mean())
    assert (result.edited, result.refused) == ([], {})


def test_a_formula_that_cannot_be_calculated_is_named_and_what_depends_on_it_too(package):
    theirs = reworded(package, "Cover", own("NOW()", "B300+1", "B301*Loan!G36", "1+1"))
    result = refresh.calculate(theirs, scenario="High cost")
    assert result.refused == {"Cover!B300": "calls NOW, which gives a different value every time"}
    assert result.stale == ["Cover!B301", "Cover!B302"]
    assert [result.package.cells("Cover")[f"B{row}"].value for row in range(300, 304)] == [-1.0, -1.0, -1.0, 2.0]
    assert on_load(result.package)
    named = [note for note in result.notes if "NOW" in note or "not recalculated" in note]
    assert [note[:10] for note in named] == ["Cover!B300", "2 cells de"]
    assert "Cover!B301, Cover!B302" in named[1]
    log_lines = [line[0] for line in result.package.cells("Log").items() if "NOT RECALCULATED" in str(line[1].value)]
    assert len(log_lines) == 2
    again = refresh.calculate(reworded(result.package, "Cover", lambda xml: xml.replace(b"NOW()", b"7")))
    assert not on_load(again.package)
    assert again.package.cells("Cover")["B301"].value == 8.0


def test_a_model_s_line_that_depends_on_it_is_not_recalculated_and_keeps_its_last_figures(package):
    """A gold price of chance: whatever follows from it is marked, and costs do not."""
    where = month(package, "market.gold", 30)
    theirs = with_formula(package, where, lambda formula: f"{formula}+0*RAND()")
    result = refresh.calculate(theirs, scenario="High cost")
    assert result.refused == {"!".join(where): "calls RAND, which gives a different value every time"}
    assert result.edited == ["!".join(where)]
    revenue = next(str(area) for area in result.workbook.stale if area.sheet == "Ratios")
    assert revenue in result.stale
    assert result.values["ops.mining"].sum() > refresh.calculate(package).values["ops.mining"].sum()
    assert result.values["ratio.dscr"][40, 0] == package_figure(package, "ratio.dscr", 40)


def package_figure(package, key, number):
    sheet, reference = month(package, key, number)
    return package.cells(sheet)[reference].value


def test_a_circle_is_named_by_its_cells(package):
    theirs = reworded(package, "Cover", own("B301", "B302", "B300+1", "5"))
    result = refresh.calculate(theirs)
    assert set(result.refused) == {"Cover!B300", "Cover!B301", "Cover!B302"}
    assert all("is circular: Cover!B30" in why for why in result.refused.values())
    assert result.package.cells("Cover")["B303"].value == 5.0


def test_a_figure_typed_over_the_daily_plan_stays(package):
    sheet, reference = list(Places(package).daily_at("daily_plan"))[5]
    cell = re.compile(rb'(<c r="%b"[^>]*>)<f>[^<]*</f><v>[^<]*</v>' % reference.encode())
    theirs = reworded(package, sheet, lambda xml: cell.sub(rb"\1<v>77</v>", xml))
    result = refresh.calculate(theirs)
    assert result.typed_over == [f"{sheet}!{reference}"]
    assert result.package.cells(sheet)[reference].value == 77


@pytest.mark.parametrize("key", ["loan.closing", "time.end", "market.gold", "cov.test"])
def test_an_edited_formula_in_error_is_told_and_never_a_traceback(package, run, tmp_path, key):
    where, book = month(package, key, 5), tmp_path / "model.xlsx"
    book.write_bytes(with_formula(package, where, lambda _: "1/0").to_bytes())
    code, said, wrong = run("refresh", book)
    assert (code in {0, 3}, wrong) == (True, [])
    assert [line for line in said if line.startswith(f"! {'!'.join(where)} holds a different formula")]
    assert Package.read(book).cells(where[0])[where[1]].value == "#DIV/0!"
