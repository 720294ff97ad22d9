"""Files of one directory: no name and no link leads out, and what is sent is what was promised."""

import contextlib
import os
import resource
import socket
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.actors.files.content import Content, StoredFile
from ringfence.actors.files.server import FileServer, FileServerConfig
from ringfence.drivers.aio import Host
from ringfence.drivers.aio.file_root import FileRoot
from ringfence.model.address import transport
from ringfence.model.errors import InputError
from support import certificates
from support.aio_bench import Bench

HERE = transport("127.3.0.1", 15480)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("files") / "root"
    (root / "images").mkdir(parents=True)
    (root / "46xxsettings.txt").write_bytes(b"SET L2Q 1\n")
    (root / "images" / "big.bin").write_bytes(os.urandom(5_000_000))
    (root / ".htpasswd").write_text("secret")
    (root.parent / "secret").write_text("secret")
    os.mkfifo(root / "fifo")
    links = {
        "inside": "images/big.bin",
        "folder": "images",
        "out": "../secret",
        "far": "/etc/passwd",
        "up": "..",
        "round": "round",
        "hidden": ".htpasswd",
        "nowhere": "images/gone",
    }
    for name, to in links.items():
        (root / name).symlink_to(to)
    return root


@pytest.fixture
def root(directory: Path) -> Iterator[FileRoot]:
    made = FileRoot(directory)
    yield made
    made.close()


@pytest.mark.parametrize("name", ["46xxsettings.txt", "images/big.bin", "inside", "folder/big.bin"])
def test_what_is_inside_is_served(root: FileRoot, directory: Path, name: str) -> None:
    found = root[name]
    assert isinstance(found, StoredFile)
    assert found.size == (directory / name).stat().st_size


@pytest.mark.parametrize(
    "name",
    [
        "",
        "images",
        "gone",
        "out",
        "far",
        "up/secret",
        "round",
        "hidden",
        "nowhere",
        "fifo",
        ".htpasswd",
        "..",
        "../secret",
        "images/../46xxsettings.txt",
        "images//big.bin",
        "/etc/passwd",
        "46xxsettings.txt\0",
        "x" * 5000,
        "a/" * 500 + "a",
        "46xxsettings.txt/",
    ],
)
def test_nothing_else_is(root: FileRoot, name: str) -> None:
    assert name not in root


@pytest.mark.parametrize("name", ["../secret", ".htpasswd", "out", "up/secret", "fifo", "gone", ""])
def test_what_was_never_looked_up_is_not_opened(root: FileRoot, name: str) -> None:
    with pytest.raises((OSError, ValueError)):
        root.open(name)


@given(st.lists(st.sampled_from(["..", ".", "images", "up", "folder", "out", "secret", "x"]), max_size=6))
def test_no_path_leads_out(directory: Path, parts: list[str]) -> None:
    root = FileRoot(directory)
    found = root.get("/".join(parts))
    assert found is None or isinstance(found, StoredFile)
    if isinstance(found, StoredFile):
        assert (directory / found.name).resolve().is_relative_to(directory)
    root.close()


def test_a_link_put_there_meanwhile_leads_nowhere(directory: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "file").write_text("fine")
    root = FileRoot(tmp_path)
    assert "in/file" in root
    (tmp_path / "in" / "file").unlink()
    (tmp_path / "in").rmdir()
    (tmp_path / "in").symlink_to(directory.parent)
    with pytest.raises(OSError):
        root.open("in/secret")
    root.close()


def test_names_that_are_there_are_listed(root: FileRoot) -> None:
    assert "images/big.bin" in set(root)
    assert len(root) == len(list(root))


def test_no_directory_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--directory"):
        FileRoot(tmp_path / "gone")


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    for host in made.hosts:
        host.close()
    made.loop.close()


def serve(bench: Bench, root: FileRoot, files: Mapping[str, Content], **options: object) -> Host:
    config = FileServerConfig(files, https=(HERE,)) if options else FileServerConfig(files, (HERE,))
    return bench.run(FileServer(config), files=root, **options)


def fetched(bench: Bench, name: str, more: str = "", client: ssl.SSLContext | None = None) -> bytes:
    """The whole answer to a client on a thread of its own, whatever ends it."""

    def ask() -> bytes:
        got = bytearray()
        with contextlib.ExitStack() as opened:
            sock = opened.enter_context(socket.create_connection((str(HERE.ip), HERE.port), 20))
            if client is not None:
                sock = opened.enter_context(client.wrap_socket(sock, server_hostname=str(HERE.ip)))
            sock.sendall(f"GET /{name} HTTP/1.1\r\nHost: f\r\n{more}Connection: close\r\n\r\n".encode())
            with contextlib.suppress(ConnectionResetError):
                while data := sock.recv(1 << 20):
                    got += data
        return bytes(got)

    return bench.loop.run_until_complete(bench.loop.run_in_executor(None, ask))


def test_a_large_file_and_a_part_of_it_arrive_whole(bench: Bench, root: FileRoot, directory: Path) -> None:
    serve(bench, root, root)
    octets = (directory / "images" / "big.bin").read_bytes()
    assert fetched(bench, "images/big.bin").partition(b"\r\n\r\n")[2] == octets
    answer = fetched(bench, "inside", "Range: bytes=4000000-\r\n")
    assert answer.startswith(b"HTTP/1.1 206 ")
    assert answer.partition(b"\r\n\r\n")[2] == octets[4_000_000:]


def test_a_file_that_changes_under_way_is_no_file(bench: Bench, root: FileRoot) -> None:
    file = root["46xxsettings.txt"]
    assert isinstance(file, StoredFile)
    serve(bench, root, {"was": StoredFile(file.name, file.size, file.modified - 1)})
    assert fetched(bench, "was").partition(b"\r\n\r\n")[2] == b""


def test_descriptors_are_given_back(bench: Bench, root: FileRoot) -> None:
    serve(bench, root, root)
    fetched(bench, "images/big.bin")
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for _ in range(5):
        fetched(bench, "images/big.bin")
    assert len(os.listdir("/proc/self/fd")) <= before + 1  # noqa: PTH208


def test_tls_sends_the_same_octets(bench: Bench, root: FileRoot, directory: Path, tmp_path: Path) -> None:
    server, client, _ = certificates.make(tmp_path)
    serve(bench, root, root, tls_server=server)
    answer = fetched(bench, "images/big.bin", client=client)
    assert answer.partition(b"\r\n\r\n")[2] == (directory / "images" / "big.bin").read_bytes()


def test_one_address_cannot_keep_the_others_out(bench: Bench) -> None:
    """As many connections as the process can have, from one address; another's is served at once."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (400, before[1]))
    try:
        host = bench.run(FileServer(FileServerConfig({"x": b"served"}, (HERE,), idle=60.0)))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

    def ask() -> bytes:
        with contextlib.ExitStack() as opened:
            for _ in range(600):
                with contextlib.suppress(ConnectionResetError):
                    opened.enter_context(socket.create_connection((str(HERE.ip), HERE.port), 20))
            with socket.create_connection((str(HERE.ip), HERE.port), 20, ("127.3.0.7", 0)) as sock:
                sock.sendall(b"GET /x HTTP/1.1\r\nHost: f\r\nConnection: close\r\n\r\n")
                return b"".join(iter(lambda: sock.recv(1000), b""))

    answer = bench.loop.run_until_complete(bench.loop.run_in_executor(None, ask))
    assert answer.endswith(b"served")
    assert "CONNECTIONS_PUT_OUT" in bench.codes()
    assert host.defect is None
