"""Cisco IOS-XE zone-based policy firewall."""

from ringfence.firewalls.cisco_zbf import write
from ringfence.firewalls.common.target import Target

TARGETS = (
    Target(name="cisco-zbf", title="Cisco IOS zone-based", capability=write.CAPABILITY, write=write.write),
)
