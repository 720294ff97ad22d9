from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.actors.dhcp.relay import (
    AgentInformation,
    DhcpRelay,
    Downstream,
    Existing,
    RelaySettings,
    SourceAddress,
)
from ringfence.actors.io import (
    Bind,
    BindFailed,
    Command,
    DatagramReceived,
    Noted,
    SendDatagram,
    StageFailed,
    Started,
)
from ringfence.model.address import transport
from ringfence.wire.dhcp import (
    BROADCAST_FLAG,
    DhcpMessage,
    decode,
    encode,
)
from ringfence.wire.dhcp_options import MESSAGE_TYPE, RELAY_AGENT, DhcpMessageType

MAC = bytes.fromhex("001b4f1a2b3c")
DATA = Downstream("data", IPv4Address("10.20.0.1"))
VOICE = Downstream("voice", IPv4Address("10.30.0.1"), subnet=IPv4Address("10.31.0.0"))
SERVERS = (IPv4Address("10.1.0.10"), IPv4Address("10.1.0.11"))
UPLINK = IPv4Address("10.255.0.1")
DISCOVER = DhcpMessage(op=1, xid=7, chaddr=MAC, options=(MESSAGE_TYPE(DhcpMessageType.DISCOVER),))
OFFER = DhcpMessage(
    op=2,
    xid=7,
    chaddr=MAC,
    options=(MESSAGE_TYPE(DhcpMessageType.OFFER),),
    giaddr=DATA.giaddr,
    yiaddr=IPv4Address("10.20.0.50"),
)
EVERYONE = "255.255.255.255"


def relay(information: AgentInformation | None = None, *downstreams: Downstream) -> DhcpRelay:
    return DhcpRelay(
        RelaySettings(downstreams or (DATA, VOICE), SERVERS, UPLINK, agent_information=information)
    )


def arrives(message: DhcpMessage | bytes, to: str = EVERYONE, interface: str = "data") -> DatagramReceived:
    data = message if isinstance(message, bytes) else encode(message)
    return DatagramReceived(transport("0.0.0.0", 68), transport(to, 67), data, interface)


def codes(commands: tuple[Command, ...]) -> list[str]:
    return [each.finding.code for each in commands if isinstance(each, Noted)]


def sent(commands: tuple[Command, ...]) -> list[SendDatagram]:
    return [each for each in commands if isinstance(each, SendDatagram)]


def with_82(message: DhcpMessage, value: bytes) -> DhcpMessage:
    return replace(message, options=(*message.options, (82, value)))


def test_it_listens_for_broadcasts_below_and_for_its_own_addresses_anywhere() -> None:
    assert set(relay().handle(Started(), 0)) == {
        Bind(transport("0.0.0.0", 67), "data"),
        Bind(transport("0.0.0.0", 67), "voice"),
        Bind(transport("10.20.0.1", 67)),
        Bind(transport("10.30.0.1", 67)),
        Bind(transport("10.255.0.1", 67)),
    }


@pytest.mark.parametrize(
    ("source", "address"), [(SourceAddress.UPLINK, "10.255.0.1"), (SourceAddress.GIADDR, "10.30.0.1")]
)
def test_a_request_goes_to_every_server_from_67_to_67(source: SourceAddress, address: str) -> None:
    machine = DhcpRelay(RelaySettings((DATA, VOICE), SERVERS, UPLINK, source))
    datagrams = sent(machine.handle(arrives(DISCOVER, interface="voice"), 0))
    assert [(each.source, each.destination) for each in datagrams] == [
        (transport(address, 67), transport("10.1.0.10", 67)),
        (transport(address, 67), transport("10.1.0.11", 67)),
    ]
    assert decode(datagrams[0].data) == replace(DISCOVER, giaddr=VOICE.giaddr, hops=1)


def test_a_second_agent_keeps_giaddr_and_counts_a_hop() -> None:
    other = IPv4Address("10.99.0.1")
    datagrams = sent(relay().handle(arrives(replace(DISCOVER, giaddr=other, hops=3), "10.20.0.1"), 0))
    assert decode(datagrams[0].data) == replace(DISCOVER, giaddr=other, hops=4)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (replace(DISCOVER, hops=10), "DHCP_RELAY_HOPS"),
        (replace(DISCOVER, giaddr=VOICE.giaddr), "DHCP_RELAY_SPOOFED"),
        (with_82(DISCOVER, b"\x01\x01x"), "DHCP_RELAY_UNTRUSTED"),
        (b"\x01" * 9, "DHCP_MALFORMED"),
    ],
)
def test_what_is_dropped_is_said(message: DhcpMessage | bytes, code: str) -> None:
    commands = relay().handle(arrives(message), 0)
    assert codes(commands) == [code]
    assert not sent(commands)


def test_a_routed_unicast_and_an_unknown_interface_are_none_of_its_business() -> None:
    renewal = replace(DISCOVER, ciaddr=IPv4Address("10.20.0.50"))
    assert relay().handle(arrives(renewal, "10.1.0.10"), 0) == ()
    assert relay().handle(arrives(DISCOVER, interface="uplink"), 0) == ()
    assert relay().handle(arrives(DISCOVER, interface=""), 0) == ()  # which of two cannot be known
    assert sent(relay(None, DATA).handle(arrives(DISCOVER, interface=""), 0))


def test_a_unicast_to_giaddr_comes_from_that_network() -> None:
    renewal = replace(DISCOVER, ciaddr=IPv4Address("10.30.0.50"))
    (first, _) = sent(relay().handle(arrives(renewal, "10.30.0.1", ""), 0))
    assert decode(first.data).giaddr == VOICE.giaddr


@pytest.mark.parametrize(
    ("changes", "destination", "link"),
    [
        ({}, "10.20.0.50", MAC),
        ({"flags": BROADCAST_FLAG}, EVERYONE, b""),
        ({"yiaddr": IPv4Address(0)}, EVERYONE, b""),
        ({"yiaddr": IPv4Address(0), "ciaddr": IPv4Address("10.20.0.9")}, "10.20.0.9", MAC),
        ({"chaddr": b"\1\2"}, EVERYONE, b""),
    ],
)
def test_an_answer_goes_out_where_giaddr_lives(
    changes: dict[str, object], destination: str, link: bytes
) -> None:
    """RFC 1542 section 4.1.2: by yiaddr and chaddr, or broadcast when the flag asks for it."""
    answer = replace(OFFER, **changes)  # type: ignore[arg-type]
    (datagram,) = sent(relay().handle(arrives(answer, "10.20.0.1", ""), 0))
    assert datagram == SendDatagram(
        transport("10.20.0.1", 67), transport(destination, 68), encode(answer), "data", link
    )


def test_an_answer_for_another_agent_is_not_relayed() -> None:
    assert relay().handle(arrives(replace(OFFER, giaddr=IPv4Address("10.9.9.9")), "10.20.0.1"), 0) == ()


OURS = b"\x01\x05voice" + b"\x02\x02r1" + b"\x05\x04\x0a\x1f\0\0" + b"\x0b\x04\x0a\x1e\0\x01"
INFORMATION = AgentInformation(remote_id=b"r1", server_id_override=True)
THEIRS = b"\x01\x01x"


@pytest.mark.parametrize(
    ("existing", "towards_server"),
    [
        (Existing.APPEND, THEIRS + OURS),
        (Existing.REPLACE, OURS),
        (Existing.FORWARD, THEIRS),
        (Existing.DISCARD, None),
    ],
)
def test_option_82_that_is_already_there(existing: Existing, towards_server: bytes | None) -> None:
    trusted = replace(VOICE, trusted=True)
    machine = relay(replace(INFORMATION, existing=existing), trusted)
    datagrams = sent(machine.handle(arrives(with_82(DISCOVER, THEIRS), interface="voice"), 0))
    if towards_server is None:
        assert not datagrams
        return
    assert decode(datagrams[0].data).raw(RELAY_AGENT.code) == towards_server
    back = with_82(replace(OFFER, giaddr=VOICE.giaddr), towards_server)
    (datagram,) = sent(machine.handle(arrives(back, "10.30.0.1"), 0))
    expected = None if existing is Existing.REPLACE else THEIRS
    assert decode(datagram.data).raw(RELAY_AGENT.code) == expected


def test_option_82_of_an_answer_that_is_not_ours_stays() -> None:
    back = with_82(replace(OFFER, giaddr=VOICE.giaddr), THEIRS)
    (datagram,) = sent(relay(INFORMATION).handle(arrives(back, "10.30.0.1"), 0))
    assert decode(datagram.data).raw(RELAY_AGENT.code) == THEIRS


def test_option_82_is_last_and_left_out_when_the_message_would_grow_too_long() -> None:
    machine = relay(INFORMATION)
    datagrams = sent(machine.handle(arrives(DISCOVER, interface="voice"), 0))
    assert decode(datagrams[0].data).options == (*DISCOVER.options, (82, OURS))
    full = replace(DISCOVER, options=(*DISCOVER.options, *((43, bytes(255)),) * 4, (43, bytes(110))))
    commands = machine.handle(arrives(full, interface="voice"), 0)
    assert codes(commands) == ["DHCP_RELAY_LONG"]
    assert decode(sent(commands)[0].data).raw(RELAY_AGENT.code) is None


def test_a_taken_port_fails_the_stage() -> None:
    (command,) = relay().handle(BindFailed(transport("10.20.0.1", 67)), 0)
    assert isinstance(command, StageFailed)


@pytest.mark.parametrize(
    ("downstreams", "servers", "hops", "complaint"),
    [
        ((), SERVERS, 10, "at least one server"),
        ((DATA,), (), 10, "at least one server"),
        ((DATA, replace(VOICE, interface="data")), SERVERS, 10, "one name or one giaddr"),
        ((DATA, replace(VOICE, giaddr=DATA.giaddr)), SERVERS, 10, "one name or one giaddr"),
        ((DATA,), SERVERS, 17, "hops 17"),
    ],
)
def test_settings_that_make_no_sense(
    downstreams: tuple[Downstream, ...], servers: tuple[IPv4Address, ...], hops: int, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        RelaySettings(downstreams, servers, UPLINK, hops=hops)


def test_sub_options_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="remote-id"):
        AgentInformation(remote_id=bytes(256))
    with pytest.raises(ValueError, match="circuit-id"):
        Downstream("x", DATA.giaddr, circuit_id=bytes(256))


@given(
    st.binary(max_size=400)
    | st.binary(max_size=60).map(lambda tail: encode(DISCOVER)[:243] + b"\x52" + tail),
    st.sampled_from([EVERYONE, "10.20.0.1", "10.255.0.1", "10.1.0.10"]),
    st.sampled_from(["", "data", "voice", "other"]),
)
def test_nothing_raises(data: bytes, to: str, interface: str) -> None:
    machine = relay(INFORMATION)
    machine.handle(arrives(data, to, interface), 0)
    assert machine.deadline is None
