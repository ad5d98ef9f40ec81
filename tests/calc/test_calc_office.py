"""LibreOffice as a process: found, timed, ended, and nothing left behind."""

import json
import os
import signal
import sys
import tempfile
import threading
import time
import venv
from pathlib import Path

import pytest

from drawstop.functions import FUNCTIONS
from drawstop.hosts.calc import CalcError, Session, addin, office


@pytest.fixture
def scratch(monkeypatch, tmp_path):
    """Where temporary folders are made, empty at first."""
    folder = tmp_path / "t"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def children(pid):
    """Processes that a process started, and those that they started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        if int(fields[1]) == pid:
            child = int(stat.parent.name)
            found += [child, *children(child)]
    return found


def test_several_at_once_and_nothing_left(calc, scratch):
    before = set(children(os.getpid()))
    with Session() as one, Session() as other:
        assert len(list(scratch.iterdir())) == 2
        typed = {"A1": "=ESTABLISHMENT_FEE()"}
        assert one.evaluate({}, typed) == other.evaluate({}, typed) == calc.evaluate({}, typed) == {"A1": 292_500.0}
        assert set(children(os.getpid())) > before
    assert not list(scratch.iterdir())
    assert set(children(os.getpid())) == before


@pytest.mark.usefixtures("calc")
def test_a_step_that_takes_too_long_is_stopped(scratch):
    before = set(children(os.getpid()))
    with Session() as session:
        sockets = list(session._office._sockets())
        assert any(socket.exists() for socket in sockets)
        [program] = children(session._office._process.pid)
        os.kill(program, signal.SIGSTOP)
        session._office.time_limit = 0.2
        with pytest.raises(CalcError, match=r"took more than 0\.2 seconds"):
            session.evaluate({}, {"A1": "=1"})
    assert not list(scratch.iterdir())
    assert set(children(os.getpid())) == before
    assert not any(socket.exists() for socket in sockets)


@pytest.mark.usefixtures("calc")
def test_a_death_of_libreoffice_is_told(scratch):
    with Session() as session:
        worker = session._office._process.pid
        [program] = children(worker)
        os.kill(program, signal.SIGKILL)
        with pytest.raises(CalcError, match="LibreOffice failed"):
            session.evaluate({}, {"A1": "=1"})
    assert not list(scratch.iterdir())


def runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def dies_before_it_is_asked(worker):
    os.kill(worker, signal.SIGTERM)
    os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)


def dies_before_it_answers(worker):
    os.kill(worker, signal.SIGSTOP)  # what it is asked is written, and never read
    threading.Timer(0.5, os.kill, (worker, signal.SIGKILL)).start()


@pytest.mark.usefixtures("calc")
@pytest.mark.parametrize("dies", [dies_before_it_is_asked, dies_before_it_answers])
def test_a_death_of_the_worker_is_told(scratch, dies):
    before = set(children(os.getpid()))
    with Session() as session:
        dies(session._office._process.pid)
        with pytest.raises(CalcError, match="LibreOffice stopped unexpectedly"):
            session.evaluate({}, {"A1": "=1"})
        with pytest.raises(CalcError, match="has been closed"):
            session.evaluate({}, {"A1": "=1"})
    assert not list(scratch.iterdir())
    assert set(children(os.getpid())) == before


@pytest.mark.usefixtures("calc")
def test_a_session_whose_worker_has_died_ends_with_its_libreoffice(scratch):
    with Session() as session:
        worker = session._office._process.pid
        [program] = children(worker)
        dies_before_it_is_asked(worker)
    assert not list(scratch.iterdir())
    ended = time.monotonic() + 10  # the program has no parent that could wait for its end
    while runs(program) and time.monotonic() < ended:
        time.sleep(0.01)
    assert not runs(program)


def test_what_to_install_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(office.shutil, "which", lambda *_, **__: None)
    monkeypatch.setattr(office, "_HOMES", {"linux": (str(tmp_path / "*"),)})
    with pytest.raises(CalcError, match=r"LibreOffice is not installed; .*libreoffice-calc python3-uno"):
        office.find_office()
    program = tmp_path / "libreoffice9" / "soffice.bin"
    program.parent.mkdir()
    program.touch()
    assert office.find_office() == program
    monkeypatch.setattr(office, "_succeeds", lambda _: False)
    with pytest.raises(CalcError, match=r"bridge to Python is not installed; .*python3-uno"):
        office.find_python(program)


@pytest.mark.usefixtures("calc")
def test_the_add_in_that_cannot_load_drawstop_says_so(monkeypatch):
    monkeypatch.setattr(addin, "folders", list)
    with pytest.raises(CalcError, match=r"cannot be loaded by LibreOffice's Python 3\..*No module named 'drawstop'"):
        Session()


@pytest.fixture
def activated(tmp_path, monkeypatch):
    """A virtual environment, first on PATH."""
    venv.create(tmp_path / "venv", symlinks=True)
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "venv"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'venv' / 'bin'}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "venv" / "bin"


@pytest.mark.usefixtures("calc", "activated")
def test_it_works_in_an_activated_virtual_environment():
    with Session() as session:
        assert session.evaluate({}, {"A1": "=ESTABLISHMENT_FEE()"}) == {"A1": 292_500.0}


def test_another_program_is_told_nothing_of_our_python(activated, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("CONDA_PREFIX", "/somewhere")
    monkeypatch.setenv("LC_ALL", "C")
    told = office.clean_environment()
    assert "/somewhere" not in told.values()
    assert str(activated) not in told["PATH"].split(os.pathsep)
    assert "/usr/bin" in told["PATH"].split(os.pathsep)
    assert told["LC_ALL"] == "C"
    monkeypatch.setenv("PATH", str(activated))
    assert office.clean_environment()["PATH"] == os.defpath


def test_the_extension_tells_the_wizard_about_every_function():
    declared = json.loads(addin.declarations())["methods"]
    for name, spec in FUNCTIONS.items():
        assert declared[name]["summary"] == spec.summary
        assert declared[name]["arguments"] == [[p.name, p.help()] for p in spec.parameters]


def test_functions_that_answer_with_text_have_a_method_for_ranges():
    rows = {name for name, method in addin.methods().items() if method.suffix}
    assert rows == {"MILESTONE_ROWS"}
    single = [line.split("(")[0] for line in map(str.strip, addin.idl().splitlines()) if line.startswith("any ")]
    assert single == ["any MILESTONE", "any EXPLAIN"]
