"""What every kind of socket of one host is given."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from ringfence.actors.io import Event
from ringfence.drivers.aio.linux import SocketFactory
from ringfence.model.address import TransportAddress
from ringfence.model.findings import Finding


@dataclass(frozen=True, slots=True)
class SocketFinding(Finding):
    """What a socket could not do: `local` is the address it had or wanted, `errno` the kernel's answer."""

    local: TransportAddress | None = None
    errno: int | None = None


@dataclass(frozen=True, slots=True)
class SocketContext:
    """`deliver` takes events for the machine; `report` what a socket could not do."""

    loop: asyncio.AbstractEventLoop
    sockets: SocketFactory
    deliver: Callable[[Event], None]
    report: Callable[[SocketFinding], None]
