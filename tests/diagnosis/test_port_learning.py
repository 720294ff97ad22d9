"""Ports that a capture itself names: read once, and judged as if they had been known."""

import os
import threading
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringfence.capture.frame import Tap, TappedFrame
from ringfence.diagnosis.explain import Explained, explain
from ringfence.diagnosis.options import JudgeOptions
from ringfence.model.ports import Ports
from ringfence.model.stage import Stage
from ringfence.wire import ras
from ringfence.wire.h225.ras_registration import RegistrationConfirm
from support.captures.capture_files import pcap
from support.captures.recorded_site import (
    FILES,
    GATEKEEPER,
    H225_V2,
    HANDSET,
    PUSH,
    VOICE_GIADDR,
    Run,
    address,
    connect,
    lease,
    nsm,
    rrq,
    segment,
    tpkt,
    ucf,
    udp,
    urq,
)

RAS_PORT, FILE_PORT, CALL_PORT = 2719, 8080, 2720
KNOWN = Ports()
NAMED = replace(
    KNOWN,
    ras=KNOWN.ras | {RAS_PORT},
    files=KNOWN.files | {FILE_PORT},
    signalling=KNOWN.signalling | {CALL_PORT},
)
SETTINGS = f"MCIPADD=10.1.0.30,MCPORT={RAS_PORT},HTTPSRVR=10.1.0.20,HTTPPORT={FILE_PORT}"


def stream(run: Run, own: int, server: tuple[IPv4Address, int], asked: bytes, answered: bytes) -> None:
    here = (HANDSET, own)
    connect(run, here, server)
    run.tcp(segment(here, server, PUSH, asked), by=Tap.HANDSETS)
    run.tcp(segment(server, here, PUSH, answered), by=Tap.SERVERS)


def moved_site() -> list[TappedFrame]:
    """All three services on ports of their own, seen from either side."""
    run = Run()
    lease(run, VOICE_GIADDR, HANDSET, 1, settings=SETTINGS)
    stream(run, 40001, (FILES, FILE_PORT), b"GET /a.txt HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n")
    confirmed = RegistrationConfirm(
        requestSeqNum=1,
        protocolIdentifier=H225_V2,
        callSignalAddress=[address(GATEKEEPER, CALL_PORT)],
        endpointIdentifier="ep-2001",
    )
    run.send(udp(HANDSET, 49300, GATEKEEPER, RAS_PORT, rrq(1)))
    run.send(udp(GATEKEEPER, RAS_PORT, HANDSET, 49300, ras.encode(confirmed)), by=Tap.SERVERS)
    stream(run, 40002, (GATEKEEPER, CALL_PORT), tpkt(5), tpkt(2, 0x8001))
    run.wait(300)
    for number in (7, 8):
        run.send(udp(GATEKEEPER, RAS_PORT, HANDSET, 49300, nsm(number)), by=Tap.SERVERS)
    run.send(udp(GATEKEEPER, RAS_PORT, HANDSET, 49300, urq(9)), by=Tap.SERVERS)
    run.send(udp(HANDSET, 49300, GATEKEEPER, RAS_PORT, ucf(9)))
    return run.frames


FRAMES = moved_site()


def written(path: Path, tap: str, order: list[int] | None = None) -> Path:
    """The frames of a tap, in another order of theirs, one second apart."""
    frames = [each for each in FRAMES if each.tap == tap]
    order = order or list(range(len(frames)))
    path.write_bytes(pcap([(1000.0 + place, frames[which].data) for place, which in enumerate(order)]))
    return path


def said(explained: Explained) -> tuple[object, ...]:
    summaries = [(each.frames, each.selected, each.clipped) for each in explained.summaries]
    return explained.judgement, explained.claims, summaries


def test_a_pipe_whose_octets_can_be_read_once_says_what_the_file_says(tmp_path: Path) -> None:
    frames = len([each for each in FRAMES if each.tap == Tap.SERVERS])
    backwards = list(reversed(range(frames)))
    path = written(tmp_path / "a.pcap", Tap.SERVERS, backwards)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(path.read_bytes()))
    writer.start()
    piped = explain([pipe])
    writer.join()
    filed = explain([path])
    assert said(piped) == said(filed)
    assert piped.ports == NAMED


def test_every_service_is_judged_on_the_port_that_was_named_for_it(tmp_path: Path) -> None:
    (timeline,) = explain([written(tmp_path / "a.pcap", Tap.HANDSETS)]).judgement.handsets
    assert {Stage.PROVISION, Stage.REGISTER, Stage.SIGNAL} <= timeline.reached


ORDERS = st.permutations(range(len([each for each in FRAMES if each.tap == Tap.SERVERS])))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ORDERS)
def test_wherever_ports_are_named_it_is_as_if_they_had_been_known(tmp_path: Path, order: list[int]) -> None:
    path = written(tmp_path / "a.pcap", Tap.SERVERS, order)
    learned = explain([path])
    assert learned.ports == NAMED
    assert said(learned) == said(explain([path], JudgeOptions(ports=NAMED)))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.sets(st.integers(0, len(FRAMES) // 2 - 1)))
def test_one_capture_names_ports_for_the_other(tmp_path: Path, kept: set[int]) -> None:
    near = written(tmp_path / "near.pcap", Tap.HANDSETS, sorted(kept) or None)
    far = written(tmp_path / "far.pcap", Tap.SERVERS)
    for paths in ([near, far], [far, near]):
        found = explain(paths, clock_offset=0.0)
        known = explain(paths, JudgeOptions(ports=NAMED), clock_offset=0.0)
        assert found.ports == NAMED
        assert said(found) == said(known)
