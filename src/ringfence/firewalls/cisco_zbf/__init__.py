"""Cisco IOS-XE zone-based policy firewall."""

from ringfence.firewalls.cisco_zbf import write
from ringfence.firewalls.common.local import Local
from ringfence.firewalls.common.target import Target

TARGETS = (
    Target(
        name="cisco-zbf",
        title="Cisco IOS zone-based",
        capability=write.CAPABILITY,
        write=write.write,
        local=Local(
            notes=(
                "what the router itself sends and receives is of the zone self: it passes unless a zone-pair "
                "with self has a policy, which then has to pass udp 67 and 68",
            ),
        ),
    ),
)
