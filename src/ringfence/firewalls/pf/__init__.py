"""pf of OpenBSD and FreeBSD; its rules are recognised."""

from ringfence.firewalls.common.local import Local
from ringfence.firewalls.common.profile import Profile
from ringfence.firewalls.common.target import Configuration, Target, by_lines
from ringfence.firewalls.pf import write

TARGETS = (
    Target(
        name="pf",
        title="pf",
        capability=write.CAPABILITY,
        write=write.write,
        insert=write.insert,
        # OpenBSD: dhcrelay hears clients by bpf, before pf, and servers by a socket, behind it.
        local=Local(
            inward=True,
            outward=True,
            notes=(
                "pf also filters what the box itself sends and receives: the rules own-* are for its relay "
                "agent or DHCP server; what phones broadcast is read before pf and needs none",
            ),
        ),
        configuration=Configuration(
            what="pf rules",
            take="pfctl -sr",
            recognise=by_lines(r"^(pass|block) (in|out|quick|drop|return)?.*\b(keep state|quick|from)\b"),
        ),
        # pf.conf(5): udp.multiple, tcp.established, icmp.first.
        profile=Profile(udp=60, tcp=86_400, icmp=20),
    ),
)
