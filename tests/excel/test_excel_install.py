"""Install, uninstall and doctor, through xlwings' own code in front of a stand-in for Excel; and on other systems."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from drawstop.hosts.excel import doctor
from drawstop.hosts.excel import installed as installed_module
from drawstop.hosts.excel.program import ExcelError
from lender_model import cli
from lender_model.package import Package


@pytest.fixture
def installed(excel, tmp_path):
    """A Windows on which the add-in was installed, and what that came to."""
    return excel.play("install", folder=str(tmp_path))


def test_install_puts_one_whole_file_into_the_start_folder_without_excel(installed):
    assert installed["error"] == ""
    assert list(installed["files"]) == ["drawstop.xlam"]
    cells = Package(installed["files"]["drawstop.xlam"]).cells("drawstop.conf")
    assert installed["python"] in {cell.value for cell in cells.values()}
    assert not installed["started"]
    assert installed["lines"][-1].endswith("run: drawstop excel doctor")


def test_install_replaces_an_older_add_in(excel, tmp_path):
    old = tmp_path / "Roaming" / "Microsoft" / "Excel" / "XLSTART" / "drawstop.xlam"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"old")
    assert excel.play("install", folder=str(tmp_path))["files"]["drawstop.xlam"] == old.read_bytes() != b"old"


@pytest.mark.parametrize("command", [installed_module.install, installed_module.uninstall])
def test_an_add_in_that_excel_has_open_is_left_alone(tmp_path, monkeypatch, command):
    old = tmp_path / "Microsoft" / "Excel" / "XLSTART" / "drawstop.xlam"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"old")

    def refused(*_, **__):  # what Windows says of a file that a program has open
        raise PermissionError(13, "The process cannot access the file because it is being used by another process")

    monkeypatch.setenv("APPDATA", str(tmp_path))
    monkeypatch.setattr("drawstop.hosts.excel.program.sys", SimpleNamespace(platform="win32"))
    monkeypatch.setattr(Path, "replace", refused)
    if command is installed_module.uninstall:
        monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(ExcelError, match="close it, then try again"):
        command()
    assert [(file.name, file.read_bytes()) for file in old.parent.iterdir()] == [("drawstop.xlam", b"old")]


def test_a_full_disk_or_a_missing_folder_is_told_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr("drawstop.hosts.excel.program.sys", SimpleNamespace(platform="win32"))
    monkeypatch.delenv("APPDATA", raising=False)
    with pytest.raises(ExcelError, match="APPDATA is not set"):
        installed_module.install()
    monkeypatch.setenv("APPDATA", str(tmp_path))

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ExcelError, match="No space left on device"):
        installed_module.install()
    assert not list((tmp_path / "Microsoft" / "Excel" / "XLSTART").iterdir())


def test_uninstall_leaves_nothing(excel, tmp_path, installed):
    assert installed["files"]
    gone = excel.play("uninstall", folder=str(tmp_path))
    assert gone["lines"][0].startswith("The add-in is removed: ")
    assert gone["files"] == {}
    assert excel.play("uninstall", folder=str(tmp_path))["lines"][0].startswith("There is no add-in: ")


# ---- the doctor ------------------------------------------------------------------------------------------------------


def links(lines):
    """The doctor's lines that say no."""
    return [line.removeprefix("NO  ") for line in lines if line.startswith("NO  ")]


def test_doctor_finds_every_link_whole(excel, tmp_path, installed):
    assert not installed["error"]
    lines = excel.play("doctor", folder=str(tmp_path), trusted=False)
    assert links(lines) == []
    assert lines[0] == "ok  Excel 16.0, 64-bit"
    assert lines[-1].endswith("shows 2,900,000")


def test_doctor_says_what_to_do_before_the_install(excel, tmp_path):
    [missing] = links(excel.play("doctor", folder=str(tmp_path), trusted=False))
    assert missing.startswith("no add-in at ")
    assert missing.endswith("run: drawstop excel install")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"trusted": True}, "any program may write code into workbooks: untick 'Trust access"),
        ({"trusted": False, "library": False}, "xlwings64-"),
        ({"trusted": False, "bits": 32}, "xlwings32-"),
    ],
    ids=["trusts", "no library", "32-bit Excel"],
)
def test_doctor_names_the_broken_link(excel, tmp_path, installed, options, said):
    assert not installed["error"]
    for library in (tmp_path / "Räume A").glob("*.dll"):
        library.unlink()
    [broken] = links(excel.play("doctor", folder=str(tmp_path), **options))
    assert broken.startswith(said)


def test_doctor_knows_an_add_in_made_elsewhere():
    found = {"DRAWSTOP VERSION": "0.0.9", "XLWINGS VERSION": "0.30.0", "INTERPRETER_WIN": r"D:\old\python.exe"}
    lines = [finding.line() for finding in doctor.made_here(found)]
    assert len(links(lines)) == 3
    assert "add-in made by xlwings 0.30.0, this is " in lines[1]
    assert r"D:\old\python.exe" in lines[2]


@pytest.mark.parametrize(
    ("path", "legible"),
    [
        (r"C:\Program Files\Python 3\python.exe", True),
        (r"C:\Users\José\python.exe", True),
        (r"C:\Users\Łukasz\python.exe", False),
        (r"C:\Users\山田\python.exe", False),
        (r"C:\a;b\python.exe", False),
        (r"C:\100%\python.exe", False),
    ],
)
def test_paths_that_xlwings_can_hand_over_on_a_western_windows(monkeypatch, path, legible):
    monkeypatch.setattr("locale.getencoding", lambda: "cp1252")
    assert (doctor.path_is_legible(path).remedy == "") is legible


# ---- other systems ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["install", "uninstall", "doctor"])
@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_other_systems_are_told_what_works_there(monkeypatch, capsys, system, command):
    monkeypatch.setattr("sys.argv", ["drawstop", "excel", command])
    monkeypatch.setattr("drawstop.hosts.excel.program.sys", SimpleNamespace(platform=system))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert "drawstop calc install" in said
    assert "xlwings Lite" in said
