"""The file server as a client sees it: plain answers, limits, and nothing outside its mapping."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.actors.files.server import FileServer, FileServerConfig
from ringfence.actors.io import (
    BindFailed,
    CloseStream,
    Command,
    Listen,
    SendStream,
    StageFailed,
    Started,
    StreamAccepted,
    StreamClosed,
    StreamReceived,
    TimeUp,
)
from ringfence.model.address import transport
from support.script import DUE, Row, obey, run, step

HTTP, HTTPS, PHONE = transport("10.1.0.80", 80), transport("10.1.0.80", 443), transport("10.9.0.5", 40000)
FILES = {"46xxsettings.txt": b"SET L2Q 1\n", "dir/96x1Hupgrade.txt": b"x" * 100_000}
CONFIG = FileServerConfig(FILES, http=(HTTP,), https=(HTTPS,))
ACCEPTED = StreamAccepted(-1, HTTP, PHONE)


def ask(path: str, method: str = "GET", version: str = "1.1", more: str = "") -> bytes:
    return f"{method} {path} HTTP/{version}\r\nHost: files\r\n{more}\r\n".encode()


def words(command: Command) -> object:
    match command:
        case SendStream(data=data) if data.startswith(b"HTTP/1.1 "):
            return data[9:12].decode() + (" close" if b"connection: close" in data.lower() else "")
        case SendStream(data=data):
            return f"{len(data)} octets"
        case CloseStream(abort=abort):
            return "reset" if abort else "close"
        case _:
            return command


def opened(config: FileServerConfig = CONFIG) -> FileServer:
    server = FileServer(config)
    step(server, Started(), 0.0)
    step(server, ACCEPTED, 0.0)
    return server


def answer(server: FileServer, data: bytes) -> list[object]:
    return [words(command) for command in step(server, StreamReceived(-1, data), 1.0)]


def test_it_listens_on_every_address_and_says_when_it_cannot() -> None:
    run(
        FileServer(CONFIG),
        [
            Row(0.0, Started(), [Listen(HTTP), Listen(HTTPS, tls=True)], None),
            Row(0.0, BindFailed(HTTPS), [lambda command: isinstance(command, StageFailed)], None),
        ],
    )


def test_one_connection_serves_file_after_file_and_times_out() -> None:
    run(
        opened(),
        [
            Row(1.0, StreamReceived(-1, ask("/46xxsettings.scr")), ["404"]),
            Row(2.0, StreamReceived(-1, ask("/46xxsettings.txt")), ["200", "10 octets"]),
            Row(3.0, StreamReceived(-1, ask("//dir/96x1Hupgrade.txt?x=1")), ["200", "100000 octets"]),
            Row(DUE, TimeUp(), [], 33.0),
            Row(DUE, TimeUp(), ["close"], None),
            Row(34.0, StreamReceived(-1, ask("/46xxsettings.txt")), [], None),
        ],
        show=words,
    )


def test_an_unfinished_request_does_not_put_the_time_off() -> None:
    run(
        opened(),
        [
            Row(29.0, StreamReceived(-1, b"GET /46xxsettings.txt HT"), [], 30.0),
            Row(DUE, TimeUp(), ["close"], None),
        ],
        show=words,
    )


def test_the_body_has_its_length_and_head_has_no_body() -> None:
    [head, body] = step(opened(), StreamReceived(-1, ask("/46xxsettings.txt")), 1.0)
    assert isinstance(head, SendStream)
    assert isinstance(body, SendStream)
    assert b"content-length: 10\r\n" in head.data.lower()
    assert body.data == FILES["46xxsettings.txt"]
    [only] = step(opened(), StreamReceived(-1, ask("/46xxsettings.txt", "HEAD")), 1.0)
    assert isinstance(only, SendStream)
    assert b"content-length: 10\r\n" in only.data.lower()


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (ask("/46xxsettings.txt", version="1.0"), ["200 close", "10 octets", "close"]),
        (ask("/46xxsettings.txt", more="Connection: close\r\n"), ["200 close", "10 octets", "close"]),
        (ask("/46xxsettings.txt", "POST"), ["405 close", "close"]),
        (ask("/46xxsettings.txt", more="Content-Length: 3\r\n"), ["400 close", "close"]),
        (ask("/46xxsettings.txt", more="Content-Length: 0\r\n"), ["200", "10 octets"]),
        (b"\x16\x03\x01 hello\r\n\r\n", ["400 close", "close"]),
        (b"GET / HTTP/1.1\r\n\r\n", ["400 close", "close"]),  # no Host
        (ask("/../../etc/passwd"), ["404"]),
        (ask("/%2e%2e/%2e%2e/etc/passwd"), ["404"]),
        (ask("/46xxsettings%2Etxt"), ["200", "10 octets"]),
        (ask("/46xxsettings.txt") * 2, ["200", "10 octets", "200", "10 octets"]),
    ],
)
def test_what_it_answers(request_: bytes, expected: list[str]) -> None:
    assert answer(opened(), request_) == expected


def test_endless_pipelining_is_cut() -> None:
    said = answer(opened(), ask("/dir/96x1Hupgrade.txt") * 500)
    assert said.count("200") == 8
    assert said[-1] == "close"


def test_a_head_that_never_ends_is_refused() -> None:
    server = opened()
    for _ in range(100):
        said = answer(server, b"GET /x HTTP/1.1\r\n" if not server.served else b"")
        said += answer(server, b"A: " + b"b" * 1000 + b"\r\n")
        if "close" in said:
            break
    assert server.served == {400: 1}


def test_one_connection_too_many_is_reset() -> None:
    server = opened(replace(CONFIG, max_connections=1))
    assert [words(c) for c in step(server, StreamAccepted(-2, HTTP, PHONE), 1.0)] == ["reset"]
    step(server, StreamClosed(-1), 2.0)
    assert server.deadline is None
    assert step(server, StreamAccepted(-3, HTTP, PHONE), 3.0) == ()


def test_keep_alive_can_be_refused() -> None:
    server = opened(replace(CONFIG, keep_alive=False))
    assert answer(server, ask("/46xxsettings.txt")) == ["200 close", "10 octets", "close"]


def test_without_an_address_it_is_refused() -> None:
    with pytest.raises(ValueError, match="address"):
        FileServerConfig(FILES)


@given(st.lists(st.integers(0, 200)))
def test_how_a_request_is_cut_means_nothing(cuts: list[int]) -> None:
    data = ask("/46xxsettings.txt") + ask("/nothing") + ask("/46xxsettings.txt", "HEAD")
    edges = [0, *sorted(cut % len(data) for cut in cuts), len(data)]
    server = opened()
    said: list[object] = []
    for first, last in itertools.pairwise(edges):
        said += answer(server, data[first:last])
    assert said == ["200", "10 octets", "404", "200"]


@given(
    st.lists(
        st.tuples(
            st.floats(0, 50),
            st.one_of(
                st.builds(StreamAccepted, st.integers(-5, -1), st.just(HTTP), st.just(PHONE)),
                st.builds(
                    StreamReceived,
                    st.integers(-5, -1),
                    st.binary(max_size=60) | st.sampled_from([ask("/"), ask("/46xxsettings.txt"), b"\r\n"]),
                ),
                st.builds(StreamClosed, st.integers(-5, -1)),
            ),
        ),
        max_size=30,
    )
)
def test_nothing_that_clients_do_breaks_the_laws(events: list[tuple[float, StreamClosed]]) -> None:
    obey(FileServer(CONFIG), [(0.0, Started()), *events])
