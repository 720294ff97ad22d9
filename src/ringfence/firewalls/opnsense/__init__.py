"""OPNsense, by its API."""

from ringfence.firewalls.common.target import Target
from ringfence.firewalls.opnsense import write

TARGETS = (
    Target(
        name="opnsense", title="OPNsense", capability=write.CAPABILITY, write=write.write, insert=write.insert
    ),
)
