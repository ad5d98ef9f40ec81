"""Find LibreOffice and its Python, and run jobs in a LibreOffice of our own.

drawstop's own Python need not have UNO. A worker (``worker.py``), run by the Python that has it, starts LibreOffice and
talks to it through a pipe; we talk to the worker in lines of JSON.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

TIME_LIMIT = 120.0  # seconds for one step, far more than any needs

_HOMES = {
    "linux": ("/usr/lib/libreoffice/program", "/usr/lib64/libreoffice/program", "/opt/libreoffice*/program"),
    "darwin": ("/Applications/LibreOffice.app/Contents/MacOS",),
    "win32": ("C:/Program Files/LibreOffice/program", "C:/Program Files (x86)/LibreOffice/program"),
}
_HOW = {
    "linux": "on Debian or Ubuntu: apt-get install libreoffice-calc python3-uno",
    "darwin": "get it from libreoffice.org",
    "win32": "get it from libreoffice.org",
}


class CalcError(RuntimeError):
    """Why LibreOffice could not do what was asked: one line that says what to do about it."""


def find_office() -> Path:
    """LibreOffice's own program, not the script that starts it.

    Raises:
        CalcError: there is none.
    """
    for home in _homes():
        for name in ("soffice.bin", "soffice"):
            if (home / name).is_file():
                return home / name
    raise CalcError(f"LibreOffice is not installed; {_how_to_install()}")


def find_python(office: Path) -> Path:
    """A Python that can talk to this LibreOffice: its own, or the system's with the UNO bridge.

    Raises:
        CalcError: there is none.
    """
    near = (office.parent / "python", office.parent / "python.exe", office.parent.parent / "Resources" / "python")
    for python in (*near, Path("/usr/bin/python3"), Path(shutil.which("python3", path=os.defpath) or "")):
        if python.is_file() and _succeeds([str(python), "-c", "import uno"]):
            return python
    raise CalcError(f"LibreOffice's bridge to Python is not installed; {_how_to_install()}")


def _homes() -> Iterator[Path]:
    for command in ("soffice", "libreoffice"):
        if found := shutil.which(command):
            yield Path(found).resolve().parent
    for pattern in _HOMES.get(sys.platform, _HOMES["linux"]):
        home = Path(pattern)
        yield from sorted(Path(home.anchor).glob(str(home.relative_to(home.anchor))), reverse=True)


def _how_to_install() -> str:
    return _HOW.get(sys.platform, _HOW["linux"])


def _succeeds(command: list[str]) -> bool:
    done = subprocess.run(command, capture_output=True, check=False, env=clean_environment())  # noqa: S603 - a path found above, no shell
    return done.returncode == 0


def clean_environment() -> dict[str, str]:
    """The environment without the variables of our own Python, which would mislead another.

    A Python embedded in another program, such as LibreOffice, takes the location of the first ``python3`` on PATH for
    its own, and in an activated virtual environment looks there for its library.
    """
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "CONDA"))
    }
    if "PATH" in kept and sys.platform != "win32":
        folders = kept["PATH"].split(os.pathsep)
        kept["PATH"] = os.pathsep.join(filter(_without_python, folders)) or os.defpath
    return kept


def _without_python(folder: str) -> bool:
    """Whether a folder on PATH holds no Python, or is one of the system's own."""
    return folder in {"/bin", "/usr/bin"} or not (Path(folder, "python3").exists() or Path(folder, "python").exists())


def private_profile(folder: Path, extension: Mapping[str, str] | None = None) -> list[str]:
    """Arguments that give LibreOffice a new profile inside a folder, with an add-in or without.

    The add-in is not installed: it is put where LibreOffice looks for its bundled extensions.
    """
    extensions = folder / "extensions"
    extensions.mkdir()
    for name, text in (extension or {}).items():
        part = extensions / "drawstop.oxt" / name
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
    return [
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        f"-env:BUNDLED_EXTENSIONS={extensions.as_uri()}",
    ]


class Office:
    """A LibreOffice process of our own, with its own folder, which is removed when it ends.

    Args:
        profile: prepares the folder, and gives the arguments with which LibreOffice starts.
        time_limit: seconds after which a request is abandoned and LibreOffice killed.
    """

    def __init__(
        self, profile: Callable[[Path], list[str]] = private_profile, *, time_limit: float = TIME_LIMIT
    ) -> None:
        program = find_office()
        python = find_python(program)
        self.time_limit = time_limit
        self.folder = Path(tempfile.mkdtemp(prefix="drawstop-"))
        self._errors = self.folder / "errors.txt"
        self._process: subprocess.Popen[str] | None = None
        try:
            self._start(python, program, profile(self.folder))
        except BaseException:
            if self._process is not None:
                _kill(self._process)  # while it starts it does not notice that its input has closed
            self.close()
            raise

    def _start(self, python: Path, program: Path, arguments: list[str]) -> None:
        worker = Path(__file__).with_name("worker.py")
        with self._errors.open("w") as errors:
            self._process = subprocess.Popen(  # noqa: S603 - programs found by path, no shell
                [str(python), str(worker), str(self.folder), str(program), *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
                env=clean_environment() | {"TMPDIR": str(self.folder), "DRAWSTOP_COPIES": self.folder.as_uri()},
                start_new_session=True,
            )
        self._answer()

    def ask(self, do: str, **details: Any) -> Any:
        """Send the worker a request, and return its answer.

        Raises:
            CalcError: it failed, took too long, or LibreOffice died.
        """
        process = self._process
        if process is None or process.stdin is None:
            raise CalcError("this LibreOffice has been closed")
        try:
            process.stdin.write(json.dumps({"do": do, **details}) + "\n")
            process.stdin.flush()
        except OSError:  # a broken pipe; on Windows, an invalid argument
            pass  # the missing answer says why
        return self._answer()

    def _answer(self) -> Any:
        process = self._process
        if process is None or process.stdout is None:
            raise CalcError("this LibreOffice has been closed")
        begun = time.monotonic()
        timer = threading.Timer(self.time_limit, _kill, [process])
        timer.start()
        try:
            line = process.stdout.readline()
        finally:
            timer.cancel()  # otherwise an interrupt would wait for it
        if not line.endswith("\n"):  # the worker has ended, perhaps in the middle of an answer
            late = time.monotonic() - begun >= self.time_limit
            _kill(process)
            process.wait()
            last = self._errors.read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]
            self.close()
            if late:
                raise CalcError(f"LibreOffice took more than {self.time_limit:g} seconds, and was stopped")
            raise CalcError(f"LibreOffice stopped unexpectedly: {last or 'without a word'}")
        answer = json.loads(line)
        if "error" in answer:
            raise CalcError(answer["error"])
        return answer["value"]

    def close(self) -> None:
        """End LibreOffice, and remove its folder."""
        process, self._process = self._process, None
        try:
            if process is not None:
                _end(process)
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
            for socket in self._sockets():
                socket.unlink(missing_ok=True)

    def _sockets(self) -> Iterator[Path]:
        """The sockets that LibreOffice leaves behind when killed: our pipe, and one named after its profile."""
        if sys.platform == "linux":
            profile = hashlib.md5((self.folder / "profile").as_uri().encode("utf-16-le"), usedforsecurity=False)
            for name in (self.folder.name, "SingleOfficeIPC_" + "".join(f"{byte:x}" for byte in profile.digest())):
                yield Path(f"/tmp/OSL_PIPE_{os.getuid()}_{name}")  # noqa: S108 - hard-wired in LibreOffice, on every Linux

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _end(process: subprocess.Popen[str]) -> None:
    """End the worker, which ends LibreOffice when its input closes. If it cannot, both are killed."""
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):  # a dead worker does not read what is still to be written
                stream.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=20)
    if process.returncode != 0:
        _kill(process)
        process.wait()


def _kill(process: subprocess.Popen[str]) -> None:
    """Kill the worker and the LibreOffice that it started, and nothing else. The worker may already be dead."""
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], check=False, capture_output=True)  # noqa: S603, S607 - a system program, a number
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
