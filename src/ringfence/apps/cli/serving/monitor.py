"""The port for people and monitoring: a page, /status.json, /metrics and /healthz.

It is a file server whose pages are made when they are asked for. Nothing can be changed through it.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Address
from pathlib import Path

import msgspec

from ringfence.actors.files.content import Content, Page
from ringfence.actors.files.server import FileServer, FileServerConfig
from ringfence.apps.cli.serving import metrics
from ringfence.apps.cli.serving.status import Holdings
from ringfence.model.address import TransportAddress
from ringfence.model.errors import InputError

MONITOR_DEFAULT = "127.0.0.1:9719"
_MOST_CONNECTIONS = 64


class _LivePages(Mapping[str, Content]):
    def __init__(self, holdings: Holdings, clock: Callable[[], float], now: Callable[[], float]) -> None:
        self._holdings = holdings
        self._clock = clock
        self._now = now
        # Now: later there may be no descriptor left.
        self._html = Path(__file__).with_name("monitor.html").read_bytes()
        self._pages: dict[str, Callable[[], Page]] = {
            "": self._page,
            "status.json": self._status,
            "metrics": self._metrics,
            "healthz": self._health,
        }

    def __getitem__(self, name: str) -> Page:
        return self._pages[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._pages)

    def __len__(self) -> int:
        return len(self._pages)

    def _page(self) -> Page:
        return Page(self._html, "text/html; charset=utf-8")

    def _status(self) -> Page:
        status = self._holdings.status(self._clock(), self._now())
        return Page(msgspec.json.encode(status), "application/json")

    def _metrics(self) -> Page:
        return Page(metrics.metrics(self._holdings).encode(), metrics.CONTENT_TYPE)

    def _health(self) -> Page:
        trouble = self._holdings.trouble.values()
        said = "".join(f"{sentence}\n" for sentence in trouble) or "ok\n"
        return Page(said.encode(), status=503 if trouble else 200)


def monitor(
    holdings: Holdings,
    local: TransportAddress,
    *,
    clock: Callable[[], float] = time.time,
    now: Callable[[], float] = time.monotonic,
) -> FileServer:
    """`clock`: seconds since 1970; `now`: of the machines."""
    pages = _LivePages(holdings, clock, now)
    return FileServer(FileServerConfig(pages, http=(local,), max_connections=_MOST_CONNECTIONS))


def monitor_address(given: str) -> TransportAddress:
    """ADDRESS:PORT, or a port of 127.0.0.1. InputError: it is neither."""
    host, _, port = given.rpartition(":")
    try:
        number = int(port)
        if not 0 < number < 1 << 16:
            raise ValueError
        return TransportAddress(IPv4Address(host or "127.0.0.1"), number)
    except ValueError:
        raise InputError(
            f"{given!r} is no ADDRESS:PORT", where="--monitor", remedy=f"--monitor {MONITOR_DEFAULT}"
        ) from None
