"""Journals: every event and command survives the file, and a replay finds the first difference."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.actors import io, journal
from ringfence.actors.journal import JournalEntry
from ringfence.model.address import Address, Network, TransportAddress, transport
from ringfence.model.catalogue import CATALOGUE
from ringfence.model.errors import InputError
from ringfence.model.findings import Finding
from ringfence.model.stage import Stage
from support.networks import Puppet

ADDRESSES = st.ip_addresses()
PORTS = st.integers(0, 65535)
TRANSPORTS = st.builds(TransportAddress, ADDRESSES, PORTS)
NETWORKS = st.builds(
    lambda ip, n: IPv4Network((int(ip), n), strict=False), st.ip_addresses(v=4), st.integers(0, 32)
)
FINDINGS = st.builds(
    Finding,
    st.sampled_from(tuple(CATALOGUE.values())),
    st.text(max_size=5),
    st.none() | st.sampled_from(Stage),
    st.lists(st.integers(1, 9), max_size=2).map(tuple),
    st.just(""),
)
BY_HINT: dict[Any, st.SearchStrategy[Any]] = {
    float: st.floats(allow_nan=False, allow_infinity=False),
    int: st.integers(-(2**31), 2**31),
    str: st.text(max_size=5),
    bytes: st.binary(max_size=9),
    bool: st.booleans(),
    Stage: st.sampled_from(Stage),
    io.Kept: st.sampled_from(io.Kept),
    bytes | None: st.none() | st.binary(max_size=9),
    float | None: st.none() | st.floats(allow_nan=False, allow_infinity=False),
    io.StreamFault: st.sampled_from(io.StreamFault),
    Finding: FINDINGS,
    TransportAddress: TRANSPORTS,
    Address: ADDRESSES,
    Address | None: st.none() | ADDRESSES,
    Network: NETWORKS,
    tuple[int, int]: st.tuples(PORTS, PORTS),
    tuple[int, int, int] | None: st.none() | st.tuples(PORTS, PORTS, PORTS),
    tuple[Address, ...]: st.lists(ADDRESSES, max_size=3).map(tuple),
}


def structs(kind: type) -> st.SearchStrategy[Any]:
    return st.builds(kind, **{name: BY_HINT[hint] for name, hint in kind.__annotations__.items()})


@pytest.mark.parametrize("kind", get_args(io.Event))
@settings(max_examples=30)
@given(st.data())
def test_every_event_survives_one_line(kind: type, data: st.DataObject) -> None:
    event: io.Event = data.draw(structs(kind))
    survives(JournalEntry(data.draw(BY_HINT[float]), data.draw(BY_HINT[str]), event))


@pytest.mark.parametrize("kind", get_args(io.Command))
@settings(max_examples=30)
@given(st.data())
def test_every_command_survives_one_line(kind: type, data: st.DataObject) -> None:
    command: io.Command = data.draw(structs(kind))
    survives(JournalEntry(0.0, "phone", io.Started(), (command, command)))


def survives(entry: JournalEntry) -> None:
    line = journal.encode_entry(entry)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert journal.decode_entry(line) == entry


def test_a_bad_line_is_named() -> None:
    good = journal.encode_entry(JournalEntry(0.0, "phone", io.Started()))
    with pytest.raises(InputError, match=r"boot.jsonl line 3"):
        list(journal.read_entries([good, b"\n", good[:-5], good], where="boot.jsonl"))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b'{"time":0,"host":"a"}',
        b'{"time":0,"host":"a","event":{}}',
        b'{"time":0,"host":"a","event":{"type":"Exploded"}}',
        b'{"time":0,"host":"a","event":{"type":"StreamClosed"}}',
        b'{"time":0,"host":"a","event":{"type":"StreamClosed","stream":"x"}}',
        b'{"time":0,"host":"a","event":{"type":"Started","now":1}}',
        b'{"time":0,"host":"a","event":{"type":"BindFailed","local":["1.2.3",5]}}',
        b'{"time":0,"host":"a","event":{"type":"BindFailed","local":7}}',
        b'{"time":0,"host":"a","event":{"type":"Started"},"commands":[{"type":"Started"}]}',
    ],
)
def test_what_is_no_entry_is_refused(line: bytes) -> None:
    with pytest.raises(InputError, match="no journal entry"):
        journal.decode_entry(line)


def test_a_replay_agrees_or_shows_where_it_does_not() -> None:
    hello = io.SendDatagram(transport("10.0.0.1", 5), transport("10.0.0.2", 6), b"hello")
    entries = [
        JournalEntry(0.0, "a", io.Started(), (hello,)),
        JournalEntry(1.0, "a", io.EchoReplied(IPv4Address("10.0.0.2"), 1, 1), ()),
    ]
    assert journal.replay(Puppet((hello,)), entries) is None
    found = journal.replay(Puppet((hello,), lambda event: (hello,)), entries)
    assert found == journal.Divergence(2, entries[1], (hello,))


def test_ipv6_is_kept_too() -> None:
    configured = io.ConfigureAddress(IPv6Address("2001:db8::1"), IPv6Network("2001:db8::/64"))
    entry = JournalEntry(0.5, "a", io.Started(), (configured,))
    assert journal.decode_entry(journal.encode_entry(entry)) == entry
