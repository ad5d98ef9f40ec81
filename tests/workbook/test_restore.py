"""``drawstop restore``: backups are listed and put back."""

import os
import re
import sys

import pytest

from lender_model import cli
from lender_model.xlsx.swap import backups, replace_file


@pytest.fixture
def book(tmp_path):
    """A file with two backups: it was "May" and "June", saved in 1996, and is "July"."""
    path = tmp_path / "model.xlsx"
    path.write_bytes(b"May")
    for was, now, saved in ((b"May", b"June", 833_500_000), (b"June", b"July", 836_000_000)):
        os.utime(path, (saved, saved))
        replace_file(path, now, was=was)
    return path


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["drawstop", "restore", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr()
    return ended.value.code or 0, said.out.splitlines(), said.err.splitlines()


def test_backups_are_listed_newest_first(monkeypatch, capsys, book):
    code, out, err = run(monkeypatch, capsys, book)
    assert (code, err) == (0, [])
    assert [re.search(r"^ +(\d)  saved \d\d-(\w+-1996) .*  of another kind  (.+)$", line).groups() for line in out] == [
        ("1", "Jun-1996", backups(book)[0].name),
        ("2", "May-1996", backups(book)[1].name),
    ]
    assert book.read_bytes() == b"July"


def test_a_backup_is_put_back_and_what_stood_there_is_kept(monkeypatch, capsys, book):
    code, out, _ = run(monkeypatch, capsys, book, 2)
    assert code == 0
    assert book.read_bytes() == b"May"
    assert sorted(path.read_bytes() for path in backups(book)) == [b"July", b"June", b"May"]
    assert out == [f"Restored {book} from {out[0].split()[3].rstrip(';')}; the previous version is {backups(book)[0]}"]


def test_a_lost_file_is_restored(monkeypatch, capsys, book):
    book.unlink()
    code, out, _ = run(monkeypatch, capsys, book, 1)
    assert (code, book.read_bytes()) == (0, b"June")
    assert out == [f"Restored {book} from {backups(book)[0].name}"]


def test_what_is_not_there_is_said(monkeypatch, capsys, book, tmp_path):
    code, _, err = run(monkeypatch, capsys, book, 3)
    assert code == 2
    assert "has 2 backups" in " ".join(err)
    other = tmp_path / "other.xlsx"
    other.write_bytes(b"August")
    assert run(monkeypatch, capsys, other)[1] == [f"No backups of {other}"]
    assert book.read_bytes() == b"July"
