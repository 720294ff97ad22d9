"""The servers' end of a walk: every server of the site with a MAC address and an IP stack of its own."""

import asyncio
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from random import SystemRandom

from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.journal import JournalEntry
from ringfence.apps.cli.phoning.wire import cannot_use, ethernet
from ringfence.apps.cli.screen import progress_console
from ringfence.apps.cli.serving.lines import EventFormatter
from ringfence.drivers.raw.conflicts import holders
from ringfence.drivers.raw.secured import SecuredMachine
from ringfence.lab import tls
from ringfence.model.errors import InputError
from ringfence.model.findings import Finding
from ringfence.model.printable import printable
from ringfence.model.site import Site
from ringfence.roles.turns import Turn
from ringfence.roles.walking import WalkedHost, walked_hosts

_PREFIX = bytes.fromhex("02726601")  # locally administered; two octets more for each host


def play_servers(
    site: Site,
    turn: Turn,
    interface: str,
    vlan: int,
    record: Callable[[float, bytes], None] | None,
    *,
    seconds: float | None,
    once: bool,
) -> None:
    """Until Ctrl-C, `seconds`, or with `once` until a handset has registered and left.

    InputError: the interface cannot be used, or somebody has one of the addresses.
    """
    hosts, left_out = walked_hosts(site, turn, seed=SystemRandom().getrandbits(32), epoch=_epoch())
    if not hosts:
        raise InputError("no server is beyond the firewall", where=site.site)
    _refuse_conflicts(hosts, interface, vlan)
    for each in left_out:
        _say(f"not played: {each}")
    asyncio.run(_serve(hosts, interface, vlan, record, seconds, once))


def _refuse_conflicts(hosts: Sequence[WalkedHost], interface: str, vlan: int) -> None:
    """Two that answer for one address would break what is in service."""
    try:
        found = holders(interface, vlan, (each.address.ip for each in hosts))
    except OSError as error:
        raise cannot_use(interface, error) from None
    for address, mac in found.items():
        raise InputError(
            f"{address} is in use by {mac.hex(':')}",
            where=interface,
            remedy="walk before the servers are connected, or disconnect them meanwhile",
        )


async def _serve(
    hosts: Sequence[WalkedHost],
    interface: str,
    vlan: int,
    record: Callable[[float, bytes], None] | None,
    seconds: float | None,
    once: bool,
) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    defects: list[BaseException] = []
    formatter = EventFormatter()
    left = _HasLeft([each.machine for each in hosts if isinstance(each.machine, Gatekeeper)])

    def observe(entry: JournalEntry) -> None:
        for line in formatter.lines(entry):
            _say(line.text)
        if once and left.look():
            loop.call_later(_SETTLE, stopped.set)

    def report(finding: Finding) -> None:
        _say(f"{finding.code}: {finding.sentence}")

    def failed(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        defects.append(error if isinstance(error, BaseException) else RuntimeError(str(context)))
        stopped.set()

    loop.set_exception_handler(failed)
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stopped.set)
    network = ethernet(interface, (_PREFIX,), observer=observe, report=report, record=record)
    client, server = tls.contexts()
    try:
        for number, host in enumerate(hosts, 1):
            mac = _PREFIX + number.to_bytes(2, "big")
            machine = SecuredMachine(host.machine, client, server)
            network.attach(host.name, mac, machine, address=host.address, vlan=vlan)
        played = ", ".join(f"{each.name} {each.address.ip}" for each in hosts)
        _say(f"playing {played} on {interface}; Ctrl-C ends")
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), seconds)
    finally:
        network.close()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(each)
    if defects:
        raise defects[0]


_SETTLE = 1.0  # seconds for what a handset still says when it has left: the release of its lease


class _HasLeft:
    """Whether somebody was registered and nobody is any more."""

    def __init__(self, gatekeepers: Sequence[Gatekeeper]) -> None:
        self._gatekeepers = gatekeepers
        self._was = False

    def look(self) -> bool:
        registered = any(each.registrations for each in self._gatekeepers)
        self._was = self._was or registered
        return self._was and not registered


def _epoch() -> float:
    return time.time() - time.monotonic()


def _say(line: str) -> None:
    out = progress_console()
    out.print(printable(f"{time.strftime('%H:%M:%S')} {line}"), soft_wrap=True)
    sys.stderr.flush()
