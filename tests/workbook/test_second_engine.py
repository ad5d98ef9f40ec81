"""A spreadsheet engine that has nothing to do with ours recalculates every native formula, without LibreOffice.

It is Formualizer, from PyPI. It reads what ``drawstop export`` writes: values where a formula calls one of our
functions, every other formula as it stands. The cached values are taken out first, so that none can be handed back.
"""

import datetime as dt
import io
import zipfile

import formualizer
import pytest
from lxml import etree

from drawstop.hosts.links import calls
from lender_model import refresh
from lender_model.books.locate import Places
from lender_model.xlsx.links import without_addin
from lender_model.xlsx.package import Package

LEAST_FORMULAS = 30_000
RELATIVE, ABSOLUTE = 1e-9, 1e-6
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def emptied(package):
    """The workbook with no value in any cell that holds a formula."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package.to_bytes())) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name.startswith("xl/worksheets/sheet"):
                root = etree.fromstring(data)
                for cell in root.iter(f"{MAIN}c"):
                    if cell.find(f"{MAIN}f") is not None:
                        cell.attrib.pop("t", None)
                        for value in cell.findall(f"{MAIN}v"):
                            cell.remove(value)
                data = etree.tostring(root)
            target.writestr(name, data)
    return buffer.getvalue()


def formulas(package):
    """Every cell with a formula."""
    return {
        (sheet, reference): cell
        for sheet in package.sheet_names
        for reference, cell in package.cells(sheet).items()
        if cell.formula is not None
    }


def recalculated(package):
    """What the other engine makes of every formula."""
    blank = emptied(package)
    assert all(cell.value in {None, ""} for cell in formulas(Package(blank)).values())
    return formulas(Package(formualizer.recalculate_xlsx_bytes(blank)["bytes"]))


def differing(package):
    theirs = recalculated(package)
    return [
        (*at, cell.formula, cell.value, theirs[at].value)
        for at, cell in formulas(package).items()
        if not agree(cell.value, theirs[at].value)
    ]


def agree(ours, theirs):
    if isinstance(ours, float | int) and isinstance(theirs, float | int):
        return abs(ours - theirs) <= max(RELATIVE * max(abs(ours), abs(theirs)), ABSOLUTE)
    return (ours or "") == (theirs or "")


def handed_over(package):
    """What ``drawstop export`` writes."""
    return without_addin(package.frozen(calls))


@pytest.mark.parametrize(
    ("as_of", "scenario"), [(None, None), (dt.date(1996, 9, 30), "Base"), (dt.date(1998, 3, 31), "Drought + Low price")]
)
def test_every_native_formula(package, as_of, scenario):
    changed = refresh.calculate(package, as_of=as_of, scenario=scenario).package if as_of else package
    copy = handed_over(changed)
    assert len(formulas(copy)) > LEAST_FORMULAS
    assert differing(copy) == []


def test_a_cached_value_that_is_five_cents_off_is_found(package):
    sheet, reference = list(Places(package).months_at("loan.closing"))[20]
    value = package.cells(sheet)[reference].value
    copy = handed_over(package.patch({sheet: {reference: value + 0.05}}))
    assert [row[:2] for row in differing(copy)] == [(sheet, reference)]
