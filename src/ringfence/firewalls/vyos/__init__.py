"""VyOS and what else descends from Vyatta: EdgeOS, and the gateways of a UniFi controller; they are read."""

from ringfence.firewalls.common.local import LINUX_LISTS
from ringfence.firewalls.common.profile import Profile
from ringfence.firewalls.common.target import Configuration, Target, by_lines, deferred
from ringfence.model.defaults import ICMP_STATE, TCP_STATE, UDP_STATE

# VyOS User Guide, "Conntrack", and the EdgeOS User Guide: the times of the Linux kernel.
_TRACKING = Profile(
    udp=UDP_STATE,
    tcp=TCP_STATE,
    icmp=ICMP_STATE,
    h323=True,
    off=("set system conntrack modules h323 disable (VyOS 1.4: delete system conntrack modules h323)",),
)

TARGETS = (
    Target(
        name="vyos",
        title="VyOS and EdgeOS",
        local=LINUX_LISTS,
        configuration=Configuration(
            what="a VyOS or EdgeOS configuration",
            take="show configuration commands",
            recognise=by_lines(
                r"^set (firewall (name|ipv6-name|ipv4|ipv6|group|zone|global-options|state-policy) |"
                r"zone-policy zone |interfaces (ethernet|bonding|bridge|switch|pppoe|loopback) )|"
                r"^zone-policy \{|^/?[/*]+ .{0,40}(vyatta|vyos)-config-version|"
                r"^interfaces \{\r?\n +(ethernet|bonding|bridge|loopback) |^firewall \{\r?\n +(all-ping|"
                r"broadcast-ping|config-trap|global-options|group|ipv[46]|ipv6-name|name|state-policy|zone) "
            ),
            read=deferred(f"{__name__}.read", "read"),
        ),
        profile=_TRACKING,
    ),
    Target(
        name="unifi",
        title="UniFi gateways",
        local=LINUX_LISTS,
        configuration=Configuration(
            what="the configuration of a UniFi gateway (JSON)",
            take="mca-ctrl -t dump-cfg",
            recognise=lambda sample: (
                sample.keys is not None
                and bool(sample.keys & {"firewall", "interfaces", "service", "port-forward"})
                and not sample.keys & {"nftables", "kind", "apiVersion", "rulebase"}
            ),
            read=deferred(f"{__name__}.read", "read_json"),
        ),
        profile=_TRACKING,
    ),
)
