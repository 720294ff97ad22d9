"""Whatever a person writes in the second edition: refused with places, or booted; never an exception."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.model.errors import InputError
from ringfence.model.kinds import kinds
from ringfence.model.registration import flows
from ringfence.model.site_file import parse
from ringfence.model.translated import closed_flows
from ringfence.policy.compile import policy_for
from ringfence.roles.alone import alone, policy_alone
from ringfence.verify.judging import judged
from ringfence.verify.testbeds import SimulatedTestbed

TESTS = Path(__file__).parents[1]
FOLDERS = (TESTS / "support/sites", TESTS.parent / "examples/sites")
BASES = [
    document
    for folder in FOLDERS
    for path in sorted(folder.glob("*.yaml"))
    if "phones" in (document := yaml.safe_load(path.read_text()))
]
ADDRESSES = ["10.1.0.10", "10.1.0.30", "10.20.0.1", "10.20.0.5", "10.255.0.1", "10.64.1.9", "172.31.0.1"]
ADDRESSES += ["10.1.0.255", "0.0.0.0", "224.0.0.1", "192.168.20.1"]
NETWORKS = ["10.20.0.0/24", "10.1.0.0/28", "10.255.0.0/30", "0.0.0.0/0", "10.64.0.0/16", "10.0.0.0/24"]
WORDS: list[Any] = ["any", "giaddr", "static", "first", "last", "edge", "https", "tftp", "multicast", "46xx"]
WORDS += [0, 1, 67, 1719, 65536, -1, True, None, "", 1.5, [], {}, "1-65535", ["10.1.0.30"], "lyon", "a" * 300]
KEYS = ["relay", "uplink", "routed_by", "addressing", "files", "dhcp", "gatekeepers", "discovery", "family"]
KEYS += ["data", "zones", "interface", "router", "vlan", "scheme", "port", "option", "addresses", "address"]


def paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place below the top of the document."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [found for key, value in items for found in ((*path, key), *paths(value, (*path, key)))]


def changed(node: Any, path: tuple[Any, ...], value: Any, key: str | None) -> Any:
    """A copy with the value at that path replaced, or set under a key of what is there."""
    if not path:
        if key is not None and isinstance(node, dict):
            return {**node, key: value}
        return value
    if isinstance(node, dict):
        return {**node, path[0]: changed(node[path[0]], path[1:], value, key)}
    return [
        changed(item, path[1:], value, key) if number == path[0] else item for number, item in enumerate(node)
    ]


@st.composite
def documents(draw: st.DrawFn) -> Any:
    document = draw(st.sampled_from(BASES))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(paths(document)))
        value = draw(st.sampled_from([*ADDRESSES, *NETWORKS, *WORDS]))
        document = changed(document, path, value, draw(st.sampled_from([None, *KEYS])))
    return document


def refused_or_booted(document: Any) -> None:
    try:
        site = parse(yaml.safe_dump(document, sort_keys=False), "site.yaml")
        policies = {firewall.name: policy_for(site, firewall.name) for firewall in site.firewalls}
    except InputError as error:
        assert all(each.where for each in (error, *error.others))
        return
    for kind in kinds(site)[:2]:
        one = alone(site, kind.first)
        own = {name: policy_alone(policy, one) for name, policy in policies.items()}
        testbed = SimulatedTestbed(one, own)
        failed = judged(one, testbed.kind, testbed.boot()).failed
        # Where a translation leads a flow to nobody, the boot stops there whatever is permitted.
        nowhere = {each.flow.stage for each in closed_flows(one, flows(one))}
        assert failed is None or failed.stage in nowhere


@given(documents())
@settings(max_examples=150, deadline=None)
def test_an_estate_is_refused_with_places_or_booted(document: Any) -> None:
    refused_or_booted(document)


# Sites that once failed in a boot, or with an exception, and what is odd about each.
HOME = "phones: {all: {voice: 192.168.20.0/24, signalling: handset"
SOHO = (
    "{site: soho, zones: {phones: 192.168.20.0/24, servers: 192.168.1.0/24},"
    " firewalls: {fw: [192.168.20.1, 192.168.1.1]},"
    " servers: {dhcp: 192.168.20.1, files: 192.168.1.5, gatekeepers: 192.168.1.5}, "
)
MET = {
    "RAS from any port": SOHO + HOME + ", ras_ports: any}}}",
    "RAS from a port of DHCP": SOHO + HOME + ", ras_ports: 67}}}",
    "the firewall is the DHCP server and routes one VLAN of two": """
site: two-routers
zones: {phones: [192.168.20.0/24, 192.168.30.0/24, 10.0.0.0/30], servers: 192.168.1.0/24}
firewalls: {fw: [192.168.20.1, 192.168.1.1]}
servers: {dhcp: 192.168.20.1, files: 192.168.1.5, gatekeepers: 192.168.1.6}
phones:
  all:
    data: {network: 192.168.30.0/24, router: first}
    voice: {network: 192.168.20.0/24, vlan: 7, router: first}
    relay: giaddr
    uplink: 10.0.0.2
    signalling: gatekeeper
    discovery: multicast
""",
    "the relay agent asks from the router's address on the VLAN": """
site: outside
zones: {phones: [10.20.0.0/24, 10.255.0.0/29], servers: 10.1.0.0/24, outside: 203.0.113.0/24}
firewalls: {edge: {addresses: [10.255.0.2, 10.1.0.1], zones: outside}}
servers: {dhcp: 10.1.0.10, files: 10.1.0.20, gatekeepers: 203.0.113.30}
phones: {desk: {voice: {network: 10.20.0.0/24, router: first}, relay: 10.20.0.1, signalling: handset}}
""",
    "two firewalls meet in the phones' own zone": """
site: hub-and-spokes
zones: {lyon: 10.1.0.0/16, bonn: 10.2.0.0/16, wan: 172.31.0.0/24, hq: 10.0.0.0/24}
firewalls:
  lyon-fw: {addresses: [172.31.0.11]}
  bonn-fw: {addresses: [172.31.0.12]}
  hq-fw: [10.1.0.10, 10.0.0.1]
servers: {dhcp: 10.0.0.10, files: 10.0.0.20, gatekeepers: [10.0.0.30, 10.0.0.31]}
all_phones: {signalling: gatekeeper}
phones:
  lyon: {voice: {network: 10.1.20.0/24, vlan: 20}, data: 10.1.10.0/24, routed_by: lyon-fw}
  bonn: {voice: {network: 10.2.20.0/24, vlan: 20}, data: 10.2.10.0/24, routed_by: bonn-fw}
""",
    "a router that is an end of audio": """
site: with-media
zones: {branch: [10.20.0.0/24, 10.255.0.0/29], hq: [10.30.0.0/24, 10.255.1.0/29], servers: 10.1.0.0/24}
firewalls: {edge: [10.255.0.2, 10.255.1.2, 10.1.0.1]}
servers: {dhcp: 10.1.0.10, files: 10.1.0.20, gatekeepers: 10.1.0.30}
media: 10.20.0.1
all_phones: {signalling: gatekeeper}
phones:
  branch: {voice: {network: 10.20.0.0/24, router: 10.20.0.1}, relay: 10.255.0.1}
  hq: {voice: {network: 10.30.0.0/24, router: 10.30.0.1}, relay: 10.255.1.1}
""",
}


@pytest.mark.parametrize("name", MET)
def test_one_that_was_met_before_is_too(name: str) -> None:
    refused_or_booted(yaml.safe_load(MET[name]))
