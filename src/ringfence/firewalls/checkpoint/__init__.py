"""Check Point R80 and later."""

from ringfence.firewalls.checkpoint import write
from ringfence.firewalls.common.target import Target

TARGETS = (
    Target(
        name="checkpoint",
        title="Check Point",
        capability=write.CAPABILITY,
        write=write.write,
        insert=write.insert,
    ),
)
