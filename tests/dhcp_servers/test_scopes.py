"""What a DHCP server hands out: pools that share nothing, strings that phones read, names in the site."""

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.actors.dhcp.leases import Pool
from ringfence.dhcp_servers.scopes import Scopes, scopes_of
from ringfence.model.errors import InputError
from ringfence.model.site import Site
from ringfence.model.site_file import parse
from ringfence.wire.phone_options import parse_option_string
from support.example_sites import example, parse_file

SITE = """
site: lab
zones: {phones: 10.20.0.0/16, servers: 10.1.0.0/24}
firewalls: {edge: [10.20.0.1, 10.1.0.1]}
servers:
  dhcp: DHCP
  files: 10.1.0.20
  gatekeepers: [10.1.0.30, 10.1.0.31]
phones:
  branch: {voice: NETWORK, signalling: gatekeeper}
"""


def site(dhcp: str = "10.1.0.10", network: str = "10.20.0.0/24") -> Site:
    return parse(SITE.replace("DHCP", dhcp).replace("NETWORK", network))


def leased(scopes: Scopes) -> set[IPv4Address]:
    return {address for scope in scopes.scopes for pool in scope.pools for address in pool}


def pool(text: str) -> Pool:
    first, last = text.split("-")
    return Pool(IPv4Address(first), IPv4Address(last))


@given(prefix=st.integers(24, 28), servers=st.integers(1, 4), taken=st.sets(st.integers(2, 254), max_size=3))
def test_servers_share_a_network_without_sharing_an_address(
    prefix: int, servers: int, taken: set[int]
) -> None:
    network = IPv4Network(f"10.20.0.0/{prefix}")
    local = [f"10.20.0.{n}" for n in sorted(taken) if IPv4Address(f"10.20.0.{n}") in network]
    local = [each for each in local if IPv4Address(each) != network.broadcast_address]
    names = [f"10.1.0.{n}" for n in range(10, 10 + servers)]
    described = parse(
        SITE.replace("DHCP", f"[{', '.join(names)}]")
        .replace("NETWORK", str(network))
        .replace("10.1.0.31]", f"10.1.0.31{''.join(f', {each}' for each in local)}]")
    )
    try:
        parts = [leased(scopes_of(described, name)) for name in names]
    except InputError:
        assert network.num_addresses // 2 - 1 - len(local) < servers
        return
    assert sum(map(len, parts)) == len(set().union(*parts))
    held = {IPv4Address(each) for each in local} | {IPv4Address("10.20.0.1"), network.broadcast_address}
    assert not set().union(*parts) & held
    assert set().union(*parts) <= set(network.hosts())


def test_a_pool_that_is_given_stands_for_the_assumed_one() -> None:
    asked = pool("10.20.0.50-10.20.0.59")
    assert leased(scopes_of(site(), given=[asked])) == set(asked)


@pytest.mark.parametrize(
    ("given_pools", "says"),
    [
        (["10.20.0.1-10.20.0.9"], "10.20.0.1, which is taken"),
        (["10.20.0.250-10.20.0.255"], "host addresses"),
        (["10.20.0.250-10.20.1.9"], "host addresses"),
        (["10.20.0.0-10.20.0.9"], "host addresses"),
        (["10.20.0.10-10.20.0.19", "10.20.0.19-10.20.0.29"], "overlaps 10.20.0.10-10.20.0.19"),
        (["10.99.0.10-10.99.0.19"], "in no network of these phones"),
    ],
)
def test_a_pool_that_cannot_be_leased_is_refused(given_pools: list[str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        scopes_of(site(), given=[pool(each) for each in given_pools])


@pytest.mark.parametrize(
    ("server", "groups", "says"),
    [
        ("", (), "2 DHCP servers"),
        ("dhcp-3", (), "no DHCP server called 'dhcp-3'"),
        ("dhcp-1", ("nobody",), "no group called 'nobody'"),
    ],
)
def test_a_name_that_leads_nowhere_is_refused_with_those_that_do(
    server: str, groups: tuple[str, ...], says: str
) -> None:
    with pytest.raises(InputError, match=says) as refused:
        scopes_of(example("enterprise"), server, groups)
    assert ("hq" if groups else "dhcp-1") in refused.value.remedy


def test_static_phones_are_told_nothing() -> None:
    with pytest.raises(InputError, match="static"):
        scopes_of(parse_file("static"))


def test_the_boot_vlan_names_the_voice_vlan_and_the_voice_vlan_the_servers() -> None:
    boot, voice = (parse_option_string(each.string) for each in scopes_of(example("branch")).scopes)
    assert (boot.l2qvlan, boot.gatekeepers, boot.http.servers) == (20, (), ())
    assert (voice.l2qvlan, voice.gatekeepers, voice.http.servers) == (None, ("10.1.0.30",), ("10.1.0.20",))


def test_a_firewall_that_is_router_and_server_is_asked_directly() -> None:
    scopes = scopes_of(site(dhcp="10.1.0.1")).scopes
    assert [scope.relays for scope in scopes] == [()]
    assert [scope.relays for scope in scopes_of(site()).scopes] == [(IPv4Address("10.20.0.1"),)]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((", 10.1.0.31]", f"{''.join(f', 10.1.0.{n}' for n in range(100, 120))}]"), "promise 127 of a list"),
        (("10.1.0.20", f"{{address: 10.1.0.20, directory: {'d' * 200}}}"), "over 247 octets"),
    ],
)
def test_a_string_that_some_server_or_phone_cuts_is_refused(words: tuple[str, str], says: str) -> None:
    assert words[0] in SITE
    text = SITE.replace(*words).replace("DHCP", "10.1.0.10").replace("NETWORK", "10.20.0.0/24")
    with pytest.raises(InputError, match=says):
        scopes_of(parse(text))


def test_groups_whose_names_look_alike_to_a_server_are_refused() -> None:
    described = parse(
        SITE.replace("DHCP", "10.1.0.10").replace("NETWORK", "10.20.0.0/24").replace("branch:", '"a.b":')
        + '  "a-b": {voice: 10.20.4.0/24, routed_by: edge, signalling: gatekeeper}\n'
    )
    with pytest.raises(InputError, match="both be called a-b-voice"):
        scopes_of(described)
