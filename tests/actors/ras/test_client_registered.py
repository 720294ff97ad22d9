"""A registered handset, by timed script: staying so, and what the gatekeeper says first."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.actors.io import (
    BindFailed,
    Command,
    DatagramReceived,
    Event,
    LinkChanged,
    LogOff,
    SendDatagram,
    Started,
    TimeUp,
    Unbind,
)
from ringfence.actors.ras.fields import address_field
from ringfence.model.address import TransportAddress, transport
from ringfence.wire import h225, ras
from support.actors.ras_answers import (
    FIRST,
    GRQ,
    HANDSET,
    PLAIN_CONFIG,
    RRQ,
    SECOND,
    URQ,
    Answer,
    arrives,
    client,
    gcf,
    last,
    rcf,
    registered,
    request,
    rrj,
    words,
)
from support.script import DUE, Row, obey, run


def test_keep_alive_before_the_ttl_ends_and_again() -> None:
    machine, sent = registered(PLAIN_CONFIG, timeToLive=100)
    assert machine.deadline == 62.0
    sent += run(machine, [Row(DUE, TimeUp(), [RRQ], 65.0)], show=words)
    rrq = request(sent)
    assert rrq.keepAlive
    assert rrq.endpointIdentifier == "7_ep"
    sequence = rrq.requestSeqNum
    confirm = h225.RegistrationConfirm(
        requestSeqNum=sequence,
        protocolIdentifier=rrq.protocolIdentifier,
        callSignalAddress=[],
        endpointIdentifier="7_ep",
        timeToLive=100,
    )
    run(machine, [Row(62.5, arrives(confirm), ["reached keep-alive"], 122.5)], show=words)
    assert machine.granted is not None
    assert machine.granted.call_signalling == TransportAddress(FIRST.ip, 1720)


def test_a_forgotten_registration_is_made_anew_at_once() -> None:
    machine, _ = registered(PLAIN_CONFIG, timeToLive=100)
    run(
        machine,
        [
            Row(DUE, TimeUp(), [RRQ]),
            Row(
                62.1,
                rrj(("fullRegistrationRequired", True)),
                ["FULL_REGISTRATION_REQUIRED", GRQ],
            ),
        ],
        show=words,
    )
    assert machine.granted is None


def test_the_primary_is_searched_for_75_seconds_before_the_next() -> None:
    machine, _ = registered()
    rows = [Row(DUE, TimeUp(), [RRQ]) for _ in range(3)]
    run(machine, rows, show=words)
    lost = machine.deadline
    assert lost == 1202.0 + 15
    run(
        machine,
        [Row(DUE, TimeUp(), ["RRQ_UNANSWERED", "failed register", "failed keep-alive", GRQ])],
        show=words,
    )
    asked: list[tuple[float, str]] = []
    while not asked or asked[-1][1] == str(FIRST):
        now = machine.deadline
        assert now is not None
        for command in machine.handle(TimeUp(), now):
            if isinstance(command, SendDatagram):
                asked.append((now - lost, str(command.destination)))
    assert 75.0 <= asked[-1][0] <= 80.0
    assert asked[-1][1] == str(SECOND)


def test_unregistered_by_the_gatekeeper_confirms_and_comes_back() -> None:
    machine, _ = registered()
    urq = h225.UnregistrationRequest(
        requestSeqNum=77,
        callSignalAddress=[],
        endpointIdentifier="7_ep",
        reason=("reregistrationRequired", True),
    )
    run(
        machine,
        [
            Row(
                300.0,
                arrives(urq),
                [
                    f"UnregistrationConfirm {FIRST}",
                    "reached notify",
                    "UNREGISTERED_BY_GATEKEEPER",
                    "failed register",
                    GRQ,
                ],
            )
        ],
        show=words,
    )


def test_put_out_by_another_login_waits_instead_of_fighting() -> None:
    machine, _ = registered()
    urq = h225.UnregistrationRequest(requestSeqNum=77, callSignalAddress=[], endpointIdentifier="7_ep")
    run(machine, [Row(300.0, arrives(urq), ..., 3900.0)], show=words)
    assert machine.granted is None


def test_a_stranger_cannot_unregister_a_handset() -> None:
    machine, _ = registered()
    urq = h225.UnregistrationRequest(requestSeqNum=77, callSignalAddress=[], endpointIdentifier="7_ep")
    run(machine, [Row(300.0, arrives(urq, SECOND), [])], show=words)
    other = h225.UnregistrationRequest(requestSeqNum=77, callSignalAddress=[], endpointIdentifier="8_ep")
    run(machine, [Row(301.0, arrives(other), [f"UnregistrationReject {FIRST}"])], show=words)
    assert machine.granted is not None


def test_information_is_given_when_asked() -> None:
    machine, _ = registered()
    irq = h225.InfoRequest(requestSeqNum=99, callReferenceValue=0)
    sent = run(
        machine,
        [Row(600.0, arrives(irq), [f"InfoRequestResponse {FIRST}", "reached notify"])],
        show=words,
    )
    irr, _ = last(sent)
    assert isinstance(irr, h225.InfoRequestResponse)
    assert (irr.requestSeqNum, irr.endpointIdentifier) == (99, "7_ep")


def test_station_data_that_was_asked_for_is_no_notification_and_an_nsm_of_its_own_is() -> None:
    machine, sent = registered()
    nsm, _ = last(sent)
    assert isinstance(nsm, h225.NonStandardMessage)
    unasked = h225.NonStandardMessage(
        requestSeqNum=nsm.requestSeqNum % 65535 + 7, nonStandardData=nsm.nonStandardData
    )
    run(
        machine,
        [Row(3.0, arrives(nsm), []), Row(600.0, arrives(unasked), ["reached notify"])],
        show=words,
    )


def test_alternates_are_asked_after_the_list() -> None:
    third = transport("10.1.0.33", 1719)
    alternates = [
        h225.AlternateGK(rasAddress=address_field(address), needToRegister=True, priority=0)
        for address in (FIRST, third)
    ]
    machine, _ = registered(alternateGatekeeper=alternates)
    assert machine.gatekeepers == (FIRST, SECOND, third)


def test_leaving_unregisters_and_frees_the_port() -> None:
    machine, _ = registered()
    run(
        machine,
        [
            Row(32.0, LogOff(), [URQ], 37.0),
            Row(
                32.1,
                lambda sent: arrives(h225.UnregistrationConfirm(requestSeqNum=number(sent))),
                ["Unbind"],
                None,
            ),
        ],
        show=words,
    )
    assert machine.granted is None


def test_who_leaves_and_is_not_known_was_not_registered_to_the_end() -> None:
    machine, _ = registered()
    run(
        machine,
        [
            Row(32.0, LogOff(), [URQ]),
            Row(
                32.1,
                lambda sent: arrives(
                    h225.UnregistrationReject(
                        requestSeqNum=number(sent), rejectReason=("notCurrentlyRegistered", True)
                    )
                ),
                ["failed register", "Unbind"],
                None,
            ),
        ],
        show=words,
    )
    assert machine.left


def test_a_gatekeeper_that_no_longer_answers_is_said_at_the_end() -> None:
    machine, _ = registered()
    rows = [
        Row(32.0, LogOff(), [URQ]),
        Row(33.0, LogOff(), []),
        Row(DUE, TimeUp(), [URQ]),
        Row(DUE, TimeUp(), ["failed register", "Unbind"], None),
    ]
    run(machine, rows, show=words)
    assert machine.left
    assert machine.granted is None


def number(sent: Sequence[Command]) -> int:
    message, _ = last(sent)
    assert isinstance(message, h225.UnregistrationRequest)
    return message.requestSeqNum


def test_a_link_that_returns_leads_to_the_same_gatekeeper() -> None:
    machine, _ = registered()
    run(
        machine,
        [Row(50.0, LinkChanged(False), []), Row(60.0, LinkChanged(True), [GRQ])],
        show=words,
    )


VALID: list[ras.RasMessage] = [
    h225.InfoRequest(requestSeqNum=5, callReferenceValue=0),
    h225.UnregistrationRequest(requestSeqNum=5, callSignalAddress=[], reason=("ttlExpired", True)),
    h225.RequestInProgress(requestSeqNum=5, delay=1),
    h225.UnknownMessageResponse(requestSeqNum=5),
]


def stories(valid: list[ras.RasMessage]) -> st.SearchStrategy[list[tuple[float, Event]]]:
    octets = st.one_of(
        st.binary(max_size=60),
        st.sampled_from([ras.encode(message) for message in valid]),
        st.builds(
            lambda message, at, octet: (
                message[: at % len(message)] + bytes([octet]) + message[at % len(message) + 1 :]
            ),
            st.sampled_from([ras.encode(message) for message in valid]),
            st.integers(0, 200),
            st.integers(0, 255),
        ),
    )
    events: st.SearchStrategy[Event] = st.one_of(
        st.just(Started()),
        st.just(TimeUp()),
        st.builds(BindFailed, st.sampled_from([HANDSET, TransportAddress(HANDSET.ip, 49301)])),
        st.builds(LinkChanged, st.booleans()),
        st.builds(DatagramReceived, st.sampled_from([FIRST, SECOND]), st.just(HANDSET), octets),
    )
    return st.lists(st.tuples(st.floats(0, 100), events), max_size=15)


@settings(max_examples=60, deadline=None)
@given(stories(VALID), st.booleans())
def test_whatever_comes_the_laws_hold(story: list[tuple[float, Event]], start_registered: bool) -> None:
    machine = registered()[0] if start_registered else client()
    obey(machine, [(5.0, LinkChanged(True)), *story])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["gcf", "rcf", "rrj", "time"]), st.integers(0, 400), st.integers(0, 255)),
        max_size=12,
    )
)
def test_mangled_answers_do_not_raise(steps: list[tuple[str, int, int]]) -> None:
    machine = client()
    sent: list[Command] = [*machine.handle(Started(), 0.0), *machine.handle(TimeUp(), 0.01)]
    now = 0.01
    makers: dict[str, Answer] = {"gcf": gcf(), "rcf": rcf(timeToLive=9), "rrj": rrj(("invalidAlias", True))}
    for name, at, octet in steps:
        if name == "time" and machine.deadline is not None:
            now = max(now, machine.deadline)
            sent += machine.handle(TimeUp(), now)
        elif name in makers:
            try:
                event = makers[name](sent)
            except AssertionError:
                continue
            assert isinstance(event, DatagramReceived)
            data = bytearray(event.data)
            if at < len(data):
                data[at] = octet
            sent += machine.handle(DatagramReceived(event.source, event.destination, bytes(data)), now)


def test_unbind_is_not_said_twice() -> None:
    machine, _ = registered()
    sent = [*machine.handle(LogOff(), 32.0)]
    sent += [command for at in (37.0, 42.0, 47.0) for command in machine.handle(TimeUp(), at)]
    sent += machine.handle(LogOff(), 50.0)
    assert sum(isinstance(command, Unbind) for command in sent) == 1
