"""RouterOS: lists, interfaces and menus, and lines that are not understood."""

from ipaddress import ip_network

import pytest

from ringfence.firewalls.common.behind import Named
from ringfence.firewalls.routeros.read import read
from ringfence.model.errors import InputError
from ringfence.policy.listing import FlowKind, Moment
from support.firewalls.read_configs import certain, fares

ZONES: Named = {"voice": (ip_network("10.20.0.0/16"),), "servers": (ip_network("10.1.0.0/16"),)}
RAS = "udp 10.20.0.50:49300 10.1.0.30:1719"
BACK = "udp 10.1.0.30:1719 10.20.0.50:49300"
DROP = "add action=drop chain=forward"
LISTS = "/interface list\nadd name=A\nadd name=B include=A exclude=C\nadd name=C\n/interface list member\n"


def rules(*lines: str, before: str = "") -> str:
    return "\n".join(
        [before, "/ip firewall filter", *(f"add chain=forward {line}" for line in lines), DROP, ""]
    )


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        (rules("in-interface-list=A", before=f"{LISTS}add interface=voice list=A"), True),
        (rules("in-interface-list=B", before=f"{LISTS}add interface=voice list=A"), True),
        (
            rules(
                "in-interface-list=B",
                before=f"{LISTS}add interface=voice list=A\nadd interface=voice list=C",
            ),
            False,
        ),
        (rules("in-interface-list=!C", before=f"{LISTS}add interface=servers list=C"), True),
        (rules("in-interface-list=!A", before=f"{LISTS}add interface=voice list=A"), False),
        (rules("in-interface-list=A", before=f"{LISTS}add disabled=yes interface=voice list=A"), False),
        (rules("in-interface-list=all"), True),
        (rules("in-interface-list=none"), False),
        (rules("in-interface-list=D"), None),
        (
            rules("src-address-list=L", before="/ip firewall address-list add address=10.20.0.0/24 list=L"),
            True,
        ),
        (
            rules("src-address-list=!L", before="/ip firewall address-list add address=10.20.0.0/24 list=L"),
            False,
        ),
        (rules("src-address-list=L", before="/ip firewall address-list add address=a.example list=L"), None),
        (rules("src-address-list=L"), None),
        (rules("src-address-type=local"), False),
        (rules("dst-address-type=!local"), True),
        (rules("ipsec-policy=in,ipsec"), False),
        (rules("ipsec-policy=in,none"), True),
        (rules("fragment=yes"), False),
        (rules("connection-nat-state=!dstnat"), True),
        (rules("connection-nat-state=dstnat"), False),
        (rules("port=1719 protocol=udp"), True),
        (rules("port=!1719 protocol=udp"), False),
        (rules("protocol=!udp"), False),
        (rules("action=return"), True),
        (rules("action=passthrough", "action=log"), False),
        ("/ip firewall filter\nadd chain=forward action=accept protocol=tcp\n", True),
    ],
)
def test_what_a_rule_asks_of_a_packet(text: str, passes: bool | None) -> None:
    assert certain(read(text, ZONES), RAS) is passes


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("protocol=wonder", "wonder"),
        ("dst-port=1719", "without a protocol"),
        ("dst-port=9-1 protocol=udp", "reversed"),
        ("icmp-options=8:0", "without its protocol"),
        ("layer7-protocol=x", "layer7-protocol"),
        ("time=8h-17h,mon", "time"),
        ("src-address=fd00::/8", "other family"),
        ("connection-state=late", "late"),
        ("connection-mark=voip", "connection-mark"),
        ("protocol=udp protocol=tcp", "or two"),
        ("action=wonder", "wonder"),
        ("wonder", "no value"),
    ],
)
def test_a_value_that_is_not_understood_is_named(words: str, why: str) -> None:
    found = read(rules(words), ZONES)
    assert [part.place for part in found.unread] == ["line 3"] and why in found.unread[0].why


def test_forms_of_the_menu_are_one() -> None:
    line = "action=accept chain=forward protocol=udp"
    for text in (
        f"/ip firewall filter\nadd {line}\n{DROP}\n",
        f"/ip firewall filter add {line}\n/ip firewall filter {DROP}\n",
        f"/ip/firewall/filter/add {line}\n/ip/firewall/filter {DROP}\n",
        f"/ip firewall filter\nadd action=accept chain=for\\\n    ward protocol=udp\n{DROP}\n",
        f'[admin@fw] > /export\n# by RouterOS 7.16\n/ip firewall filter\nadd {line} comment="a;b"\n{DROP}\n',
    ):
        found = read(text)
        assert not found.unread and certain(found, RAS) is True


def test_times_and_helpers_are_noted() -> None:
    found = read(
        "/ip firewall connection tracking\nset udp-timeout=1m20s tcp-established-timeout=00:30:00\n"
        f"/ip firewall service-port\nset h323 disabled=yes\n{rules()}"
    )
    assert {(timer.kind, timer.seconds) for timer in found.settings.timers} == {
        (FlowKind.UDP, 80),
        (FlowKind.TCP, 1800),
    }
    assert [(one.on, one.place) for one in found.settings.inspections] == [(False, "line 4")]
    assert not found.helpers and read(rules()).helpers


def test_answers_pass_by_state_alone() -> None:
    state = "connection-state=established"
    assert fares(read(rules(state, "src-address=10.20.0.0/16")), BACK, Moment.ANSWERS) is True
    assert fares(read(rules("src-address=10.20.0.0/16")), BACK, Moment.ANSWERS) is False


@pytest.mark.parametrize(
    "text",
    [
        "/ip firewall filter\nadd chain=forward \\\n",
        '/ip firewall filter\nadd chain=forward comment="x\n',
        "/ip firewall filter\nadd chain=[find\n",
        "/system identity\nset name=x\n",
        "Flags: X - disabled, I - invalid; D - dynamic\n 0    chain=forward action=accept\n",
    ],
)
def test_what_is_no_export_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read(text)
