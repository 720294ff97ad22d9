"""MikroTik RouterOS, and the exports of it."""

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
from ringfence.firewalls.routeros import write
from ringfence.model.flow import Basis, Evidence

TARGETS = (
    Target(
        name="routeros",
        title="RouterOS",
        translation=TranslationOrder(
            Matching.INSIDE,
            Basis(Evidence.VENDOR, "RouterOS packet flow: forward comes after dst-nat and before src-nat"),
        ),
        capability=write.CAPABILITY,
        write=write.write,
        insert=write.insert,
        local=Local(
            write=write.own_chain_rules,
            notes=(
                "needed only where the chains input and output drop; whether the relay's broadcasts meet "
                "them is not in the sources: the rules are harmless where they do not",
            ),
        ),
        configuration=Configuration(
            what="a RouterOS export",
            take="/export terse",
            recognise=by_lines(
                r"^/(ip|ipv6)[ /]firewall[ /](filter|raw|nat|mangle|address-list)\b|^/interface[ /][a-z]|"
                r"^/ip[ /]address\b|^# \S+ \S+ by RouterOS "
            ),
            read=deferred(f"{__name__}.read", "read"),
        ),
        # RouterOS manual, connection tracking and service ports.
        profile=Profile(
            udp=10,
            tcp=86_400,
            icmp=10,
            h323=True,
            off=("/ip firewall service-port disable [find name=h323]",),
        ),
    ),
)
