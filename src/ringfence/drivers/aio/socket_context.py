"""What every kind of socket of one host is given."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from ringfence.actors.io import Event
from ringfence.drivers.aio.linux import SocketFactory
from ringfence.model.findings import Code


@dataclass(frozen=True, slots=True)
class SocketContext:
    """`deliver` takes events for the machine; `report` takes a finding's code and sentence."""

    loop: asyncio.AbstractEventLoop
    sockets: SocketFactory
    deliver: Callable[[Event], None]
    report: Callable[[Code, str], None]
