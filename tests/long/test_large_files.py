"""A refresh of a file with as many rows as a sheet may have."""

import resource

from tests.workbook.test_faults import part, parts_of, program, replaced


def test_a_million_rows(book, package):
    """As many as a sheet has, in two gigabytes of memory; they stay as they are."""
    rows = b"".join(b'<row r="%d"><c r="B%d"><v>%d</v></c></row>' % (n, n, n) for n in range(300, 1_048_577))
    book.write_bytes(replaced("Plan", rb"(?=</sheetData>)", rows)(package))
    done = program(book, resource.RLIMIT_AS, 2 << 30)
    assert (done.returncode, done.stderr) == (0, "")
    assert rows in parts_of(book.read_bytes())[part(package, "Plan")]
