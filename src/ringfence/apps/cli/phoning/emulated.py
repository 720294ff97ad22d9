"""Emulated handsets of one run: endpoints on addresses of this machine, or handsets that boot on a wire."""

import time
from ipaddress import IPv4Address
from random import Random, SystemRandom

from ringfence.actors.dhcp.client_states import ClientSettings
from ringfence.actors.dhcp.fingerprint import PHONE_46XX, PHONE_96X1
from ringfence.actors.dhcp.vlan import VlanState
from ringfence.actors.endpoint.call_states import CallPlan
from ringfence.actors.endpoint.machine import Endpoint
from ringfence.actors.handset.config import HandsetConfig
from ringfence.actors.handset.machine import Handset
from ringfence.actors.handset.router_check import RouterPatience
from ringfence.actors.ras.dialect import AVAYA, DIALECTS, PHONE_FAMILIES
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.actors.security.h235_baseline import H235Endpoint
from ringfence.actors.signalling.config import SignallingConfig
from ringfence.apps.cli.phoning.line import Phone, nth_extension
from ringfence.apps.cli.phoning.options import PhoneOptions
from ringfence.drivers.raw.secured import SecuredMachine
from ringfence.drivers.tls import unverified_client
from ringfence.model.address import TransportAddress
from ringfence.model.site import CallControl

_H245_PORT = 30_000  # any port will do: the peer is told
_AVAYA_OUI = bytes.fromhex("001b4f")  # what firewalls and DHCP servers know such handsets by
_LONGEST_HOLD = 10.0  # seconds of conversation where nothing limits the stay


def endpoints(options: PhoneOptions, gatekeeper: TransportAddress, first: IPv4Address) -> list[Phone]:
    """With extensions and addresses one after the other; the first one places the call."""
    seed = SystemRandom().getrandbits(64)

    def endpoint(number: int) -> Phone:
        random = Random(seed + number)
        address = first + number
        mac = 0x001B4F000000 + (random.getrandbits(24) & 0xFF0000) + number
        config = RasClientConfig(
            address=address,
            gatekeepers=(gatekeeper,),
            extension=nth_extension(options.extension, number),
            password=options.password,
            mac=mac.to_bytes(6),
            dialect=DIALECTS[options.dialect],
            family=PHONE_FAMILIES[options.family],
            ports=options.ras_ports,
            epoch=_epoch(),
        )
        signalling = _signalling(options)
        machine = Endpoint(config, random, calls=_calls(options, number), signalling=signalling)
        outside = _signed(machine, config) if options.h235 else machine
        return Phone(
            str(address), config.extension, machine, outside, address, signals=signalling is not None
        )

    return [endpoint(number) for number in range(options.count)]


def booting_handsets(options: PhoneOptions, first: bytes) -> list[Phone]:
    """Out of their boxes: all but the user they learn from DHCP and from their files."""
    seed = SystemRandom().getrandbits(64)
    context = unverified_client()

    def handset(number: int) -> Phone:
        mac = (int.from_bytes(first, "big") + number).to_bytes(6, "big")
        signalling, dialect = _signalling(options), DIALECTS[options.dialect]
        config = HandsetConfig(
            ClientSettings(mac, PHONE_46XX if options.family == "46xx" else PHONE_96X1),
            nth_extension(options.extension, number),
            signalling,
            password=options.password,
            family=options.family,
            dialect=dialect,
            ras_ports=options.ras_ports,
            routers=RouterPatience() if dialect is AVAYA else None,
            calls=_calls(options, number),
            epoch=_epoch(),
        )
        machine = Handset(config, Random(seed + number), VlanState(l2qvlan=options.vlan))
        outside = SecuredMachine(machine, context)
        name = mac.hex(":")
        return Phone(name, config.extension, machine, outside, signals=signalling is not None)

    return [handset(number) for number in range(options.count)]


def first_mac(interface: bytes) -> bytes:
    """The same at each start on one interface, so that a server gives the same lease again."""
    return _AVAYA_OUI + interface[-1:] + bytes(2)


def prefixes(first: bytes, count: int) -> tuple[bytes, ...]:
    """The first four octets of the MAC addresses of that many handsets."""
    start = int.from_bytes(first, "big")
    ends = ((start + number).to_bytes(6, "big")[:4] for number in (0, count - 1))
    return tuple(dict.fromkeys(ends))


def _epoch() -> float:
    return time.time() - time.monotonic()


def _signalling(options: PhoneOptions) -> SignallingConfig | None:
    control = options.call_control
    ports = PHONE_FAMILIES[options.family].signalling_ports
    return None if control is None else SignallingConfig(control, handset_ports=ports)


def _calls(options: PhoneOptions, number: int) -> CallPlan | None:
    plain = DIALECTS[options.dialect] is not AVAYA
    if options.call_control is CallControl.GATEKEEPER or not (options.call or plain):
        return None
    hold = _LONGEST_HOLD if options.stay is None else max(0.5, options.stay / 3)
    return CallPlan(
        options.call if number == 0 else "",
        after=min(1.0, hold),
        hold=hold,
        ring=min(1.0, hold),
        fast_start=options.fast_start,
        tunnelling=options.tunnelling,
        h245_port=0 if options.tunnelling else _H245_PORT,
    )


def _signed(machine: Endpoint, config: RasClientConfig) -> H235Endpoint:
    ports = config.source_ports
    return H235Endpoint(
        machine,
        range(ports.first, ports.last + 1),
        config.extension,
        config.password,
        epoch=config.epoch,
    )
