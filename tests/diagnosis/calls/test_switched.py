"""Calls by key presses, read from captures of phones that really made them: as the phones were told."""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.actors.calls import stimulus
from ringfence.actors.io import MediaTold
from ringfence.actors.signalling import fast_start
from ringfence.actors.signalling.fast_start import ReceivingEnd
from ringfence.actors.signalling.session import Session
from ringfence.capture.dissect import Datagram, dissect_frame
from ringfence.capture.frame import Tap, TappedFrame
from ringfence.diagnosis.calls.call import Call, ChannelState, Side
from ringfence.diagnosis.calls.tracking import call_list
from ringfence.diagnosis.crossing import crossings
from ringfence.diagnosis.explain import Explained, explain
from ringfence.diagnosis.ladder import laid_out
from ringfence.diagnosis.timeline import StageStatus
from ringfence.drivers.recording import RunRecording
from ringfence.model.address import transport
from ringfence.model.flow import Role
from ringfence.model.packet import Protocol
from ringfence.model.ports import Ports
from ringfence.model.site_file import parse
from ringfence.model.stage import Stage
from ringfence.policy.compile import generated
from ringfence.roles.alone import alone, policy_alone
from ringfence.verify.testbeds import SimulatedTestbed
from ringfence.wire import ccms
from ringfence.wire.ccms import CcmsElement
from support.captures.calls import Conversation
from support.captures.capture_files import pcap
from support.talking_site import TALKING

GATEKEEPER, HANDSET = "signalling: gatekeeper", "signalling: handset"


@cache
def boot(signalling: str = GATEKEEPER, *, without: str = "") -> RunRecording:
    """A phone that calls a gateway and a phone of another group; each call has hold, the first a transfer."""
    site = parse(TALKING.replace(GATEKEEPER, signalling), "talking.yaml")
    one = alone(site, site.groups[0])
    policy = generated(site).without(without) if without else generated(site)
    return SimulatedTestbed(one, {"edge": policy_alone(policy, one)}).boot()


def frames(recording: RunRecording, side: Tap = Tap.HANDSETS) -> list[tuple[float, bytes]]:
    return [(each.time, each.data) for each in recording.frames if each.tap == side]


def read(folder: Path, recording: RunRecording) -> Explained:
    path = folder / "call.pcap"
    path.write_bytes(pcap(frames(recording)))
    return explain([path])


def told(recording: RunRecording) -> list[MediaTold]:
    return [
        command
        for entry in recording.journal
        if entry.host == "handset"
        for command in entry.commands
        if isinstance(command, MediaTold)
    ]


@pytest.mark.parametrize("signalling", [GATEKEEPER, HANDSET])
def test_the_call_list_has_what_the_phone_dialled_and_who_ended_it(tmp_path: Path, signalling: str) -> None:
    found = read(tmp_path, boot(signalling))
    calls = found.judgement.calls
    assert [(each.calling, each.called_party) for each in calls] == [("2001", "9001"), ("2001", "9002")]
    for call in calls:
        assert call.is_switched
        assert call.setup is not None
        assert call.connected is not None
        assert call.released is not None
        assert call.setup < call.connected < call.released
        assert call.released_by is Side.CALLED
        assert {each.state for each in call.channels} == {ChannelState.CLOSED}
    (line,) = found.judgement.handsets
    assert line.stage(Stage.MEDIA).state is StageStatus.REACHED


@pytest.mark.parametrize("signalling", [GATEKEEPER, HANDSET])
def test_media_is_where_the_phone_was_told_and_all_of_it_is_counted(tmp_path: Path, signalling: str) -> None:
    recording = boot(signalling)
    found = read(tmp_path, recording)
    calls = found.judgement.calls
    sent = [each for call in calls for each in call.channels if each.sender is Side.CALLER]
    received = [each for call in calls for each in call.channels if each.sender is Side.CALLED]
    assert [(each.media, each.control) for each in sent] == [(e.remote, e.control) for e in told(recording)]
    assert [each.media for each in received] == [each.local for each in told(recording)]
    for call in calls:
        for channel in call.channels:
            traffic = found.media[0].traffic(call, channel)
            assert traffic is not None
            assert (traffic.packets, traffic.lost, traffic.payload_types) == (10, 0, (0,))
            assert traffic.reports


def test_the_ladder_shows_keys_and_where_audio_goes(tmp_path: Path) -> None:
    (handset,) = read(tmp_path, boot()).judgement.handsets
    said = [step.text for step in laid_out(handset).steps]
    keys = [text.removeprefix("TPKT Information: ") for text in said if "dial pad" in text or "hook" in text]
    assert keys[:6] == ["off-hook", *(f"dial pad {digit}" for digit in "9001"), "on-hook"]
    first = next(text for text in said if text.startswith("TPKT Facility: audio to 10.1"))
    assert first == f"TPKT Facility: audio to {told(boot())[0].remote}"
    assert "TPKT Facility: no audio" in said


def test_a_call_whose_signalling_begins_before_the_capture_is_listed_all_the_same() -> None:
    """The Setup of a permanent channel may be days old; without it there is no registration either."""
    late = [(time, data) for time, data in frames(boot()) if time > 0.8]
    calls = listed(late)
    assert [each.called_party for each in calls] == ["9001", "9002"]


def test_an_incoming_call_says_who_calls_and_whether_it_was_answered() -> None:
    """The phone's side of a switch, by hand: one call that is answered, and one that nobody takes."""
    talk = Conversation(transport("10.20.0.128", 1720), transport("10.1.0.30", 61440))
    phone = Session(Role.HANDSET, sends_setup=True, call_identifier=bytes(16))
    switch = Session(Role.GATEKEEPER, sends_setup=False, call_identifier=bytes(16))

    def pressed(*elements: CcmsElement) -> None:
        frame = stimulus.from_phone(*elements)
        talk.say(transport("10.20.0.128", 1720), phone.information(ccms.encode([frame]))[4:])

    def told(*elements: CcmsElement) -> None:
        frame = stimulus.to_phone(*elements)
        talk.say(transport("10.1.0.30", 61440), switch.information(ccms.encode([frame]))[4:])

    end = ReceivingEnd(transport("10.1.0.40", 2048), transport("10.1.0.40", 2049))
    told(stimulus.RING, stimulus.shown_text("Ann"), stimulus.shown_text(" 2002"))
    pressed(stimulus.OFF_HOOK)
    talk.say(transport("10.1.0.30", 61440), switch.facility(fast_start.directed(end))[4:])
    pressed(stimulus.ON_HOOK)
    told(stimulus.RING)
    told(stimulus.RINGER_OFF)
    answered, missed = listed(talk.frames)
    assert (answered.calling, answered.released_by) == ("Ann 2002", Side.CALLED)
    assert answered.connected is not None
    assert [(each.sender, each.media) for each in answered.channels] == [(Side.CALLED, end.media)]
    assert (missed.connected, missed.released_by, missed.called) == (None, Side.CALLER, answered.called)


def listed(wanted: list[tuple[float, bytes]]) -> tuple[Call, ...]:
    packets = [
        seen
        for number, (time, data) in enumerate(wanted, 1)
        if isinstance(seen := dissect_frame(TappedFrame(time, Tap.ONLY, data, number)), Datagram)
    ]
    return call_list(crossings(packets, both_sides=False), Ports()).calls


def test_more_calls_than_are_listed_are_counted() -> None:
    packets = [
        seen
        for number, (time, data) in enumerate(frames(boot()), 1)
        if isinstance(seen := dissect_frame(TappedFrame(time, Tap.ONLY, data, number)), Datagram)
    ]
    found = call_list(crossings(packets, both_sides=False), Ports(), most=1)
    assert found.missed == 2


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_spoilt_keys_and_lamps_raise_nothing(data: st.DataObject) -> None:
    spoilt = []
    for time, frame in frames(boot()):
        seen = dissect_frame(TappedFrame(time, Tap.ONLY, frame, 1))
        octets = bytearray(frame)
        if isinstance(seen, Datagram) and seen.protocol == Protocol.TCP and seen.payload:
            start = len(frame) - len(seen.payload)
            for _ in range(data.draw(st.integers(0, 1))):
                octets[data.draw(st.integers(start + 9, len(frame) - 1))] = data.draw(st.integers(0, 255))
        spoilt.append((time, bytes(octets)))
    listed(spoilt)
