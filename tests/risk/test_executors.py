"""Blocks on a Dask cluster: the same numbers, also when a worker is killed on the way."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time

import numpy as np
import pytest

from lender_model.risk import RiskError, executors, simulate

PATHS = 16 * simulate.BLOCK


def same(one, other):
    names = ("events", "figures", "drawn", "fans")
    return all(np.array_equal(getattr(one, name), getattr(other, name), equal_nan=name != "events") for name in names)


def test_a_scheduler_needs_an_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(RiskError, match="install drawstop with the extra distributed"), executors.cluster("local", 1):
        pass


def test_workers_get_an_environment_and_the_user_keeps_his(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    with executors.processes(1) as pool:
        threads = [pool.submit(os.getenv, key).result() for key in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")]
    assert threads == ["7", "1"]
    assert "OPENBLAS_NUM_THREADS" not in os.environ


@pytest.fixture(scope="module")
def distributed():
    return pytest.importorskip("distributed", reason="Dask is not installed: extra distributed")


@pytest.mark.usefixtures("distributed")
def test_no_scheduler_there(monkeypatch):
    monkeypatch.setattr(executors, "TIMEOUT", "1s")
    with (
        pytest.raises(RiskError, match="no scheduler answers at tcp://127"),
        executors.cluster("tcp://127.0.0.1:9", 1),
    ):
        pass


@pytest.mark.usefixtures("distributed")
@pytest.mark.filterwarnings("ignore")  # Dask warns of what it does itself when a worker dies
def test_a_worker_is_killed_and_the_numbers_are_those_of_this_process(task):
    expected = simulate.run(task, PATHS)
    killed = threading.Event()

    with executors.cluster("local", 2) as pool:
        workers = pool._client.run(os.getpid)

        def kill(_):
            if not killed.is_set():
                killed.set()
                os.kill(next(iter(workers.values())), signal.SIGKILL)

        found = simulate.run(task, PATHS, pool, kill)
        alive = pool._client.run(os.getpid, on_error="ignore")  # of those that have not been replaced yet
    assert killed.is_set()
    assert set(alive.values()) != set(workers.values())
    assert same(found, expected)


@pytest.mark.filterwarnings("ignore")  # as above
def test_a_scheduler_by_its_address(distributed, task):
    local = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**local) as own, executors.cluster(own.scheduler_address, 5) as pool:
        found = simulate.run(task, 4 * simulate.BLOCK, pool)
    assert same(found, simulate.run(task, 4 * simulate.BLOCK))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_workers_end_with_the_process_that_started_them():
    """The parent is terminated in the middle of its work; each worker is gone soon after."""
    code = (
        "import os, time\nfrom lender_model.risk import executors\n"
        "if __name__ == '__main__':\n"
        "    with executors.processes(2) as pool:\n"
        "        found = [pool.submit(os.getpid) for _ in range(8)]\n"
        "        print(*{f.result() for f in found}, flush=True)\n"
        "        time.sleep(60)\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder, "parent.py")
        script.write_text(code, encoding="utf-8")
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, str(script)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as parent:  # noqa: S603 - ours
            workers = [int(pid) for pid in parent.stdout.readline().split()]
            parent.send_signal(signal.SIGTERM)
            parent.wait(10)
    assert workers
    end = time.monotonic() + 10
    while time.monotonic() < end and any(map(alive, workers)):
        time.sleep(0.05)
    assert not any(map(alive, workers))


def alive(pid):
    """Whether a process runs; one that nobody has asked about since its end does not."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
