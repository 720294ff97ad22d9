"""Aerleon, which writes the rules of many firewalls."""

from ringfence.firewalls.aerleon import write
from ringfence.firewalls.common.target import Target

TARGETS = (
    Target(name="aerleon", title="Aerleon", capability=write.CAPABILITY, verified=True, write=write.write),
)
