"""Flows -> rules, and the rows that a person wrote -> rules."""

from ipaddress import IPv4Network

from ringfence.model.address import Network
from ringfence.model.errors import InputError
from ringfence.model.flow import Flow
from ringfence.model.packet import Protocol
from ringfence.model.policy import Policy, Rule
from ringfence.model.registration import flows_through
from ringfence.model.site import Site, hosts
from ringfence.model.site_parts.rule_table import Row
from ringfence.model.translated import passable

_PROTOCOLS = {protocol.word: protocol for protocol in (Protocol.UDP, Protocol.TCP, Protocol.ICMP)}


def policy_for(site: Site, firewall: str = "") -> Policy:
    """What a firewall of the site is judged with: the rows of the site's file, or else the generated rules.

    Without a name the site's only firewall; InputError where it has several.
    """
    return written_policy(site) if site.rules else generated(site, firewall)


def generated(site: Site, firewall: str = "") -> Policy:
    """One rule for each distinct tuple that this firewall sees; flows that share a tuple share the rule.

    Flows that translation leads to nobody have none.
    """
    name = firewall_of(site, firewall)
    through = passable(site, flows_through(site, name))
    return Policy(site.site if len(site.firewalls) == 1 else f"{site.site} {name}", rules_for(through))


def firewall_of(site: Site, name: str) -> str:
    """The name of one firewall of the site; InputError says which there are."""
    names = [firewall.name for firewall in site.firewalls]
    if name in names or (not name and len(names) == 1):
        return name or names[0]
    what = f"there is no firewall called {name!r}" if name else f"{site.site} has {len(names)} firewalls"
    raise InputError(what, where="--firewall", remedy=f"one of: {', '.join(names)}")


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


def written_policy(site: Site) -> Policy:
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
            source=_addresses(site, row.source, where),
            destination=_addresses(site, row.destination, where),
            protocol=_PROTOCOLS[row.protocol],
            source_ports=row.source_ports,
            destination_ports=row.destination_ports,
            icmp_type=row.icmp_type,
            text=row.note,
        )
    except InputError:
        raise
    except ValueError as error:
        raise InputError(str(error), where=where) from None


def _addresses(site: Site, name: str, where: str) -> tuple[Network, ...]:
    roles = _roles(site)
    if name in roles:
        return roles[name]
    try:
        return (IPv4Network(name),)
    except ValueError:
        raise InputError(
            f"{name!r} is neither a role nor a network", where=where, remedy=f"roles: {', '.join(roles)}"
        ) from None


def _roles(site: Site) -> dict[str, tuple[Network, ...]]:
    vlans = [vlan for group in site.groups for vlan in (group.data, group.voice) if vlan]
    # "The router" of a rule table is all of its addresses: the one it asks from and its giaddrs.
    asking = [address for vlan in vlans if vlan.relay for address in vlan.relay.addresses]
    uplinks = [vlan.uplink for vlan in vlans if vlan.uplink]
    routers = [each for vlan in vlans for each in (vlan.router, *(vlan.relay.giaddrs if vlan.relay else ()))]
    return {
        "handset": tuple(dict.fromkeys(vlan.network for vlan in vlans)),
        "relay": hosts(dict.fromkeys((*uplinks, *asking, *routers))),
        "dhcp-server": hosts(dict.fromkeys(each.address for group in site.groups for each in group.dhcp)),
        "dns-server": hosts(dict.fromkeys(each.address for group in site.groups for each in group.dns)),
        "file-server": hosts(dict.fromkeys(each.address for group in site.groups for each in group.files)),
        "gatekeeper": hosts(
            dict.fromkeys(each.address for group in site.groups for each in group.gatekeepers)
        ),
        "any": (IPv4Network("0.0.0.0/0"),),
    }
