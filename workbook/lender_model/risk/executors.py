"""Where the blocks of a simulation are calculated: processes of this machine, or workers of a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

from lender_model.risk import RiskError

ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": "1000000000",
    "MALLOC_TRIM_THRESHOLD_": "1000000000",
}
"""A worker's settings: one thread of linear algebra, since every core has a worker; the GNU allocator keeps a block's
memory for the next, since getting fresh pages from the system would take as long as the model."""

TIMEOUT = "10s"
"""How long a scheduler may take to answer."""


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def processes(workers: int) -> Iterator[Executor]:
    """Processes of this machine.

    Each is spawned, in the same way on every system, so that no thread of this process is copied half-way.
    """
    with _environment(ENVIRONMENT):
        pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=_end_with_parent)
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """End this process as soon as the one that started it has ended, for whatever reason."""
    parent = multiprocessing.parent_process()
    if parent is not None:

        def end() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=end, daemon=True).start()


@contextmanager
def cluster(scheduler: str, workers: int) -> Iterator[Executor]:
    """Workers of Dask; when one is lost, the others calculate its blocks.

    Args:
        scheduler: "local" for a cluster of this machine, or the address of a scheduler, ``tcp://host:port``. Its
            workers must have drawstop of the same version.
        workers: of a local cluster.

    Raises:
        RiskError: Dask is not installed, or no scheduler answers.
    """
    try:
        import distributed  # noqa: PLC0415 - an extra
    except ImportError:
        raise RiskError("a scheduler needs Dask: install drawstop with the extra distributed") from None
    with _client(distributed, scheduler, workers) as client:
        yield client.get_executor(retries=3)


@contextmanager
def _client(distributed: Any, scheduler: str, workers: int) -> Iterator[Any]:
    if scheduler == "local":
        local = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None, "env": ENVIRONMENT}
        with distributed.LocalCluster(**local) as own, distributed.Client(own) as client:
            yield client
        return
    try:
        client = distributed.Client(scheduler, timeout=TIMEOUT)
    except (OSError, ValueError) as error:
        raise RiskError(f"no scheduler answers at {scheduler}: {error}") from None
    with client:
        yield client


@contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    """Variables inherited by processes started meanwhile; the user's own settings stay."""
    added = {key: value for key, value in changes.items() if key not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for key in added:
            del os.environ[key]
