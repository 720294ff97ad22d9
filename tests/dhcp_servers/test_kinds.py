"""The text for each kind of server and relay agent: what it says of each network, and what it refuses."""

from ipaddress import IPv4Network

import pytest

from ringfence.dhcp_servers.document import DeviceNames, Written
from ringfence.dhcp_servers.relays.devices import RELAY_KINDS, write_relay
from ringfence.dhcp_servers.relays.relayed import relayed_vlans
from ringfence.dhcp_servers.scopes import scopes_of
from ringfence.dhcp_servers.table import SERVER_KINDS, write_server
from ringfence.model.errors import InputError
from ringfence.model.site import Site
from ringfence.model.site_file import parse
from ringfence.wire.phone_options import parse_option_string
from support.example_sites import example, parse_file

# The firewall is router and DHCP server of two VLANs, as a small office has it.
SITE = """
site: lab
zones: {phones: [10.20.0.0/24, 10.30.0.0/24], servers: 10.1.0.0/24}
firewalls: {edge: [10.20.0.1, 10.30.0.1, 10.1.0.1]}
servers:
  dhcp: {address: 10.1.0.1, lease: LEASE}
  dns: {address: 10.1.0.5, domain: example.net}
  files: {address: 10.1.0.20, directory: "DIRECTORY"}
  gatekeepers: [10.1.0.30, 10.1.0.31]
phones:
  branch: {data: 10.20.0.0/24, voice: {vlan: 30, network: 10.30.0.0/24}, signalling: gatekeeper}
"""
NAMED = DeviceNames({IPv4Network("10.20.0.0/24"): "port2", IPv4Network("10.30.0.0/24"): "port2.30"})
# Each sign that one of the languages takes for the end of a word, a comment, a variable or a command.
SIGNS = "'$`;#&|!{}[]()<>*?%"


def site(directory: str = "phones", lease: int = 28_800) -> Site:
    return parse(SITE.replace("DIRECTORY", directory).replace("LEASE", str(lease)))


def written(kind: str, described: Site) -> Written:
    return write_server(kind, scopes_of(described), NAMED)


@pytest.mark.parametrize("kind", SERVER_KINDS)
def test_each_network_is_there_with_what_its_phones_are_told(kind: str) -> None:
    scopes = scopes_of(site()).scopes
    text = written(kind, site()).text
    for scope in scopes:
        assert str(scope.network.network_address) in text
        assert str(scope.router) in text
        assert str(scope.pools[0].first) in text or str(scope.pools[0].first - 1) in text
        for parameter in parse_option_string(scope.string).parameters:
            assert f"{parameter.name}=" in text
            assert parameter.value in text
    assert text.isascii()
    assert max(map(len, text.splitlines())) < 400


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("kind", SERVER_KINDS)
def test_no_sign_leaves_its_string(kind: str, sign: str) -> None:
    """It stands between quotes of that language, escaped there, as digits, or is refused."""
    directory = f"a{sign}b"
    if kind in {"ios", "panos"}:
        with pytest.raises(InputError, match="cannot be written as one word"):
            written(kind, site(directory))
        return
    text = written(kind, site(directory)).text
    quoted = {
        "kea": f"'{directory}'",
        "isc": f'"{directory}"',
        "dnsmasq": f'"{directory}"',
        "windows": f"'{directory.replace(chr(39), chr(39) * 2)}'",
        "fortios": '"' + directory.replace("'", "\\'") + '"',
        "routeros": "\"'" + directory.replace("$", "\\$") + "'\"",
        "junos": f'"{directory}"',
    }[kind]
    opening, inner, closing = (
        quoted[: -len(quoted.lstrip("\"'"))] or quoted[0],
        quoted.strip("\"'"),
        quoted[-1],
    )
    line = next((line for line in text.splitlines() if inner in line), None)
    if line is None:
        assert f"HTTPDIR={directory}".encode().hex() in text
        return
    before, _, after = line.partition(inner)
    assert opening[0] in before
    assert closing in after


@pytest.mark.parametrize(
    ("kind", "described", "says"),
    [
        ("dnsmasq", site(lease=60), "dnsmasq gives 120 s at least"),
        ("fortios", site(lease=120), "not within 300-8640000"),
        ("ios", site(lease=90), "not of whole minutes"),
        ("panos", site(lease=90), "not of whole minutes"),
        ("ios", site(directory="d" * 165), "over 254"),
        ("panos", site(directory="a;b"), "cannot be written as one word"),
        ("fortios", example("branch"), "a relay agent .* asks for 10.10.0.0/24"),
        ("bind", site(), "no kind of DHCP server"),
    ],
)
def test_what_a_kind_cannot_say_is_refused(kind: str, described: Site, says: str) -> None:
    with pytest.raises(InputError, match=says):
        written(kind, described)


def test_what_dhcpd_would_put_into_the_field_file_is_refused() -> None:
    domain = ".".join(["d" * 25] * 2)
    text = SITE.replace("LEASE", "600").replace("DIRECTORY", "d" * 160).replace("example.net", domain)
    with pytest.raises(InputError, match="into the field `file`"):
        written("isc", parse(text))


@pytest.mark.parametrize("kind", ["fortios", "panos", "routeros"])
def test_an_interface_that_nobody_named_is_asked_for(kind: str) -> None:
    with pytest.raises(InputError, match="not known") as refused:
        write_server(kind, scopes_of(site()), DeviceNames())
    assert refused.value.remedy == "give --interface 10.20.0.0/24=NAME"


@pytest.mark.parametrize("kind", SERVER_KINDS)
def test_a_kind_that_no_test_loads_says_so(kind: str) -> None:
    loaded = {"kea", "isc", "dnsmasq"}
    said = any("not loaded" in note for note in written(kind, site()).notes)
    assert said is (kind not in loaded)


@pytest.mark.parametrize("kind", RELAY_KINDS)
def test_every_server_of_each_vlan_is_in_the_lines_of_its_interface(kind: str) -> None:
    text = SITE.replace("{address: 10.1.0.1, lease: LEASE}", "[10.1.0.10, 10.1.0.11]")
    vlans = relayed_vlans(parse(text))
    lines = write_relay(kind, vlans, NAMED).text
    assert len(vlans) == 2
    for vlan in vlans:
        assert NAMED.interfaces[vlan.network] in lines or kind == "dnsmasq"
        for server in vlan.servers:
            assert lines.count(str(server)) == 2


def test_a_relay_that_asks_from_elsewhere_than_the_site_says_is_refused() -> None:
    with pytest.raises(InputError, match="asks from giaddr"):
        write_relay("dnsmasq", relayed_vlans(example("branch")), DeviceNames())


@pytest.mark.parametrize("name", ["eth0; reboot", 'a"b', "a\nb"])
def test_the_name_of_an_interface_is_one_word(name: str) -> None:
    vlans = relayed_vlans(example("branch"))
    with pytest.raises(InputError, match="no name of an interface"):
        write_relay("ios", vlans, DeviceNames({vlan.network: name for vlan in vlans}))


def test_nothing_relayed_has_no_lines() -> None:
    with pytest.raises(InputError, match="nothing of these phones is relayed"):
        relayed_vlans(parse_file("static"))
