"""`explain --interface` on a cable of our own: it tells who registers and who does not, tags and all."""

import io
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Interface
from threading import Event

import pytest

from ringfence.apps.cli.explaining.live import LiveCapture, listen
from ringfence.apps.cli.screens.plain import PlainScreen
from ringfence.capture.frame import Tap
from ringfence.lab.listener import Listener
from ringfence.lab.topology import End, Lab, LabLink, LabNode, LabTopology
from ringfence.model.errors import InputError
from ringfence.model.ports import Ports
from support.captures.capture_files import tagged
from support.captures.recorded_site import (
    FILES,
    HANDSET,
    VOICE_GIADDR,
    Run,
    ask,
    gcf,
    grq,
    lease,
    rcf,
    rrj,
    rrq,
    udp,
)

pytestmark = pytest.mark.kernel

CABLE = LabTopology(
    (LabNode("left"), LabNode("right")),
    (
        LabLink(
            End("left", "eth0", (IPv4Interface("192.0.2.1/24"),)),
            End("right", "eth0", (IPv4Interface("192.0.2.2/24"),)),
        ),
    ),
)
PROGRAM = [sys.executable, "-u", "-c", "from ringfence.apps.cli.main import main; main()", "explain"]


def registers(run: Run) -> None:
    lease(run, VOICE_GIADDR, HANDSET, 1)
    ask(run, grq(10), gcf(10))
    ask(run, rrq(11), rcf(11))


def is_rejected(run: Run) -> None:
    lease(run, VOICE_GIADDR, HANDSET, 1)
    ask(run, grq(10), gcf(10))
    ask(run, rrq(11), rrj(11, "securityDenial"))


def replay(sender: socket.socket, run: Run, *, tag: bool) -> None:
    rtp = udp(FILES, 5000, HANDSET, 5002, bytes(172))
    run.send(rtp, by=Tap.SERVERS)
    for each in run.frames:
        if each.tap == Tap.HANDSETS:
            sender.send(tagged(each.data, (0x8100, 20)) if tag else each.data)


@pytest.mark.parametrize("tag", [False, True])
@pytest.mark.parametrize(
    ("story", "words"), [(registers, "registered"), (is_rejected, "rejected")], ids=["well", "ill"]
)
def test_a_registration_is_followed_to_its_end(story: Callable[[Run], None], words: str, tag: bool) -> None:
    out, notes, started = io.StringIO(), io.StringIO(), Event()

    class Notes(PlainScreen):
        def print(self, *objects: object, **words: object) -> None:
            started.set()

    run = Run()
    story(run)
    with Lab(CABLE) as lab, lab["left"].socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sender:
        sender.bind(("eth0", 0))
        with ThreadPoolExecutor(1) as pool:
            live = LiveCapture("eth0", 120.0, seconds=1.5)
            asked = pool.submit(lab["right"].run, lambda: listen(live, PlainScreen(out), Notes(notes)))
            assert started.wait(5)
            replay(sender, run, tag=tag)
            answer = asked.result(20)
    (handset,) = answer.shown.handsets
    assert handset.verdict == words
    assert words in out.getvalue()
    assert answer.shown.captures[0].frames == len([e for e in run.frames if e.tap == Tap.HANDSETS]) - 1
    if story is is_rejected:
        assert handset.stops_at == "register"
        assert "securityDenial" in handset.sentence
    vlans = {seen.crossing.packet.vlan for each in answer.timelines for seen in each.observations}
    assert vlans == {20 if tag else None}


def test_an_interface_that_goes_down_ends_it_and_is_named() -> None:
    with Lab(CABLE) as lab:
        listener = lab["right"].run(lambda: Listener("eth0", Ports()))
        lab["right"].run(lambda: subprocess.run(["ip", "link", "set", "eth0", "down"], check=True))
        assert listener.wait(5)
        listener.close()
        assert listener.ended == "eth0 went down"
        with pytest.raises(InputError, match=r"eth0.*down"):
            lab["right"].run(lambda: Listener("eth0", Ports()))


def test_the_oldest_frames_give_way() -> None:
    run = Run()
    registers(run)
    with Lab(CABLE) as lab, lab["left"].socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sender:
        sender.bind(("eth0", 0))
        listener = lab["right"].run(lambda: Listener("eth0", Ports(), longest=3))
        replay(sender, run, tag=False)
        listener.wait(0.5)
        listener.close()
    assert [each.number for each in listener.frames()] == [listener.seen - n for n in (2, 1, 0)]
    assert listener.forgotten == listener.seen - 3


def test_ctrl_c_ends_with_the_table() -> None:
    with (
        Lab(CABLE) as lab,
        lab["right"].run(
            lambda: subprocess.Popen(
                [*PROGRAM, "-i", "eth0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        ) as running,
    ):
        assert running.stdout is not None
        assert running.stderr is not None
        assert "listening on eth0" in running.stderr.readline()
        running.send_signal(signal.SIGINT)
        assert "NO HANDSET" in running.stdout.read()
        assert running.wait(20) == 1


def test_no_such_interface_is_named() -> None:
    with pytest.raises(InputError, match=r"nosuch0.*no such interface"):
        listen(LiveCapture("nosuch0", 120.0), PlainScreen(io.StringIO()), PlainScreen(io.StringIO()))
