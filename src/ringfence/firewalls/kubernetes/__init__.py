"""Kubernetes network policies."""

from ringfence.firewalls.common.target import Target
from ringfence.firewalls.kubernetes import write

TARGETS = (Target(name="kubernetes", title="Kubernetes", capability=write.CAPABILITY, write=write.write),)
