"""Answers to repeated requests: for how long, and how much is kept."""

from ringfence.actors.gatekeeper.recent import RecentAnswers
from ringfence.model.address import TransportAddress, transport

PHONE = transport("10.2.0.21", 49300)


def source(number: int) -> TransportAddress:
    return transport(f"10.2.{number >> 8}.{number & 255}", 49300)


def test_a_repeated_request_gets_the_answer_it_had() -> None:
    recent = RecentAnswers(window=15.0)
    recent.put(PHONE, b"request", b"answer", 0.0)
    assert recent.find(PHONE, b"request", 14.0) == b"answer"
    assert recent.find(PHONE, b"another", 14.0) is None
    assert recent.find(source(1), b"request", 14.0) is None
    assert recent.find(PHONE, b"request", 15.0) == b"answer"
    assert recent.find(PHONE, b"request", 30.0) is None


def test_what_is_forgotten_is_not_found() -> None:
    recent = RecentAnswers()
    recent.put(PHONE, b"request", b"answer", 0.0)
    recent.forget(PHONE)
    assert recent.find(PHONE, b"request", 1.0) is None


def test_many_octets_shorten_the_memory() -> None:
    """Only addresses were counted: 50,000 requests of 60 KB are three gigabytes."""
    recent = RecentAnswers(octets=100_000)
    for number in range(100):
        recent.put(source(number), bytes(9_000), b"answer", 1.0)
    kept = [number for number in range(100) if recent.find(source(number), bytes(9_000), 1.0)]
    assert kept == list(range(100 - len(kept), 100))
    assert 11 <= len(kept) <= 24


def test_many_addresses_shorten_the_memory() -> None:
    recent = RecentAnswers(most=10)
    for number in range(100):
        recent.put(source(number), b"request", b"answer", 1.0)
    kept = [number for number in range(100) if recent.find(source(number), b"request", 1.0)]
    assert kept[-1] == 99
    assert 10 <= len(kept) <= 20
