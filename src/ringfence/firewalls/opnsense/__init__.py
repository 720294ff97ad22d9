"""OPNsense, by its API."""

from ringfence.firewalls.common.local import Local
from ringfence.firewalls.common.target import Target
from ringfence.firewalls.opnsense import write

TARGETS = (
    Target(
        name="opnsense",
        title="OPNsense",
        capability=write.CAPABILITY,
        write=write.write,
        insert=write.insert,
        local=Local(
            inward=True,
            notes=(
                "the rules own-* are for its relay agent; what phones broadcast is read before pf, and what "
                "the box itself sends passes by a rule of its own",
            ),
        ),
    ),
)
