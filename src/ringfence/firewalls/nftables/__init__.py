"""nftables, by `nft`; its JSON listing is read."""

from ringfence.firewalls.common.linux import OWN_NOTES
from ringfence.firewalls.common.local import Local
from ringfence.firewalls.common.profile import Profile
from ringfence.firewalls.common.target import (
    Configuration,
    Matching,
    Target,
    TranslationOrder,
    by_key,
    by_lines,
    deferred,
)
from ringfence.firewalls.nftables import insert, local, merge, write
from ringfence.model.defaults import ICMP_STATE, TCP_STATE, UDP_STATE
from ringfence.model.flow import Basis, Evidence

TARGETS = (
    Target(
        name="nftables",
        title="nftables",
        translation=TranslationOrder(
            Matching.INSIDE,
            Basis(
                Evidence.MEASURED,
                "the forward hook comes after prerouting translation and before postrouting",
            ),
        ),
        capability=write.CAPABILITY,
        verified=True,
        write=write.write,
        insert=insert.insert,
        merge=merge.merge,
        local=Local(
            write=local.hook_commands,
            by_daemon=True,
            notes=(
                "inet filter input and inet filter output stand for the chains at these hooks that drop "
                "(nft list ruleset); where none drops, nothing is needed",
                *OWN_NOTES,
            ),
        ),
        configuration=Configuration(
            what="nft -j list ruleset output",
            take="nft -j list ruleset",
            recognise=by_key("nftables"),
            read=deferred(f"{__name__}.read", "read_ruleset_json"),
        ),
        # Helpers attach by rule only, since Linux 4.7.
        profile=Profile(
            udp=UDP_STATE,
            tcp=TCP_STATE,
            icmp=ICMP_STATE,
            off=("remove the rule that assigns the helper", "conntrack -F in a maintenance window"),
        ),
    ),
    Target(
        name="nftables-text",
        title="nftables as text",
        configuration=Configuration(
            what="nftables rules as text",
            take="nft -j list ruleset",
            recognise=by_lines(
                r"^[ \t]*(add )?table ((ip|ip6|inet|arp|bridge|netdev) )?[\w.-]+ \{|^#!\S*/nft|"
                r"^[ \t]*(add|insert) (table|chain|rule) (ip|ip6|inet|arp|bridge|netdev) \S"
            ),
            listed_as="nftables",
        ),
    ),
)
