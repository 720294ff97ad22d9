"""Whatever a person writes into a site file: refused with a sentence, or booted; never an exception."""

from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.model.errors import InputError
from ringfence.model.site_file import parse
from ringfence.policy.compile import policy_for
from ringfence.verify.judging import judged
from ringfence.verify.testbeds import SimulatedTestbed
from support.example_sites import NAMES, text

BASES = [yaml.safe_load(text(name)) for name in NAMES]
# What people leave out is a place for mistakes too.
OPTIONAL = [
    *(("gatekeeper", key) for key in ("ras_port", "signalling_port", "tls_port")),
    *(("file_server", key) for key in ("port", "directory", "scheme")),
    *(
        ("handsets", key)
        for key in ("signalling_port", "extension", "password", "vlan_test", "mac", "family")
    ),
    *(("registration", key) for key in ("notify_after", "refresh", "echo_interval", "gatekeeper_ports")),
    *(("firewall", key) for key in ("udp_timeout", "udp_stream_timeout", "icmp_timeout")),
    *(("dhcp_server", key) for key in ("lease", "option")),
]
ADDRESSES = [
    "10.1.0.10",
    "10.1.0.20",
    "10.1.0.30",
    "10.20.0.1",
    "10.255.0.1",
    "10.1.0.255",
    "0.0.0.0",
    "224.0.0.1",
]
NETWORKS = ["10.20.0.0/24", "10.1.0.0/24", "10.1.0.0/28", "10.20.0.0/28", "10.255.0.0/30", "0.0.0.0/0"]
ODD: list[Any] = [0, 1, 67, 80, 443, 1719, 1720, 49300, 65535, 65536, -1, True, None, "", "x", 1.5, [], {}]
ODD += ["1-65535", "any", "a" * 300, "#*", "ff:ff:ff:ff:ff:ff", "https", "h323", 10**9]


def leaves(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything in the document that holds a value."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    below = [leaf for key, value in items for leaf in leaves(value, (*path, key))]
    return below or [path]


def changed(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of the document with one value replaced, where the path leads anywhere."""
    if not path:
        return value
    if isinstance(node, dict):
        return {**node, path[0]: changed(node.get(path[0], {}), path[1:], value)}
    if isinstance(node, list) and isinstance(path[0], int) and path[0] < len(node):
        return [changed(item, path[1:], value) if n == path[0] else item for n, item in enumerate(node)]
    return node


@st.composite
def documents(draw: st.DrawFn) -> Any:
    document = draw(st.sampled_from(BASES))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([*leaves(document), *OPTIONAL]))
        document = changed(document, path, draw(st.sampled_from([*ADDRESSES, *NETWORKS, *ODD])))
    return document


@given(documents())
@settings(max_examples=150, deadline=None)
def test_a_site_is_refused_in_words_or_booted(document: Any) -> None:
    try:
        site = parse(yaml.safe_dump(document), "site.yaml")
        policy = policy_for(site)
    except InputError as error:
        assert error.what
        return
    testbed = SimulatedTestbed(site)
    testbed.load(policy)
    assert judged(site, testbed.kind, testbed.boot()).stages
