"""Install, uninstall and doctor, through xlwings' own code in front of a stand-in for Excel; and on other systems."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from drawstop.hosts.excel import doctor, policies
from drawstop.hosts.excel import installed as installed_module
from drawstop.hosts.excel.program import ExcelError
from lender_model import cli
from lender_model.xlsx.package import Package


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


def test_doctor_finds_every_link_whole_and_says_what_it_cannot_see(excel, tmp_path, installed):
    assert not installed["error"]
    lines = excel.play("doctor", folder=str(tmp_path))
    assert links(lines) == []
    assert "ok  Excel 16.0, 64-bit" in lines
    assert lines[-2].endswith("shows 2,900,000")
    assert lines[-1].startswith("--  not seen from here")


def test_doctor_says_what_to_do_before_the_install(excel, tmp_path):
    [missing] = links(excel.play("doctor", folder=str(tmp_path)))
    assert missing.startswith("no add-in at ")
    assert missing.endswith("run: drawstop excel install")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"library": False}, "xlwings64-"),
        ({"bits": 32}, "Excel is 32-bit, and xlwings32-"),
        (
            {"values": {r"HKCU\Software\Microsoft\Office\16.0\Excel\Security\AccessVBOM": 1}},
            "any program may write code",
        ),
    ],
    ids=["no library", "32-bit Excel", "trusts"],
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
    assert r"a Python that no longer exists, D:\old\python.exe" in lines[2]


def test_doctor_knows_an_add_in_made_for_another_python(tmp_path):
    (tmp_path / "python.exe").touch()
    found = [finding.line() for finding in doctor.made_here({"INTERPRETER_WIN": str(tmp_path / "python.exe")})]
    assert "add-in made for another Python" in found[-1]


@pytest.mark.parametrize(
    ("executable", "xlwings", "said"),
    [
        (r"C:\drawstop\Scripts\python.exe", r"C:\drawstop\Lib\site-packages\xlwings\__init__.py", ""),
        (
            r"C:\Users\a\AppData\Local\Microsoft\WindowsApps\python.exe",
            r"C:\x\xlwings\__init__.py",
            "Microsoft's Store",
        ),
        (
            r"C:\Python311\python.exe",
            r"C:\Users\a\Roaming\Python\site-packages\xlwings\__init__.py",
            "user's own packages",
        ),
    ],
)
def test_a_python_whose_library_excel_does_not_find(executable, xlwings, said):
    finding = doctor.python_is_usable(executable, xlwings, r"C:\Users\a\Roaming\Python\site-packages")
    assert said in finding.what
    assert ("make a virtual environment" in finding.remedy) is bool(said)


# ---- policies --------------------------------------------------------------------------------------------------------

POLICY, OWN = r"HKCU\Software\Policies\Microsoft\Office\16.0", r"HKCU\Software\Microsoft\Office\16.0"
COMPUTER = r"HKLM\Software\Policies\Microsoft\Office\16.0"
ASR = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules"
MANAGED = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Policy Manager\ASRRules"
CHILDREN, WIN32 = "d4f940ab-401b-4efc-aadc-ad5f3c50688a", "92e97fa1-2edf-4476-bdd6-9dd0b4dddc7b"
START = "C:/Users/a/Roaming/Microsoft/Excel/XLSTART/drawstop.xlam"
SHARE = "//server/profiles/a/XLSTART/drawstop.xlam"


def faults(values, addin=START):
    known = {name.lower(): value for name, value in values.items()}
    found = policies.findings(
        Path(addin), "C:/drawstop/python.exe", lambda root, key, name: known.get(f"{root}\\{key}\\{name}".lower())
    )
    return [finding for finding in found if finding.remedy]


@pytest.mark.parametrize(
    ("values", "said", "asked"),
    [
        ({rf"{POLICY}\Common\VBAOff": 1}, "VBAOff", "'Disable VBA for Office applications' to Disabled"),
        ({rf"{COMPUTER}\Common\vbaoff": 1}, "VBAOff", "'Disable VBA for Office applications' to Disabled"),
        ({rf"{POLICY}\Excel\Security\DisableAllAddins": 1}, "no add-ins", "'Disable all application add-ins'"),
        ({rf"{POLICY}\Excel\Security\RequireAddinSig": 1}, "signed add-ins only", "Please sign C:"),
        ({rf"{POLICY}\Excel\Security\Trusted Locations\AllLocationsDisabled": 1}, "any folder", "trusted locations"),
        ({rf"{POLICY}\Excel\Security\AccessVBOM": 1}, "any program", "'Trust access to Visual Basic Project'"),
        ({rf"{ASR}\{CHILDREN}": "1"}, "Defender blocks", f"child processes' ({CHILDREN})"),
        ({rf"{ASR}\{WIN32.upper()}": "6"}, "Defender warns", f"Office macros' ({WIN32})"),
        ({MANAGED: f"{CHILDREN}=2|{WIN32}=1"}, "Defender blocks", "C:/drawstop/python.exe"),
    ],
)  # fmt: skip
def test_a_policy_is_named_with_what_to_ask_for(values, said, asked):
    [fault] = faults(values)
    assert said in fault.what
    assert asked in fault.ask.replace("\\", "/")
    assert "\n" not in fault.line()
    assert "ask your IT department" in fault.line()


@pytest.mark.parametrize(
    "values",
    [
        {},
        {rf"{ASR}\{CHILDREN}": "2"},  # audits only
        {rf"{ASR}\{CHILDREN}": "0"},
        {rf"{OWN}\Excel\Security\VBAWarnings": 4},  # the start folder is trusted
        # a policy wins over the user's own choice
        {rf"{OWN}\Excel\Security\AccessVBOM": 1, rf"{POLICY}\Excel\Security\AccessVBOM": 0},
        {rf"{OWN}\Excel\Security\Trusted Locations\AllLocationsDisabled": 1, rf"{OWN}\Excel\Security\VBAWarnings": 1},
    ],
)
def test_what_stops_nothing_is_not_a_fault(values):
    assert faults(values) == []


def test_a_start_folder_on_a_network_must_be_trusted():
    [fault] = faults({}, SHARE)
    assert "AllowNetworkLocations" in fault.what
    assert "trusted location" in fault.ask
    assert faults({rf"{POLICY}\Excel\Security\Trusted Locations\AllowNetworkLocations": 1}, SHARE) == []


def test_an_add_in_marked_as_a_download_is_made_again(monkeypatch, tmp_path):
    addin = tmp_path / "drawstop.xlam"
    Path(f"{addin}:Zone.Identifier").touch()  # on Windows a stream of the file, here a file beside it
    monkeypatch.setattr(policies, "sys", SimpleNamespace(platform="win32"))
    [fault] = faults({rf"{POLICY}\Excel\Security\blockcontentexecutionfrominternet": 1}, addin)
    assert "a policy blocks" in fault.what
    assert fault.remedy.startswith("run: drawstop excel install")


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
