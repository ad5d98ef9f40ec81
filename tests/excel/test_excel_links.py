"""Workbooks that Excel saved with the add-in's place in their formulas, and the same without it.

The files are made by hand as ECMA-376 part 1 has external links (18.14, 18.17.2.3), with the relationship types that
Excel writes for them ([MS-OI29500]); none was saved by an Excel.
"""

import functools
import io
import re
import zipfile

import pytest
import xlsxwriter
from lxml import etree
from typer.testing import CliRunner

from drawstop.functions import FUNCTIONS
from drawstop.hosts.links import calls, plain
from lender_model import cli
from lender_model.links import without_addin, without_addin_path
from lender_model.xlsx.package import Package

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PATH = f"{OFFICE}/externalLinkPath"
MICROSOFT = "http://schemas.microsoft.com/office/2006/relationships/xlExternalLinkPath"
HERE = r"file:///C:\Users\Ann%20B\AddIns\drawstop.xlam"

_CALL = re.compile(rf"(?<!\w)(?:{'|'.join(FUNCTIONS)})(?=\()")


def linked(book, *links):
    """A workbook's bytes with links to other workbooks, each a relationship's type and target, put in as Excel does."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    numbers = range(1, len(links) + 1)
    references = "".join(f'<externalReference r:id="rIdX{n}"/>' for n in numbers)
    relations = "".join(
        f'<Relationship Id="rIdX{n}" Type="{OFFICE}/externalLink" Target="externalLinks/externalLink{n}.xml"/>'
        for n in numbers
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.externalLink+xml"
    types = "".join(
        f'<Override PartName="/xl/externalLinks/externalLink{n}.xml" ContentType="{kind}"/>' for n in numbers
    )
    after = "</sheets>"
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(
        after, f"{after}<externalReferences>{references}</externalReferences>"
    )
    links_part = "xl/_rels/workbook.xml.rels"
    parts[links_part] = parts[links_part].replace("</Relationships>", f"{relations}</Relationships>")
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace("</Types>", f"{types}</Types>")
    for n, (relationship, target) in zip(numbers, links, strict=True):
        parts[f"xl/externalLinks/externalLink{n}.xml"] = (
            f'<externalLink xmlns="{MAIN}"><externalBook xmlns:r="{OFFICE}" r:id="rId1"><definedNames>'
            '<definedName name="DSCR"/></definedNames></externalBook></externalLink>'
        )
        parts[f"xl/externalLinks/_rels/externalLink{n}.xml.rels"] = (
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{relationship}" Target="{target}" TargetMode="External"/></Relationships>'
        )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return buffer.getvalue()


@pytest.fixture
def plan():
    """A small workbook whose formulas are those that Excel would save beside two links."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet("Cover's")
        sheet.write_formula("A1", "=IFERROR([1]!DSCR(B1,B2),0)", None, 1.5)
        sheet.write_formula("A2", '="[1]!DSCR("&[2]Sheet1!A1', None, "x")
        sheet.write_array_formula("A3:B3", "{=[1]!PROCEEDS_SHORTFALL(C3:D3,E3)}")
        sheet.write_formula("A4", "='Cover''s'!A1+_xludf.DSCR(B1,B2)", None, 3.0)
        sheet.write_formula("A5", "=B1+B2", None, 3.0)
        book.define_name("Cover_now", "=[1]!DSCR('Cover''s'!$B$1,'Cover''s'!$B$2)")
    return buffer.getvalue()


def formulas(package):
    return {reference: cell.formula for reference, cell in package.cells("Cover's").items() if cell.formula}


def names(package):
    with zipfile.ZipFile(io.BytesIO(package.to_bytes())) as archive:
        return set(archive.namelist())


def in_order(package):
    """The package holds together: every part has a type, every relationship a part, the workbook its schema's order."""
    with zipfile.ZipFile(io.BytesIO(package.to_bytes())) as archive:
        parts = set(archive.namelist())
        types = etree.fromstring(archive.read("[Content_Types].xml"))
        links = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        book = etree.fromstring(archive.read("xl/workbook.xml"))
    assert {each.get("PartName")[1:] for each in types if each.get("PartName")} <= parts
    assert {f"xl/{link.get('Target')}" for link in links} <= parts
    ids = {link.get("Id") for link in links}
    assert {each.get(f"{{{OFFICE}}}id") for each in book.iter("{*}externalReference")} <= ids
    assert all(len(each) for each in book.iter("{*}externalReferences"))
    return True


def test_path_of_the_add_in_goes_and_all_else_stays(plan):
    before = Package(linked(plan, (PATH, HERE), (PATH, "file:///C:\\plan.xlsx")))
    after = without_addin_path(before)
    assert formulas(after) == {
        "A1": "IFERROR(DSCR(B1,B2),0)",
        "A2": '"[1]!DSCR("&[2]Sheet1!A1',
        "A3": "PROCEEDS_SHORTFALL(C3:D3,E3)",
        "A4": "'Cover''s'!A1+DSCR(B1,B2)",
        "A5": "B1+B2",
    }
    assert after.defined_names["Cover_now"] == "DSCR('Cover''s'!$B$1,'Cover''s'!$B$2)"
    assert Package(after.to_bytes()).defined_names == after.defined_names
    assert after.cells("Cover's")["A1"].value == 1.5
    assert after.cells("Cover's")["A3"].array == "A3:B3"


def test_a_link_that_others_follow_keeps_its_number(plan):
    before = Package(linked(plan, (PATH, HERE), (PATH, "file:///C:\\plan.xlsx")))
    after = without_addin_path(before)
    assert after.external_books == before.external_books
    assert in_order(after)


def test_the_last_link_goes_with_its_parts(plan):
    alone = Package(plan).patch({"Cover's": {"A2": None}}).frozen(lambda _: False)
    alone = alone.reworded(lambda formula: formula.replace('"[1]!DSCR("&[2]Sheet1!A1', '""'))
    before = Package(linked(alone.to_bytes(), (PATH, HERE)))
    after = without_addin_path(before)
    assert after.external_books == {}
    gone = {"xl/externalLinks/externalLink1.xml", "xl/externalLinks/_rels/externalLink1.xml.rels"}
    assert names(before) - names(after) == gone
    assert in_order(after)


def test_of_two_links_the_last_goes_alone(plan):
    words = {"[1]!": "[9]!", "[2]": "[1]", "[9]!": "[2]!", '"[2]!DSCR("&': ""}
    swapped = Package(plan).reworded(
        lambda text: functools.reduce(lambda text, word: text.replace(*word), words.items(), text)
    )
    links = [(PATH, "file:///C:\\plan.xlsx"), (f"{MICROSOFT}/xlPathMissing", "drawstop.xlam")]
    before = Package(linked(swapped.to_bytes(), *links))
    after = without_addin_path(before)
    assert after.external_books == {1: ("externalLinkPath", "file:///C:\\plan.xlsx")}
    assert formulas(after)["A1"] == "IFERROR(DSCR(B1,B2),0)"
    assert formulas(after)["A2"] == "[1]Sheet1!A1"
    assert in_order(after)


def test_a_link_to_the_start_folder_is_found_on_every_desk_and_stays(plan):
    before = Package(linked(plan, (f"{MICROSOFT}/xlStartup", "drawstop.xlam"), (PATH, "plan.xlsx")))
    assert formulas(without_addin_path(before))["A1"] == "IFERROR([1]!DSCR(B1,B2),0)"
    assert formulas(without_addin(before))["A1"] == "IFERROR(DSCR(B1,B2),0)"


def test_workbook_without_links_stays_byte_for_byte(model):
    package = Package(model)
    assert without_addin_path(package) is package


@pytest.fixture(scope="module")
def travelled(model, tmp_path_factory):
    """The lender model as another desk saved it: every call of ours with the add-in's number."""
    spelled = Package(model).reworded(lambda formula: _CALL.sub(r"[1]!\g<0>", formula))
    path = tmp_path_factory.mktemp("desk") / "model.xlsx"
    path.write_bytes(linked(spelled.to_bytes(), (PATH, HERE)))
    return path


def texts(path):
    package = Package.read(path)
    return [cell.formula or "" for sheet in package.sheet_names for cell in package.cells(sheet).values()]


def test_refresh_and_export_forget_the_other_desk(travelled, tmp_path, model):
    assert any("[1]!" in text for text in texts(travelled))
    copy = tmp_path / "copy.xlsx"
    for command in (["export", str(travelled), str(copy)], ["refresh", str(travelled)]):
        assert CliRunner().invoke(cli.app, command).exit_code == 0
    for path in (copy, travelled):
        assert not any("[1]!" in text for text in texts(path))
        assert Package.read(path).external_books == {}
    ours, built = (package.cells("Proceeds")["G11"] for package in (Package.read(travelled), Package(model)))
    assert (ours.formula, ours.array) == (built.formula, built.array)


# ---- one formula -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("[1]!DSCR(A1,B1)", "DSCR(A1,B1)"),
        ("[3]!DSCR(A1,B1)", "[3]!DSCR(A1,B1)"),
        ("-[1]!dscr(A1,B1)", "-dscr(A1,B1)"),
        ("[1]!MINE(A1)+[1]!DSCR_OLD(A1)", "[1]!MINE(A1)+[1]!DSCR_OLD(A1)"),
        ("[1]Sheet1!A1", "[1]Sheet1!A1"),
        (r"'C:\A B\drawstop.xlam'!DSCR(A1,B1)", "DSCR(A1,B1)"),
        (r"'C:\Ann''s\drawstop.xlam'!DSCR(A1,B1)", "DSCR(A1,B1)"),
        ("drawstop.xlam!DSCR(A1,B1)", "DSCR(A1,B1)"),
        ("@drawstop.xlam!DSCR(A1:A9,B1)", "@DSCR(A1:A9,B1)"),
        (r"1-@'C:\A B\drawstop.xlam'!DSCR(A1:A9,B1)", "1-@DSCR(A1:A9,B1)"),
        (r"'C:\other.xlam'!DSCR(A1,B1)", r"'C:\other.xlam'!DSCR(A1,B1)"),
        ("_xll.DSCR(_xludf.LLCR(1))", "DSCR(LLCR(1))"),
        ('"_xludf.DSCR("&"a""[1]!DSCR("', '"_xludf.DSCR("&"a""[1]!DSCR("'),
        ("'drawstop.xlam'!A1", "'drawstop.xlam'!A1"),
        ("T[[#This Row],[[1]!DSCR(]]", "T[[#This Row],[[1]!DSCR(]]"),
    ],
)
def test_formula_without_the_place_of_the_add_in(formula, expected):
    assert plain(formula, {1}) == expected


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_known_by_its_call(name):
    assert calls(f"=IF(A1,[1]!{name}(A1),0)")
    assert not calls(f'=IF({name},"{name}(A1)",MY_{name}(A1))')
    assert plain(f"[1]!{name}(A1)", {1}) == f"{name}(A1)"
