"""The handsets' end of a walk: one handset of the site boots on the wire, until every stage is settled."""

import asyncio
import sys
import time
from collections.abc import Callable
from random import SystemRandom

from ringfence.apps.cli.phoning.line import Phone, PhoneNews
from ringfence.apps.cli.phoning.run import PhoneRun, RunPlan
from ringfence.apps.cli.phoning.wire import wire_network
from ringfence.apps.cli.screen import progress_console
from ringfence.drivers.raw.secured import SecuredMachine
from ringfence.drivers.tls import unverified_client
from ringfence.model.printable import printable
from ringfence.model.site import Site
from ringfence.model.stage import Stage
from ringfence.model.topology import mac_octets
from ringfence.roles.walking import WALKED_LEASE, walking_handset
from ringfence.verify.walked import WAITS
from ringfence.verify.watch import BootWatch

_SLACK = 20.0  # seconds past the last thing that is due, at most


def boot_handset(
    site: Site,
    interface: str,
    record: Callable[[float, bytes], None] | None,
    expected: frozenset[Stage],
    *,
    patience: float,
) -> bool:
    """Until all is settled, or nothing new has come for `patience` seconds. False: by Ctrl-C.

    InputError or LabUnavailable: the interface cannot be used.
    """
    user = site.groups[0].user
    mac = mac_octets(user.mac)
    machine = walking_handset(site, seed=SystemRandom().getrandbits(32), epoch=time.time() - time.monotonic())
    outside = SecuredMachine(machine, unverified_client())
    phone = Phone(mac.hex(":"), user.extension, machine, outside, signals=Stage.SIGNAL in expected)
    refresh = float(site.groups[0].calls.refresh) if expected & WAITS else 0.0
    horizon = max(refresh, WALKED_LEASE / 2) + min(_SLACK, patience)
    watch = BootWatch(expected, horizon, patience)
    run = PhoneRun([phone], RunPlan([0.0], None, watch=watch), wire_network(interface, mac, 1, record), _say)
    asyncio.run(run.run())
    return not run.interrupted


def _say(phone: Phone | None, news: PhoneNews) -> None:
    line = f"{phone.name}: {news.line}" if phone else news.line
    progress_console().print(printable(f"{time.strftime('%H:%M:%S')} {line}"), soft_wrap=True)
    sys.stderr.flush()
