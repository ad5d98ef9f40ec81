"""The month's report: a fresh reader finds at once whether the loan is in trouble, why, and what would mend it."""

import html
import os
import re
import shutil
import subprocess

import pytest

from lender_model import monthly_report, refresh
from lender_model.books.moved import Move
from lender_model.monthly_report.story import millions, story

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def text(tmp_path_factory, history):
    book = tmp_path_factory.mktemp("report") / "model.xlsx"
    book.write_bytes(history.package.to_bytes())
    before = book.read_bytes()
    page = monthly_report.page(book)
    assert book.read_bytes() == before, "a report leaves the workbook as it is"
    return page


def words(page):
    """A page's text without its charts."""
    bare = re.sub(r"<(svg|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", bare)))


def test_the_answer_comes_first(text):
    """The history of 30-Sep-1996: 1.5m missing to 8.984m, the contribution missed, current ratio below two."""
    said = words(text)
    assert "Illinois Creek" in said[:200]
    order = [
        "The loan is in trouble.",
        "Current ratio: 1.71x where at least 2.00x is required.",
        "The Proceeds Account is US$1.50m below its minimum of US$8.98m.",
        "Equity contribution was due by 30-Sep-1996 and is missed.",
        "What would mend it",
        "Pay US$1.50m into the Proceeds Account.",
        "Covenants",
        "What falls due in the next twelve months",
        "Cash waterfall, 3 months to 30-Sep-1996",
        "As-of date (asked for) 31-Jul-1996 30-Sep-1996",
        "Scenarios",
        "Risk",
    ]
    places = [said.index(line) for line in order]
    assert places == sorted(places)


def test_the_equity_that_would_cure_is_the_least_that_does(history):
    """Cash c added to assets and equity: (assets + c) / liabilities = 2 gives c, for the current ratio alone fails."""
    v = history.values
    assets, liabilities = (v[f"bal.current_{side}"][2, 0] for side in ("assets", "liabilities"))
    told = story("", v, [], [])
    assert any(millions(2 * liabilities - assets) in line for line in told.remedies)


def test_a_sound_loan_is_said_to_perform(package):
    told = story("", refresh.calculate(package).values, [Move("Gold", "380", "390")], ["note"])
    assert told.state in {"amber", "green"}
    assert "performing" in told.answer
    assert not told.remedies


def test_the_page_needs_nothing_else(text):
    assert "<script" not in text
    assert not re.search(r"""(src|href)=["'](?!#)""", re.sub(r'xmlns:\w+="[^"]+"', "", text))
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids)), "charts must not share marks"
    assert text.count("<svg ") == text.count('role="img"') >= 10


def test_texts_of_the_workbook_are_escaped(package):
    name = "<script>alert(1)</script>"
    page = monthly_report.rendered(
        story(name, refresh.calculate(package).values, [Move(name, name, name)], [name]), name
    )
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 6


def test_the_command_writes_a_page_and_never_a_workbook(run, book, tmp_path):
    target = tmp_path / "report.html"
    assert run("report", book, target) == (0, [f"Wrote {target}"], [])
    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert run("report", book, book)[0] == 2
    assert run("report", book, tmp_path / "report.pdf")[0] == 2


def printed(tool, *arguments):
    """What a tool of Poppler says."""
    return subprocess.run([shutil.which(tool), *arguments], check=True, capture_output=True, text=True).stdout  # noqa: S603 - a tool of the machine


@pytest.mark.skipif(
    BROWSER is None and not os.environ.get("DRAWSTOP_REQUIRE_BROWSER"), reason="no Chromium on this machine"
)
def test_a_browser_prints_it_on_a4_with_the_answer_on_the_first_page(text, tmp_path):
    page, pdf = tmp_path / "report.html", tmp_path / "report.pdf"
    page.write_text(text, encoding="utf-8")
    command = [
        BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--disable-quic", f"--user-data-dir={tmp_path / 'profile'}",
        "--no-pdf-header-footer", f"--print-to-pdf={pdf}", page.as_uri(),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603 - the browser that was found
    about = printed("pdfinfo", pdf)
    width, height = map(float, re.search(r"Page size:\s+([\d.]+) x ([\d.]+) pts", about).groups())
    assert (round(width), round(height)) == (595, 842)
    first = printed("pdftotext", "-l", "1", pdf, "-")
    assert "The loan is in trouble." in first
    assert "Pay US$1.50m into the Proceeds Account." in first
    assert "complies" in first
