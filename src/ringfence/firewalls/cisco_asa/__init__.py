"""Cisco ASA."""

from ringfence.firewalls.cisco_asa import insert, merge, write
from ringfence.firewalls.common.local import Local
from ringfence.firewalls.common.profile import DeviceCommands, Profile
from ringfence.firewalls.common.target import (
    Configuration,
    Matching,
    Target,
    TranslationOrder,
    by_lines,
    deferred,
)
from ringfence.model.flow import Basis, Evidence

TARGETS = (
    Target(
        name="cisco-asa",
        title="Cisco ASA",
        translation=TranslationOrder(
            Matching.INSIDE,
            Basis(Evidence.VENDOR, "Cisco ASA 8.3 and later: access lists name real addresses"),
        ),
        capability=write.CAPABILITY,
        write=write.write,
        insert=insert.insert,
        merge=merge.merge,
        # ASA Firewall CLI Configuration Guide, access rules: only a control-plane list judges these.
        local=Local(
            notes=(
                "interface lists do not judge what the ASA itself sends and receives: its relay agent needs "
                "no entry, unless a list is bound with control-plane",
            ),
        ),
        configuration=Configuration(
            what="a Cisco ASA configuration",
            take="show running-config",
            recognise=by_lines(
                # IOS writes remarks too; an ASA says extended with every entry.
                r"^ASA Version |^: Saved|^access-list \S+ (extended|standard|ethertype|webtype|line \d+) |"
                r"^access-list [A-Za-z]\S* remark |^access-group \S+ (in|out|global)\b|^ nameif "
            ),
            read=deferred(f"{__name__}.read", "read"),
        ),
        # ASA Series Command Reference, timeout and inspect h323: both inspections are in the default policy.
        profile=Profile(
            udp=120,
            tcp=3600,
            icmp=2,
            h323=True,
            off=(
                "policy-map global_policy",
                " class inspection_default",
                "  no inspect h323 h225",
                "  no inspect h323 ras",
            ),
            # ASA Firewall CLI Configuration Guide, "Inspection of Basic Internet Protocols".
            echo=DeviceCommands(
                "in the policy map that is in force",
                ("policy-map global_policy", " class inspection_default", "  inspect icmp"),
            ),
        ),
    ),
)
