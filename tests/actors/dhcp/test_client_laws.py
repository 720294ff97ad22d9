"""Whatever comes, the DHCP client keeps the laws of `ringfence.actors.io`."""

from ipaddress import IPv4Address

from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.actors.io import (
    AddressConfigured,
    Command,
    DatagramReceived,
    Event,
    LinkChanged,
    Started,
    TimeUp,
)
from ringfence.actors.journal import JournalEntry, replay
from ringfence.model.address import transport
from ringfence.wire.dhcp_options import (
    DhcpMessageType,
)
from support.actors.dhcp_answers import ADDRESS, SERVER, TO_VOICE, VOICE, Answer, client, says
from support.script import step

kinds = st.sampled_from(DhcpMessageType)
junk = st.binary(max_size=300).map(
    lambda data: DatagramReceived(transport(SERVER, 67), transport("10.20.0.50", 68), data)
)


@st.composite
def replies(draw: st.DrawFn) -> Answer:
    kind = draw(kinds)
    phone = draw(
        st.sampled_from(["", TO_VOICE, "L2QVLAN=31,VLANTEST=5", "L2Q=2", "DHCPSTD=1", '"', "L2QVLAN=0"])
    )
    seconds = draw(st.sampled_from([None, 0, 1, 2, 80, 3600, 0xFFFFFFFE, 0xFFFFFFFF]))
    address = draw(st.sampled_from(["10.20.0.50", VOICE, "0.0.0.0", "127.0.0.1"]))
    extra = draw(
        st.lists(
            st.tuples(st.sampled_from([1, 3, 6, 15, 43, 51, 52, 54, 58, 59, 66]), st.binary(max_size=9)),
            max_size=3,
        )
    )
    return says(kind, address, phone=phone, seconds=seconds, extra=tuple(extra))


events: st.SearchStrategy[Event | Answer] = st.one_of(
    replies(),
    replies(),
    st.just(TimeUp()),
    st.just(Started()),
    st.builds(LinkChanged, st.booleans()),
    junk,
    st.sampled_from([ADDRESS, IPv4Address(VOICE)]).map(AddressConfigured),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0, 0.001, 0.5, 3, 61, 2000, 10_000]), events), max_size=25))
def test_any_events_obey_the_laws(stream: list[tuple[float, Event | Answer]]) -> None:
    machine = client()
    journal: list[JournalEntry] = []

    def take(event: Event, now: float) -> tuple[Command, ...]:
        commands = step(machine, event, now)
        journal.append(JournalEntry(now, "phone", event, commands))
        return commands

    sent: list[Command] = list(take(Started(), 0))
    now = 0.0
    for wait, event in stream:
        now += wait
        for _ in range(400):
            if machine.deadline is None or machine.deadline > now:
                break
            sent += take(TimeUp(), max(machine.deadline, now - wait))
        sent += take(event(sent) if callable(event) else event, now)
        if machine.settled is not None:
            assert machine.settled.address != IPv4Address(0)
    assert replay(client(), journal) is None  # law 7
