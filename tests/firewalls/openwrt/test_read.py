"""OpenWrt: the forms of UCI, zones by what they are made of, and options that are not understood."""

from ipaddress import ip_network

import pytest

from ringfence.firewalls.common.behind import Named
from ringfence.firewalls.openwrt.read import read
from ringfence.model.errors import InputError
from support.firewalls.read_configs import certain

ZONES: Named = {"voice": (ip_network("10.20.0.0/16"),), "dc": (ip_network("10.1.0.0/16"),)}
RAS = "udp 10.20.0.50:49300 10.1.0.30:1719"


def zone(name: str, *options: str) -> str:
    return "\n".join([f"config zone\n option name {name}", *(f" {option}" for option in options), ""])


def rule(*options: str, ends: str = "voice dc") -> str:
    source, destination = ends.split()
    lines = [f" option src {source}\n option dest {destination}\n option target ACCEPT"]
    return "\n".join(["config rule", *lines, *(f" {option}" for option in options), ""])


TWO = zone("voice", "list network voice") + zone("dc", "list network dc")


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        (TWO + rule(), True),
        (TWO + rule(ends="* dc"), True),
        (TWO + rule(ends="voice *"), True),
        (TWO + rule(ends="* *"), True),
        (TWO + rule(ends="dc voice"), False),
        (TWO + rule(ends="voice lan"), False),
        (TWO + rule("option proto icmp"), False),
        (TWO + rule("option proto all"), True),
        (TWO + rule("option proto 17"), True),
        (TWO + rule("option proto 'tcp udp'", "option dest_port '80 1719'"), True),
        (TWO + rule("list proto udp", "list dest_port 1700:1800"), True),
        (TWO + rule("option dest_port '!1719'"), False),
        (TWO + rule("option family ipv6"), False),
        (TWO + rule("option src_ip fd00::/8"), False),
        (TWO + rule("list src_ip 10.20.0.0/24", "list src_ip '!10.20.0.50'"), False),
        (TWO + rule("option enabled 0"), False),
        (TWO + rule("option limit 5/sec"), None),
        (TWO + rule("option src_mac 00:11:22:33:44:55"), None),
        (TWO + "config defaults\n option forward ACCEPT\n", True),
        (TWO + "config forwarding\n option src voice\n option dest dc\n", True),
        (TWO + "config forwarding\n option src voice\n option dest '*'\n", True),
        (TWO + "config forwarding\n option src dc\n option dest voice\n", False),
        (zone("lan", "list network voice", "list network dc", "option forward ACCEPT"), True),
        (zone("lan", "list network voice", "list network dc", "option forward REJECT"), False),
        (zone("lan", "option subnet 10.0.0.0/8", "option forward ACCEPT"), True),
        (zone("lan", "list network voice", "option subnet 10.1.0.0/16", "option forward ACCEPT"), False),
        (
            TWO
            + rule("option ipset s")
            + "config ipset\n option name s\n option match src_ip\n list entry 10.20.0.50\n",
            True,
        ),
        (
            TWO
            + rule("option ipset '!s'")
            + "config ipset\n option name s\n option match src_ip\n list entry 10.20.0.50\n",
            False,
        ),
        (
            TWO
            + rule("option ipset s")
            + "config ipset\n option name s\n option match src_ip\n option loadfile x\n",
            None,
        ),
        (
            TWO
            + rule("option ipset 's dst'")
            + "config ipset\n option name s\n option match src_ip\n list entry 10.1.0.30\n",
            True,
        ),
        # A zone by the name that a person gave it; what is behind it is not behind another.
        (TWO.replace("list network voice", "list device br-voice") + rule(), True),
        (zone("other", "list device br-x") + zone("dc", "list network dc") + rule(ends="other dc"), False),
    ],
)
def test_zones_and_rules_decide_as_the_system_does(text: str, passes: bool | None) -> None:
    assert certain(read(text, ZONES), RAS) is passes


def test_devices_are_those_of_the_network() -> None:
    text = zone("voice", "list device br-voice") + zone("dc", "list network dc") + rule()
    text += "config interface voice\n option device br-voice\n option ipaddr 10.20.0.1/16\n"
    text += "config interface dc\n option device eth1\n option ipaddr 10.1.0.1\n option netmask 255.255.0.0\n"
    assert certain(read(text), RAS) is True


def test_each_form_is_one() -> None:
    written = zone("voice", "list network voice") + zone("dc", "list network dc") + rule("option name 'a b'")
    exported = f"package firewall\n\n{written}"
    shown = (
        "firewall.@zone[0]=zone\nfirewall.@zone[0].name='voice'\nfirewall.@zone[0].network='voice'\n"
        "firewall.dc=zone\nfirewall.dc.name='dc'\nfirewall.dc.network='dc' 'spare'\n"
        "firewall.@rule[0]=rule\nfirewall.@rule[0].src='voice'\nfirewall.@rule[0].dest='dc'\n"
        "firewall.@rule[0].target='ACCEPT'\n"
    )
    quoted = exported.replace("list network voice", "list 'network' \"voice\" # phones")
    for text in (written, exported, shown, quoted):
        assert certain(read(text, ZONES), RAS) is True


@pytest.mark.parametrize(
    "text",
    [
        "config zone\n option name 'a\n",
        "option name a\n",
        "config zone\n option name\n",
        "config\n",
        "config interface lan\n option ipaddr 10.0.0.1/8\n",
        "firewall.@zone[0]=zone\nfirewall.@zone[1].name='x'\n",
        "firewall.@zone[0]=zone\nhello\n",
    ],
)
def test_what_is_no_firewall_of_uci_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read(text)
