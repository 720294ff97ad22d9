"""OpenWrt; its firewall's configuration is read."""

from ringfence.firewalls.common.local import LINUX_LISTS
from ringfence.firewalls.common.profile import Profile
from ringfence.firewalls.common.target import Configuration, Target, by_lines, deferred
from ringfence.model.defaults import ICMP_STATE

# The times of the Linux kernel, but for established TCP, which OpenWrt sets to 7,440 s in
# /etc/sysctl.d/11-nf-conntrack.conf (package/kernel/linux/files/sysctl-nf-conntrack.conf), and UDP to 60 s.
TARGETS = (
    Target(
        name="openwrt",
        title="OpenWrt",
        local=LINUX_LISTS,
        configuration=Configuration(
            what="an OpenWrt firewall configuration (UCI)",
            take="uci export firewall; uci export network",
            recognise=by_lines(
                r"^config +'?(zone|forwarding|redirect|defaults)'?\b|^firewall\.(@zone\[0\]|[\w-]+)=zone"
            ),
            read=deferred(f"{__name__}.read", "read"),
        ),
        profile=Profile(
            udp=60,
            tcp=7_440,
            icmp=ICMP_STATE,
            h323=True,
            off=("uci set firewall.@zone[N].auto_helper=0 for each zone; uci commit firewall; fw4 reload",),
        ),
    ),
)
