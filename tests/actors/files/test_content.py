"""Parts of files: what a Range means (RFC 9110 section 14), and files on the host's disk."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.actors.files.content import (
    Content,
    ContentPart,
    Page,
    StoredFile,
    content_type,
    part_asked_for,
)
from ringfence.actors.files.server import FileServer, FileServerConfig
from ringfence.actors.io import SendFile, SendStream, Started, StreamAccepted, StreamReceived
from ringfence.model.address import transport
from support.script import step

HTTP = transport("10.1.0.80", 80)
BIG = StoredFile("images/S9621.bin", 10_000_000_000, 1_700_000_000_000_000_000)
FILES: dict[str, Content] = {
    "S9621.bin": BIG,
    "empty": StoredFile("empty", 0, 0),
    "small": b"0123456789",
    "healthz": Page(b"no\n", status=503),
}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("bytes=0-0", ContentPart(0, 1)),
        ("bytes=2-", ContentPart(2, 8)),
        ("bytes=2-400", ContentPart(2, 8)),
        ("bytes=-3", ContentPart(7, 3)),
        ("bytes=-300", ContentPart(0, 10)),
        (" bytes = 1-2 ", ContentPart(1, 2)),
        # Not for us: all of it is the answer.
        ("bytes=5-4", None),
        ("bytes=0-1,4-5", None),
        ("octets=0-1", None),
        ("bytes=-", None),
        ("bytes=" + "9" * 40 + "-", None),
        ("", None),
    ],
)
def test_a_range_of_ten_octets(text: str, part: ContentPart | None) -> None:
    assert part_asked_for(text, 10) == part


@pytest.mark.parametrize(("text", "size"), [("bytes=10-", 10), ("bytes=-0", 10), ("bytes=0-0", 0)])
def test_a_range_that_is_not_there(text: str, size: int) -> None:
    with pytest.raises(ValueError):
        part_asked_for(text, size)


@given(st.text("bytes=-0123456789, ", max_size=30), st.integers(0, 1 << 60))
def test_a_part_is_inside(text: str, size: int) -> None:
    try:
        part = part_asked_for(text, size)
    except ValueError:
        return
    assert part is None or (part.length > 0 and part.offset >= 0 and part.offset + part.length <= size)


def asked(path: str, *headers: str, method: str = "GET") -> tuple[str, dict[str, str], object]:
    """Status, headers, and what stands for the content."""
    server = FileServer(FileServerConfig(FILES, http=(HTTP,)))
    step(server, Started(), 0.0)
    step(server, StreamAccepted(-1, HTTP, transport("10.9.0.5", 40000)), 0.0)
    lines = (f"{method} /{path} HTTP/1.1", "Host: files", *headers, "", "")
    head, *body = step(server, StreamReceived(-1, "\r\n".join(lines).encode()), 1.0)
    assert isinstance(head, SendStream)
    status, *fields = head.data.decode().strip().split("\r\n")
    found = dict(field.lower().split(": ", 1) for field in fields)
    match body:
        case []:
            return status[9:], found, None
        case [SendStream(data=data)]:
            return status[9:], found, data
        case [SendFile() as file]:
            return status[9:], found, (file.name, file.offset, file.length, file.size, file.modified)
        case _:
            raise AssertionError(body)


def test_a_file_on_disk_is_sent_by_the_host_with_its_length_and_tag() -> None:
    status, headers, body = asked("S9621.bin")
    assert (status, body) == ("200 OK", (BIG.name, 0, BIG.size, BIG.size, BIG.modified))
    assert headers["content-length"] == "10000000000"
    assert headers["accept-ranges"] == "bytes"
    assert headers["last-modified"] == "tue, 14 nov 2023 22:13:20 gmt"
    assert headers["content-type"] == "application/octet-stream"


def test_a_broken_transfer_goes_on_where_it_was() -> None:
    tag = BIG.entity_tag
    status, headers, body = asked("S9621.bin", "Range: bytes=9999999990-", f"If-Range: {tag}")
    assert (status, headers["content-range"]) == (
        "206 Partial Content",
        "bytes 9999999990-9999999999/10000000000",
    )
    assert body == (BIG.name, 9999999990, 10, BIG.size, BIG.modified)
    # Another file by now: all of it.
    assert asked("S9621.bin", "Range: bytes=9999999990-", 'If-Range: "old"')[0] == "200 OK"


def test_parts_of_what_is_in_memory() -> None:
    assert asked("small", "Range: bytes=3-5")[2] == b"345"
    status, headers, body = asked("small", "Range: bytes=10-")
    assert (status, headers["content-range"], body) == ("416 Range Not Satisfiable", "bytes */10", None)
    assert asked("small", "Range: bytes=3-5", method="HEAD")[0] == "200 OK"


def test_an_empty_file_has_no_octets_and_a_page_its_own_status() -> None:
    assert asked("empty")[0] == "200 OK"
    assert asked("empty")[2] is None
    status, headers, body = asked("healthz")
    assert (status, headers["cache-control"], body) == ("503 Service Unavailable", "no-store", b"no\n")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a/46xxsettings.txt", "text/plain"),
        ("README", "application/octet-stream"),
        ("x.BIN", "application/octet-stream"),
        ("ca.crt", "application/x-x509-ca-cert"),
    ],
)
def test_content_types(name: str, kind: str) -> None:
    assert content_type(name) == kind
