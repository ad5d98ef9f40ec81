"""Replace a workbook by a new version: completely or not at all, with the old one kept.

The new file is written beside the old one, forced to the disk, and renamed over it. If the process is killed or the
power fails, the path holds the complete old or new file; the next run removes what was left beside it.

Old versions go into a folder of their own, `model.xlsx.backups/model.backup-19960930-174500.xlsx`, where nobody opens
one by mistake. Locking goes through `fcntl`, or `msvcrt` on Windows; the latter has not been run by the tests.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

KEEP_BACKUPS = 12  # a year of monthly refreshes


class SwapError(Exception):
    """The file was not replaced and has not changed; one line says why and what to do."""


def replace_file(path: str | Path, data: bytes, *, was: bytes | None, keep_backups: int = KEEP_BACKUPS) -> Path | None:
    """Replace a file by `data` in one step, and keep the old version as a backup.

    A symbolic link stays, and the file it points to is replaced. Permission bits are kept, and on POSIX the owner
    where the system allows it. A hard link to the old file keeps the old content.

    Args:
        path: The file.
        data: Its new content.
        was: The content that `data` was made from, or None for a file that does not exist yet.
        keep_backups: How many backups to keep, at least 1; the oldest beyond that are deleted.

    Returns:
        The backup, or None if none is needed: a new file, or `data` equal to the old content.

    Raises:
        SwapError: The file is read-only, open in Excel or LibreOffice, has changed since, is being replaced by
            another process, or cannot be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     book = Path(folder, "model.xlsx")
        ...     _ = replace_file(book, b"June", was=None)
        ...     backup = replace_file(book, b"July", was=b"June")
        ...     book.read_bytes(), backup.read_bytes(), backups(book) == [backup]
        (b'July', b'June', True)
    """
    path = Path(path)
    if keep_backups < 1:
        raise SwapError(f"{path}: keep_backups is {keep_backups}; at least 1 is kept")
    try:
        target = path.resolve(strict=path.is_symlink())
        _refuse_unfit(path, target)
        with _exclusively(target):
            _refuse_open(path, target)
            _refuse_changed(target, was)
            backup = None if data == was else _swap(path, target, data, was)
            _drop_oldest(target, backup, keep_backups)
            return backup
    except (OSError, RuntimeError) as error:  # before Python 3.13, a link to itself is a RuntimeError
        raise _refused(path, error) from error


def keep(path: str | Path, data: bytes) -> Path:
    """Keep a version of a file as one of its `backups` without replacing it: it may be open in Excel.

    Raises:
        SwapError: Another process is replacing the file, or the folder cannot be written to.
    """
    path = Path(path)
    try:
        target = path.resolve()
        with _exclusively(target), _temporary(target) as temporary:
            backup = _back_up(target, data, temporary)
            _drop_oldest(target, backup, KEEP_BACKUPS)
            return backup
    except (OSError, RuntimeError) as error:  # as above
        raise _refused(path, error) from error


def backups(path: str | Path) -> list[Path]:
    """Backups that `replace_file` made of a file, newest first."""
    target = Path(path).resolve()
    pattern = re.compile(rf"{re.escape(target.stem)}\.backup-(\d{{8}}-\d{{6}})(?:-(\d+))?{re.escape(target.suffix)}")
    folder = _backup_folder(target)
    names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    found = [match for match in map(pattern.fullmatch, names) if match]
    return [folder / match[0] for match in sorted(found, key=lambda m: (m[1], int(m[2] or 1)), reverse=True)]


def restore(path: str | Path, backup: str | Path, *, keep_backups: int = KEEP_BACKUPS) -> Path | None:
    """Replace the file by one of its `backups`; the current version becomes a backup itself.

    Returns:
        The new backup, or None if the file is missing or equal to the one to restore.

    Raises:
        SwapError: `backup` does not belong to the file, or as for `replace_file`.
    """
    path, backup = Path(path), Path(backup)
    if backup.resolve() not in backups(path):
        raise SwapError(f"{path}: {backup} is not a backup of it; choose one from {_backup_folder(path.resolve())}")
    try:
        was = path.read_bytes() if path.exists() else None
        data = backup.read_bytes()
    except OSError as error:
        raise SwapError(f"{path}: {error.strerror}; check your rights to it and to {backup}") from error
    return replace_file(path, data, was=was, keep_backups=keep_backups)


def _swap(path: Path, target: Path, data: bytes, was: bytes | None) -> Path | None:
    with _temporary(target) as temporary:
        backup = None if was is None else _back_up(target, was, temporary)
        _write(temporary, data, target)
        _refuse_open(path, target)
        _refuse_changed(target, was)
        temporary.replace(target)
    _sync_folder(target.parent)
    return backup


@contextlib.contextmanager
def _temporary(target: Path) -> Iterator[Path]:
    """The name of a file to write beside the target; it is deleted at the end if it still exists."""
    temporary = target.with_name(f".{target.name}.drawstop-{os.getpid()}.tmp")
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _drop_oldest(target: Path, backup: Path | None, keep_backups: int) -> None:
    """Delete backups beyond the limit, including those of killed runs, but never the one just made."""
    others = [other for other in backups(target) if other != backup]
    for oldest in others[keep_backups - (backup is not None) :]:
        with contextlib.suppress(OSError):  # the file is replaced: one backup too many is not a failure
            oldest.unlink()


def _back_up(target: Path, was: bytes, temporary: Path) -> Path:
    """Copy, not link: a program that writes into the file in place would change a linked backup too."""
    folder = _backup_folder(target)
    folder.mkdir(exist_ok=True)
    _sync_folder(target.parent)
    stamp = dt.datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    names = (f"{target.stem}.backup-{stamp}{f'-{n}' if n > 1 else ''}{target.suffix}" for n in itertools.count(1))
    backup = next(folder / name for name in names if not (folder / name).exists())
    _write(temporary, was, target)
    shutil.copystat(target, temporary)  # its date is when that version was saved
    temporary.replace(backup)
    _sync_folder(folder)
    return backup


def _backup_folder(target: Path) -> Path:
    return target.with_name(f"{target.name}.backups")


def _leftovers(target: Path) -> list[Path]:
    """Temporary files of killed runs: a live run would hold the lock, which we hold."""
    names = re.compile(rf"\.{re.escape(target.name)}\.drawstop-\d+\.tmp")
    return [entry for entry in target.parent.iterdir() if names.fullmatch(entry.name)]


def _write(file: Path, data: bytes, like: Path) -> None:
    """Write a new file through to the disk, with the permissions of another file if it exists."""
    with file.open("xb") as stream:
        if like.exists():
            if sys.platform != "win32":
                with contextlib.suppress(PermissionError):  # only root may give a file away
                    os.chown(file, like.stat().st_uid, like.stat().st_gid)
            shutil.copymode(like, file)
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power failure; Windows has no such call, and some network drives refuse it."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def _refused(path: Path, error: Exception) -> SwapError:
    reason = getattr(error, "strerror", None) or error
    return SwapError(f"{path}: {reason}; check the path, your rights to the folder, and its free space")


def _refuse_unfit(path: Path, target: Path) -> None:
    if target.exists() and not target.is_file():
        raise SwapError(f"{path}: is not a file; give the path of the workbook")
    if target.exists() and not target.stat().st_mode & 0o222:
        raise SwapError(f"{path}: is read-only; allow writing in its properties, or work on a copy")


def _refuse_open(path: Path, target: Path) -> None:
    """Refuse while there is an owner file of Excel or a lock file of LibreOffice beside the file or its link."""
    for place in (path, target):
        for program, name in (("Excel", f"~${place.name}"), ("LibreOffice", f".~lock.{place.name}#")):
            if place.with_name(name).exists():
                raise SwapError(f"{path}: is open in {program}; close it there (or delete {name} if it is not open)")


def _refuse_changed(target: Path, was: bytes | None) -> None:
    now = target.read_bytes() if target.exists() else None
    if now == was:
        return
    if was is None:
        raise SwapError(f"{target}: already exists; choose another name or move it away")
    fault = "is gone" if now is None else "was changed by another program"
    raise SwapError(f"{target}: {fault} since it was read; look at it, then run again")


@contextlib.contextmanager
def _exclusively(target: Path) -> Iterator[None]:
    """Hold a lock beside the file, and remove what killed runs have left there.

    The system frees the lock when the process ends, however it ends, so locks do not go stale.
    """
    lock = target.with_name(f".{target.name}.drawstop.lock")
    handle = _locked(lock, target)
    try:
        for leftover in _leftovers(target):
            leftover.unlink()
        yield
    finally:
        if sys.platform == "win32":  # cannot delete an open file, so nobody else can have it open
            os.close(handle)
            with contextlib.suppress(PermissionError):
                lock.unlink()
        else:
            lock.unlink(missing_ok=True)
            os.close(handle)


def _locked(lock: Path, target: Path) -> int:
    while True:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if sys.platform == "win32":
                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(handle), lock.stat()):
                return handle
        except (BlockingIOError, PermissionError) as error:
            os.close(handle)
            raise SwapError(f"{target}: another run is replacing it; wait until it is done") from error
        except FileNotFoundError:
            pass  # its holder deleted it between our open and our lock: take a new one
        os.close(handle)
