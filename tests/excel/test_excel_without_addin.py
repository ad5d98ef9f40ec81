"""What a colleague without the add-in sees: the stored figures, as long as Excel has no reason to calculate on opening.

Excel calculates every formula on opening if its own calculation engine is newer than the file's calcId ([MS-XLS]
2.4.215 RecalcId; ECMA-376 part 1, 18.2.2 calcPr), or if fullCalcOnLoad asks for it; and volatile functions always. A
formula whose function is missing would then turn to #NAME?. That Excel really leaves them alone has not been seen.
"""

import io
import re
import zipfile

import pytest
from lxml import etree

from lender_model import refresh
from lender_model.xlsx.cells import Error
from lender_model.xlsx.package import Package

EXCEL_2019_AND_SINCE = 191029  # what Excel 2019, 2021 and Microsoft 365 write
VOLATILE = re.compile(r"(?<![\w.])(?:NOW|TODAY|RAND|RANDBETWEEN|RANDARRAY|OFFSET|INDIRECT|INFO|CELL)\(", re.IGNORECASE)


@pytest.fixture(scope="module", params=["built", "refreshed"])
def package(request, model):
    built = Package(model)
    return built if request.param == "built" else refresh.calculate(built).package


def cells(package):
    return [cell for sheet in package.sheet_names for cell in package.cells(sheet).values()]


def test_excel_is_given_no_reason_to_calculate_on_opening(package):
    with zipfile.ZipFile(io.BytesIO(package.to_bytes())) as archive:
        [asked] = etree.fromstring(archive.read("xl/workbook.xml")).iterfind("{*}calcPr")
    assert dict(asked.attrib) == {"calcId": str(EXCEL_2019_AND_SINCE)}
    assert not [cell.formula for cell in cells(package) if VOLATILE.search(cell.formula or "")]


def test_every_formula_stores_its_figure_and_none_an_error(package):
    formulas = [cell for cell in cells(package) if cell.formula is not None]
    assert len(formulas) > 10_000
    assert not [cell for cell in formulas if cell.value is None and not cell.array]
    assert not [cell for cell in cells(package) if isinstance(cell.value, Error)]
