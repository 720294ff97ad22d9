"""An end of audio: who opens, who answers, and what each says of it."""

from collections.abc import Sequence
from ipaddress import IPv4Address

from ringfence.actors.io import (
    Bind,
    Command,
    DatagramReceived,
    SendDatagram,
    StageFailed,
    StageReached,
    Started,
    TimeUp,
)
from ringfence.actors.media.audio import BURST, AudioConfig, AudioEnd, AudioExchange, beside
from ringfence.model.address import TransportAddress
from ringfence.model.stage import Stage
from ringfence.wire.rtp import decode_rtcp
from support.script import DUE, Row, run

PHONE = TransportAddress(IPv4Address("10.20.0.128"), 2048)
FAR = TransportAddress(IPv4Address("10.1.0.40"), 4000)


def shown(command: Command) -> object:
    match command:
        case Bind():
            return f"bind {command.local.port}"
        case SendDatagram():
            return f"{'RTCP' if command.destination.port % 2 else 'RTP'} {len(command.data)}"
        case StageReached() | StageFailed():
            return type(command).__name__, command.stage
        case _:
            return command


def end(*, opens: bool, reports: bool, tries: int = 7) -> AudioEnd:
    local, remote = (PHONE, FAR) if reports else (FAR, PHONE)
    return AudioEnd(AudioConfig((AudioExchange(local, remote, opens),), 0.0, tries, reports))


def between(one: AudioEnd, other: AudioEnd, *, lost: str = "") -> list[Command]:
    """Run both on one clock until neither waits; `lost`: the source address whose first words are dropped."""
    said: list[Command] = []
    queue: list[tuple[AudioEnd, Command]] = []
    now = 0.0
    opened: set[str] = set()

    def take(machine: AudioEnd, commands: Sequence[Command]) -> None:
        said.extend(commands)
        queue.extend((machine, command) for command in commands if isinstance(command, SendDatagram))

    for machine in (one, other):
        take(machine, machine.handle(Started(), now))
    while True:
        while queue:
            sender, command = queue.pop(0)
            assert isinstance(command, SendDatagram)
            mine, theirs = str(command.source.ip), str(command.destination.ip)
            if mine == lost and theirs not in opened:
                continue
            opened.add(mine)
            receiver = other if sender is one else one
            event = DatagramReceived(command.source, command.destination, command.data)
            take(receiver, receiver.handle(event, now))
        waits = [(at, m) for m in (one, other) if (at := m.deadline) is not None]
        if not waits:
            return said
        now, machine = min(waits, key=lambda each: each[0])
        take(machine, machine.handle(TimeUp(), now))


def stages(said: Sequence[Command]) -> list[Command]:
    return [command for command in said if isinstance(command, StageReached | StageFailed)]


def test_both_directions_are_heard_and_counted_whoever_opens() -> None:
    for phone_opens in (True, False):
        said = between(end(opens=phone_opens, reports=True), end(opens=not phone_opens, reports=False))
        sent = [command for command in said if isinstance(command, SendDatagram)]
        for source, to in ((PHONE, FAR), (FAR, PHONE)):
            assert len([c for c in sent if (c.source, c.destination) == (source, to)]) == BURST
            reports = [decode_rtcp(c.data) for c in sent if c.source == beside(source)]
            assert any(report.sent == (BURST, BURST * 160) for report in reports)
            assert any(block.lost == 0 for report in reports for block in report.reports)
        assert [type(each) for each in stages(said)] == [StageReached]


def test_an_end_whose_opening_is_dropped_is_told_of_as_failed() -> None:
    for opener, phone_opens in ((PHONE, True), (FAR, False)):
        said = between(
            end(opens=phone_opens, reports=True),
            end(opens=not phone_opens, reports=False),
            lost=str(opener.ip),
        )
        assert [type(each) for each in stages(said)] == [StageFailed]


def test_a_burst_is_tried_again_and_given_up() -> None:
    burst: list[Row] = [Row(DUE, TimeUp(), ["RTP 172"]) for _ in range(BURST - 1)]
    rows = [
        Row(0.0, Started(), ["bind 2048", "bind 2049"], 0.0),
        *burst,
        Row(DUE, TimeUp(), ["RTP 172", "RTCP 52"], (60.0, 60.5)),
        *burst,
        Row(DUE, TimeUp(), ["RTP 172", "RTCP 52"], 120.0),
        Row(120.0, TimeUp(), [("StageFailed", Stage.MEDIA)], None),
    ]
    run(end(opens=True, reports=True, tries=2), rows, show=shown)


def test_octets_that_are_no_rtp_and_strangers_change_nothing() -> None:
    stranger = TransportAddress(IPv4Address("203.0.113.9"), 4000)
    rows = [
        Row(0.0, Started(), ["bind 2048", "bind 2049"], 420.0),
        Row(1.0, DatagramReceived(FAR, PHONE, b"\x80"), [], 420.0),
        Row(1.0, DatagramReceived(beside(FAR), beside(PHONE), b"\x80"), [], 420.0),
        Row(1.0, DatagramReceived(stranger, PHONE, bytes(172)), [], 420.0),
    ]
    run(end(opens=False, reports=True), rows, show=shown)
