"""Which device's configuration a text looks like, by words that only that device writes."""

import json
import re

from ringfence.model.errors import InputError

_HEAD = 400_000  # characters looked at

# No pattern may run on over blank lines from each of them: that is quadratic.
# The first that is found wins; order matters where one device's words are part of another's.
_SIGNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.MULTILINE))
    for name, pattern in (
        ("nftables-text", r"^table (ip|ip6|inet|arp|bridge|netdev) \S+ \{|^#!/usr/sbin/nft"),
        ("iptables", r"^\*(filter|nat|mangle|raw|security)\r?$|^:FORWARD (ACCEPT|DROP)"),
        (
            "panos",
            r"^[ \t]*<config\b|^set (shared |device-group \S+ |deviceconfig |vsys \S+ )?"
            r"((pre-|post-)?rulebase |address \S+ (ip-|fqdn)|mgt-config )|^set zone \S+ network ",
        ),
        ("fortios", r"^#config-version=FG|^[ \t]*config (firewall|system|vdom|router|vpn|user)\b"),
        (
            "srx",
            r"^set (security |applications |system host-name |routing-options |version \d)|"
            r"^(delete|set) security policies ",
        ),
        ("junos-braces", r"^(security|applications|system|interfaces) \{\r?$"),
        ("routeros", r"^/ip firewall |^/interface "),
        ("pf", r"^(pass|block) (in|out|quick|drop|return)?.*\b(keep state|quick|from)\b"),
        (
            "cisco-asa",
            # Both write remarks; an ASA says extended with every entry.
            r"^ASA Version |^: Saved|^access-list \S+ (extended|standard|ethertype|webtype|line \d+) |"
            r"^access-list [A-Za-z]\S* remark |^access-group \S+ (in|out|global)\b|^ nameif ",
        ),
        (
            "cisco-ios",
            r"^ip access-list (standard|extended) |^access-list \d+ (permit|deny|remark|dynamic) |"
            r"^version \d+\.\d+\r?$|^ ip access-group \S+ (in|out)|^ip access-group |^object-group (network|"
            r"service) |^Building configuration",
        ),
    )
)
_JSON_SIGNS = (
    ("SecurityGroups", "aws-sg"),
    ("NetworkAcls", "aws-nacl"),
    ("nftables", "nftables"),
)
NAMES = {
    "aws-nacl": "AWS network ACLs (describe-network-acls)",
    "aws-sg": "AWS security groups (describe-security-groups)",
    "cisco-asa": "a Cisco ASA configuration",
    "cisco-ios": "a Cisco IOS configuration",
    "fortios": "a FortiOS configuration",
    "iptables": "iptables-save output",
    "junos-braces": "a Junos configuration in braces (take it with | display set)",
    "nftables": "nft -j list ruleset output",
    "nftables-text": "nftables rules as text (take them with nft -j list ruleset)",
    "panos": "a PAN-OS configuration",
    "pf": "pf rules",
    "routeros": "a RouterOS export",
    "srx": "a Junos SRX configuration in set form",
}


def recognise(text: str) -> str | None:
    """The dialect that `text` seems to be written in, by the names of NAMES; None when nothing tells."""
    start = text.lstrip("\ufeff \t\r\n")[:1]
    if start in {"{", "["}:
        return _json(text)
    head = text[:_HEAD]
    for name, sign in _SIGNS:
        if sign.search(head):
            return name
    return None


def _json(text: str) -> str | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return next((name for key, name in _JSON_SIGNS if f'"{key}"' in text[:_HEAD]), None)
    if isinstance(found, dict):
        return next((name for key, name in _JSON_SIGNS if key in found), None)
    return None


def expect(text: str, name: str) -> None:
    """InputError when the text is recognised as something else, or as nothing."""
    found = recognise(text)
    if found != name:
        looks = f"it looks like {NAMES[found]}" if found else "nothing in it says so"
        raise InputError(f"not {NAMES[name]}: {looks}", where="configuration")
