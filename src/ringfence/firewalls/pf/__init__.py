"""pf of OpenBSD and FreeBSD."""

from ringfence.firewalls.common.local import Local
from ringfence.firewalls.common.profile import Profile
from ringfence.firewalls.common.target import Configuration, Target, by_lines, deferred
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
            take="cat /etc/pf.conf (with what it includes), or pfctl -sr",
            recognise=by_lines(
                r"^(pass|block) (in|out|quick|drop|return|log|all|on)?.*\b(keep state|quick|from|all|on)\b|"
                r"^set skip on |^table <\S+> |^(match|scrub|antispoof) (in|out|on|for|quick|log) |"
                r"^(nat|rdr|binat)( pass)? on |^block (return|drop|all|log)\b"
            ),
            read=deferred(f"{__name__}.read", "read"),
        ),
        # pf.conf(5): udp.multiple, tcp.established, icmp.first.
        profile=Profile(udp=60, tcp=86_400, icmp=20),
    ),
)
