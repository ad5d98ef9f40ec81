"""The built file, read as a model auditor would: formulas, inputs, styles and layout, not the code that wrote them."""

import functools
import io
import itertools
import math
import os
import re
import subprocess
import sys
import zipfile
from collections import defaultdict, deque
from pathlib import Path

import pytest
from lxml import etree

import lender_model
from drawstop.functions import FUNCTIONS
from lender_model import model, refresh
from lender_model.books.locate import Places
from lender_model.grid import FIRST_MONTH, FIRST_ROW, INPUT, column_name
from lender_model.sheets import ledger
from lender_model.writing import style
from lender_model.xlsx.cells import Error
from lender_model.xlsx.package import Package

COMMITTED = Path(lender_model.__file__).parents[1] / "lender_model.xlsx"
MONTH_COLUMNS = [column_name(FIRST_MONTH + month) for month in range(model.MONTHS)]
MAX_UDF_CALLS = 300

# Functions of Excel 2007, none of them volatile, all of them known to LibreOffice 7.4. What is not here is not used.
NATIVE = frozenset({
    "ABS", "AND", "AVERAGE", "COLUMNS", "COUNT", "COUNTA", "COUNTIF", "COUNTIFS", "DATE", "DAY", "EDATE", "EOMONTH",
    "FIND", "IF", "IFERROR", "INDEX", "IRR", "ISBLANK", "ISERROR", "ISNUMBER", "ISTEXT", "LEN", "LOWER", "MATCH",
    "MAX", "MID", "MIN", "MOD", "MONTH", "N", "NA", "NOT", "OR", "PRODUCT", "ROUND", "ROW", "ROWS", "SUBSTITUTE",
    "SUM", "SUMIF", "SUMIFS", "SUMPRODUCT", "TEXT", "TRIM", "UPPER", "YEAR",
})  # fmt: skip

TOKEN = re.compile(
    r"""
      (?P<text>"(?:[^"]|"")*")
    | (?P<sheet>(?:'(?:[^']|'')+'|[A-Za-z_][\w.]*)!)
    | (?P<cell>\$?[A-Z]{1,3}\$?[0-9]+(?![\w.(]))
    | (?P<call>[A-Za-z_][\w.]*(?=\())
    | (?P<name>[A-Za-z_\\][\w.]*)
    | (?P<number>[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
CELL = re.compile(r"(\$?)([A-Z]+)(\$?)([0-9]+)")


def tokens(formula):
    return [(match.lastgroup, match[0]) for match in TOKEN.finditer(formula)]


def number_of(column):
    return functools.reduce(lambda n, letter: 26 * n + ord(letter) - 64, column, 0)


def place(reference):
    """Row and column of a cell."""
    match = CELL.fullmatch(reference)
    return int(match[4]), number_of(match[2])


def r1c1(formula, reference):
    """A formula as it reads from its own cell: the same in every cell that says the same."""
    row, column = place(reference)

    def relative(text):
        fixed_column, letters, fixed_row, digits = CELL.fullmatch(text).groups()
        r = f"R{digits}" if fixed_row else f"R[{int(digits) - row}]"
        c = f"C{number_of(letters)}" if fixed_column else f"C[{number_of(letters) - column}]"
        return r + c

    return "".join(relative(text) if kind == "cell" else text for kind, text in tokens(formula))


def split(reference):
    return re.fullmatch(r"([A-Z]+)([0-9]+)", reference).groups()


def span(first, last):
    """All cells of a range."""
    (top, left), (bottom, right) = place(first), place(last)
    return [f"{column_name(column - 1)}{row}" for row in range(top, bottom + 1) for column in range(left, right + 1)]


@pytest.fixture(scope="module")
def formulas(package):
    """Every formula of the file: sheet and reference → cell. An array formula stands in its first cell."""
    return {
        (sheet, reference): cell
        for sheet in package.sheet_names
        for reference, cell in package.cells(sheet).items()
        if cell.formula is not None
    }


@pytest.fixture(scope="module")
def places(package):
    return Places(package)


@pytest.fixture(scope="module")
def pages(built):
    """The XML of every worksheet by name."""
    with zipfile.ZipFile(io.BytesIO(built)) as archive:
        book = etree.fromstring(archive.read("xl/workbook.xml"))
        names = [sheet.get("name") for sheet in book.iterfind("{*}sheets/{*}sheet")]
        return {
            name: etree.fromstring(archive.read(f"xl/worksheets/sheet{k}.xml")) for k, name in enumerate(names, start=1)
        }


@pytest.fixture(scope="module")
def styles(built):
    """Every format of a cell: number format, font size, colours, whether text wraps."""
    with zipfile.ZipFile(io.BytesIO(built)) as archive:
        root = etree.fromstring(archive.read("xl/styles.xml"))
    codes = {f.get("numFmtId"): f.get("formatCode") for f in root.iterfind("{*}numFmts/{*}numFmt")}
    fonts, fills = root.findall("{*}fonts/{*}font"), root.findall("{*}fills/{*}fill")

    def colour(node, path):
        found = node.find(path)
        return "" if found is None else "#" + found.get("rgb", "FF")[2:]

    def read(xf):
        font, fill = fonts[int(xf.get("fontId"))], fills[int(xf.get("fillId"))]
        alignment = xf.find("{*}alignment")
        return {
            "format": codes.get(xf.get("numFmtId"), xf.get("numFmtId")),
            "size": float(font.find("{*}sz").get("val")),
            "font": colour(font, "{*}color"),
            "fill": colour(fill, "{*}patternFill/{*}fgColor"),
            "wrap": alignment is not None and alignment.get("wrapText") == "1",
        }

    return [read(xf) for xf in root.iterfind("{*}cellXfs/{*}xf")]


def monthly_sheets():
    return [sheet for sheet in model.SHEETS if sheet.monthly]


def keyed_rows():
    return [(sheet, row) for sheet in model.SHEETS for row in sheet.rows if row.key]


def input_cells(places):
    """Every input cell: its line, sheet and reference."""
    for _, row in keyed_rows():
        if row.value is INPUT:
            yield from ((row, *places.value_at(row.key, k)) for k in range(row.spill))
        if row.start is INPUT:
            yield row, *places.start_at(row.key)
        if row.months is INPUT:
            yield from ((row, *at) for at in places.months_at(row.key))
        if row.inputs_across:
            yield from ((row, *at) for at in places.across_at(row.key, row.width))


# ---- formulas --------------------------------------------------------------------------------------------------------


def test_one_formula_across_every_row(package):
    for sheet in monthly_sheets():
        cells = package.cells(sheet.name)
        for row in range(FIRST_ROW, FIRST_ROW + len(sheet.rows)):
            found = [(f"{column}{row}", cells.get(f"{column}{row}")) for column in MONTH_COLUMNS]
            calculated = [(reference, cell) for reference, cell in found if cell and cell.formula is not None]
            if calculated and calculated[0][1].array:
                assert [cell.array for _, cell in calculated] == [f"{MONTH_COLUMNS[0]}{row}:{MONTH_COLUMNS[-1]}{row}"]
            elif calculated:
                assert len(calculated) == model.MONTHS, f"{sheet.name}, row {row}: formulas in some months only"
                assert len({r1c1(cell.formula, reference) for reference, cell in calculated}) == 1, (sheet.name, row)


def test_the_days_of_daily_run_down_with_one_formula(package):
    cells = package.cells("Daily")
    by_column = defaultdict(list)
    for reference, cell in cells.items():
        column, row = split(reference)
        if cell.formula is not None and int(row) > FIRST_ROW:  # the first day begins the dates
            by_column[column].append(r1c1(cell.formula, reference))
    assert by_column
    assert {column: len(set(found)) for column, found in by_column.items()} == dict.fromkeys(by_column, 1)


def test_no_numbers_in_formulas_but_0_and_1(formulas):
    """Unit factors and rates are named inputs, so that a reader finds each figure once."""
    wrong = {
        at: text
        for at, cell in formulas.items()
        if at[0] != "Functions"  # its examples are what a person would type
        for kind, text in tokens(cell.formula)
        if kind == "number" and text not in {"0", "1"}
    }
    assert wrong == {}


def test_only_plain_functions_and_our_own(formulas):
    used = {text.upper() for cell in formulas.values() for kind, text in tokens(cell.formula) if kind == "call"}
    assert used - NATIVE - set(FUNCTIONS) == set()
    assert used & set(FUNCTIONS)


def test_at_most_300_calls_of_our_functions(formulas):
    calls = [
        (at, text)
        for at, cell in formulas.items()
        if at[0] != "Functions"
        for kind, text in tokens(cell.formula)
        if kind == "call" and text in FUNCTIONS
    ]
    assert 50 < len(calls) <= MAX_UDF_CALLS


def calls(formula):
    """Every call of our functions in a formula: its name, and its arguments as texts; "" is one left out."""
    found, open_, before = [], [("", [""])], ""
    for kind, text in tokens(formula):
        if text == "(":
            open_.append((before, [""]))
        elif text == ")":
            name, given = open_.pop()
            found += [(name, given)] if name in FUNCTIONS else []
            open_[-1][1][-1] += "()"
        elif text == ",":
            open_[-1][1].append("")
        else:
            open_[-1][1][-1] += text
        before = text if kind == "call" else ""
    return found


def test_terms_are_passed_not_left_to_defaults(formulas):
    """A formula that leaves such an argument out would follow the facility's file, not the sheet Terms."""
    left_out = [
        (at, name, parameter.name)
        for at, cell in formulas.items()
        if at[0] != "Functions"
        for name, given in calls(cell.formula)
        for parameter, text in itertools.zip_longest(FUNCTIONS[name].parameters, given, fillvalue="")
        if parameter and parameter.arg.term and not text.strip()
    ]
    assert left_out == []


def test_functions_that_read_terms_by_themselves_are_not_used(formulas):
    """They cannot be given the cells of sheet Terms: PRODUCTION_DEADLINE counts from the deadline in the file."""
    inside = {name for name, function in FUNCTIONS.items() if "term" in function.body.__code__.co_names}
    assert "PRODUCTION_DEADLINE" in inside
    used = {name for at, cell in formulas.items() if at[0] != "Functions" for name, _ in calls(cell.formula)}
    assert used & inside == set()


def test_nothing_is_circular(package, formulas):
    """Every cell waits for the cells that its formula names; an array formula is one cell. All can be calculated."""
    node = {}
    for (sheet, reference), cell in formulas.items():
        filled = span(*cell.array.split(":")) if cell.array and ":" in cell.array else [reference]
        node |= {(sheet, each): (sheet, reference) for each in filled}
    needs = {
        at: {node[each] for each in precedents(package, at[0], cell.formula) if each in node}
        for at, cell in formulas.items()
    }
    waiting = {at: len(others) for at, others in needs.items()}
    users = defaultdict(list)
    for at, others in needs.items():
        for other in others:
            users[other].append(at)
    ready = deque(at for at, count in waiting.items() if count == 0)
    done = 0
    while ready:
        done += 1
        for user in users[ready.popleft()]:
            waiting[user] -= 1
            if waiting[user] == 0:
                ready.append(user)
    assert done == len(formulas), sorted(at for at, count in waiting.items() if count)[:10]


def precedents(package, home, formula):
    """The cells that a formula names, in ranges and by defined names too."""
    sheet, out, first, after_colon = home, set(), None, False
    for kind, text in tokens(formula):
        if kind == "sheet":
            sheet = text[:-1].strip("'").replace("''", "'")
        elif kind == "cell":
            reference = text.replace("$", "")
            out |= {(sheet, each) for each in (span(first, reference) if after_colon and first else [reference])}
            first, after_colon = reference, False
        elif text == ":":
            after_colon = True
        else:
            if kind == "name" and text in package.defined_names:
                out |= precedents(package, home, package.defined_names[text])
            sheet, first, after_colon = home, None, False
    return out


# ---- values ----------------------------------------------------------------------------------------------------------


def test_no_cell_is_in_error(package):
    for sheet in package.sheet_names:
        assert [ref for ref, cell in package.cells(sheet).items() if isinstance(cell.value, Error)] == [], sheet


def test_errors_are_counted_wherever_a_formula_of_the_model_stands(package, formulas, places):
    """All but the cells that show the light, which depends on the count."""
    at = places.value_at("check.errors")
    counted = precedents(package, at[0], formulas[at].formula)
    last = package.sheet_names.index("Certificate")
    stands = {(sheet, ref) for sheet, ref in formulas if sheet in package.sheet_names[: last + 1]}
    uncounted = {(sheet, ref) for sheet, ref in stands - counted if place(ref)[0] >= FIRST_ROW}
    assert uncounted == {places.value_at("cover.light"), places.value_at("dash.checks_ok")}


def test_every_month_that_our_functions_fill_is_held_to_be_a_number(package, formulas, places):
    at = places.value_at("check.numbers")
    counted = precedents(package, at[0], formulas[at].formula)
    filled = {
        (sheet, each)
        for (sheet, reference), cell in formulas.items()
        if sheet in {page.name for page in monthly_sheets()} and split(reference)[0] in MONTH_COLUMNS
        if calls(cell.formula)
        for each in (span(*cell.array.split(":")) if cell.array else [reference])
    }
    assert len(filled) > 20 * model.MONTHS
    assert counted - filled == {places.value_at("checks.digits")}
    assert filled < counted


def test_every_line_has_a_unit_and_every_formula_a_cached_value(formulas):
    for _, row in keyed_rows():
        holds = any(part is not None for part in (row.value, row.start, row.months))
        assert row.unit or not holds or row.key.startswith("cert."), row.key  # statements of the certificate are texts
    blank = [
        at for at, cell in formulas.items() if cell.value is None and '""' not in cell.formula and at[0] != "Functions"
    ]
    assert blank == []


def test_keys_are_unique(package):
    keys = [
        cell.value
        for sheet in package.sheet_names
        for reference, cell in package.cells(sheet).items()
        if split(reference)[0] == "A" and isinstance(cell.value, str) and cell.value not in {"", "Key"}
    ]
    assert len(keys) == len(set(keys)) > len(model.SHEETS)


def test_the_same_column_is_the_same_month_on_every_sheet(package):
    headers = {
        sheet.name: [package.cells(sheet.name)[f"{column}{FIRST_ROW - 1}"].value for column in MONTH_COLUMNS]
        for sheet in monthly_sheets()
    }
    first = next(iter(headers.values()))
    assert all(header == first for header in headers.values())
    assert (first[0], first[-1]) == (35277.0, 37986.0)  # 31-Jul-1996 and 31-Dec-2003
    assert all(28 <= after - before <= 31 for before, after in itertools.pairwise(first))


def test_defined_names_are_neither_functions_nor_cells(package):
    for name in package.defined_names:
        assert name.upper() not in FUNCTIONS
        assert name.upper() not in NATIVE
        assert not re.fullmatch(r"[A-Z]{1,3}[0-9]{1,7}|R([0-9]*)C?([0-9]*)|C[0-9]*", name.upper()), name
        assert re.fullmatch(r"[A-Za-z_\\][\w.]{0,254}", name), name


def test_every_name_points_at_cells_that_are_there(package):
    for name, target in package.defined_names.items():
        if name.startswith("_xlnm."):
            continue
        sheet, _, cells = target.rpartition("!")
        first = cells.partition(":")[0].replace("$", "")
        assert first in package.cells(sheet.strip("'")), (name, target)


# ---- inputs ----------------------------------------------------------------------------------------------------------


def test_inputs_look_like_inputs_and_nothing_else_does(package, places, styles):
    inked = {
        (sheet, reference)
        for sheet in package.sheet_names
        for reference, cell in package.cells(sheet).items()
        if (styles[cell.style]["font"], styles[cell.style]["fill"]) == (style.BLUE.upper(), style.INPUT_FILL.upper())
    }
    expected = {(sheet, reference) for _, sheet, reference in input_cells(places)}
    daily = {at for name in ("daily_actual", "daily_closes") for at in places.daily_at(name)}
    entries = {at for key in ledger.INPUTS for at in places.ledger_at(key)}
    legend = {places.value_at("legend.input")}
    on_functions = {at for at in inked if at[0] == "Functions"}  # its examples are there to be changed
    assert inked - on_functions == expected | daily | entries | legend


def test_every_input_of_a_number_or_date_is_validated(pages, places):
    covered = {
        (name, each)
        for name, page in pages.items()
        for rule in page.iterfind("{*}dataValidations/{*}dataValidation")
        for area in rule.get("sqref").split()
        for each in span(area.partition(":")[0], area.rpartition(":")[2])
    }
    wanted = {
        (sheet, reference)
        for row, sheet, reference in input_cells(places)
        if row.unit not in style.TEXTS or row.choices
    }
    wanted |= {at for name in ("daily_actual", "daily_closes") for at in places.daily_at(name)}
    assert wanted - covered == set()


def test_no_input_breaks_its_own_validation(package, pages):
    for name, page in pages.items():
        cells = package.cells(name)
        for rule in page.iterfind("{*}dataValidations/{*}dataValidation"):
            if rule.get("type") not in {"decimal", "date", "whole"}:
                continue
            low, high = (float(rule.find(f"{{*}}formula{k}").text) for k in (1, 2))
            for area in rule.get("sqref").split():
                for reference in span(area.partition(":")[0], area.rpartition(":")[2]):
                    value = cells[reference].value
                    assert value is None or low <= value <= high, (name, reference, value)


# ---- layout ----------------------------------------------------------------------------------------------------------


def test_every_sheet_has_title_purpose_light_panes_and_print_area(package, pages, built, base):
    with zipfile.ZipFile(io.BytesIO(built)) as archive:
        book = etree.fromstring(archive.read("xl/workbook.xml"))
    local = {
        (defined.get("name"), int(defined.get("localSheetId")))
        for defined in book.iterfind("{*}definedNames/{*}definedName")
        if defined.get("localSheetId")
    }
    for k, (name, page) in enumerate(pages.items()):
        cells = package.cells(name)
        assert cells["B1"].value == name
        assert cells["B2"].value
        [lit] = [at for at, cell in cells.items() if cell.value == f"light.{name}"]
        assert cells["B" + split(lit)[1]].value == base["checks.light"], name
        assert page.find("{*}sheetViews/{*}sheetView/{*}pane[@state='frozen']") is not None, name
        assert ("_xlnm.Print_Area", k) in local, name
        assert page.find("{*}sheetPr/{*}pageSetUpPr").get("fitToPage") == "1", name
        assert page.find("{*}mergeCells") is None, name
        assert page.find("{*}pageSetup").get("paperSize") in {"8", "9"}, name  # A3 or A4


def test_the_unit_says_what_the_number_format_shows(package, places, styles):
    """A format that ends in a comma shows thousands: then, and only then, the unit column says so."""
    for _, row in keyed_rows():
        cell = next(iter(cells_of(places, row)), None)
        if cell is None or not row.unit:
            continue
        sheet, reference = cell
        page = package.cells(sheet)
        code = styles[page[reference].style]["format"].split(";")[0]
        thousands = bool(re.search(r"[#0],+(_.)?$", code))
        unit = page[f"C{split(reference)[1]}"].value
        assert unit.endswith(" 000") == thousands, (row.key, unit, code)
        assert "USD" not in unit
        assert "exact" not in unit


def test_what_arithmetic_leaves_of_an_amount_shows_as_nil(package, pages, styles):
    """0.000000002 dollars would show as 0, and as (0) below zero, where nothing is a dash."""
    for sheet in model.SHEETS:
        rules = pages[sheet.name].iterfind("{*}conditionalFormatting/{*}cfRule[@operator='between']/..")
        ranges = [area.split(":") for rule in rules for area in rule.get("sqref").split()]
        covered = {cell for corners in ranges for cell in span(corners[0], corners[-1])}
        cells = package.cells(sheet.name)
        nil_is_a_dash = {ref for ref, cell in cells.items() if styles[cell.style]["format"].endswith(';"–"_)')}
        assert nil_is_a_dash & package.formulas(sheet.name) <= covered, sheet.name
        assert covered & set(cells) <= nil_is_a_dash, sheet.name


def cells_of(places, row):
    """The cells of a line's own unit."""
    if row.value is not None:
        yield places.value_at(row.key)
    if row.months is not None:
        yield from places.months_at(row.key)


def test_differences_that_are_not_dollars_are_not_called_so(package, places):
    units = {}
    for key in ("sources", "ounces", "pad", "days", "numbers", "errors"):
        sheet, reference = places.value_at(f"check.{key}")
        units[key] = package.cells(sheet)[f"C{split(reference)[1]}"].value
    assert units == {
        "sources": "US$", "ounces": "oz", "pad": "oz", "days": "days", "numbers": "number", "errors": "number",
    }  # fmt: skip


def test_the_light_of_every_sheet_is_red_before_it_is_amber(pages, built):
    """Of its conditions the first that holds stands: a check that fails outdoes an alert."""
    with zipfile.ZipFile(io.BytesIO(built)) as archive:
        looks = etree.fromstring(archive.read("xl/styles.xml")).findall("{*}dxfs/{*}dxf")
    colours = [look.find("{*}font/{*}color") for look in looks]
    for name, page in pages.items():
        rules = [rule for area in page.iterfind("{*}conditionalFormatting[@sqref='B3']") for rule in area]
        rules.sort(key=lambda rule: int(rule.get("priority")))
        found = [(rule.findtext("{*}formula"), "#" + colours[int(rule.get("dxfId"))].get("rgb")[2:]) for rule in rules]
        assert found == [("checks_ok<>1", style.RED), ("checks_alerts<>0", style.AMBER)], name
        assert all(rule.get("stopIfTrue") == "1" for rule in rules)


def parts_named(archive, part, kind):
    """The parts of a kind that a part of the file refers to."""
    folder, _, name = part.rpartition("/")
    relations = f"{folder}/_rels/{name}.rels"
    if relations not in archive.namelist():
        return []
    found = etree.fromstring(archive.read(relations)).iterfind("{*}Relationship")
    return [f"xl/{one.get('Target').removeprefix('../')}" for one in found if one.get("Type").endswith(f"/{kind}")]


def test_charts_show_figures_and_hide_none(package, pages, built):
    """No chart stands over a cell that holds something, and every series has numbers to draw."""
    with zipfile.ZipFile(io.BytesIO(built)) as archive:
        for k, name in enumerate(pages, start=1):
            filled = {place(ref) for ref, cell in package.cells(name).items() if cell.value is not None}
            drawings = parts_named(archive, f"xl/worksheets/sheet{k}.xml", "drawing")
            assert bool(drawings) == (name in {"Dashboard", "Annual", "Risk"}), name
            for drawing in drawings:
                for anchor in etree.fromstring(archive.read(drawing)).iterfind("{*}twoCellAnchor"):
                    corners = itertools.product(("from", "to"), ("row", "col"))
                    top, left, bottom, right = (int(anchor.findtext(f"{{*}}{a}/{{*}}{b}")) + 1 for a, b in corners)
                    under = {at for at in filled if top <= at[0] <= bottom and left <= at[1] <= right}
                    assert under == set(), (name, sorted(under)[:3])
                charts = parts_named(archive, drawing, "chart")
                assert len(charts) == {"Dashboard": 4, "Annual": 2, "Risk": 7}[name]
                for chart in charts:
                    for values in etree.fromstring(archive.read(chart)).iterfind(".//{*}ser/{*}val//{*}f"):
                        sheet, _, cells = values.text.rpartition("!")
                        held = package.cells(sheet.strip("'"))
                        figures = [held[ref].value for ref in span(*cells.replace("$", "").split(":"))]
                        assert sum(isinstance(figure, float) for figure in figures) >= 10, (chart, values.text)


def shown(value, code):
    """About what Excel shows of a number in one of the workbook's formats."""
    positive, negative, zero = [*code.split(";"), "", ""][:3]
    pattern = (negative or positive) if value < 0 else (zero or positive) if value == 0 else positive
    pattern = re.sub(r'_.|\\|"', "", pattern)
    if "mmm" in pattern:
        return "00-mmm-00"
    digits = re.search(r"[#0][#0,]*(\.[#0]+)?,*", pattern)
    if digits is None:
        return pattern
    value = abs(value) * (100 if "%" in pattern else 1) / 1000 ** (len(digits[0]) - len(digits[0].rstrip(",")))
    decimals = digits[1] or ""
    text = f"{value:{',' if '#,##0' in digits[0] else ''}.{max(0, len(decimals) - 1)}f}"
    while decimals.endswith("#") and text.endswith("0"):
        decimals, text = decimals[:-1], text[:-1]
    return pattern[: digits.start()] + text + pattern[digits.end() :]


def widths_of(page):
    out = defaultdict(lambda: 9.14)
    for col in page.iterfind("{*}cols/{*}col"):
        out |= {k: float(col.get("width")) for k in range(int(col.get("min")), int(col.get("max")) + 1)}
    return out


def test_no_text_is_cut_and_no_number_too_wide(package, pages, styles):
    """Widths count digits of the standard font, 11 points; a letter takes about nine tenths of a digit."""
    cut = []
    for name, page in pages.items():
        cells, widths = package.cells(name), widths_of(page)
        heights = {int(row.get("r")): float(row.get("ht", 0)) for row in page.iterfind("{*}sheetData/{*}row")}
        filled = {place(ref) for ref, cell in cells.items() if cell.value is not None}
        hidden = {int(row.get("r")) for row in page.iterfind("{*}sheetData/{*}row[@hidden='1']")}
        for reference, cell in cells.items():
            row, column = place(reference)
            if row in hidden:
                continue
            look, width = styles[cell.style], widths[column]
            if isinstance(cell.value, float) and look["format"] != "0":  # 0 is General, which Excel makes fit
                needed = len(shown(cell.value, look["format"])) * look["size"] / 11
                cut += [(name, reference, cell.value)] if needed > width else []
            elif isinstance(cell.value, str) and cell.value and column > 1:  # keys are there for the machine
                needed = len(cell.value) * 0.9 * look["size"] / 11
                if look["wrap"]:
                    lines = math.ceil(needed / width)
                    cut += (
                        [(name, reference, cell.value)]
                        if heights.get(row) and lines * look["size"] > heights[row]
                        else []
                    )
                    continue
                while needed > width and (row, column + 1) not in filled and column < 200:
                    column += 1
                    width += widths[column]
                cut += [(name, reference, cell.value)] if needed > width else []
    assert cut == []


# ---- the file --------------------------------------------------------------------------------------------------------


def build_elsewhere(path, **environment):
    """Build in a process of its own, whose sets and dictionaries have another order than this one's."""
    paths = os.pathsep.join(filter(None, sys.path))
    script = "import sys; from lender_model import build; sys.stdout.buffer.write(build.build())"
    done = subprocess.run(  # noqa: S603 - this interpreter, a script from here
        [sys.executable, "-c", script], capture_output=True, check=True, cwd=path,
        env={**os.environ, "PYTHONPATH": paths, **environment},
    )  # fmt: skip
    return done.stdout


def test_the_same_inputs_make_the_same_bytes(tmp_path, built):
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    assert build_elsewhere(tmp_path, PYTHONHASHSEED=seed) == built


def test_the_committed_workbook_is_the_one_built(built, monkeypatch):
    committed, fresh = Package.read(COMMITTED), Package(built)
    inputs, delivered = Places(committed).inputs(), Places(fresh).inputs()
    of_run = ["risk.simulation_run", *(f"risk.{kind}_inputs" for kind in ("simulation", "breakeven", "sensitivity"))]
    own = any(inputs[key] != delivered[key] for key in of_run)  # simulated since, or searched, as the README says
    kept = {  # what other simulations and earlier refreshes have noted belongs to the file
        name: {ref: cell.value for ref, cell in committed.cells(name).items() if cell.formula is None}
        for name in (["Risk", "Log"] if own else ["Log"])
    }
    fresh = fresh.patch(kept)
    if inputs["cover.refreshed"]:  # refreshed since, as the README says: then it is the one built, refreshed
        monkeypatch.setattr(refresh, "_stamp", lambda *_: inputs["cover.refreshed"])
        as_of, scenario = inputs["cover.as_of"].item(), inputs["cover.scenario"]
        fresh = refresh.calculate(fresh, as_of=as_of, scenario=scenario).package.patch({"Log": kept["Log"]})
    wanted, found = parts(fresh), parts(committed)
    assert list(found) == list(wanted)
    differs = next((name for name in wanted if not same_part(wanted[name], found[name])), None)
    assert differs is None, f"{differs} differs: build the workbook again with `drawstop build`, and commit it"


def parts(package):
    with zipfile.ZipFile(io.BytesIO(package.to_bytes())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def same_part(one, other):
    """Equal byte for byte but for the last digits of numbers, which differ between processors."""
    value = re.compile(rb"<v>(-?[0-9.]+(?:[eE][-+]?[0-9]+)?)</v>")
    ours, theirs = value.findall(one), value.findall(other)
    close = (math.isclose(float(a), float(b), rel_tol=1e-11, abs_tol=1e-6) for a, b in zip(ours, theirs, strict=False))
    return value.sub(b"<v/>", one) == value.sub(b"<v/>", other) and all(close)
