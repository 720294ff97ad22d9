"""Jobs done side by side: by processes of this machine, or by those of a Dask cluster."""

import importlib
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Protocol, TypeVar

from ringfence.model.errors import InputError

_CONNECT = "10s"
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class JobFailed:
    """A worker of the cluster could not do it."""

    why: str


class Workers(Protocol):
    """Does a job once for each of `given`, its arguments; hands each back when it is done, in any order."""

    def __call__(
        self, job: Callable[..., Result], given: Sequence[tuple[Any, ...]]
    ) -> Iterator[tuple[int, Result | JobFailed]]: ...


@contextmanager
def local_workers(count: int) -> Iterator[Workers]:
    """`count` processes; 1: this one."""
    if count == 1:
        yield _here
        return
    # Not forked: a copy of a process with threads in it may hang. Ctrl-C is for the parent to answer.
    deaf = (signal.SIGINT, signal.SIG_IGN)
    spawn = get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=spawn, initializer=signal.signal, initargs=deaf) as pool:

        def beside(
            job: Callable[..., Result], given: Sequence[tuple[Any, ...]]
        ) -> Iterator[tuple[int, Result | JobFailed]]:
            return _beside(pool, job, given)

        try:
            yield beside
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _here(
    job: Callable[..., Result], given: Sequence[tuple[Any, ...]]
) -> Iterator[tuple[int, Result | JobFailed]]:
    return ((number, job(*each)) for number, each in enumerate(given))


def _beside(
    pool: Executor, job: Callable[..., Result], given: Sequence[tuple[Any, ...]]
) -> Iterator[tuple[int, Result | JobFailed]]:
    try:
        waiting: dict[Future[Result], int] = {
            pool.submit(job, *each): number for number, each in enumerate(given)
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
def cluster(address: str) -> Iterator[Workers]:
    """The workers of the Dask scheduler at `address`; they must see files under the same paths."""
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

    def there(
        job: Callable[..., Result], given: Sequence[tuple[Any, ...]]
    ) -> Iterator[tuple[int, Result | JobFailed]]:
        # Not pure: a file that grew since is read again.
        asked = {client.submit(job, *each, pure=False): number for number, each in enumerate(given)}
        for done in distributed.as_completed(asked, loop=client.loop):
            error = done.exception()
            if isinstance(error, ImportError):
                raise InputError(
                    f"the cluster's workers lack something: {error}",
                    where="--scheduler",
                    remedy="install the same ringfence on every worker",
                )
            yield asked[done], done.result() if error is None else JobFailed(f"the worker failed: {error}")

    with client:
        yield there
