"""nftables, by `nft`; its JSON listing is read."""

from ringfence.firewalls.common.profile import Profile
from ringfence.firewalls.common.target import Configuration, Target, by_key, by_lines, deferred
from ringfence.firewalls.nftables import insert, write
from ringfence.model.defaults import ICMP_STATE, TCP_STATE, UDP_STATE

TARGETS = (
    Target(
        name="nftables",
        title="nftables",
        capability=write.CAPABILITY,
        verified=True,
        write=write.write,
        insert=insert.insert,
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
            off=("remove the rule that assigns the helper", "conntrack -F in a quiet hour"),
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
