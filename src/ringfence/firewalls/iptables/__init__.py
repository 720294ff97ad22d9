"""iptables and ip6tables, as their save and restore programs have them."""

from ringfence.firewalls.common.linux import OWN_NOTES
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
from ringfence.firewalls.iptables import insert, local, merge, write
from ringfence.model.defaults import ICMP_STATE, TCP_STATE, UDP_STATE
from ringfence.model.flow import Basis, Evidence

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
            # The last sign is that of iptables -L, which its reader refuses with the reason.
            recognise=by_lines(
                r"^\*(filter|nat|mangle|raw|security)\r?$|^:FORWARD (ACCEPT|DROP)|"
                r"^-P FORWARD (ACCEPT|DROP)|^Chain FORWARD \(policy "
            ),
            read=deferred(f"{__name__}.read", "read"),
        ),
        # Helpers attach by rule only, since Linux 4.7.
        profile=Profile(
            udp=UDP_STATE,
            tcp=TCP_STATE,
            icmp=ICMP_STATE,
            off=("remove the rule that assigns the helper", "conntrack -F in a maintenance window"),
        ),
    ),
)
