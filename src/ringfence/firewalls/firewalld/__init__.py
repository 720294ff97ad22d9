"""firewalld, by the files of its permanent configuration."""

from ringfence.firewalls.common.local import LINUX_LISTS
from ringfence.firewalls.common.profile import Profile
from ringfence.firewalls.common.target import Configuration, Target, by_lines, deferred
from ringfence.model.defaults import ICMP_STATE, TCP_STATE, UDP_STATE

TARGETS = (
    Target(
        name="firewalld",
        title="firewalld",
        local=LINUX_LISTS,
        configuration=Configuration(
            what="firewalld zones and policies (XML)",
            take="tail -n +1 /etc/firewalld/firewalld.conf /etc/firewalld/*/*.xml",
            recognise=by_lines(r"^==> \S*firewalld/\S+ <==$|\A\s*(?:<\?xml[^>]*>\s*)?<(?:zone|policy)[ >]"),
            read=deferred(f"{__name__}.read", "read"),
        ),
        profile=Profile(udp=UDP_STATE, tcp=TCP_STATE, icmp=ICMP_STATE),
    ),
)
