"""Texts made to cost more than their length: twice the text takes twice the steps and twice the memory."""

import json
import sys
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

import pytest

from ringfence.firewalls.recognise import readable
from ringfence.model.errors import InputError

READERS = readable()
IOS = "interface G0\n ip address 10.0.0.1 255.255.0.0\n ip access-group l in\n"
SRX = "set security policies global policy p match source-address any\n"
LONG: dict[str, tuple[str, Callable[[int], str]]] = {
    "words that lead on": (
        "panos",
        lambda n: f"set address a {'protocol ' * n}x\n{'set address b tcp ' * 3}\n",
    ),
    "brackets in a rule": ("panos", lambda n: f"set rulebase security rules r source {'[ ' * n}\n"),
    "a quote over many lines": ("panos", lambda n: 'set address a description "x\n' + 'y \\"\n' * n + '"\n'),
    "brackets beside a deletion": (
        "srx",
        lambda n: f"{SRX}delete security zones\nset security policies {'[ ' * n}\n",
    ),
    "brackets of a policy": ("srx", lambda n: f"{SRX}{SRX.rstrip()} {'[ ' * n}\n"),
    "long deletions": (
        "srx",
        lambda n: SRX + "".join(f"delete a b c d {k}\nset a b c d {k} e\n" for k in range(n)),
    ),
    "translations in chains of their own": (
        "iptables",
        lambda n: (
            "*nat\n:PREROUTING ACCEPT [0:0]\n"
            + "".join(
                f"-A PREROUTING -d 10.{k >> 8}.{k & 255}.1/32 -j s{k}\n"
                f"-A s{k} -p tcp -j DNAT --to-destination 10.0.0.1\n"
                for k in range(n // 8)
            )
            + "COMMIT\n*filter\n:FORWARD DROP [0:0]\n-A FORWARD -m state --state NEW -j ACCEPT\nCOMMIT\n"
        ),
    ),
    "numbered entries": (
        "cisco-ios",
        lambda n: (
            IOS + "ip access-list extended l\n" + "".join(f" {k} permit ip any any\n" for k in range(1, n))
        ),
    ),
    "entries without numbers": (
        "cisco-ios",
        lambda n: IOS + "ip access-list extended l\n" + " permit udp any any\n" * n,
    ),
    "many interfaces": (
        "cisco-ios",
        lambda n: "".join(
            f"interface V{k}\n ip address 10.{k >> 8}.{k & 255}.1 255.255.255.0\n zone-member security z{k}\n"
            for k in range(n // 4)
        ),
    ),
    "rules of a group": (
        "azure-nsg",
        lambda n: json.dumps({"name": "g", "tags": {"AttachTo": "10.0.0.0/8"}, "securityRules": [{}] * n}),
    ),
    "rules of a network": (
        "gcp",
        lambda n: json.dumps(
            [{"direction": "INGRESS", "network": "n", "allowed": [{}], "targetTags": ["t"]}] * n
        ),
    ),
    "rules of a firewalld policy": (
        "firewalld",
        lambda n: (
            '<policy target="DROP"><ingress-zone name="ANY"/><egress-zone name="ANY"/>'
            + "".join(f'<port port="{k}" protocol="udp"/>\n' for k in range(1, n))
            + "</policy>"
        ),
    ),
    "rules of a distributed firewall": (
        "nsx",
        lambda n: json.dumps(
            {
                "resource_type": "SecurityPolicy",
                "rules": [{"id": str(k), "action": "DROP", "sequence_number": k} for k in range(n)],
            }
        ),
    ),
    "rules of a rule base": (
        "checkpoint",
        lambda n: json.dumps({"name": "l", "objects-dictionary": [], "rulebase": [{"enabled": False}] * n}),
    ),
    "entries of a policy": (
        "kubernetes",
        lambda n: (
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {annotations: "
            "{AttachTo: 10.0.0.1/32}}\nspec:\n  ingress:\n"
            + "".join(f"  - ports: [{{port: {k}}}]\n" for k in range(1, n))
        ),
    ),
    "policies without pods": (
        "kubernetes",
        lambda n: (
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nspec: {podSelector: {}}\n" * (n // 4)
        ),
    ),
    "a timer of many digits": (
        "cisco-asa",
        lambda n: f"access-list l extended permit ip any any\ntimeout conn {'9' * n}:00:00\n",
    ),
    "entries with their lines": (
        "cisco-asa",
        lambda n: "".join(f"access-list l line {k} extended permit ip any any\n" for k in range(1, n)),
    ),
    "a value of many lines": (
        "fortios",
        lambda n: 'config firewall policy\nedit 1\nset comments "' + 'x \\"\n' * n + '"\nnext\nend\n',
    ),
    "one rule over many lines": (
        "routeros",
        lambda n: "/ip firewall filter\nadd chain=forward \\\n" + 'comment="x" \\\n' * n + "action=drop\n",
    ),
    "address lists": (
        "routeros",
        lambda n: (
            "/ip firewall address-list\n"
            + "".join(f"add list=l{k % 7} address=10.{k >> 8}.{k & 255}.1\n" for k in range(n))
            + "/ip firewall filter\n"
            + "".join(f"add chain=forward src-address-list=l{k % 7} action=accept\n" for k in range(9))
        ),
    ),
    "interface lists in interface lists": (
        "routeros",
        lambda n: (
            "/interface list\n"
            + "".join(f"add name=l{k + 1} include=l{k},l{k}\n" for k in range(n // 10))
            + "/ip firewall filter\n"
            + f"add chain=forward in-interface-list=l{n // 10} action=accept\n"
        ),
    ),
    "rules of one set": (
        "vyos",
        lambda n: (
            "".join(
                f"set firewall name a rule {k} action accept\nset firewall name a rule {k} protocol udp\n"
                for k in range(n)
            )
            + "set interfaces ethernet eth0 firewall in name a\n"
        ),
    ),
    "words on one path": ("vyos", lambda n: "set firewall name a rule 1 description" + " x" * n + "\n"),
    "braces in braces": ("vyos", lambda n: "firewall {\n" + "a {\n" * (n // 10) + "}\n" * n),
    "addresses of a group": (
        "unifi",
        lambda n: (
            '{"interfaces": {}, "firewall": {"group": {"address-group": {"a": {"address": ['
            + ",".join(f'"10.{k >> 8}.{k & 255}.1"' for k in range(n))
            + "]}}}}}"
        ),
    ),
    "aliases of aliases": (
        "pfsense",
        lambda n: (
            "<pfsense><interfaces></interfaces><aliases>"
            + "".join(
                f"<alias><name>a{k + 1}</name><type>host</type><address>a{k} a{k}</address></alias>"
                for k in range(n)
            )
            + "</aliases></pfsense>"
        ),
    ),
    "rules of an interface": (
        "opnsense",
        lambda n: (
            "<opnsense><interfaces><lan><enable>1</enable><ipaddr>10.0.0.1</ipaddr><subnet>8</subnet></lan>"
            + "</interfaces><filter>"
            + "<rule><type>pass</type><interface>lan</interface></rule>" * n
            + "</filter></opnsense>"
        ),
    ),
    "elements in elements": ("opnsense", lambda n: "<opnsense>" + "<a>" * (n // 10) + "</a>" * (n // 10)),
    "sections of a file": (
        "openwrt",
        lambda n: (
            "config zone\n option name a\n list network b\n"
            + "".join(
                f"config rule\n option src a\n option dest a\n option dest_port {k + 1}\n" for k in range(n)
            )
        ),
    ),
    "values of a list": (
        "openwrt",
        lambda n: (
            "config zone\n option name a\n"
            + "".join(f" list subnet 10.{k >> 8}.{k & 255}.1\n" for k in range(n))
        ),
    ),
    "members of a table": (
        "pf",
        lambda n: (
            "table <t> { " + " ".join(f"10.{k >> 8}.{k & 255}.1" for k in range(n)) + " }\nblock from <t>\n"
        ),
    ),
    "macros of macros": (
        "pf",
        lambda n: 'a0 = "1"\n' + "".join(f"a{k + 1} = $a{k}\n" for k in range(n)) + f"block from $a{n}\n",
    ),
    "anchors beside each other": ("pf", lambda n: "anchor a {\npass\n}\n" * n),
    "a list of ports": ("pf", lambda n: "pass proto tcp to port { " + " ".join(map(str, range(n))) + " }\n"),
    "values of one setting": (
        "fortios",
        lambda n: "config firewall policy\nedit 1\nset srcaddr" + " a" * n + "\nnext\nend\n",
    ),
}


def cost(target: str, text: str) -> tuple[int, int]:
    """Lines of Python run, and octets held at the most."""
    steps = 0

    def count(_frame: FrameType, event: str, _: Any) -> Any:
        nonlocal steps
        steps += event == "line"
        return count

    tracemalloc.start()
    before = sys.gettrace()
    sys.settrace(count)
    try:
        with suppress(InputError):
            READERS[target](text, None)
    finally:
        sys.settrace(before)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return steps, peak


@pytest.mark.parametrize("name", sorted(LONG))
def test_twice_the_text_takes_twice_the_steps(name: str) -> None:
    target, make = LONG[name]
    cost(target, make(40))  # what is built at first use
    steps, octets = cost(target, make(400))
    twice_steps, twice_octets = cost(target, make(800))
    assert twice_steps < 2.5 * steps + 500
    assert twice_octets < 2.5 * octets + 50_000


def test_entries_taken_back_one_by_one_are_bounded() -> None:
    entries = "".join(f"access-list l extended permit udp any any eq {k}\n" for k in range(1, 20_000))
    taken = "".join(f"no access-list l extended permit tcp any any eq {k}\n" for k in range(1, 2_000))
    with pytest.raises(InputError, match="too many lines that change others"):
        READERS["cisco-asa"](entries + taken, None)


def test_a_thousand_interfaces_of_one_level_are_told_in_as_many_rows() -> None:
    text = "".join(
        f"interface V{k}\n nameif z{k}\n security-level 50\n"
        f" ip address 10.{k >> 8}.{k & 255}.1 255.255.255.0\n"
        for k in range(1000)
    )
    listing = READERS["cisco-asa"](text, None)
    assert (
        sum(len(chain.rows) for chain in listing.chains) == 3000
    )  # to lower levels, back out, to its equals
