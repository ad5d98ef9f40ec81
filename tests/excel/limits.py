"""What makes Excel say "We found a problem with some content", beyond the schemas: its own limits, and loose ends.

Excel opens no second file to guess what a first one meant: it repairs, which loses something, or refuses.
"""

import collections
import functools
import io
import math
import posixpath
import re
import zipfile

from lxml import etree
from openpyxl.formula import Tokenizer
from openpyxl.utils import column_index_from_string, range_boundaries

S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
REL = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
CHART_F = "{http://schemas.openxmlformats.org/drawingml/2006/chart}f"
ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!"}
CELL = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
R1C1 = re.compile(r"[Rr]\d*[Cc]?\d*|[Cc]\d*")
NAME = re.compile(r"[^\W\d]|[^\W\d][\w.?\\]*|[\\_][\w.?\\]*")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
SHEET = re.compile(r"\"[^\"]*\"|#[A-Z0/]+!|'((?:[^']|'')+)'!|\b([A-Za-z_]\w*)!")
TEXT = 32_767  # characters of a cell
FORMULA = 8_192  # characters of a formula, and 64 levels, 255 arguments, 255 characters of a text in it
LIMITS = {"promptTitle": 32, "errorTitle": 32, "prompt": 255, "error": 255}


def faults(file):
    """Each fault in one line; none in a workbook that Excel takes as it is."""
    with zipfile.ZipFile(io.BytesIO(file)) as package:
        names = package.namelist()
        parts = {name: package.read(name) for name in names}
    tree = {name: etree.fromstring(part) for name, part in parts.items() if name.endswith((".xml", ".rels"))}
    sheets = [sheet.get("name") for sheet in tree["xl/workbook.xml"].iter(f"{S}sheet")]
    styles = tree["xl/styles.xml"]
    yield from of_types(names, tree["[Content_Types].xml"])
    yield from of_relationships(names, tree)
    yield from of_titles(sheets)
    yield from of_names(tree["xl/workbook.xml"], sheets)
    yield from of_styles(styles)
    texts = list(tree["xl/sharedStrings.xml"].iter(f"{S}si")) if "xl/sharedStrings.xml" in tree else []
    yield from (f"shared text {text[:40]!r}" for text in map(plain, texts) if too_much(text))
    for name, root in tree.items():
        if name.startswith("xl/worksheets/sheet"):
            lines = [*of_cells(root, len(texts), len(styles.find(f"{S}cellXfs")), sheets), *of_areas(root)]
            lines += [*of_rules(root, styles), *of_validations(root), *of_pages(root, sheets)]
            yield from (f"{name}: {line}" for line in lines)
        if name.startswith("xl/charts/chart"):
            yield from (f"{name}: series of {f.text}" for f in root.iter(CHART_F) if sheet_of(f.text) not in sheets)


def plain(item):
    return "".join(text.text or "" for text in item.iter(f"{S}t"))


def too_much(text):
    return len(text) > TEXT or bool(CONTROL.search(text))


def sheet_of(reference):
    return (reference or "").rpartition("!")[0].strip("'").replace("''", "'")


@functools.cache
def of_formula(text):
    """What is wrong with a formula."""
    found, open_calls = [], []
    for token in Tokenizer("=" + text.removeprefix("=")).items:
        if token.subtype == "OPEN":
            open_calls.append(1)
            found += ["nested deeper than 64"] if len(open_calls) > 64 else []
        elif token.subtype == "CLOSE":
            found += ["more than 255 arguments"] if open_calls.pop() > 255 else []
        elif token.type == "SEP" and open_calls:
            open_calls[-1] += 1
        elif token.type == "OPERAND" and token.subtype == "TEXT" and len(token.value) > 257:
            found.append(f"text of {len(token.value) - 2} characters in a formula")
        elif token.type == "OPERAND" and token.subtype == "ERROR" and token.value == "#REF!":
            found.append("#REF! in a formula")
    found += ["brackets do not match"] if open_calls else []
    return (*found, *([f"formula of {len(text)} characters"] if len(text) > FORMULA else []))


def of_types(names, types):
    for name, count in collections.Counter(name.lower() for name in names).items():
        if count > 1:
            yield f"part {name} is duplicated"
    listed = {part.get("PartName").lstrip("/") for part in types.iter("{*}Override")}
    kinds = {kind.get("Extension").lower() for kind in types.iter("{*}Default")}
    yield from (f"content type for {part}, which is not there" for part in listed - set(names))
    for name in set(names) - listed:
        if name.rpartition(".")[2].lower() not in kinds:
            yield f"{name} has no content type"


def of_relationships(names, tree):
    reached = {"[Content_Types].xml"} | {name for name in names if name.endswith(".rels")}
    for name, root in tree.items():
        if not name.endswith(".rels"):
            continue
        base = posixpath.dirname(posixpath.dirname(name))
        ids = collections.Counter(link.get("Id") for link in root.iter(REL))
        yield from (f"{name}: {key} is duplicated" for key, count in ids.items() if count > 1)
        for link in root.iter(REL):
            if link.get("TargetMode") != "External":
                target = link.get("Target")
                at = target.lstrip("/") if target[0] == "/" else posixpath.normpath(posixpath.join(base, target))
                reached.add(at)
                if at not in names:
                    yield f"{name}: {link.get('Id')} leads to {at}, which is not there"
        source = tree.get(posixpath.join(base, posixpath.basename(name).removesuffix(".rels")))
        used = {
            v
            for e in (source.iter(etree.Element) if source is not None else ())
            for k, v in e.items()
            if k[: len(R)] == R
        }
        yield from (f"{name}: {key} has no relationship" for key in used - set(ids) - {""})
    yield from (f"{name} is reached by no relationship" for name in set(names) - reached)


def of_titles(sheets):
    for title, count in collections.Counter(title.lower() for title in sheets).items():
        if count > 1 or not 0 < len(title) <= 31 or re.search(r"[\[\]:*?/\\]|^'|'$", title):
            yield f"sheet name {title!r}"


def of_names(workbook, sheets):
    seen = collections.Counter()
    for defined in workbook.iter(f"{S}definedName"):
        name, text = defined.get("name"), defined.text or ""
        seen[name.lower(), defined.get("localSheetId")] += 1
        if not name.startswith("_xlnm.") and (not NAME.fullmatch(name) or is_cell(name) or R1C1.fullmatch(name)):
            yield f"defined name {name!r}"
        if len(name) > 255:
            yield f"defined name of {len(name)} characters"
        yield from (f"defined name {name}: {fault}" for fault in (*of_formula(text), *of_sheets(text, sheets)))
    yield from (f"defined name {key[0]} is duplicated" for key, count in seen.items() if count > 1)


def is_cell(text):
    """Whether a name reads as a cell of Excel's 16,384 columns and 1,048,576 rows."""
    found = CELL.fullmatch(text)
    return bool(found) and column_index_from_string(found[1].upper()) <= 16_384 and 1 <= int(found[2]) <= 1_048_576


@functools.cache
def titles_in(text):
    return {(quoted or bare).replace("''", "'") for quoted, bare in SHEET.findall(text)} - {""}


def of_sheets(text, sheets):
    return [f"no sheet {title!r}" for title in titles_in(text) if title not in sheets and title[0] != "["]


def of_styles(styles):
    for kind in ("fonts", "fills", "borders"):
        size = len(styles.find(f"{S}{kind}"))
        for style in styles.find(f"{S}cellXfs"):
            if int(style.get(f"{kind[:-1]}Id", 0)) >= size:
                yield f"style with {kind} {style.get(f'{kind[:-1]}Id')} of {size}"
    for listed in styles:
        if listed.get("count") and int(listed.get("count")) != len(listed):
            yield f"{etree.QName(listed).localname} says {listed.get('count')}, has {len(listed)}"
    for number in styles.iter(f"{S}numFmt"):
        code = number.get("formatCode")
        sections = re.sub(r'"[^"]*"|\\.|\[[^]]*\]', "", code).split(";")
        if len(code) > 255 or len(sections) > 4 or int(number.get("numFmtId")) < 164:
            yield f"number format {code!r}"


def of_cells(root, texts, styles, sheets):
    last_row, shared = 0, set()
    for row in root.iter(f"{S}row"):
        number, last_column = int(row.get("r")), 0
        if number <= last_row or float(row.get("ht", 0)) > 409.5:
            yield f"row {number} after {last_row}, {row.get('ht')} high"
        last_row = number
        for cell in row.iter(f"{S}c"):
            letters, digits = CELL.fullmatch(cell.get("r")).groups()
            column = column_index_from_string(letters)
            if column <= last_column or int(digits) != number:
                yield f"{cell.get('r')} is out of order"
            last_column = column
            found = [*of_value(cell, texts, styles), *of_content(cell, shared, sheets)]
            yield from (f"{cell.get('r')}: {fault}" for fault in found)


def of_value(cell, texts, styles):
    value, kind = cell.findtext(f"{S}v"), cell.get("t", "n")
    if int(cell.get("s", 0)) >= styles:
        yield f"style {cell.get('s')} of {styles}"
    wrong = {
        "n": lambda: not math.isfinite(float(value)),
        "s": lambda: not 0 <= int(value) < texts,
        "e": lambda: value not in ERRORS,
        "b": lambda: value not in {"0", "1"},
        "str": lambda: too_much(value),
    }
    if value and wrong.get(kind, bool)():
        yield f"value {value[:40]!r} of kind {kind}"


def of_content(cell, shared, sheets):
    formula = cell.find(f"{S}f")
    if formula is None:
        return
    text = formula.text or ""
    yield from (*of_formula(text), *of_sheets(text, sheets))
    if formula.get("t") == "shared" and formula.get("ref"):
        if formula.get("si") in shared:
            yield f"shared formula {formula.get('si')} begins twice"
        shared.add(formula.get("si"))


def of_areas(root):
    """Merged cells and array formulas must not overlap."""
    arrays = [f.get("ref") for f in root.iter(f"{S}f") if f.get("t") == "array"]
    areas = sorted(
        (range_boundaries(ref), ref) for ref in [*arrays, *(m.get("ref") for m in root.iter(f"{S}mergeCell"))]
    )
    for k, (a, first) in enumerate(areas):
        for b, other in areas[k + 1 :]:
            if b[0] > a[2]:  # sorted by their first column
                break
            if a[1] <= b[3] and b[1] <= a[3]:
                yield f"{first} and {other} overlap"


def of_rules(root, styles):
    formats = styles.find(f"{S}dxfs")
    size = 0 if formats is None else len(formats)
    for rule in root.iter(f"{S}cfRule"):
        if rule.get("dxfId") and int(rule.get("dxfId")) >= size:
            yield f"conditional format {rule.get('dxfId')} of {size}"
        for formula in rule.iter(f"{S}formula"):
            yield from (f"conditional format: {fault}" for fault in of_formula(formula.text or ""))


def of_validations(root):
    for valid in root.iter(f"{S}dataValidation"):
        for key, limit in LIMITS.items():
            if len(valid.get(key, "")) > limit:
                yield f"{key} of {len(valid.get(key))} characters"
        for formula in (valid.findtext(f"{S}formula1"), valid.findtext(f"{S}formula2")):
            if len(formula or "") > 255:
                yield f"validation by a formula of {len(formula)} characters"


def of_pages(root, sheets):
    for link in root.iter(f"{S}hyperlink"):
        if "!" in (link.get("location") or "") and sheet_of(link.get("location")) not in sheets:
            yield f"link to {link.get('location')}"
    for side in ("oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter"):
        for text in root.iter(f"{S}{side}"):
            if len(text.text or "") > 255:
                yield f"{side} of {len(text.text)} characters"
