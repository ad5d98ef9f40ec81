"""Install, uninstall and doctor, through xlwings' own code in front of a stand-in for Excel; and on other systems."""

from types import SimpleNamespace

import pytest

from drawstop.functions import FUNCTIONS
from drawstop.hosts.excel import doctor, vba
from lender_model import cli


@pytest.fixture
def installed(excel, tmp_path):
    """A Windows on which the add-in was installed, and what that came to."""
    return excel.play("install", folder=str(tmp_path))


def test_install_puts_one_whole_file_into_the_start_folder(installed):
    assert installed["error"] == ""
    assert list(installed["files"]) == ["drawstop.xlam"]
    assert installed["files"]["drawstop.xlam"].startswith(b"PK")
    assert installed["open"] is False


def test_install_puts_our_code_in_the_place_of_the_template_s(installed):
    own = {name: text for name, text in installed["modules"].items() if text}
    assert own == vba.modules()
    assert installed["modules"].keys() - own.keys() == {"ThisWorkbook", "Sheet2", "Dictionary"}


def test_install_registers_the_help_of_every_function_and_leaves_an_add_in(installed):
    assert set(installed["described"]) == {f"'drawstop.xlam'!{name}" for name in FUNCTIONS}
    shown = installed["described"]["'drawstop.xlam'!DSCR"]
    dscr = FUNCTIONS["DSCR"]
    assert shown == {
        "Description": dscr.summary,
        "Category": dscr.category,
        "ArgumentDescriptions": [p.help() for p in dscr.parameters],
    }
    assert (installed["is_addin"], installed["saved"]) == (True, 1)


def test_install_ends_with_a_test_call_and_says_how_to_close_what_was_opened(installed):
    # max(1.5m, 2.1m) + min(250k, 360k) + 400k + 150k
    assert any("shows 2,900,000" in line for line in installed["lines"])
    assert "untick 'Trust access to the VBA project object model'" in installed["lines"][-1]


def test_install_replaces_an_older_add_in(excel, tmp_path):
    old = tmp_path / "Roaming" / "XLSTART" / "drawstop.xlam"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"old")
    assert excel.play("install", folder=str(tmp_path))["files"]["drawstop.xlam"] == old.read_bytes() != b"old"


def test_install_turns_nothing_on_by_itself(excel, tmp_path):
    refused = excel.play("install", folder=str(tmp_path), trusted=False)
    assert "Tick 'Trust access to the VBA project object model' under File > Options" in refused["error"]
    assert "then untick it" in refused["error"]
    assert refused["files"] == {}
    assert refused["open"] is False


@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_an_open_excel_is_left_alone(excel, tmp_path, command):
    told = excel.play(command, folder=str(tmp_path), is_open=True)
    assert (told["error"], told["files"]) == ("Excel is open: close it, then try again", {})


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
