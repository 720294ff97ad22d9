"""Leases in the form of Kea's memfile, so that a Kea server goes on with them (Kea 2.2 reads it)."""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network

from ringfence.actors.dhcp.leases import LeaseRecord, LeaseState

_HEADER = (
    "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context"
)
_STATES = {LeaseState.BOUND: 0, LeaseState.DECLINED: 1}  # offers and what is free are no leases there
_FOR_EVER = 0xFFFFFFFF
_HARDWARE = b"\0"  # how our keys begin that are of hardware type and address


def kea_csv(leases: Iterable[LeaseRecord], subnets: Mapping[IPv4Network, int], clock: float) -> str:
    """Instants of `leases` and `clock` are in seconds since 1970. An address in none of `subnets` is of 1.

    The lifetime is what is left of it: when the lease was given is not kept.
    """
    lines = [_HEADER]
    for lease in leases:
        state = _STATES.get(lease.state)
        if state is None:
            continue
        until = lease.expires_at
        lifetime = _FOR_EVER if until is None else max(1, round(until - clock))
        expires = round(clock) if until is None else round(until)
        subnet = next((number for network, number in subnets.items() if lease.address in network), 1)
        hardware, identifier = _client(lease.client)
        lines.append(f"{lease.address},{hardware},{identifier},{lifetime},{expires},{subnet},0,0,,{state},")
    return "\n".join(lines) + "\n"


def _client(key: bytes) -> tuple[str, str]:
    """Hardware address and client identifier; a key is one of them."""
    if key[:1] == _HARDWARE:
        return key[2:].hex(":"), ""
    return "", key[1:].hex(":")
