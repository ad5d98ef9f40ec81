"""The swap of a file: at any moment, on any fault, the path holds the old file or the new one, whole."""

import contextlib
import errno
import itertools
import os
import random
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from lender_model.xlsx import swap
from lender_model.xlsx.swap import KEEP_BACKUPS, SwapError, backups, keep, replace_file, restore

OLD, NEW = b"old" * 300_000, b"new!" * 300_000  # long enough for a cut to show


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "Modell [1] – Juli.xlsx"
    path.write_bytes(OLD)
    return path


def beside(path: Path) -> set[str]:
    """Names in the folder, but for the file and its backups."""
    return {entry.name for entry in path.parent.iterdir()} - {path.name, f"{path.name}.backups"}


# --------------------------------------------------------------------------------------------------------- the swap


def test_the_new_file_takes_the_place_and_the_old_one_is_kept(book):
    backup = replace_file(book, NEW, was=OLD)
    assert book.read_bytes() == NEW
    assert backup.read_bytes() == OLD
    assert backups(book) == [backup]
    assert backup.parent == book.with_name("Modell [1] – Juli.xlsx.backups")
    assert backup.name.startswith("Modell [1] – Juli.backup-")
    assert backup.suffix == ".xlsx"
    assert beside(book) == set()


def test_a_file_that_did_not_exist(tmp_path):
    assert replace_file(tmp_path / "model.xlsx", NEW, was=None) is None
    assert (tmp_path / "model.xlsx").read_bytes() == NEW
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.xlsx"]


def test_equal_content_is_not_written(book):
    before = book.stat()
    assert replace_file(book, OLD, was=OLD) is None
    assert (book.stat().st_ino, book.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert backups(book) == []
    assert beside(book) == set()


def test_rights_owner_and_the_date_of_the_backup(book):
    book.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(book, 12_345, 23_456)
    os.utime(book, (844_000_000, 844_000_000))
    before = book.stat()
    backup = replace_file(book, NEW, was=OLD)
    for path in (book, backup):
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        assert (path.stat().st_uid, path.stat().st_gid) == (before.st_uid, before.st_gid)
    assert backup.stat().st_mtime == 844_000_000
    assert book.stat().st_mtime > 844_000_000


def test_a_link_stays_and_its_target_is_swapped(book, tmp_path):
    folder = tmp_path / "desk"
    folder.mkdir()
    link = folder / "model.xlsx"
    link.symlink_to(book)
    backup = replace_file(link, NEW, was=OLD)
    assert link.is_symlink()
    assert book.read_bytes() == link.read_bytes() == NEW
    assert backup.parent.parent == book.parent
    assert backups(link) == backups(book) == [backup]
    assert [entry.name for entry in folder.iterdir()] == ["model.xlsx"]


def test_a_hard_link_keeps_the_old_content(book, tmp_path):
    other = tmp_path / "other.xlsx"
    other.hardlink_to(book)
    replace_file(book, NEW, was=OLD)
    assert other.read_bytes() == OLD


def test_every_file_is_on_the_disk_before_it_gets_its_name(book, monkeypatch):
    events, sync, rename = [], os.fsync, os.replace

    def noting_sync(handle):
        events.append(("sync", os.fstat(handle).st_ino))
        sync(handle)

    def noting_rename(source, target):
        events.append(("rename", Path(source).stat().st_ino, Path(target).parent.stat().st_ino))
        rename(source, target)

    monkeypatch.setattr(os, "fsync", noting_sync)
    monkeypatch.setattr(os, "replace", noting_rename)
    replace_file(book, NEW, was=OLD)
    renames = [(at, *event[1:]) for at, event in enumerate(events) if event[0] == "rename"]
    assert len(renames) == 2
    for at, file, folder in renames:
        assert ("sync", file) in events[:at]
        assert ("sync", folder) in events[at:]


# ---------------------------------------------------------------------------------------------------------- backups


def test_only_the_newest_backups_are_kept(book):
    contents = [OLD, *(b"version %d" % n for n in range(12))]
    for was, data in itertools.pairwise(contents):
        replace_file(book, data, was=was, keep_backups=11)
    assert [backup.read_bytes() for backup in backups(book)] == contents[-2:-13:-1]


def test_backups_beyond_the_limit_go_even_when_nothing_is_written(book):
    """A run that was killed had no time to delete the oldest."""
    contents = [OLD, b"1", b"2", b"3"]
    for was, data in itertools.pairwise(contents):
        replace_file(book, data, was=was)
    replace_file(book, b"3", was=b"3", keep_backups=2)
    assert [backup.read_bytes() for backup in backups(book)] == [b"2", b"1"]


def test_other_files_among_the_backups_are_left_alone(book):
    folder = replace_file(book, b"1", was=OLD).parent
    others = ["notes.txt", "Modell [1] – Juli.backup-1999.xlsx", "Modell [1] – Juli.backup-19990101-000000.xlsx.old"]
    for name in others:
        (folder / name).write_text("mine")
    replace_file(book, b"2", was=b"1", keep_backups=1)
    (backup,) = backups(book)
    assert backup.read_bytes() == b"1"
    assert {entry.name for entry in folder.iterdir()} == {*others, backup.name}


def test_the_backup_just_made_stays_even_when_the_clock_went_back(book):
    folder = replace_file(book, b"1", was=OLD).parent
    (folder / "Modell [1] – Juli.backup-29990101-000000.xlsx").write_bytes(b"from the future")
    backup = replace_file(book, b"2", was=b"1", keep_backups=1)
    assert backups(book) == [backup]
    assert backup.read_bytes() == b"1"


def test_restore_keeps_what_was_there(book):
    backup = replace_file(book, NEW, was=OLD)
    kept = restore(book, backup)
    assert book.read_bytes() == OLD
    assert kept.read_bytes() == NEW
    assert backups(book) == [kept, backup]


def test_restore_of_a_lost_file(book):
    backup = replace_file(book, NEW, was=OLD)
    book.unlink()
    assert restore(book, backup) is None
    assert book.read_bytes() == OLD


def test_restore_takes_only_backups_of_that_file(book, tmp_path):
    backup = replace_file(book, NEW, was=OLD)
    (tmp_path / "other.xlsx").write_bytes(b"other")
    with pytest.raises(SwapError, match="not a backup of it"):
        restore(tmp_path / "other.xlsx", backup)
    with pytest.raises(SwapError, match="not a backup of it"):
        restore(book, book)


def test_a_version_of_a_file_that_is_open_in_excel_is_kept(book):
    lock = open_in_excel(book).with_name(f"~${book.name}")
    backup = keep(book, NEW)
    assert backups(book) == [backup]
    assert backup.read_bytes() == NEW
    assert book.read_bytes() == OLD
    assert beside(book) == {lock.name}


def test_versions_kept_are_no_more_than_other_backups(book):
    folder = book.with_name(f"{book.name}.backups")
    folder.mkdir()
    for day in range(10, 11 + KEEP_BACKUPS):
        (folder / f"{book.stem}.backup-199607{day}-170000.xlsx").write_bytes(b"of July %d" % day)
    keep(book, NEW)
    last = 10 + KEEP_BACKUPS
    days = range(last, last - KEEP_BACKUPS + 1, -1)
    assert [backup.read_bytes() for backup in backups(book)] == [NEW, *(b"of July %d" % day for day in days)]


# ----------------------------------------------------------------------------------------------------------- faults


def nothing(book: Path) -> Path:
    return book


def open_in_excel(book: Path) -> Path:
    book.with_name(f"~${book.name}").write_bytes(b"\x05Analyst")
    return book


def open_in_libreoffice(book: Path) -> Path:
    book.with_name(f".~lock.{book.name}#").write_text("Analyst;")
    return book


def open_through_a_link(book: Path) -> Path:
    folder = book.with_name("desk")
    folder.mkdir()
    (folder / "link.xlsx").symlink_to(book)
    (folder / "~$link.xlsx").write_bytes(b"")
    return folder / "link.xlsx"


def read_only(book: Path) -> Path:
    book.chmod(0o444)
    return book


def folder_instead(book: Path) -> Path:
    (book.parent / "folder.xlsx").mkdir()
    return book.parent / "folder.xlsx"


def changed(book: Path) -> Path:
    book.write_bytes(OLD[:-1] + b"!")
    return book


def gone(book: Path) -> Path:
    book.unlink()
    return book


def link_to_itself(book: Path) -> Path:
    link = book.with_name("loop.xlsx")
    link.symlink_to(link)
    return link


def link_to_nothing(book: Path) -> Path:
    link = book.with_name("link.xlsx")
    link.symlink_to(book.with_name("none.xlsx"))
    return link


def no_folder(book: Path) -> Path:
    return book.parent / "none" / book.name


def name_too_long(book: Path) -> Path:
    return book.with_name("x" * 250 + ".xlsx")


FAULTS = [
    (open_in_excel, OLD, "open in Excel"),
    (open_in_libreoffice, OLD, "open in LibreOffice"),
    (open_through_a_link, OLD, "open in Excel"),
    (read_only, OLD, "read-only"),
    (folder_instead, OLD, "is not a file"),
    (changed, OLD, "was changed by another program"),
    (gone, OLD, "is gone"),
    (nothing, None, "already exists"),
    (link_to_itself, OLD, "check the path"),
    (link_to_nothing, None, "check the path"),
    (no_folder, None, "check the path"),
    (name_too_long, None, "check the path"),
]


@pytest.mark.parametrize(("fault", "was", "message"), FAULTS, ids=[fault.__name__ for fault, *_ in FAULTS])
def test_refusals_leave_everything_as_it_was(book, fault, was, message):
    path = fault(book)
    before = snapshot(book.parent)
    with pytest.raises(SwapError, match=message) as caught:
        replace_file(path, NEW, was=was)
    assert snapshot(book.parent) == before
    assert "\n" not in str(caught.value)
    assert "; " in str(caught.value)


def snapshot(folder: Path) -> dict[str, bytes | None]:
    entries = sorted(folder.rglob("*"))
    return {str(entry): entry.read_bytes() if entry.is_file() else None for entry in entries}


def test_at_least_one_backup_is_kept(book):
    with pytest.raises(SwapError, match="at least 1"):
        replace_file(book, NEW, was=OLD, keep_backups=0)
    assert book.read_bytes() == OLD


def test_a_folder_that_takes_no_files(as_nobody):
    with tempfile.TemporaryDirectory() as name:  # not tmp_path, whose parents only their owner may enter
        book = Path(name, "model.xlsx")
        book.write_bytes(OLD)
        book.chmod(0o666)
        Path(name).chmod(0o555)
        with as_nobody(), pytest.raises(SwapError, match=r"Permission denied; check .* your rights"):
            replace_file(book, NEW, was=OLD)
        Path(name).chmod(0o700)
        assert [entry.name for entry in Path(name).iterdir()] == ["model.xlsx"]
        assert book.read_bytes() == OLD


def test_a_full_disk(book, monkeypatch):
    def full(_handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SwapError, match=r"No space left on device; .* free space"):
        replace_file(book, NEW, was=OLD)
    with pytest.raises(SwapError, match=r"No space left on device; .* free space"):
        keep(book, NEW)
    assert book.read_bytes() == OLD
    assert backups(book) == []
    assert beside(book) == set()


@pytest.mark.parametrize(
    ("meddle", "message"),
    [(changed, "was changed by another program"), (gone, "is gone"), (open_in_excel, "open in Excel")],
)
def test_what_happens_while_the_new_file_is_written_is_noticed(book, monkeypatch, meddle, message):
    write = swap._write

    def write_and_meddle(file, data, like):
        write(file, data, like)
        if data == NEW:
            meddle(book)

    monkeypatch.setattr(swap, "_write", write_and_meddle)
    with pytest.raises(SwapError, match=message):
        replace_file(book, NEW, was=OLD)
    assert not book.exists() or book.read_bytes() != NEW
    assert backups(book)[0].read_bytes() == OLD
    assert beside(book) <= {f"~${book.name}"}


# ------------------------------------------------------------------------------------------ other and killed runs


def python(script: str, *arguments: object) -> subprocess.Popen[str]:
    """A child that runs `script` with the path of this package."""
    package = str(Path(swap.__file__).parents[2])
    start = (
        "import os, sys; sys.path.insert(0, sys.argv.pop(1))\n"
        "from pathlib import Path; from lender_model.xlsx import swap\n"
    )
    command = [sys.executable, "-c", start + script, package, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own script


HOLD = """
with swap._exclusively(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_runs_at_once_and_a_lock_whose_holder_died(book):
    with python(HOLD, book) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(SwapError, match="another run is replacing it"):
            replace_file(book, NEW, was=OLD)
        assert book.read_bytes() == OLD
        with pytest.raises(SwapError, match="another run is replacing it"):
            keep(book, NEW)
        assert backups(book) == []
        holder.kill()
        holder.wait()
    assert beside(book) == {f".{book.name}.drawstop.lock"}
    replace_file(book, NEW, was=OLD)
    assert book.read_bytes() == NEW
    assert beside(book) == set()


def test_a_lock_file_deleted_between_opening_and_locking_is_not_trusted(book, monkeypatch):
    lock, real_open, opened = book.with_name(f".{book.name}.drawstop.lock"), os.open, []

    def open_and_lose(path, *arguments):
        handle = real_open(path, *arguments)
        if Path(path) == lock:
            opened.append(handle)
            if len(opened) == 1:
                lock.unlink()
        return handle

    monkeypatch.setattr(os, "open", open_and_lose)
    with swap._exclusively(book):
        assert len(opened) == 2
        assert os.path.samestat(os.fstat(opened[-1]), lock.stat())
    assert beside(book) == set()


@pytest.mark.parametrize("write", [keep, lambda path, data: replace_file(path, data, was=OLD)])
def test_only_leftovers_of_this_file_are_removed(book, write):
    others = {".other.xlsx.drawstop-1.tmp", f".{book.name}.drawstop-x.tmp", f"{book.name}.drawstop-1.tmp", "keep.tmp"}
    for name in {*others, f".{book.name}.drawstop-999999.tmp"}:
        book.with_name(name).write_bytes(b"half")
    write(book, NEW)
    assert beside(book) == others


# Dies as a killed process does, without cleaning up, before its n-th call on files.
DIE = """
path, fatal, calls = Path(sys.argv[1]), int(sys.argv[2]), 0
old, new = path.read_bytes(), sys.stdin.buffer.read()

def count(event, arguments):
    global calls
    if event == "open" or event.startswith(("os.", "shutil.", "fcntl.")):
        calls += 1
        if calls == fatal:
            os._exit(9)

sys.addaudithook(count)
swap.replace_file(path, new, was=old)
os._exit(0)
"""


def test_killed_before_every_single_call(book):
    outcomes, left = [], set()
    while not outcomes or outcomes[-1][0] == 9:
        book.write_bytes(OLD)
        with python(DIE, book, len(outcomes) + 1) as child:
            child.communicate(NEW.decode())
        outcomes.append((child.returncode, book.read_bytes()))
        left |= {name.rpartition(".")[2] for name in beside(book)}
        whole_and_cleaned_by_the_next_run(book)
    assert len(outcomes) > 20
    assert [content for _, content in outcomes] == sorted((c for _, c in outcomes), key=[OLD, NEW].index)
    assert outcomes[-1] == (0, NEW)
    assert left == {"tmp", "lock"}


LOOP = """
path, contents = Path(sys.argv[1]), [sys.argv[2].encode() * 300_000, sys.argv[3].encode() * 300_000]
print("ready", flush=True)
while True:
    was = path.read_bytes()
    swap.replace_file(path, contents[was == contents[0]], was=was, keep_backups=2)
"""


def test_killed_at_random_moments(book):
    moments = random.Random(1996)  # noqa: S311 - the moments need not be secret
    for _ in range(25):
        with python(LOOP, book, "old", "new!") as child:
            assert child.stdout.readline() == "ready\n"
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(moments.uniform(0.001, 0.05))
            assert child.poll() is None
            child.kill()
        whole_and_cleaned_by_the_next_run(book)


def whole_and_cleaned_by_the_next_run(book: Path) -> None:
    now = book.read_bytes()
    assert now in (OLD, NEW)
    assert all(backup.read_bytes() in (OLD, NEW, b"next") for backup in backups(book))
    replace_file(book, b"next", was=now)
    replace_file(book, now, was=b"next")
    assert beside(book) == set()
