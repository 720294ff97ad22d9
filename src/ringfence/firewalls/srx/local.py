"""SRX host-inbound services for a device that relays or serves DHCP itself.

Written from the Junos documentation of host-inbound-traffic: the zones of phones and of servers both need it.
"""

from collections.abc import Iterator, Sequence

from ringfence.firewalls.common.document import Device
from ringfence.firewalls.common.local import local_zones
from ringfence.model.own_traffic import OwnTraffic


def host_inbound(own: Sequence[OwnTraffic], device: Device) -> Iterator[str]:
    """The services of each zone in which the device hears phones or servers."""
    for zone in local_zones([each for each in own if not each.outward or each.by_broadcast], device):
        for service in ("dhcp", "bootp"):
            yield f"set security zones security-zone {zone} host-inbound-traffic system-services {service}"
