"""A DHCP server that starts again with what the one before it kept."""

from ipaddress import IPv4Address, IPv4Network
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.actors.dhcp.durable import restored_leases
from ringfence.actors.dhcp.leases import LeaseRecord, LeaseState, Pool
from ringfence.actors.dhcp.scope import Reservation, Scope
from ringfence.actors.dhcp.server import DhcpServer, ServerSettings
from ringfence.actors.io import (
    Commands,
    DatagramReceived,
    Event,
    Keep,
    Kept,
    Noted,
    SendDatagram,
    Started,
    TimeUp,
)
from ringfence.model.address import transport
from ringfence.wire.dhcp import DhcpMessage, Op, decode, encode
from ringfence.wire.dhcp_options import MESSAGE_TYPE, REQUESTED_ADDRESS, SERVER_ID, DhcpMessageType
from support.kept import Disk, kept_before_sent

SERVER, RELAY = IPv4Address("10.1.0.10"), IPv4Address("10.20.0.1")
FIRST = IPv4Address("10.20.0.50")
NETWORK = IPv4Network("10.20.0.0/24")


def scope(last: int = 3, **fields: Any) -> Scope:
    return Scope("data", NETWORK, (Pool(FIRST, FIRST + last),), lease_seconds=600, **fields)


class Remembering(DhcpServer):
    def __init__(self, disk: Disk, *scopes: Scope) -> None:
        restored = restored_leases(scopes, disk.records)
        settings = ServerSettings(SERVER, scopes, decline_hold=900.0)
        super().__init__(settings, restored.records, restored.refused)
        self.scopes = scopes
        self._disk = disk
        self.started = self.handle(Started(), 0.0)

    def handle(self, event: Event, now: float) -> Commands:
        commands = super().handle(event, now)
        assert kept_before_sent(commands)
        self._disk.take(commands)
        return commands


def ask(
    kind: DhcpMessageType, client: int, address: IPv4Address | None = None, ciaddr: int = 0
) -> DatagramReceived:
    server = () if ciaddr and kind is DhcpMessageType.REQUEST else (SERVER_ID(SERVER),)
    wanted = () if address is None else (REQUESTED_ADDRESS(address),)
    message = DhcpMessage(
        op=Op.BOOTREQUEST,
        xid=1,
        chaddr=b"\2" + client.to_bytes(5),
        giaddr=RELAY,
        ciaddr=IPv4Address(ciaddr),
        options=(MESSAGE_TYPE(kind), *wanted, *server),
    )
    return DatagramReceived(transport(str(RELAY), 67), transport(str(SERVER), 67), encode(message))


def said(commands: Commands) -> list[tuple[DhcpMessageType | None, IPv4Address]]:
    replies = [decode(each.data) for each in commands if isinstance(each, SendDatagram)]
    return [(each.message_type, each.yiaddr) for each in replies]


def lease(machine: DhcpServer, client: int, now: float = 0.0) -> IPv4Address | None:
    offers = said(machine.handle(ask(DhcpMessageType.DISCOVER, client), now))
    if not offers:
        return None
    machine.handle(ask(DhcpMessageType.REQUEST, client, offers[0][1]), now)
    return offers[0][1]


def binding(records: tuple[LeaseRecord, ...]) -> set[LeaseRecord]:
    """What was acknowledged to somebody; what is free or only offered may be forgotten."""
    return {each for each in records if each.state in {LeaseState.BOUND, LeaseState.DECLINED}}


ACTIONS = st.tuples(st.sampled_from(["lease", "renew", "release", "decline", "wait"]), st.integers(1, 6))


@settings(max_examples=60)
@given(st.lists(ACTIONS, max_size=30))
def test_whatever_happened_what_was_acknowledged_is_known_after_a_restart(
    actions: list[tuple[str, int]],
) -> None:
    disk, now = Disk(), 0.0
    machine = Remembering(disk, scope(reservations=(Reservation(b"\2\0\0\0\0\1", FIRST + 9),)))
    for action, number in actions:
        held = {each.client: each for each in machine.leases if each.state is LeaseState.BOUND}
        record = held.get(bytes((0, 1, 2)) + number.to_bytes(5))
        match action:
            case "lease":
                lease(machine, number, now)
            case "wait":
                now += 120.0 * number
                machine.handle(TimeUp(), now)
            case _ if record is None:
                continue
            case "renew":
                machine.handle(ask(DhcpMessageType.REQUEST, number, ciaddr=int(record.address)), now)
            case "release":
                machine.handle(ask(DhcpMessageType.RELEASE, number, ciaddr=int(record.address)), now)
            case "decline":
                machine.handle(ask(DhcpMessageType.DECLINE, number, record.address), now)
        after = Remembering(disk, *machine.scopes)
        assert binding(after.leases) == binding(machine.leases)


def test_renewals_are_answered_and_nobody_gets_what_another_has() -> None:
    disk = Disk()
    before = Remembering(disk, scope())
    held = {client: lease(before, client) for client in range(1, 5)}
    after = Remembering(disk, scope())
    for client, address in held.items():
        assert address is not None
        renewed = after.handle(ask(DhcpMessageType.REQUEST, client, ciaddr=int(address)), 300.0)
        assert said(renewed) == [(DhcpMessageType.ACK, address)]
    assert lease(after, 9, 300.0) is None


def test_a_lease_that_ended_meanwhile_is_the_clients_again_while_nobody_has_it() -> None:
    disk = Disk()
    address = lease(Remembering(disk, scope()), 1)
    after = Remembering(disk, scope())
    after.handle(TimeUp(), 700.0)
    assert [each.state for each in after.leases] == [LeaseState.FREE]
    assert lease(Remembering(disk, scope()), 1, 800.0) == address


def test_what_lies_in_no_pool_any_more_or_cannot_be_read_is_dropped() -> None:
    disk = Disk()
    before = Remembering(disk, scope())
    for client in range(1, 5):
        lease(before, client)
    disk.take([Keep(Kept.LEASE, "10.20.0.51", b"{"), Keep(Kept.LEASE, "nowhere", b"{}")])
    after = Remembering(disk, scope(last=0))
    assert [each.address for each in after.leases] == [FIRST]
    assert [each.finding.code for each in after.started if isinstance(each, Noted)] == ["KEPT_DROPPED"]
    assert [each.key for each in disk.records] == [str(FIRST)]


def test_an_address_reserved_since_is_taken_from_its_client_when_it_renews() -> None:
    disk = Disk()
    address = lease(Remembering(disk, scope()), 1)
    assert address is not None
    after = Remembering(disk, scope(reservations=(Reservation(b"\2\0\0\0\0\7", address),)))
    other = lease(after, 7)
    assert other not in {None, address}  # until then it is served from the pool
    refused = after.handle(ask(DhcpMessageType.REQUEST, 1, ciaddr=int(address)), 300.0)
    assert [kind for kind, _ in said(refused)] == [DhcpMessageType.NAK]


def test_asking_alone_writes_nothing() -> None:
    disk = Disk()
    machine = Remembering(disk, scope(last=100))
    for client in range(1, 90):
        machine.handle(ask(DhcpMessageType.DISCOVER, client), 0.0)
    machine.handle(TimeUp(), 100.0)
    assert disk.records == ()
