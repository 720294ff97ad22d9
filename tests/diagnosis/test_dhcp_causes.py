"""What is wrong with DHCP where no rule is: the answer itself, the address, the relay's own questions."""

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from ringfence.capture.frame import Tap
from ringfence.diagnosis.legs import LegRemedy
from ringfence.diagnosis.timeline import HandsetTimeline, HandsetVerdict, StageOutcome, StageStatus
from ringfence.model.packet import Packet, Protocol
from ringfence.model.stage import Stage
from ringfence.wire import dhcp
from ringfence.wire.dhcp_options import (
    LEASE_TIME,
    RELAY_AGENT,
    REQUESTED_ADDRESS,
    SUBNET_MASK,
    DhcpMessageType,
    RawOption,
    RelayAgentInformation,
    RelaySubOption,
)
from support.captures.judged import FIELD, LAB, timelines_of
from support.captures.lost_legs import lost_legs
from support.captures.recorded_site import (
    DATA_GIADDR,
    DHCP,
    FIRST,
    GATEKEEPER,
    HANDSET,
    UPLINK,
    Run,
    dhcp_message,
    fetch,
    grq,
    lease,
    renew,
    udp,
)

MASK = SUBNET_MASK(IPv4Address("255.255.255.0"))
CIRCUIT = RELAY_AGENT(RelayAgentInformation(((RelaySubOption.CIRCUIT_ID, b"port 1"),)))
OTHER_PORT = RELAY_AGENT(RelayAgentInformation(((RelaySubOption.RELAY_SOURCE_PORT, b""),)))


def selecting(network: str) -> RawOption:
    chosen = IPv4Address(network).packed
    return RELAY_AGENT(RelayAgentInformation(((RelaySubOption.LINK_SELECTION, chosen),)))


def with_options(message: bytes, *options: RawOption, without: int = -1) -> bytes:
    read = dhcp.decode(message)
    kept = tuple(option for option in read.options if option[0] != without)
    return dhcp.encode(replace(read, options=(*kept, *options)))


def offered(
    *,
    times: int = 2,
    asked: tuple[RawOption, ...] = (),
    told: tuple[RawOption, ...] = (MASK,),
    to: IPv4Address = DATA_GIADDR,
    port: int = 67,
    from_port: int = 67,
    giaddr: IPv4Address = DATA_GIADDR,
    yiaddr: IPv4Address = FIRST,
    without: int = -1,
    run: Run | None = None,
) -> Run:
    """Relayed DISCOVERs, each answered by an OFFER, and none of them taken."""
    run = run or Run()
    for _ in range(times):
        discover = dhcp_message(DhcpMessageType.DISCOVER, 1, 1, giaddr=DATA_GIADDR)
        run.send(udp(UPLINK, from_port, DHCP, 67, with_options(discover, *asked)))
        offer = dhcp_message(DhcpMessageType.OFFER, 2, 1, giaddr=giaddr, yiaddr=yiaddr)
        run.send(udp(DHCP, 67, to, port, with_options(offer, *told, without=without)), by=Tap.SERVERS)
        run.wait(4)
    return run


def at_servers(run: Run, seconds: float = 0.0) -> HandsetTimeline:
    frames = [frame for frame in run.frames if frame.tap == Tap.SERVERS]
    (found,) = timelines_of(frames, replace(FIELD, end=run.now + seconds))
    return found


FAULTS = {
    "port 68": (offered(port=68), "DHCP_ANSWER_MISDIRECTED", "udp port 68"),
    "ephemeral port": (offered(port=40000, from_port=40000), "DHCP_ANSWER_MISDIRECTED", "udp port 40000"),
    "to the address that asked": (offered(to=UPLINK), "DHCP_ANSWER_MISDIRECTED", "giaddr 10.10.0.1"),
    "giaddr 0": (offered(giaddr=IPv4Address(0)), "DHCP_ANSWER_MISDIRECTED", "giaddr 0"),
    "relay's source port": (
        offered(asked=(OTHER_PORT,), told=(MASK, OTHER_PORT), from_port=40000),
        "DHCP_ANSWER_MISDIRECTED",
        "RFC 8357",
    ),
    "option 82": (offered(asked=(CIRCUIT,)), "DHCP_OPTION_82_NOT_ECHOED", "option 82"),
    "no lease time": (offered(without=LEASE_TIME.code), "DHCP_OFFER_INCOMPLETE", "option 51"),
    "another network": (
        offered(yiaddr=IPv4Address("10.1.0.77")),
        "DHCP_OFFER_OTHER_NETWORK",
        "10.1.0.0/24",
    ),
    "another network than the one selected": (
        offered(asked=(selecting("10.99.0.0"),), told=(MASK, selecting("10.99.0.0"))),
        "DHCP_OFFER_OTHER_NETWORK",
        "10.99.0.0",
    ),
    "nothing visible": (
        offered(asked=(selecting("10.10.0.0"),), told=(MASK, selecting("10.10.0.0"))),
        "DHCP_OFFER_NOT_TAKEN",
        "10.1.0.10 offered 10.10.0.50",
    ),
    "option 82 echoed": (
        offered(asked=(CIRCUIT,), told=(MASK, CIRCUIT)),
        "DHCP_OFFER_NOT_TAKEN",
        "2 x OFFER",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_an_offer_that_is_not_taken_is_judged_by_what_it_shows(name: str) -> None:
    run, code, says = FAULTS[name]
    line = at_servers(run).stage(Stage.ADDRESS)
    assert (line.state, line.code) == (StageStatus.FAILED, code)
    assert says in line.because


def test_one_offer_is_judged_once_it_had_time_to_be_taken() -> None:
    run = offered(times=1)
    assert at_servers(run).stage(Stage.ADDRESS).state is StageStatus.NOT_VISIBLE
    assert at_servers(run, 10).stage(Stage.ADDRESS).state is StageStatus.FAILED


def test_a_good_offer_beside_a_bad_one_is_not_blamed() -> None:
    run = offered(times=1)
    offer = dhcp_message(DhcpMessageType.OFFER, 2, 1, giaddr=DATA_GIADDR, yiaddr=FIRST)
    run.send(udp(IPv4Address("10.1.0.11"), 67, DATA_GIADDR, 68, offer), by=Tap.SERVERS)
    assert at_servers(run, 10).stage(Stage.ADDRESS).code == "DHCP_OFFER_NOT_TAKEN"


def test_a_relay_asked_twice_at_once_has_not_asked_again() -> None:
    """A relay agent with two servers sends each request twice."""
    run = offered(times=1)
    run.now -= 3.9
    discover = dhcp_message(DhcpMessageType.DISCOVER, 1, 1, giaddr=DATA_GIADDR)
    run.send(udp(UPLINK, 67, IPv4Address("10.1.0.11"), 67, discover))
    assert at_servers(run).stage(Stage.ADDRESS).state is StageStatus.NOT_VISIBLE


def test_no_rule_is_offered_for_an_answer_to_a_port_where_nobody_listens() -> None:
    run = offered(port=68, run=Run(lambda packet: packet.source == DHCP))
    found = timelines_of(run.frames, replace(LAB, end=run.now))
    assert found[0].stage(Stage.ADDRESS).code == "DHCP_ANSWER_MISDIRECTED"
    legs = lost_legs(found, both_sides=True, state_timeout=120.0)
    assert [(leg.remedy, leg.rule) for leg in legs] == [(LegRemedy.MISDIRECTED, None)]


@pytest.mark.parametrize("later", [False, True])
def test_a_server_that_pings_an_address_before_it_offers_it_asks_for_no_rule(later: bool) -> None:
    """ISC, dnsmasq, Windows and `ringfence serve` do (RFC 2131 section 2.2)."""
    ping = Packet(Protocol.ICMP, DHCP, 8, HANDSET, 0, payload=b"\0\7\0\1")
    run = Run(lambda packet: packet.protocol == Protocol.ICMP)
    if not later:
        run.send(ping, by=Tap.SERVERS)
        run.wait(1)
    lease(run, DATA_GIADDR, HANDSET, 1)
    if later:  # somebody who watches phones is to reach them
        run.send(ping, by=Tap.SERVERS)
    run.wait(60)
    legs = lost_legs(
        timelines_of(run.frames, replace(LAB, end=run.now)), both_sides=True, state_timeout=120.0
    )
    assert [leg.remedy for leg in legs] == ([LegRemedy.RULE] if later else [])


def refused_renewal(lost: bool = False) -> Run:
    run = Run(lambda packet: lost and packet.destination == HANDSET)
    lease(run, DATA_GIADDR, HANDSET, 1)
    run.wait(14400)
    run.send(udp(HANDSET, 68, DHCP, 67, dhcp_message(DhcpMessageType.REQUEST, 1, 4, ciaddr=HANDSET)))
    run.send(udp(DHCP, 67, HANDSET, 68, dhcp_message(DhcpMessageType.NAK, 2, 4)), by=Tap.SERVERS)
    run.wait(60)
    return run


def test_a_renewal_answered_by_nak_was_answered() -> None:
    line = at_servers(refused_renewal()).stage(Stage.RENEW)
    assert (line.outcome, line.code) == (StageOutcome.REJECTED, "RENEWAL_REFUSED")
    assert "of 10.20.0.50 with DHCPNAK" in line.because


def test_a_nak_that_the_firewall_drops_is_no_answer() -> None:
    run = refused_renewal(lost=True)
    (found,) = timelines_of(run.frames, replace(LAB, end=run.now))
    assert found.stage(Stage.RENEW).code != "RENEWAL_REFUSED"


def test_the_last_address_acknowledged_is_the_address() -> None:
    run = Run()
    for xid, address in enumerate((HANDSET, FIRST, HANDSET), 1):
        lease(run, DATA_GIADDR, address, xid)
        run.wait(60)
    found = at_servers(run)
    assert found.addresses[-1] == HANDSET
    assert found.stage(Stage.ADDRESS).because.startswith(f"{HANDSET} leased")


def init_reboot(*, used: bool, nak: bool = False) -> HandsetTimeline:
    run = Run()
    request = dhcp_message(DhcpMessageType.REQUEST, 1, 1, giaddr=DATA_GIADDR)
    run.send(udp(UPLINK, 67, DHCP, 67, with_options(request, REQUESTED_ADDRESS(HANDSET))))
    if nak:
        run.send(udp(DHCP, 67, DATA_GIADDR, 67, dhcp_message(DhcpMessageType.NAK, 2, 1)), by=Tap.SERVERS)
    run.wait(5)
    if used:
        fetch(run)
    return at_servers(run, 60)


def test_an_address_in_use_was_leased_although_no_ack_is_in_the_capture() -> None:
    found = init_reboot(used=True)
    assert found.stage(Stage.ADDRESS).state is StageStatus.NOT_VISIBLE
    assert "the capture missed the DHCPACK" in found.stage(Stage.ADDRESS).because
    assert found.stage(Stage.PROVISION).state is StageStatus.REACHED


def test_an_address_that_nobody_uses_was_not() -> None:
    assert init_reboot(used=False).stage(Stage.ADDRESS).outcome is StageOutcome.SILENT


def test_an_address_that_was_refused_is_nobodys() -> None:
    found = init_reboot(used=True, nak=True)
    assert found.stage(Stage.ADDRESS).outcome is StageOutcome.REJECTED
    assert found.addresses == ()


def test_what_a_relay_asks_about_leases_is_nothing_the_handset_did() -> None:
    run = Run()
    lease(run, DATA_GIADDR, HANDSET, 1)
    for number, giaddr in enumerate((UPLINK, DATA_GIADDR, UPLINK), 50):
        query = dhcp_message(DhcpMessageType.LEASEQUERY, 1, number, giaddr=giaddr)
        run.send(udp(giaddr, 67, DHCP, 67, query))
    found = at_servers(run)
    assert found.findings == ()
    assert {each.text.split()[1] for each in found.observations} == {"DISCOVER", "OFFER", "REQUEST", "ACK"}


def test_the_answer_to_an_inform_is_about_the_address_that_asked() -> None:
    run = Run()
    asked = dhcp_message(DhcpMessageType.INFORM, 1, 9, ciaddr=HANDSET)
    told = dhcp_message(DhcpMessageType.ACK, 2, 9, ciaddr=HANDSET)
    run.send(udp(HANDSET, 68, DHCP, 67, with_options(asked, (55, b"\xf2"))))
    run.send(udp(DHCP, 67, HANDSET, 68, with_options(told, without=242)), by=Tap.SERVERS)
    found = at_servers(run)
    assert found.observations[-1].text == "DHCP ACK 10.20.0.50"
    assert found.stage(Stage.ADDRESS).state is StageStatus.NOT_VISIBLE
    (finding,) = found.findings
    assert finding.sentence == "DHCPACK for 10.20.0.50 has no option 242"


def test_a_renewal_that_passes_is_reached() -> None:
    run = Run()
    lease(run, DATA_GIADDR, HANDSET, 1)
    run.wait(14400)
    renew(run)
    assert at_servers(run).stage(Stage.RENEW).state is StageStatus.REACHED


@pytest.mark.parametrize(("answered", "told"), [(False, True), (True, False)])
def test_a_lease_of_another_network_is_told_where_nothing_answers(*, answered: bool, told: bool) -> None:
    """busybox udhcpd answers every relay agent from its own pool; a shared network does so rightly."""
    run = Run()
    for kind, op in ((DhcpMessageType.REQUEST, 1), (DhcpMessageType.ACK, 2)):
        message = dhcp_message(kind, op, 1, giaddr=DATA_GIADDR, yiaddr=HANDSET if op == 2 else IPv4Address(0))
        ends = (UPLINK, 67, DHCP, 67) if op == 1 else (DHCP, 67, DATA_GIADDR, 67)
        options = (MASK,) if op == 2 else ()
        run.send(udp(*ends, with_options(message, *options)), by=Tap.HANDSETS if op == 1 else Tap.SERVERS)
    if answered:
        fetch(run)
    found = {each.code for each in at_servers(run).findings}
    assert ("DHCP_OFFER_OTHER_NETWORK" in found) is told


def test_an_address_that_was_declined_is_not_the_handsets() -> None:
    run = Run()
    lease(run, DATA_GIADDR, HANDSET, 1)
    decline = with_options(dhcp_message(DhcpMessageType.DECLINE, 1, 2), REQUESTED_ADDRESS(HANDSET))
    run.send(udp(IPv4Address(0), 68, DHCP, 67, decline))
    found = at_servers(run)
    line = found.stage(Stage.ADDRESS)
    assert (line.state, line.code, found.addresses) == (StageStatus.FAILED, "ADDRESS_DUPLICATE", ())
    lease(run, DATA_GIADDR, FIRST, 3)
    assert at_servers(run).stage(Stage.ADDRESS).because.startswith(f"{FIRST} leased")


def acknowledged(times: int, *told: RawOption, port: int = 67, yiaddr: IPv4Address = FIRST) -> Run:
    """A lease whose REQUEST is repeated after each ACK, `times` in all."""
    run = Run()
    for kind, answer in ((DhcpMessageType.DISCOVER, DhcpMessageType.OFFER),) + (
        (DhcpMessageType.REQUEST, DhcpMessageType.ACK),
    ) * times:
        run.send(udp(UPLINK, 67, DHCP, 67, dhcp_message(kind, 1, 1, giaddr=DATA_GIADDR)))
        message = dhcp_message(answer, 2, 1, giaddr=DATA_GIADDR, yiaddr=yiaddr, settings="MCIPADD=10.1.0.30")
        to = port if answer is DhcpMessageType.ACK else 67
        run.send(udp(DHCP, 67, DATA_GIADDR, to, with_options(message, *told)), by=Tap.SERVERS)
        run.wait(4)
    return run


@pytest.mark.parametrize(
    ("run", "code", "says"),
    [
        (acknowledged(4), "DHCP_ACK_NOT_TAKEN", "asked again 3 times"),
        (acknowledged(4, port=68), "DHCP_ANSWER_MISDIRECTED", "the DHCPACK of 10.1.0.10"),
    ],
)
def test_an_ack_that_is_not_taken_has_a_cause(run: Run, code: str, says: str) -> None:
    handset = at_servers(run)
    line = handset.stage(Stage.ADDRESS)
    assert (line.state, line.code) == (StageStatus.FAILED, code)
    assert says in line.because
    assert handset.verdict is HandsetVerdict.SILENT


def test_an_ack_that_was_lost_once_is_taken_the_second_time() -> None:
    assert at_servers(acknowledged(2), 60).stage(Stage.ADDRESS).state is StageStatus.REACHED


def test_an_address_that_is_used_after_all_was_taken() -> None:
    run = acknowledged(4)
    run.send(udp(FIRST, 49300, GATEKEEPER, 1719, grq(1)))
    assert at_servers(run).stage(Stage.ADDRESS).state is StageStatus.REACHED
