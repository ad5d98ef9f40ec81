"""The add-in in a user's own LibreOffice, here one whose profile is new."""

import tempfile

import pytest
import xlsxwriter

from drawstop.hosts import calc as host
from drawstop.hosts.calc import CalcError, addin, installed
from drawstop.hosts.calc.office import Office

ANSWER = "They answer: =ESTABLISHMENT_FEE() shows 292,500"  # 1.5% of 19.5 million, 8-K 5(a)


@pytest.mark.usefixtures("calc")
def test_installed_found_outdated_updated_and_removed(tmp_path, monkeypatch):
    with monkeypatch.context() as older:
        older.setattr(addin, "version", lambda: "1.5")
        assert host.install(tmp_path) == ["drawstop's functions: installed", ANSWER]
    assert host.status(tmp_path)[2:] == [
        "drawstop's functions: installed by another drawstop; run again: drawstop calc install",
        ANSWER,
    ]
    assert host.install(tmp_path) == ["drawstop's functions: installed", ANSWER]
    assert host.uninstall(tmp_path) == ["drawstop's functions are removed from LibreOffice."]
    assert host.status(tmp_path)[2:] == ["drawstop's functions: not installed; run: drawstop calc install"]


@pytest.mark.usefixtures("calc")
def test_a_libreoffice_that_is_open_is_left_alone(tmp_path):
    xlsxwriter.Workbook(tmp_path / "book.xlsx").close()
    profile = tmp_path / "profile"
    with Office(lambda _: [f"-env:UserInstallation={profile.as_uri()}"]) as users:
        book = users.ask("open", path=str(tmp_path / "book.xlsx"), formulas={"Sheet1": [[0, 0]]})
        with pytest.raises(CalcError, match="LibreOffice is open: close it"):
            host.status(profile)
        assert users.ask("calculate", number=book) == {"Sheet1": [""]}


def test_a_book_is_opened_from_a_copy(tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(installed.subprocess, "Popen", lambda command, **_: started.append(command))
    monkeypatch.setattr(installed.tempfile, "mkdtemp", lambda **_: str(tmp_path))
    monkeypatch.setattr(installed, "find_office", lambda: tmp_path / "soffice.bin")
    monkeypatch.setattr(installed, "resolved_copy", lambda _, copy: copy.touch())
    lines = host.open_book(tmp_path / "elsewhere" / "book.xlsx")
    assert started == [[str(tmp_path / "soffice.bin"), str(tmp_path / "book.xlsx")]]
    assert str(tmp_path / "book.xlsx") in lines[0]


def test_a_book_that_is_not_there_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(installed, "find_office", lambda: tmp_path / "soffice.bin")
    with pytest.raises(CalcError, match=r"nofile\.xlsx: No such file"):
        host.open_book("nofile.xlsx")
    assert list(tmp_path.iterdir()) == []
