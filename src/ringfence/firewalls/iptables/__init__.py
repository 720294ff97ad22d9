"""iptables and ip6tables, as their save and restore programs have them."""

from ringfence.firewalls.common.linux import OWN_NOTES
from ringfence.firewalls.common.local import LINUX_LISTS, Local
from ringfence.firewalls.common.profile import Profile
from ringfence.firewalls.common.target import (
    Configuration,
    Matching,
    Target,
    TranslationOrder,
    by_lines,
    deferred,
)
from ringfence.firewalls.iptables import insert, local, merge, write
from ringfence.model.defaults import ICMP_STATE, TCP_STATE, UDP_STATE
from ringfence.model.flow import Basis, Evidence

# The last sign is that of iptables -L, which its reader refuses with the reason.
_SAVED = by_lines(
    r"^\*(filter|nat|mangle|raw|security)\r?$|^:FORWARD (ACCEPT|DROP)|"
    r"^-P FORWARD (ACCEPT|DROP)|^Chain FORWARD \(policy "
)
# Signs of files that iptables-save does not print: comments and settings.
_UFW = by_lines(r"^### (RULES|tuple) ###|^# rules\.(before|after)|^DEFAULT_FORWARD_POLICY=")
_STATE = Profile(
    udp=UDP_STATE,
    tcp=TCP_STATE,
    icmp=ICMP_STATE,
    # Helpers attach by rule only, since Linux 4.7.
    off=("remove the rule that assigns the helper", "conntrack -F in a maintenance window"),
)

TARGETS = (
    Target(
        name="iptables",
        title="iptables",
        translation=TranslationOrder(
            Matching.INSIDE,
            Basis(Evidence.MEASURED, "FORWARD comes after PREROUTING translation and before POSTROUTING"),
        ),
        capability=write.CAPABILITY,
        verified=True,
        write=write.write,
        insert=insert.insert,
        merge=merge.merge,
        local=Local(
            write=local.chain_commands,
            by_daemon=True,
            notes=("where INPUT and OUTPUT drop nothing (iptables -S), nothing is needed", *OWN_NOTES),
        ),
        configuration=Configuration(
            what="iptables-save output",
            take="iptables-save",
            recognise=lambda sample: _SAVED(sample) and not _UFW(sample),
            read=deferred(f"{__name__}.read", "read"),
        ),
        profile=_STATE,
    ),
    Target(
        name="ufw",
        title="ufw",
        local=LINUX_LISTS,
        configuration=Configuration(
            what="ufw settings and rule files",
            take="tail -n +1 /etc/default/ufw /etc/ufw/ufw.conf /etc/ufw/*.rules",
            recognise=_UFW,
            read=deferred(f"{__name__}.ufw", "read_ufw"),
        ),
        profile=_STATE,
    ),
)
