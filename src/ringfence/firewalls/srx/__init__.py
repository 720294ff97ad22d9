"""Juniper SRX, in set form."""

from ringfence.firewalls.common.local import Local
from ringfence.firewalls.common.profile import Profile
from ringfence.firewalls.common.target import (
    Configuration,
    Matching,
    Target,
    TranslationOrder,
    by_lines,
    deferred,
)
from ringfence.firewalls.srx import local, merge, write
from ringfence.model.flow import Basis, Evidence

TARGETS = (
    Target(
        name="srx",
        title="Junos SRX",
        translation=TranslationOrder(
            Matching.INSIDE,
            Basis(
                Evidence.VENDOR, "Junos OS: policies come after static and destination NAT, before source NAT"
            ),
        ),
        capability=write.CAPABILITY,
        write=write.write,
        insert=write.insert,
        merge=merge.merge,
        local=Local(
            write=local.host_inbound,
            notes=(
                "host-inbound-traffic at an interface replaces that of its zone: where an interface has its "
                "own, the two services belong there",
                "policies to zone junos-host are checked in addition (show configuration security policies)",
            ),
        ),
        configuration=Configuration(
            what="a Junos SRX configuration in set form",
            take="show configuration | display set",
            recognise=by_lines(
                r"^set (security |applications |system host-name |routing-options |version \d)|"
                r"^(delete|set) security policies "
            ),
            read=deferred(f"{__name__}.read", "read"),
        ),
        # Junos: inactivity-timeout of predefined and custom applications; ALG H.323.
        profile=Profile(udp=60, tcp=1800, icmp=60, h323=True, off=("set security alg h323 disable",)),
    ),
    Target(
        name="junos-braces",
        title="Junos in braces",
        configuration=Configuration(
            what="a Junos configuration in braces",
            take="show configuration | display set",
            recognise=by_lines(r"^(security|applications|system|interfaces) \{\r?$"),
        ),
    ),
)
