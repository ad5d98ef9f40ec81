"""Bad workbooks and bad places: each fault is said in one line, and the file on the disk stays as it was."""

import io
import os
import re
import resource
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

from lender_model.books.locate import Places
from lender_model.grid import INPUT
from lender_model.sheets import certificate
from lender_model.xlsx.cells import Error
from lender_model.xlsx.package import Package

DOCTYPE = b'<!DOCTYPE worksheet [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
BOMB = b'<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
EXTERNAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def parts_of(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def part(package, sheet):
    return f"xl/worksheets/sheet{package.sheet_names.index(sheet) + 1}.xml"


def replaced(name, old, new):
    """A fault that rewrites a part of the workbook; `name` is that of a sheet or of a part."""

    def fault(package):
        parts = parts_of(package.to_bytes())
        where = part(package, name) if name in package.sheet_names else name
        changed = re.sub(old, lambda _: new, parts[where], count=1, flags=re.DOTALL)
        assert changed != parts[where]
        return packed({**parts, where: changed})

    return fault


def typed(key, value):
    """A fault that types a value into a line."""

    def fault(package):
        sheet, reference = Places(package).value_at(key)
        return package.patch({sheet: {reference: value}}).to_bytes()

    return fault


def cell(sheet, reference, value):
    return lambda package: package.patch({sheet: {reference: value}}).to_bytes()


def without_sheet(package):
    """Without the sheet Loan, as Excel leaves a workbook whose sheet was deleted."""
    number = package.sheet_names.index("Loan") + 1
    parts = parts_of(package.to_bytes())
    del parts[f"xl/worksheets/sheet{number}.xml"]
    book = re.sub(rb'<sheet name="Loan"[^>]*/>', b"", parts["xl/workbook.xml"])
    links = re.sub(
        rb'<Relationship [^>]*worksheets/sheet%d\.xml"[^>]*/>' % number, b"", parts["xl/_rels/workbook.xml.rels"]
    )
    return packed({**parts, "xl/workbook.xml": book, "xl/_rels/workbook.xml.rels": links})


def without_cells(package):
    """Only chart or macro sheets."""
    links = parts_of(package.to_bytes())["xl/_rels/workbook.xml.rels"].replace(b'/worksheet"', b'/xlMacrosheet"')
    return packed({**parts_of(package.to_bytes()), "xl/_rels/workbook.xml.rels": links})


def bomb(_):
    """A kilobyte in the file for each megabyte unpacked."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("xl/workbook.xml", b" " * (64 << 20))
    return buffer.getvalue()


REFUSED = {
    "no zip": (lambda _: b"month,price\n", r"is incomplete or damaged"),
    "cut short": (lambda package: package.to_bytes()[:-1000], r"is incomplete or damaged"),
    "a password": (lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, r"has a password or is an old \.xls"),
    "macro sheets only": (without_cells, r"has no line of the lender model"),
    "a sheet deleted": (without_sheet, r"line loan\.\w+ of sheet Loan is missing \(\d+ in all\)"),
    "a key deleted": (cell("Plan", "A7", None), r"line plan\.recovery of sheet Plan is missing \(1 in all\); put"),
    "a key twice": (cell("Plan", "A300", "plan.recovery"), r"Plan!A300: key plan\.recovery is duplicated; remove it"),
    "a text for a number": (typed("plan.recovery", "85 %"), r"Plan!E7: '85 %' must be a number"),
    "an error in an input": (typed("plan.recovery", Error("#DIV/0!")), r"Plan!E7: holds #DIV/0!; correct the input"),
    "dates from 1904": (
        replaced("xl/workbook.xml", rb"<workbookPr", b'<workbookPr date1904="1"'), r"counts dates from 1904; switch"
    ),
    "a zip bomb": (bomb, r"unpacks to .* bytes, beyond what .*; do not trust it"),
    "deep XML": (
        replaced("Plan", rb"(?=</worksheet>)", b"<a>" * 100_000 + b"</a>" * 100_000), r"Plan: is not sound XML"
    ),
    "an entity that reads a file": (replaced("Plan", rb"(?=<worksheet)", DOCTYPE), r"sheet6.xml: holds a DOCTYPE"),
    "entities that multiply": (replaced("xl/workbook.xml", rb"(?=<workbook )", BOMB), r"workbook.xml: holds a DOCTYPE"),
}  # fmt: skip


@pytest.mark.parametrize(("fault", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_a_bad_workbook_is_refused_in_one_line(run, package, tmp_path, fault, words):
    path = tmp_path / "book.xlsx"
    path.write_bytes(fault(package))
    before = path.read_bytes()
    code, out, err = run("refresh", path)
    assert (code, out, len(err)) == (1, [], 1), err
    assert re.search(words, err[0]), err
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["book.xlsx"]


def with_link(package):
    """With a link to another workbook, as Excel stores it."""
    parts = parts_of(package.to_bytes())
    link = f'<externalLink xmlns:r="{EXTERNAL}"><externalBook r:id="rId1"/></externalLink>'
    target = f'<Relationship Id="rId1" Type="{EXTERNAL}/externalLinkPath" Target="budget.xlsx" TargetMode="External"/>'
    book = b'<externalReferences><externalReference r:id="rId99"/></externalReferences>'
    own = f'<Relationship Id="rId99" Type="{EXTERNAL}/externalLink" Target="externalLinks/externalLink1.xml"/>'
    relations = parts["xl/_rels/workbook.xml.rels"]
    return packed({
        **parts,
        "xl/workbook.xml": parts["xl/workbook.xml"].replace(b"</sheets>", b"</sheets>" + book),
        "xl/_rels/workbook.xml.rels": relations.replace(b"</Relationships>", f"{own}</Relationships>".encode()),
        "xl/externalLinks/externalLink1.xml": link,
        "xl/externalLinks/_rels/externalLink1.xml.rels": f"<Relationships>{target}</Relationships>",
    })  # fmt: skip


def with_habits(package):
    """With merged cells, a hidden row, and the extent that some programs write whatever a sheet holds."""
    merged = b'</sheetData><mergeCells count="1"><mergeCell ref="B1:D1"/></mergeCells>'
    for old, new in (
        (rb"</sheetData>", merged),
        (rb'<row r="7"', b'<row r="7" hidden="1"'),
        (rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"'),
    ):
        package = Package(replaced("Plan", old, new)(package))
    return package.to_bytes()


@pytest.mark.parametrize("change", [with_habits, with_link])
def test_what_does_no_harm_is_kept(run, package, tmp_path, change):
    path = tmp_path / "book.xlsx"
    path.write_bytes(change(package))
    before = parts_of(path.read_bytes())
    code, _, err = run("refresh", path)
    assert (code, err) == (0, [])
    after = parts_of(path.read_bytes())
    assert list(after) == list(before)
    where = part(package, "Plan")
    values = re.compile(rb"<v>[^<]*</v>")
    assert values.sub(b"", after[where]) == values.sub(b"", before[where])
    assert [name for name in before if "sheet" not in name and after[name] != before[name]] == []


def test_texts_stay_texts(run, package, tmp_path):
    """Whatever they begin with: in inputs of words, and after a refresh."""
    texts = ["=1+1", "+1", "-1", "@SUM(1)", '=HYPERLINK("http://x")', "\t=1"]
    keys = [row.key for row in certificate.SHEET.rows if row.value is INPUT][: len(texts)]
    assert len(keys) == len(texts)
    path = tmp_path / "book.xlsx"
    where = [Places(package).value_at(key) for key in keys]
    cells = {reference: text for (_, reference), text in zip(where, texts, strict=True)}
    path.write_bytes(package.patch({"Certificate": cells}).to_bytes())
    code, _, err = run("refresh", path, "--as-of", "1996-09-30")
    assert (code, err) == (0, [])
    after = Package.read(path).cells("Certificate")
    assert {reference: after[reference][:2] for reference in cells} == {r: (text, None) for r, text in cells.items()}


@pytest.mark.parametrize("name", ["Modell [1] – 日本 'x' %20 #&;$(touch x).xlsx", "[bold]a[/b].xlsx"])
def test_odd_names_are_names(run, built, tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(built)
    code, out, err = run("refresh", path)
    assert (code, err) == (0, [])
    assert out[-1].startswith(f"Refreshed {path}; the previous version is {path}.backups")


@pytest.mark.parametrize("name", ["x" * 300 + ".xlsx", "/".join(["long"] * 1000) + "/book.xlsx"])
def test_a_path_too_long(run, tmp_path, name):
    code, out, err = run("refresh", tmp_path / name)
    assert (code, out, len(err)) == (1, [], 1)
    assert err[0].endswith(": File name too long; check the path and your rights to the file")


@pytest.mark.parametrize(
    ("of_folder", "of_file", "words"),
    [
        (0o555, 0o666, r"book\.xlsx: Permission denied; check the path, your rights to the folder"),
        (0o755, 0o200, r"book\.xlsx: Permission denied; check the path and your rights to the file"),
    ],
    ids=["a folder that does not accept files", "a file that may not be read"],
)
def test_without_permission(run, built, as_nobody, of_folder, of_file, words):
    with tempfile.TemporaryDirectory() as name:  # not tmp_path, whose parents only their owner may enter
        path = Path(name, "book.xlsx")
        path.write_bytes(built)
        path.chmod(of_file)
        Path(name).chmod(of_folder)
        with as_nobody():
            code, _, err = run("refresh", path)
        Path(name).chmod(0o700)
        path.chmod(0o600)
        assert (code, len(err)) == (1, 1)
        assert re.search(words, err[0])
        assert [entry.name for entry in Path(name).iterdir()] == ["book.xlsx"]
        assert path.read_bytes() == built


def program(path, kind, limit):
    """A refresh as a program that may not use more than a number of bytes of a kind."""
    return subprocess.run(  # noqa: S603 - this interpreter, our own module
        [sys.executable, "-m", "lender_model", "refresh", str(path)],
        capture_output=True, check=False, encoding="utf-8", timeout=120,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OPENBLAS_NUM_THREADS": "1"},
        preexec_fn=lambda: resource.setrlimit(kind, (limit, limit)),
    )  # fmt: skip


def test_a_full_disk(book, built):
    """A file of more than 100 kB cannot be written."""
    done = program(book, resource.RLIMIT_FSIZE, 100_000)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"drawstop: .*model\.xlsx: File too large; .* its free space\n", done.stderr)
    assert book.read_bytes() == built
    assert [file for file in book.parent.rglob("*") if file.is_file()] == [book]
