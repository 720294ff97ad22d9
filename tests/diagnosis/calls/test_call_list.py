"""The call list, beside tshark and on messages that pycrate encoded."""

from pathlib import Path
from typing import Any

import pytest

from ringfence.actors.endpoint.call_states import CallPlan
from ringfence.diagnosis.calls.call import Call, ChannelState, Negotiation, Side
from ringfence.diagnosis.explain import explain
from ringfence.model.address import TransportAddress, transport
from ringfence.wire import call_signalling
from ringfence.wire.call_signalling import CallSignal
from ringfence.wire.q931 import ElementId, MessageType
from ringfence.wire.q931_elements import Number, cause_element, number_element
from support.captures.calls import Conversation, simulated_call
from support.captures.capture_files import pcap
from support.peers.tshark_fields import tshark_fields

ANN, BOB = transport("192.0.2.1", 33_000), transport("198.51.100.2", 11_720)


def calls_of(path: Path, frames: list[tuple[float, bytes]]) -> tuple[Call, ...]:
    path.write_bytes(pcap(frames))
    return explain([path]).judgement.calls


@pytest.mark.peers
@pytest.mark.parametrize(("fast_start", "tunnelling"), [(True, True), (True, False), (False, True)])
def test_a_routed_call_as_tshark_reads_it(tmp_path: Path, fast_start: bool, tunnelling: bool) -> None:
    path = tmp_path / "call.pcap"
    plan = CallPlan("4712", after=1.0, hold=5.0, fast_start=fast_start, tunnelling=tunnelling)
    calls = calls_of(path, simulated_call(plan))

    setups = tshark_fields(path, "q931.message_type == 0x05", "h225.guid", "ip.src", "frame.number")
    releases = tshark_fields(path, "q931.message_type == 0x5a", "q931.cause_value", "ip.src")
    guids = [guid.replace("-", "").split(",")[0] for guid, _, _ in setups]
    assert len(setups) == 2
    assert [call.identifier for call in calls] == guids
    assert [(str(call.caller.ip), call.frames[0]) for call in calls] == [
        (source, int(frame)) for _, source, frame in setups
    ]
    assert sorted(call.cause or 0 for call in calls) == sorted(int(cause) for cause, _ in releases)
    assert {call.released_by for call in calls} == {Side.CALLER}

    opened = {
        (str(channel.media.ip), channel.media.port)
        for call in calls
        for channel in call.channels
        if channel.state is ChannelState.CLOSED and channel.media is not None
    }
    assert opened == {("10.20.0.21", 5004), ("10.20.0.22", 5004)}
    ways = {channel.negotiation for call in calls for channel in call.channels}
    assert ways == {Negotiation.FAST_START if fast_start else Negotiation.TUNNELLED}


def pycrate_setup(**more: Any) -> bytes:
    h225 = pytest.importorskip("pycrate_asn1dir.H225").H323_MESSAGES
    body = {
        "protocolIdentifier": (0, 0, 8, 2250, 0, 4),
        "sourceAddress": [("h323-ID", "Ann")],
        "sourceInfo": {"terminal": {}, "mc": False, "undefinedNode": False},
        "destinationAddress": [("dialledDigits", "4712")],
        "activeMC": False,
        "conferenceID": bytes(16),
        "conferenceGoal": ("create", 0),
        "callType": ("pointToPoint", 0),
        "callIdentifier": {"guid": bytes(range(16))},
        **more,
    }
    user = h225.H323_UserInformation
    user.set_val({"h323-uu-pdu": {"h323-message-body": ("setup", body), "h245Tunnelling": False}})
    content: bytes = b"\x05" + user.to_aper()
    head = bytes.fromhex("0802 1234 05 0403 8090a2".replace(" ", ""))
    return head + b"\x7e" + len(content).to_bytes(2, "big") + content


def release(cause: int) -> bytes:
    elements = (cause_element(cause),)
    signal = CallSignal(0x1234, True, MessageType.RELEASE_COMPLETE, None, elements)
    return call_signalling.encode(signal)


@pytest.mark.parametrize("cuts", [(), (4,), (30,), (4, 30)])
def test_a_foreign_setup_on_any_port_without_ras(tmp_path: Path, cuts: tuple[int, ...]) -> None:
    talk = Conversation(ANN, BOB)
    talk.say(ANN, pycrate_setup(), *cuts)
    talk.say(BOB, release(17))
    (call,) = calls_of(tmp_path / "call.pcap", talk.frames)
    assert (call.calling, call.called_party, call.caller, call.called) == ("Ann", "4712", ANN, BOB)
    assert (call.cause, call.released_by, call.connected) == (17, Side.CALLED, None)
    assert call.identifier == bytes(range(16)).hex()


def test_a_connection_that_breaks_under_a_call(tmp_path: Path) -> None:
    talk = Conversation(ANN, BOB)
    talk.say(ANN, pycrate_setup())
    talk.reset(BOB)
    (call,) = calls_of(tmp_path / "call.pcap", talk.frames)
    assert call.released is None
    assert call.closed == pytest.approx(talk.frames[-1][0])


def test_both_sides_may_use_one_call_reference(tmp_path: Path) -> None:
    """Q.931 clause 4.3: the flag tells a call that one side opened from the other's of the same number."""
    talk = Conversation(ANN, BOB)
    talk.say(ANN, pycrate_setup())
    talk.say(BOB, pycrate_setup())
    talk.say(BOB, release(17))
    first, second = calls_of(tmp_path / "call.pcap", talk.frames)
    assert (first.caller, first.released_by) == (ANN, Side.CALLED)
    assert (second.caller, second.ended) == (BOB, None)


def test_a_user_user_element_that_cannot_be_read_leaves_the_rest(tmp_path: Path) -> None:
    number = number_element(ElementId.CALLED_PARTY_NUMBER, Number("4712"))
    setup = CallSignal(0x1234, False, MessageType.SETUP, None, (number,))
    plain = call_signalling.encode(setup)
    talk = Conversation(ANN, BOB._replace(port=1720))
    talk.say(ANN, plain + bytes.fromhex("7e000305ffff"))
    (call,) = calls_of(tmp_path / "call.pcap", talk.frames)
    assert call.called_party == "4712"
    assert "User-user" in call.undecodable


def h245_channel(number: int, data: Any, *, media: TransportAddress | None = None) -> bytes:
    h245 = pytest.importorskip("pycrate_asn1dir.H225").MULTIMEDIA_SYSTEM_CONTROL
    parameters: dict[str, Any] = {"sessionID": 1}
    way = "h2250LogicalChannelParameters"
    opened: dict[str, Any] = {
        "forwardLogicalChannelNumber": number,
        "forwardLogicalChannelParameters": {"dataType": data, "multiplexParameters": (way, parameters)},
    }
    kind = "openLogicalChannel"
    if media is not None:
        place = {"network": media.ip.packed, "tsapIdentifier": media.port}
        parameters = {"sessionID": 1, "mediaChannel": ("unicastAddress", ("iPAddress", place))}
        opened = {
            "forwardLogicalChannelNumber": number,
            "forwardMultiplexAckParameters": ("h2250LogicalChannelAckParameters", parameters),
        }
        kind = "openLogicalChannelAck"
    message = h245.MultimediaSystemControlMessage
    message.set_val(("response" if media is not None else "request", (kind, opened)))
    octets: bytes = message.to_aper()
    return octets


FAX = {
    "application": (
        "t38fax",
        {
            "t38FaxProtocol": ("udp", 0),
            "t38FaxProfile": {"fillBitRemoval": False, "transcodingJBIG": False, "transcodingMMR": False},
        },
    ),
    "maxBitRate": 144,
}


@pytest.mark.parametrize(
    ("data", "kind", "codec"),
    [
        (("audioData", ("g711Alaw64k", 20)), "audio", "G.711 A-law"),
        (("audioData", ("g729AnnexA", 2)), "audio", "G.729A"),
        (("data", FAX), "fax", "T.38"),
    ],
)
@pytest.mark.parametrize("late", [True, False])
def test_h245_on_a_connection_of_its_own(
    tmp_path: Path, data: Any, kind: str, codec: str, late: bool
) -> None:
    """Found by the address that the Setup names, also where the file has it before the Setup."""
    h245 = TransportAddress(ANN.ip, 2_222)
    place = ("ipAddress", {"ip": h245.ip.packed, "port": h245.port})
    talk = Conversation(ANN, BOB)
    talk.say(ANN, pycrate_setup(h245Address=place))
    control = Conversation(BOB, h245, talk.frames[-1][0])
    where = transport("192.0.2.1", 4_000)
    control.say(BOB, h245_channel(7, data))
    control.say(h245, h245_channel(7, data, media=where))
    frames = [*talk.frames, *control.frames] if late else [*control.frames, *talk.frames]
    (call,) = calls_of(tmp_path / "call.pcap", frames)
    (channel,) = call.channels
    assert (channel.kind, channel.codec, channel.sender) == (kind, codec, Side.CALLED)
    assert (channel.state, channel.media) == (ChannelState.OPEN, where)
    assert channel.negotiation is Negotiation.SEPARATE
