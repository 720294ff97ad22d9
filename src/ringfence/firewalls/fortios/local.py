"""FortiOS local-in policies for a unit that relays DHCP itself.

Written from the FortiOS CLI Reference, firewall local-in-policy; the vendor's technical tip 215059 says that
a client's broadcast never reaches them, and what the unit sends meets no policy.
"""

from collections.abc import Iterator, Sequence

from ringfence.firewalls.common.document import Device, zone_of
from ringfence.firewalls.common.local import own_rule
from ringfence.firewalls.common.shape import address_name, service_name
from ringfence.model.address import Network
from ringfence.model.own_traffic import OwnTraffic


def local_in_policies(own: Sequence[OwnTraffic], device: Device) -> Iterator[str]:
    """Blocks that permit what the unit is answered; none where it is asked by broadcast alone."""
    inward = [each for each in own if not each.outward and not each.by_broadcast]
    if not inward:
        return
    rules = [own_rule(each) for each in inward]
    yield "config firewall address"
    for network in dict.fromkeys(net for rule in rules for net in (*rule.source, *rule.destination)):
        yield f'    edit "{address_name(device.name, network)}"'
        yield f"        set subnet {network.network_address} {network.netmask}"
        yield "    next"
    yield "end"
    yield "config firewall service custom"
    for rule in rules:
        yield f'    edit "{service_name(device.name, rule)}"'
        yield f"        set udp-portrange {rule.destination_ports}:{rule.source_ports}"
        yield "    next"
    yield "end"
    yield "config firewall local-in-policy"
    for rule in rules:
        for interface in dict.fromkeys(zone_of(net, device, f"rule {rule.id}") for net in rule.source):
            yield "    edit 0"
            yield f'        set intf "{interface}"'
            yield f"        set srcaddr {_names(rule.source, device)}"
            yield f"        set dstaddr {_names(rule.destination, device)}"
            yield f'        set service "{service_name(device.name, rule)}"'
            yield '        set schedule "always"'
            yield "        set action accept"
            yield "    next"
    yield "end"


def _names(networks: Sequence[Network], device: Device) -> str:
    return " ".join(f'"{address_name(device.name, network)}"' for network in networks)
