"""The handset's file client against answers in every order, shape and size."""

import itertools
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.actors.files.client import FileClient
from ringfence.actors.files.config import FileClientConfig, FileSource
from ringfence.actors.io import (
    CloseStream,
    Command,
    Noted,
    OpenStream,
    SendStream,
    StageFailed,
    StageReached,
    Started,
    StreamClosed,
    StreamFailed,
    StreamFault,
    StreamOpened,
    StreamReceived,
    TimeUp,
)
from ringfence.model.address import transport
from ringfence.model.site import Scheme
from support.script import DUE, Row, obey, run, step

PHONE = transport("10.9.0.5", 40000)
PLAIN = FileSource(transport("10.1.0.80", 80), directory="/phones/")
SECURE = FileSource(transport("10.1.0.81", 411), Scheme.HTTPS)
CONFIG = FileClientConfig(PHONE.ip, (PLAIN,), variables={"MODEL4": "9608"})
UPGRADE = b"GET 46xxsettings.scr\nGET 46xxsettings.txt\n"

NO_TLS = StreamFailed(1, "TLS: alert", StreamFault.TLS)
REFUSED = StreamFailed(3, "refused", StreamFault.REFUSED)


def words(command: Command) -> object:
    match command:
        case OpenStream():
            return f"open {command.stream} {command.destination}{' tls' if command.tls else ''}"
        case SendStream(data=data):
            return data.split(b"\r\n")[0].decode()
        case CloseStream(abort=abort):
            return "reset" if abort else "close"
        case Noted(finding=finding):
            return finding.code
        case StageReached() | StageFailed():
            return type(command).__name__
        case _:
            return command


def up(stream: int) -> StreamOpened:
    return StreamOpened(stream, PHONE, PLAIN.address)


def reply(stream: int, body: bytes = b"", status: str = "200 OK") -> StreamReceived:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return StreamReceived(stream, head + body)


NOT_FOUND = "404 Not Found"


def test_a_96x1_takes_its_upgrade_file_survives_the_404_and_reads_its_settings() -> None:
    phone = FileClient(CONFIG, count(1))
    run(
        phone,
        [
            Row(0.0, Started(), ["open 1 10.1.0.80:80"], 20.0),
            Row(0.1, up(1), ["GET /phones/96x1Hupgrade.txt HTTP/1.1"], 20.0),
            Row(0.2, reply(1, UPGRADE), ["close", "open 2 10.1.0.80:80"], 20.2),
            Row(0.3, up(2), ["GET /phones/46xxsettings.scr HTTP/1.1"]),
            Row(0.4, reply(2, b"no", NOT_FOUND), ["close", "open 3 10.1.0.80:80"]),
            Row(0.5, up(3), ["GET /phones/46xxsettings.txt HTTP/1.1"]),
            Row(0.6, reply(3, b"SET MCIPADD 10.1.0.30\n"), ["close", "StageReached"], None),
            Row(99.0, StreamClosed(3), [], None),
        ],
        show=words,
    )
    assert phone.settings == {"MCIPADD": "10.1.0.30"}
    assert phone.succeeded is True


def test_https_comes_first_and_its_failures_lead_to_http() -> None:
    phone = FileClient(replace(CONFIG, sources=(SECURE, PLAIN)), count(1))
    run(
        phone,
        [
            Row(0.0, Started(), ["open 1 10.1.0.81:411 tls"]),
            Row(
                1.0,
                StreamFailed(1, "TLS: alert", StreamFault.TLS),
                ["FILES_TLS_FAILED", "open 2 10.1.0.80:80"],
            ),
            Row(1.1, up(2), ["GET /phones/96x1Hupgrade.txt HTTP/1.1"]),
            Row(1.2, reply(2, b"GET 46xxsettings.txt\n"), ["close", "open 3 10.1.0.80:80"]),
            Row(
                2.0,
                StreamFailed(3, "refused", StreamFault.REFUSED),
                ["FILES_REFUSED", "open 4 10.1.0.81:411 tls"],
            ),
            Row(3.0, up(4), ["GET /46xxsettings.txt HTTP/1.1"]),
            Row(4.0, reply(4, b"SET L2Q 1\n"), ["close", "StageReached"], None),
        ],
        show=words,
    )


def test_no_server_answering_fails_the_stage_after_every_round() -> None:
    phone = FileClient(replace(CONFIG, rounds=2), count(1))
    run(
        phone,
        [
            Row(0.0, Started(), ["open 1 10.1.0.80:80"], 20.0),
            Row(10.0, StreamFailed(1, "timed out"), ["FILES_UNREACHABLE"], 15.0),
            Row(DUE, TimeUp(), ["open 2 10.1.0.80:80"], 35.0),
            Row(16.0, up(2), ["GET /phones/96x1Hupgrade.txt HTTP/1.1"], 35.0),
            Row(DUE, TimeUp(), ["reset", "FILES_MUTE", "StageFailed"], None),
        ],
        show=words,
    )
    assert phone.succeeded is False


def test_a_server_that_has_nothing_is_enough_but_told() -> None:
    """Handsets work without a settings file (9600 R6.0 administrator guide, p. 55)."""
    run(
        FileClient(CONFIG, count(1)),
        [
            Row(0.0, Started(), ["open 1 10.1.0.80:80"]),
            Row(0.1, up(1), ["GET /phones/96x1Hupgrade.txt HTTP/1.1"]),
            Row(0.2, reply(1, b"", NOT_FOUND), ["close", "open 2 10.1.0.80:80"]),
            Row(0.3, up(2), ["GET /phones/46xxsettings.scr HTTP/1.1"]),
            Row(0.4, reply(2, b"", NOT_FOUND), ["close", "open 3 10.1.0.80:80"]),
            Row(0.5, up(3), ["GET /phones/46xxsettings.txt HTTP/1.1"]),
            Row(0.6, reply(3, b"", NOT_FOUND), ["close", "FILES_NOT_FOUND", "StageReached"], None),
        ],
        show=words,
    )


def test_a_46xx_asks_for_the_txt_though_its_script_ended_at_the_missing_scr() -> None:
    run(
        FileClient(replace(CONFIG, family="46xx"), count(1)),
        [
            Row(0.0, Started(), ["open 1 10.1.0.80:80"]),
            Row(0.1, up(1), ["GET /phones/46xxupgrade.scr HTTP/1.1"]),
            Row(0.2, reply(1, UPGRADE), ["close", "open 2 10.1.0.80:80"]),
            Row(0.3, up(2), ["GET /phones/46xxsettings.scr HTTP/1.1"]),
            Row(0.4, reply(2, b"", NOT_FOUND), ["close", "open 3 10.1.0.80:80"]),
            Row(0.5, up(3), ["GET /phones/46xxsettings.txt HTTP/1.1"]),
            Row(0.6, reply(3, b"SET L2Q 1\n"), ["close", "StageReached"], None),
        ],
        show=words,
    )


def test_a_redirect_is_told_and_not_followed() -> None:
    moved = b"HTTP/1.1 301 Moved\r\nLocation: https://10.1.0.80/\r\nContent-Length: 0\r\n\r\n"
    phone = FileClient(replace(CONFIG, family="h323"), count(1))
    run(
        phone,
        [
            Row(0.0, Started(), ["open 1 10.1.0.80:80"]),
            Row(0.1, up(1), ["GET /phones/46xxsettings.scr HTTP/1.1"]),
            Row(0.2, StreamReceived(1, moved), ["close", "FILES_REDIRECTED", "open 2 10.1.0.80:80"]),
        ],
        show=words,
    )


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"SSH-2.0-OpenSSH\r\n\r\n", "FILES_REJECTED"),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "FILES_REJECTED"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b"x" * 100,
            "FILES_REJECTED",
        ),  # above max_octets
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 20_000, "FILES_REJECTED"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na\0b", "FILES_REJECTED"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nLET A 1\n", "SETTINGS_LINE_SKIPPED"),
    ],
)
def test_a_bad_answer_is_told(data: bytes, code: str) -> None:
    phone = FileClient(replace(CONFIG, max_octets=50), count(1))
    step(phone, Started(), 0.0)
    step(phone, up(1), 0.0)
    assert code in [words(command) for command in step(phone, StreamReceived(1, data), 0.1)]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nSET A\r\n3\r\n 1\n\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nSET A 1\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nSET A 1\n",
    ],
)
@given(st.lists(st.integers(0, 500)))
def test_a_body_of_any_framing_in_any_pieces_is_read(answer: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(cut % len(answer) for cut in cuts), len(answer)]
    phone = FileClient(replace(CONFIG, family="h323"), count(1))
    step(phone, Started(), 0.0)
    step(phone, up(1), 0.0)
    said: list[object] = []
    for first, last in itertools.pairwise(edges):
        said += map(words, step(phone, StreamReceived(1, answer[first:last]), 0.1))
    said += map(words, step(phone, StreamClosed(1), 0.2))
    assert said == ["close", "StageReached"]
    assert phone.settings == {"A": "1"}


@pytest.mark.parametrize("cut", [10, 50])
def test_a_connection_lost_in_the_middle_is_a_failure(cut: int) -> None:
    phone = FileClient(CONFIG, count(1))
    step(phone, Started(), 0.0)
    step(phone, up(1), 0.0)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nSET A 1\nSET B 2\n"
    assert step(phone, StreamReceived(1, answer[:cut]), 0.1) == ()
    assert "FILES_REJECTED" in map(words, step(phone, StreamClosed(1), 0.2))


def test_a_name_of_any_letters_becomes_a_request() -> None:
    phone = FileClient(CONFIG, count(1))
    step(phone, Started(), 0.0)
    step(phone, up(1), 0.0)
    step(phone, reply(1, "GET fü\x01?r/../#.txt\n".encode()), 0.1)
    [asking] = step(phone, up(2), 0.2)
    assert isinstance(asking, SendStream)
    assert asking.data.startswith(b"GET /phones/f%C3%BC%01%3Fr/../%23.txt HTTP/1.1\r\n")


@pytest.mark.parametrize("sources", [(), (PLAIN, SECURE)])
def test_a_source_list_must_not_be_empty_or_out_of_order(sources: tuple[FileSource, ...]) -> None:
    with pytest.raises(ValueError, match="server"):
        replace(CONFIG, sources=sources)


@given(
    st.lists(
        st.tuples(
            st.floats(0, 30),
            st.one_of(
                st.builds(up, st.integers(1, 6)),
                st.builds(
                    StreamFailed, st.integers(1, 6), st.sampled_from(["refused", "timed out", "TLS: x"])
                ),
                st.builds(StreamClosed, st.integers(1, 6), st.sampled_from(["", "reset by peer"])),
                st.builds(
                    reply, st.integers(1, 6), st.sampled_from([UPGRADE, b"GET a\n", b"\0", b"SET A 1\n"])
                ),
                st.builds(StreamReceived, st.integers(1, 6), st.binary(max_size=40)),
            ),
        ),
        max_size=30,
    )
)
def test_nothing_that_servers_do_breaks_the_laws(events: list[tuple[float, StreamClosed]]) -> None:
    obey(
        FileClient(replace(CONFIG, sources=(SECURE, PLAIN)), count(1)),
        [(0.0, Started()), *events, (1000.0, TimeUp())],
    )
