"""Flows -> rules, and the rows that a person wrote -> rules."""

from ipaddress import IPv4Network

from ringfence.model.address import Network
from ringfence.model.errors import InputError
from ringfence.model.flow import Flow
from ringfence.model.packet import Protocol
from ringfence.model.policy import Policy, Rule
from ringfence.model.registration import flows
from ringfence.model.site import Row, Site

_PROTOCOLS = {protocol.word: protocol for protocol in (Protocol.UDP, Protocol.TCP, Protocol.ICMP)}


def policy_for(site: Site) -> Policy:
    """What this site's firewall is to be judged with: the rows of its file, or else the generated rules."""
    return written(site) if site.rules else generated(site)


def generated(site: Site) -> Policy:
    """One rule for each distinct tuple; flows that share a tuple share the rule."""
    return Policy(site.site, rules_for(flows(site)))


def rules_for(needed: tuple[Flow, ...]) -> tuple[Rule, ...]:
    """The rules that permit these flows and nothing else, in the order of the procedure."""
    by_tuple: dict[object, list[Flow]] = {}
    for flow in needed:
        key = (
            flow.initiator.networks,
            flow.responder.networks,
            flow.protocol,
            flow.initiator_ports,
            flow.responder_ports,
            flow.icmp_type,
        )
        by_tuple.setdefault(key, []).append(flow)
    return tuple(_rule(tuple(same)) for same in by_tuple.values())


def _rule(because: tuple[Flow, ...]) -> Rule:
    first = because[0]
    return Rule(
        id="+".join(flow.id for flow in because),
        source=first.initiator.networks,
        destination=first.responder.networks,
        protocol=first.protocol,
        source_ports=first.initiator_ports,
        destination_ports=first.responder_ports,
        icmp_type=first.icmp_type,
        because=because,
    )


def written(site: Site) -> Policy:
    """The site file's own rows as a policy; InputError names the row that cannot be read."""
    return Policy(site.site, tuple(_row(site, number, row) for number, row in enumerate(site.rules, 1)))


def _row(site: Site, number: int, row: Row) -> Rule:
    where = f"{site.site}: $.rules[{number - 1}] (row {number})"
    if row.protocol not in _PROTOCOLS:
        known = ", ".join(_PROTOCOLS)
        raise InputError(
            f"protocol {row.protocol!r} is not one of {known}", where=where, remedy="one protocol per row"
        )
    try:
        return Rule(
            id=f"row-{number}",
            source=_addresses(site, row.from_, where),
            destination=_addresses(site, row.to, where),
            protocol=_PROTOCOLS[row.protocol],
            source_ports=row.from_ports,
            destination_ports=row.to_ports,
            icmp_type=row.icmp_type,
            text=row.note,
        )
    except InputError:
        raise
    except ValueError as error:
        raise InputError(str(error), where=where) from None


def _addresses(site: Site, name: str, where: str) -> tuple[Network, ...]:
    vlans = [vlan for vlan in (site.vlans.data, site.vlans.voice) if vlan]
    roles: dict[str, tuple[Network, ...]] = {
        "handset": tuple(vlan.network for vlan in vlans),
        # "The router" of a rule table is all of its addresses: the one it asks from and its giaddrs.
        "relay": (IPv4Network(site.relay.uplink), *(IPv4Network(vlan.router) for vlan in vlans)),
        "dhcp-server": (IPv4Network(site.dhcp_server.address),),
        "file-server": (IPv4Network(site.file_server.address),),
        "gatekeeper": tuple(IPv4Network(address) for address in site.gatekeeper.addresses),
        "any": (IPv4Network("0.0.0.0/0"),),
    }
    if name in roles:
        return roles[name]
    try:
        return (IPv4Network(name),)
    except ValueError:
        raise InputError(
            f"{name!r} is neither a role nor a network", where=where, remedy=f"roles: {', '.join(roles)}"
        ) from None
