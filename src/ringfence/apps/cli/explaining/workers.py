"""Capture files read side by side: by processes of this machine, or by those of a Dask cluster."""

import importlib
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, TypeAlias

from ringfence.capture.ranges import FilePart
from ringfence.diagnosis.many.events import FileEvents, events_of
from ringfence.model.errors import InputError
from ringfence.model.ports import Ports

_CONNECT = "10s"
# Reads files, or ranges of them, and hands each back as soon as it is read, in any order.
FileReader: TypeAlias = Callable[[Sequence[FilePart], Ports], Iterator[tuple[FilePart, FileEvents]]]


@contextmanager
def local_workers(count: int) -> Iterator[FileReader]:
    """`count` processes; 1 reads in this one."""
    if count == 1:
        yield lambda parts, ports: ((part, events_of(part, ports)) for part in parts)
        return
    # Not forked: a copy of a process with threads in it may hang. Ctrl-C is for the parent to answer.
    deaf = (signal.SIGINT, signal.SIG_IGN)
    spawn = get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=spawn, initializer=signal.signal, initargs=deaf) as pool:
        try:
            yield lambda parts, ports: _read_locally(pool, parts, ports)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _read_locally(
    pool: Executor, parts: Sequence[FilePart], ports: Ports
) -> Iterator[tuple[FilePart, FileEvents]]:
    try:
        waiting: dict[Future[FileEvents], FilePart] = {
            pool.submit(events_of, part, ports): part for part in parts
        }
        for done in as_completed(waiting):
            yield waiting[done], done.result()
    except BrokenProcessPool:
        raise InputError(
            "a worker was killed by the system, probably out of memory",
            where="--workers",
            remedy="use fewer: --workers 1",
        ) from None


@contextmanager
def cluster(address: str) -> Iterator[FileReader]:
    """The workers of the Dask scheduler at `address`; they must see the files under the same paths."""
    try:
        distributed: Any = importlib.import_module("dask.distributed")
    except ImportError:
        raise InputError(
            "a cluster needs dask.distributed, which is not installed",
            where="--scheduler",
            remedy="pip install ringfence[bulk]",
        ) from None
    try:
        client = distributed.Client(address, timeout=_CONNECT, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"no Dask scheduler answers at {address}: {error}",
            where="--scheduler",
            remedy="start one with `dask scheduler`; the address looks like tcp://host:8786",
        ) from None
    with client:
        yield lambda parts, ports: _read_there(distributed, client, parts, ports)


def _read_there(
    distributed: Any, client: Any, parts: Sequence[FilePart], ports: Ports
) -> Iterator[tuple[FilePart, FileEvents]]:
    # Not pure: a file that grew since is read again.
    asked = {client.submit(events_of, part, ports, pure=False): part for part in parts}
    for done in distributed.as_completed(asked, loop=client.loop):
        error = done.exception()
        if error is None:
            yield asked[done], done.result()
        elif isinstance(error, ImportError):
            raise InputError(
                f"the cluster's workers lack something: {error}",
                where="--scheduler",
                remedy="install the same ringfence on every worker",
            )
        else:
            yield asked[done], FileEvents(str(asked[done]), damage=f"the worker failed: {error}")
