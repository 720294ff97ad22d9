"""Phone, relay agent and server together: what a firewall between them sees and what it breaks."""

from ipaddress import IPv4Address

import pytest

from ringfence.actors.dhcp.leases import LeaseState
from ringfence.actors.dhcp.relay import AgentInformation, RelaySettings, SourceAddress
from ringfence.actors.dhcp.server import ServerSettings
from ringfence.actors.io import Noted, SendDatagram, SetVlan, StageFailed, StageReached
from ringfence.wire.dhcp import decode
from ringfence.wire.dhcp_options import RELAY_AGENT
from support.actors.dhcp_answers import in_words
from support.actors.dhcp_site import DATA, SERVER, UPLINK, VOICE, DhcpSite, scope


def opinions(site: DhcpSite) -> list[object]:
    kinds = (StageReached, StageFailed, Noted, SetVlan)
    return [in_words(command) for _, command in site.commands if isinstance(command, kinds)]


def flows(site: DhcpSite) -> set[str]:
    return {str(in_words(each)) for each in site.passed}


def test_from_power_up_to_the_voice_vlan_and_a_renewal() -> None:
    site = DhcpSite()
    site.run(2000)
    assert opinions(site) == [
        "reached address",
        "reached release",
        SetVlan(30),
        "reached vlan-move",
        "reached renew",
    ]
    lease = site.phone.settled
    assert lease is not None
    assert (lease.address, lease.vlan, lease.router) == (IPv4Address("10.30.0.50"), 30, VOICE.giaddr)
    assert {(each.scope, each.state) for each in site.server.leases} == {
        ("data", LeaseState.FREE),
        ("voice", LeaseState.BOUND),
    }


@pytest.mark.parametrize("source", list(SourceAddress))
def test_relayed_legs_are_67_to_67_and_only_the_phone_uses_68(source: SourceAddress) -> None:
    """RFC 2131 section 4.1; captures of ISC dhcrelay (uplink) and dnsmasq (giaddr) agree."""
    site = DhcpSite(relay=RelaySettings((DATA, VOICE), (SERVER,), UPLINK, source))
    site.run(2000)
    data, voice = (DATA.giaddr, VOICE.giaddr) if source is SourceAddress.GIADDR else (UPLINK, UPLINK)
    assert flows(site) == {
        f"DISCOVER {data}:67 > 10.1.0.10:67",
        f"REQUEST {data}:67 > 10.1.0.10:67",
        "OFFER 10.1.0.10:67 > 10.20.0.1:67",
        "ACK 10.1.0.10:67 > 10.20.0.1:67",
        "RELEASE 10.20.0.50:68 > 10.1.0.10:67",
        f"DISCOVER {voice}:67 > 10.1.0.10:67",
        f"REQUEST {voice}:67 > 10.1.0.10:67",
        "OFFER 10.1.0.10:67 > 10.30.0.1:67",
        "ACK 10.1.0.10:67 > 10.30.0.1:67",
        "REQUEST 10.30.0.50:68 > 10.1.0.10:67",
        "ACK 10.1.0.10:67 > 10.30.0.50:68",
    }


def test_a_firewall_without_the_renewal_rule_is_masked_by_the_rebind() -> None:
    site = DhcpSite(firewall=lambda each: each.source.port == 67 and each.destination.port == 67)
    site.run(3601)
    assert opinions(site) == [
        "reached address",
        "reached release",
        SetVlan(30),
        "reached vlan-move",
        "failed renew",
        "RENEWAL_RESCUED",
    ]
    # The lost RELEASE leaves the first lease in the table until it runs out.
    held = {each.scope: each.state for each in site.server.leases}
    assert held == {"data": LeaseState.FREE, "voice": LeaseState.BOUND}
    renewals = [each for each in site.dropped if each.source.ip == IPv4Address("10.30.0.50")]
    assert len(renewals) == 6


def test_a_lost_release_leaks_the_first_lease() -> None:
    site = DhcpSite(firewall=lambda each: each.source.port == 67)
    site.run(100)
    assert {each.scope: each.state for each in site.server.leases} == {
        "data": LeaseState.BOUND,
        "voice": LeaseState.BOUND,
    }


def test_dhcp_dropped_on_the_voice_network_puts_the_phone_back_and_blacklists_it() -> None:
    def firewall(each: SendDatagram) -> bool:
        return each.destination.ip != VOICE.giaddr

    site = DhcpSite(firewall=firewall)
    site.run(100)
    assert opinions(site) == [
        "reached address",
        "reached release",
        SetVlan(30),
        "failed vlan-move",
        "VLANTEST_EXPIRED",
        SetVlan(0),
        "reached address",
        "VLAN_DEAD",
    ]
    assert site.phone.vlan.dead == {30}
    assert site.phone.settled is not None
    # It gets the address back that it released.
    assert site.phone.settled.address == IPv4Address("10.20.0.50")


def test_a_stateful_firewall_alone_loses_every_offer_when_the_relay_asks_from_its_uplink() -> None:
    asked: set[object] = set()

    def firewall(each: SendDatagram) -> bool:
        if each.destination.ip == SERVER:
            asked.add((each.source, each.destination))
            return True
        return (each.destination, each.source) in asked

    site = DhcpSite(firewall=firewall)
    site.run(130)
    assert opinions(site) == ["failed address"]
    asked.clear()
    site = DhcpSite(
        firewall=firewall, relay=RelaySettings((DATA, VOICE), (SERVER,), UPLINK, SourceAddress.GIADDR)
    )
    site.run(130)
    assert site.phone.settled is not None


def test_option_82_reaches_the_server_and_never_the_phone() -> None:
    information = AgentInformation(remote_id=b"switch-7")
    site = DhcpSite(relay=RelaySettings((DATA, VOICE), (SERVER,), UPLINK, agent_information=information))
    site.run(1000)
    assert site.phone.settled is not None
    marked = [decode(each.data).get(RELAY_AGENT) for each in site.passed if each.destination.port == 67]
    relayed = [each for each in marked if each is not None]
    assert {each.circuit_id for each in relayed} == {b"data", b"voice"}
    assert {each.remote_id for each in relayed} == {b"switch-7"}


def test_server_id_override_keeps_renewals_on_the_relay() -> None:
    """RFC 5107: no rule for handset-opened DHCP is needed then."""
    information = AgentInformation(server_id_override=True)
    site = DhcpSite(relay=RelaySettings((DATA, VOICE), (SERVER,), UPLINK, agent_information=information))
    site.run(2000)
    assert "reached renew" in opinions(site)
    assert {each.source.port for each in site.passed} == {67}


def test_a_phone_that_loses_power_gets_its_address_back() -> None:
    scopes = (scope("data", 20, phone="", most=50), scope("voice", 30))
    server = ServerSettings(SERVER, scopes)
    before, after = DhcpSite(server=server), DhcpSite(server=server)
    before.run(1)
    after.server = before.server
    after.run(1)
    assert after.phone.settled is not None
    assert len(before.server.leases) == 1


def test_a_server_that_kept_its_leases_renews_after_a_restart_and_one_that_did_not_is_silent() -> None:
    for kept, expected in ((True, "reached renew"), (False, "failed renew")):
        site = DhcpSite()
        site.run(1000)
        records = site.server.leases if kept else ()
        site.server = type(site.server)(
            ServerSettings(SERVER, (scope("data", 20), scope("voice", 30))), records
        )
        site.run(3300)
        assert opinions(site)[4] == expected
