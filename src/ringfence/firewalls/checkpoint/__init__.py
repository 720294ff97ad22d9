"""Check Point R80 and later."""

from ringfence.firewalls.checkpoint import write
from ringfence.firewalls.common.local import Local
from ringfence.firewalls.common.target import Target

TARGETS = (
    Target(
        name="checkpoint",
        title="Check Point",
        capability=write.CAPABILITY,
        write=write.write,
        insert=write.insert,
        local=Local(
            inward=True,
            outward=True,
            notes=(
                "the rule base judges what the gateway itself sends and receives: the rules own-* are for "
                "its relay agent; the phones' broadcasts need a rule from 0.0.0.0 to 255.255.255.255, "
                "service dhcp-request, where no implied rule accepts them",
            ),
        ),
    ),
)
