"""What a phone does with an option 242/176 string, in sentences.

96x1 H.323 administrator guide 2018 p. 55 and p. 104; 4600 LAN administrator guide p. 51.
"""

from collections.abc import Iterator

from ringfence.model.defaults import VLANTEST
from ringfence.wire.phone_option_values import KNOWN_NAMES, SIP_NAMES, usable_server
from ringfence.wire.phone_options import L2Q, FileServers, PhoneParameters

# What the sentences speak of; every other parameter is named as it is.
_SPOKEN_OF = frozenset(
    f"{kind}{what}" for kind in ("HTTP", "TLS", "TFTP") for what in ("SRVR", "PORT", "DIR")
) | {"MCIPADD", "MCPORT", "L2Q", "L2QVLAN", "VLANTEST"}


def what_a_phone_does(told: PhoneParameters) -> tuple[str, ...]:
    """In the order in which it does it; empty where it was told nothing that it can use."""
    return (*_vlan(told), *_files(told), *_registration(told), *_others(told))


def _vlan(told: PhoneParameters) -> Iterator[str]:
    vlan = told.l2qvlan
    if told.l2q is L2Q.OFF:
        yield "never tags its frames (L2Q=2)"
    elif vlan:
        yield (
            f"on another VLAN: releases its address, tags its frames with VLAN {vlan} and asks for an "
            "address there"
        )
        yield _patience(vlan, VLANTEST if told.vlantest is None else told.vlantest, told)
        yield "where LLDP has named a VLAN: L2Q and L2QVLAN of this string have no effect"
    elif told.l2q is L2Q.ON:
        yield "tags its frames with VID 0 until a VLAN is named (L2Q=1)"


def _patience(vlan: int, seconds: int, told: PhoneParameters) -> str:
    source = "VLANTEST" if told.vlantest is not None else "default of VLANTEST"
    if not seconds:
        return f"waits for an OFFER on VLAN {vlan} without limit ({source})"
    after = "with VID 0" if told.l2q is L2Q.ON else "untagged"
    return (
        f"without an OFFER within {seconds} s ({source}): goes on {after}, and does not try VLAN {vlan} "
        "again until a person resets it"
    )


def _files(told: PhoneParameters) -> Iterator[str]:
    https, http, tftp = (_place(each) for each in (told.tls, told.http, told.tftp))
    if https:
        yield f"fetches its files by HTTPS from {https}"
    if http:
        after = "where HTTPS gives none, " if https else "fetches its files "
        yield f"{after}by HTTP from {http}"
        if not told.tls.servers:
            yield (
                "where the DHCP answer has a siaddr: tries that address by HTTPS first, because TLSSRVR is "
                "not named"
            )
    if tftp:
        yield f"46xx sets: fetches its files by TFTP from {tftp}"


def _place(servers: FileServers) -> str:
    """Empty where none of them can be asked."""
    usable = _usable(servers.servers)
    directory = f", directory {servers.directory}" if servers.directory else ""
    return f"{usable}, port {servers.port}{directory}" if usable else ""


def _registration(told: PhoneParameters) -> Iterator[str]:
    asked = _usable(told.gatekeepers)
    if asked:
        source = "" if told.number("MCPORT") is not None else " (default of MCPORT)"
        yield f"asks {asked} by GRQ on udp {told.gatekeeper_port}{source}, and registers"


def _others(told: PhoneParameters) -> Iterator[str]:
    for parameter in told.parameters:
        name = parameter.name
        if name in _SPOKEN_OF:
            continue
        if name in SIP_NAMES:
            yield f"H.323 sets: ignores {name}, which is for SIP"
        elif name in KNOWN_NAMES:
            yield f"sets {name} to {parameter.value or 'nothing'}"
        else:
            yield f"ignores {name} unless it knows it: it is not in the manuals that this was made from"


def _usable(servers: tuple[str, ...]) -> str:
    return ", then ".join(filter(usable_server, servers))
