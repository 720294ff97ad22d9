"""Who calls whom in a proof: the phone calls every end of audio that it may talk to."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from ipaddress import IPv4Address
from itertools import islice, pairwise
from random import Random

from ringfence.actors.calls.phone_user import PhoneUser, UserPlan
from ringfence.actors.calls.switch import SwitchConfig
from ringfence.actors.endpoint.machine import Endpoint
from ringfence.actors.gatekeeper.config import GatekeeperConfig
from ringfence.actors.io import Machine
from ringfence.actors.ras.dialect import PHONE_FAMILIES, Dialect
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.actors.signalling.config import SignallingConfig
from ringfence.model.address import TransportAddress
from ringfence.model.kinds import Kind
from ringfence.model.media import media_ports
from ringfence.model.site import ServiceKind, Site
from ringfence.roles.far_ends import FarEnd, far_ends
from ringfence.roles.translations import seen_at

_FIRST_NUMBER = 9001
_SEED = 40
_MAC = bytes.fromhex("001b4f0f0000")  # of the first far end; any that no phone of a site has


def far_numbers(site: Site) -> dict[str, FarEnd]:
    """What to dial for each far end: numbers that the site's own user does not have."""
    taken = {group.user.extension for group in site.groups}
    free = (number for count in range(10_000) if (number := str(_FIRST_NUMBER + count)) not in taken)
    return dict(zip(free, far_ends(site), strict=False))


def _transfers(called: Collection[str]) -> dict[str, str]:
    """Who transfers a call, and to whom: one shows what all do."""
    return dict(islice(pairwise(called), 1))


def user_plan(site: Site) -> UserPlan | None:
    """What the user of the phone under test does; None: nobody is to be called."""
    called = far_numbers(site)
    if not called:
        return None
    return UserPlan(
        media_ports(site, Kind((site.groups[0],))),
        calls=tuple(called),
        transferred=frozenset(_transfers(called)),
        tones=any(end.plays_tones for end in called.values()),
        monitors=tuple(
            TransportAddress(each.address, each.port)
            for each in site.monitoring
            if each.kind is ServiceKind.RTCP and site.crossed(site.groups[0].voice, each.address)
        ),
    )


def switched(config: GatekeeperConfig, site: Site, phone: IPv4Address) -> GatekeeperConfig:
    """The gatekeeper with a switch behind it, at which the far ends have numbers."""
    called = far_numbers(site)
    if not called:
        return config
    seen = {end.address: seen_at(site, phone, end.address) for end in called.values()}
    switch = SwitchConfig(
        tuple(number for number, end in called.items() if end.plays_tones),
        {(phone, address): known for address, known in seen.items() if known != phone},
    )
    return replace(config, users={**(config.users or {}), **dict.fromkeys(called, "")}, switch=switch)


def far_phone_users(
    site: Site,
    gatekeepers: tuple[TransportAddress, ...],
    signalling: SignallingConfig,
    dialect: Dialect,
    reached_at: dict[IPv4Address, IPv4Address],
) -> Iterator[tuple[IPv4Address, Machine]]:
    """The far ends by address: the first transfers its call to the second, the others hang up.

    `reached_at`: the address at which each has its signalling.
    """
    called = far_numbers(site)
    family = PHONE_FAMILIES[site.groups[0].calls.family.value]
    then = _transfers(called)
    for count, (number, end) in enumerate(called.items()):
        random = Random(_SEED + count)
        plan = UserPlan(end.ports, address=end.address, transfer=then.get(number, ""))
        config = RasClientConfig(
            address=reached_at[end.address],
            gatekeepers=gatekeepers,
            extension=number,
            mac=(int.from_bytes(_MAC) + count).to_bytes(6),
            dialect=dialect,
            family=family,
            signalling_port=signalling.port,
        )
        yield end.address, Endpoint(config, random, signalling=signalling, phone_user=PhoneUser(plan, random))
