"""Damaged, hostile and foreign texts: a listing or an InputError, and never more than was there."""

import json
from contextlib import suppress
from ipaddress import ip_network

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ringfence.firewalls.common.behind import Named
from ringfence.firewalls.recognise import read_any, read_as, readable, recognise
from ringfence.firewalls.table import TARGETS
from ringfence.model.errors import InputError
from support.firewalls.read_configs import config

NFT = json.dumps(
    {
        "nftables": [
            {"metainfo": {"json_schema_version": 1}},
            {
                "chain": {
                    "family": "inet",
                    "table": "t",
                    "name": "f",
                    "handle": 1,
                    "type": "filter",
                    "hook": "forward",
                    "prio": 0,
                    "policy": "drop",
                }
            },
            {
                "rule": {
                    "family": "inet",
                    "table": "t",
                    "chain": "f",
                    "handle": 2,
                    "expr": [
                        {
                            "match": {
                                "op": "==",
                                "left": {"payload": {"protocol": "udp", "field": "dport"}},
                                "right": 1719,
                            }
                        },
                        {"accept": None},
                    ],
                }
            },
        ]
    },
    indent=1,
)
TEXTS = {
    "aws-nacl": config("aws-nacl-plant.txt"),
    "aws-sg": config("aws-sg-plant.txt"),
    "azure-nsg": config("azure-nsg-plant.txt"),
    "azure-terraform": config("by_hand/azure-terraform-subnets.txt"),
    "checkpoint": config("by_hand/checkpoint-core.txt"),
    "cisco-asa": config("asa-plant.txt"),
    "cisco-ios": config("ios-plant.txt"),
    "firewalld": config("by_hand/firewalld-branch.txt"),
    "fortios": config("fortios-plant.txt"),
    "gcp": config("gcp-plant.txt"),
    "iptables": config("iptables-plant.txt"),
    "kubernetes": config("by_hand/kubernetes-voice-namespace.txt"),
    "nsx": config("by_hand/nsx-datacentre.txt"),
    "panos": config("panos-plant.txt"),
    "openwrt": config("by_hand/openwrt-office.txt"),
    "opnsense": config("by_hand/opnsense-office.txt"),
    "pf": config("by_hand/pf-core-router.txt"),
    "routeros": config("by_hand/routeros-defconf-shop.txt"),
    "srx": config("srx-plant.txt"),
    "unifi": config("by_hand/unifi-voice-vlan.txt"),
    "vyos": config("by_hand/vyos-base-chains.txt"),
    "ufw": config("by_hand/ufw-router.txt"),
}
SHOWN = config("by_hand/openwrt-shown.txt")
BRACES = config("by_hand/vyos-zones-edge.txt")
XML = config("panos-campus-xml.txt")
NAMED: Named = {"sg-mixed": (ip_network("10.1.0.0/24"),), "subnet-dc": (ip_network("10.1.0.0/24"),)}


@st.composite
def damage(draw: st.DrawFn) -> list[tuple[str, float, str]]:
    """Where (a share of the text) and what: cut off, taken out, doubled, or put in."""
    words = st.sampled_from(
        [
            "",
            "\n",
            " ",
            '"',
            "\\",
            "{",
            "}",
            "<",
            "]",
            "any",
            "0",
            "-1",
            "99999999999999999999",
            "!",
            "end",
            "next",
        ]
    ) | st.text(max_size=4)
    steps = st.tuples(st.sampled_from(["cut", "out", "twice", "in"]), st.floats(0, 1), words)
    return draw(st.lists(steps, min_size=1, max_size=4))


def damaged(text: str, steps: list[tuple[str, float, str]]) -> str:
    for kind, where, word in steps:
        at = int(where * len(text))
        if kind == "cut":
            text = text[:at]
        elif kind == "out":
            text = text[:at] + text[at + 40 :]
        elif kind == "twice":
            text = text[:at] + text[max(0, at - 120) :]
        else:
            text = text[:at] + word + text[at:]
    return text


@pytest.mark.parametrize("name", sorted(TEXTS))
@settings(max_examples=25, deadline=None)
@example(steps=[("cut", 0.5, "")])
@given(steps=damage())
def test_a_damaged_configuration_gives_a_listing_or_an_input_error(
    name: str, steps: list[tuple[str, float, str]]
) -> None:
    try:
        listing = read_as(name, damaged(TEXTS[name], steps), NAMED if name.startswith("aws") else None)
    except InputError:
        return
    for part in (*listing.unread, *listing.inactive):
        assert part.place and part.why and len(str(part)) < 1000


@settings(max_examples=25, deadline=None)
@given(damage())
def test_damaged_xml_gives_a_listing_or_an_input_error(steps: list[tuple[str, float, str]]) -> None:
    try:
        read_as("panos", damaged(XML, steps), None)
    except InputError:
        return


@settings(max_examples=25, deadline=None)
@given(damage())
def test_damaged_braces_give_a_listing_or_an_input_error(steps: list[tuple[str, float, str]]) -> None:
    with suppress(InputError):
        read_as("vyos", damaged(BRACES, steps), None)
    with suppress(InputError):
        read_as("openwrt", damaged(SHOWN, steps), None)


@pytest.mark.parametrize("name", sorted(TEXTS))
@pytest.mark.parametrize("other", sorted(TEXTS))
def test_another_vendors_configuration_is_never_taken_for_understood(name: str, other: str) -> None:
    assert recognise(TEXTS[other]) is TARGETS[other]
    if name == other:
        return
    with suppress(InputError):
        listing = read_as(name, TEXTS[other], None)
        assert any(part.boxes is None for part in listing.unread)


@pytest.mark.parametrize("name", sorted(readable()))
@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "\x00\x7fELF", "GIF89a\ufffd\ufffd", "hello\n", "[" * 50_000, "{" * 50_000, "<" * 50_000],
)
def test_what_is_no_configuration_is_refused(name: str, text: str) -> None:
    with pytest.raises(InputError):
        read_as(name, text, None)
    with pytest.raises(InputError):
        read_any(text)


def test_any_text_finds_its_reader() -> None:
    for name, text in TEXTS.items():
        assert read_any(text, NAMED if name.startswith("aws") else None)[0] == name
    assert read_any(NFT)[0] == "nftables"
    with pytest.raises(InputError, match="Junos"):
        read_any("system {\n    host-name srx;\n}\n")


def test_groups_that_double_at_every_level_are_read_in_no_time() -> None:
    levels = 60  # 2 ** 60 hosts if each were followed anew
    lines = ["ASA Version 9.12(4)", "object network n0", " host 10.0.0.1"]
    for level in range(1, levels):
        lines += [f"object-group network n{level}"]
        lines += [f" group-object n{level - 1}", f" group-object n{level - 1}"]
    lines += [f"access-list l extended permit ip object-group n{levels - 1} any", "access-group l global"]
    lines += ["interface G0", " nameif in", " ip address 10.0.0.254 255.255.255.0"]
    assert not read_as("cisco-asa", "\n".join([*lines, ""]), None).unread


def test_groups_nested_beyond_measure_are_not_followed() -> None:
    lines = [
        "ASA Version 9.12(4)",
        "access-group l global",
        "access-list l extended permit ip object-group n5000 any",
    ]
    for level in range(1, 5001):
        lines += [f"object-group network n{level}", f" group-object n{level - 1}"]
    listing = read_as("cisco-asa", "\n".join([*lines, ""]), None)
    assert "deep" in listing.unread[0].why


def test_a_chain_that_jumps_everywhere_is_bounded() -> None:
    chains = [f"c{n}" for n in range(12)]
    lines = ["*filter", ":FORWARD DROP [0:0]", *(f":{name} - [0:0]" for name in chains)]
    for one, other in zip(["FORWARD", *chains], chains, strict=False):
        lines += [f"-A {one} -p udp -j {other}"] * 4
    lines += ["-A c11 -j ACCEPT", "COMMIT", ""]
    with pytest.raises(InputError, match="beyond the limit"):
        read_as("iptables", "\n".join(lines), None)


def test_twenty_thousand_lines_are_a_matter_of_a_second() -> None:
    # A bound that only a reader of more than linear time would break.
    head = ["version 15.9", "interface G0", " ip address 10.0.0.1 255.255.0.0", " ip access-group 101 in"]
    lines = [
        f"access-list 101 permit udp host 10.0.{n >> 8 & 255}.{n & 255} any eq 1719" for n in range(20_000)
    ]
    listing = read_as("cisco-ios", "\n".join([*head, *lines, ""]), None)
    assert len(listing.chains[0].rows) == 20_001
