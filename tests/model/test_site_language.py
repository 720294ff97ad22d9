"""The second edition of the site language: what is read, what follows from it, all mistakes at once."""

from ipaddress import IPv4Address, IPv4Network

import pytest

from ringfence.dhcp_servers.phone_string import phone_strings
from ringfence.model.errors import InputError
from ringfence.model.kinds import kinds
from ringfence.model.language.reference import as_markdown
from ringfence.model.own_traffic import own_traffic
from ringfence.model.registration import flows
from ringfence.model.site import RelaySource, Site
from ringfence.model.site_file import parse, upgrade
from ringfence.model.stage import Stage
from support.example_sites import FOLDER, NAMES, example, text

ESTATE = """
site: estate
zones:
  branch: [10.10.0.0/24, 10.20.0.0/24, 10.255.0.0/29]
  servers: {networks: 10.1.0.0/24, interface: inside}
  outside: 203.0.113.0/24
firewalls:
  edge: [10.255.0.2, 10.1.0.1, 203.0.113.1]
servers:
  dhcp: [10.1.0.10, 10.1.0.11]
  files: {address: 10.1.0.20, scheme: https, port: 411}
  gatekeepers:
    - {name: cm, address: 10.1.0.30}
    - {name: survivable, address: 203.0.113.30}
phones:
  branch:
    data: {network: 10.10.0.0/24, router: 10.10.0.1}
    voice: {vlan: 20, network: 10.20.0.0/24, router: 10.20.0.1}
    relay: 10.255.0.1
    signalling: gatekeeper
"""


def estate(*changes: tuple[str, str]) -> Site:
    changed = ESTATE
    for old, new in changes:
        assert old in changed, old
        changed = changed.replace(old, new, 1)
    return parse(changed, "estate.yaml")


def refused(*changes: tuple[str, str]) -> list[InputError]:
    with pytest.raises(InputError) as caught:
        estate(*changes)
    return [caught.value, *caught.value.others]


def test_zones_of_a_firewall_follow_from_its_addresses() -> None:
    site = estate()
    assert site.firewalls[0].zones == ("branch", "servers", "outside")
    assert site.way("branch", "outside") == ("edge",)
    assert site.zone("servers").interface == "inside"


def test_one_item_may_stand_for_a_list_and_an_address_for_a_server() -> None:
    site = estate()
    assert [str(each.address) for each in site.groups[0].dhcp] == ["10.1.0.10", "10.1.0.11"]
    assert [each.name for each in site.groups[0].gatekeepers] == ["cm", "survivable"]


def test_a_firewall_whose_address_is_the_router_relays_by_itself() -> None:
    site = estate(("edge: [10.255.0.2,", "edge: [10.10.0.1, 10.20.0.1,"), ("    relay: 10.255.0.1\n", ""))
    relay = site.groups[0].voice.relay
    assert relay is not None
    assert relay.source is RelaySource.GIADDR
    assert not [flow.id for flow in flows(site) if flow.id.startswith("dhcp-relay")]
    assert "dhcp-renew" in {flow.id for flow in flows(site)}


def test_a_router_left_out_is_the_firewall_in_the_vlan() -> None:
    site = estate(
        ("edge: [10.255.0.2,", "edge: [10.10.0.1, 10.20.0.1,"),
        ("    relay: 10.255.0.1\n", ""),
        ("network: 10.20.0.0/24, router: 10.20.0.1", "network: 10.20.0.0/24"),
    )
    assert site.groups[0].voice.router == IPv4Address("10.20.0.1")


def test_every_mistake_of_a_file_is_named_at_once_with_its_place() -> None:
    errors = refused(
        ("scheme: https", "scheme: htps"),
        ("vlan: 20", "vlan: 5000"),
        ("    signalling: gatekeeper\n", "    signaling: gatekeeper\n"),
        ("10.1.0.30", "cm.example.net"),
    )
    said = [(error.where.removeprefix("estate.yaml:"), error.what, error.remedy) for error in errors]
    assert [where for where, _, _ in said] == ["11:31", "13:18", "16:3", "18:13", "20:5"]
    assert "did you mean https?" in said[0][2]
    assert "address: ITS-ADDRESS" in said[1][2]
    assert "lacks `signalling`" in said[2][1]
    assert "<= 4094" in said[3][1]
    assert "did you mean `signalling`?" in said[4][2]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("outside: 203.0.113.0/24", "outside: 10.1.0.0/25", "zones overlap"),
        ("203.0.113.1]", "10.255.0.3]", "no firewall joins branch to outside"),
        ("edge: [10.255.0.2, 10.1.0.1, 203.0.113.1]", "edge: [10.1.0.1, 10.1.0.2]", "joins servers alone"),
        ("address: 203.0.113.30", "address: 198.51.100.1", "in no zone"),
        ("    relay: 10.255.0.1\n", "", "nothing relays DHCP from 10.10.0.0/24 to 10.1.0.10"),
        ("relay: 10.255.0.1", "relay: 10.1.0.9", "relay uplink 10.1.0.9 is in servers"),
        ("relay: 10.255.0.1", "relay: uplink", "neither giaddr nor an address"),
        ("signalling: gatekeeper", "signalling: gatekeeper\n    gatekeepers: []", "no gatekeeper address"),
        ("signalling: gatekeeper", "signalling: gatekeeper\n    dhcp: []", "no DHCP server"),
        (
            "signalling: gatekeeper",
            "signalling: gatekeeper\n    gatekeepers: [cn]",
            "no server of `gatekeepers`",
        ),
        ("vlan: 20, ", "", "a voice VLAN reached from a data VLAN is tagged"),
        ("data: {network: 10.10.0.0/24", "data: {network: 10.20.0.0/25", "overlap"),
        ("name: survivable", "name: cm", "two servers of `gatekeepers` are called cm"),
        ("  branch:\n    data", "  'a b':\n    data", "is not a valid name"),
    ],
)
def test_what_makes_no_sense_is_refused(old: str, new: str, what: str) -> None:
    errors = refused((old, new))
    assert any(what in error.what for error in errors), [error.what for error in errors]
    assert all(error.where.startswith("estate.yaml:") for error in errors)


@pytest.mark.parametrize("name", NAMES)
def test_an_old_file_means_the_same_in_the_new_words(name: str) -> None:
    assert parse(upgrade(text(name)), f"{name}.yaml") == example(name)


COLUMNS = "name,voice.network,voice.vlan,data.network\n"


def table(rows: int, *more: str) -> Site:
    """Branches behind a firewall that is router and relay in each."""
    lines = [
        f"b{n},10.{100 + n // 256}.{n % 256}.0/25,20,10.{100 + n // 256}.{n % 256}.128/25"
        for n in range(rows)
    ]
    owned = ", ".join(
        f"10.{100 + n // 256}.{n % 256}.1, 10.{100 + n // 256}.{n % 256}.129" for n in range(rows)
    )
    described = f"""
site: provider
zones: {{branches: 10.96.0.0/11, servers: 10.1.0.0/24}}
firewalls: {{edge: [10.1.0.1, {owned}]}}
servers: {{dhcp: 10.1.0.10, files: 10.1.0.20, gatekeepers: 10.1.0.30}}
all_phones: {{signalling: handset}}
phones_table: branches.csv
"""
    csv = COLUMNS + "\n".join([*lines, *more]) + "\n"
    return parse(described.replace("vlan 20", ""), "provider.yaml", lambda name: csv)


def test_a_table_adds_a_group_for_each_row_and_like_groups_are_one_kind() -> None:
    site = table(1)
    assert site.groups[0].voice.network == IPv4Network("10.100.0.0/25")
    assert len(kinds(site)) == 1


def test_a_bad_row_is_named_with_its_row_and_nothing_of_the_table_is_read() -> None:
    with pytest.raises(InputError) as caught:
        table(1, "b9,10.200.0.0/25,20", "b10,x,20,10.201.0.0/25,")
    said = [str(error) for error in (caught.value, *caught.value.others)]
    assert any("branches.csv:3:1: 3 fields" in each for each in said)


def test_a_bad_field_is_named_with_row_and_column() -> None:
    with pytest.raises(InputError) as caught:
        table(1, "b9,10.200.0.0/33,20,10.201.0.128/25")
    assert caught.value.where == "branches.csv:3:2"


def test_the_reference_page_is_made_from_the_schema() -> None:
    page = (FOLDER.parents[1] / "docs/site-language.md").read_text()
    assert page.endswith(as_markdown()), "ringfence schema --markdown writes the tables anew"


def test_the_example_of_the_reference_page_is_a_site() -> None:
    page = (FOLDER.parents[1] / "docs/site-language.md").read_text()
    assert parse(page.split("```yaml\n")[1].split("```")[0]).groups[0].name == "branch"


def test_what_a_firewall_does_itself_is_named() -> None:
    relaying = estate(("    relay: 10.255.0.1\n", "    routed_by: edge\n"))
    found = own_traffic(relaying)
    assert {
        (each.outward, each.flow.initiator_ports.first, each.flow.responder_ports.first) for each in found
    } == {
        (True, 67, 67),
        (False, 67, 67),
        (False, 68, 67),
        (True, 67, 68),
    }
    assert own_traffic(estate()) == ()


def test_a_name_needs_addresses_a_server_to_ask_and_to_be_one() -> None:
    told = ("{name: cm, address: 10.1.0.30}", "{name: cm, host: cm.example.net, address: 10.1.0.30}")
    asked = ("  dhcp: [", "  dns: 10.1.0.53\n  dhcp: [")
    assert "no DNS server to ask" in str(refused(told)[0])
    odd = ("cm.example.net", "cm_1.example.net")
    assert "is no DNS name" in str(refused(told, asked, odd)[0])
    (lookup,) = (flow for flow in flows(estate(told, asked)) if flow.id == "dns-lookup")
    assert (lookup.stage, lookup.responder_ports.first) == (Stage.RESOLVE, 53)
    assert not [flow for flow in flows(estate(asked)) if flow.stage is Stage.RESOLVE]


def test_alternates_have_flows_and_are_told_to_nobody_before_registration() -> None:
    site = estate(("    signalling: gatekeeper", "    signalling: gatekeeper\n    alternates: survivable"))
    assert "203.0.113.30" not in phone_strings(site.groups[0])["voice"]
    away = IPv4Network("203.0.113.30")
    assert {flow.stage for flow in flows(site) if away in flow.responder.networks} >= {
        Stage.REGISTER,
        Stage.ECHO,
    }


def test_an_alternate_is_not_listed_too_and_not_alone() -> None:
    both = (
        "    signalling: gatekeeper",
        "    signalling: gatekeeper\n    gatekeepers: cm\n    alternates: cm",
    )
    assert "an alternate too" in str(refused(both)[0])
    alone = ("    signalling: gatekeeper", "    signalling: gatekeeper\n    alternates: [cm, survivable]")
    assert "know of no gatekeeper" in str(refused(alone)[0])


def test_phones_work_without_a_file_server() -> None:
    site = estate(("    signalling: gatekeeper", "    signalling: gatekeeper\n    files: []"))
    assert not [flow for flow in flows(site) if flow.id.startswith("files")]


@pytest.mark.parametrize("size", [600_000, 10_000_000])
def test_megabytes_are_refused_at_once(size: int) -> None:
    with pytest.raises(InputError) as caught:
        parse("site: x\n" + "#" * size, "big.yaml")
    assert "phones_table" in caught.value.remedy
