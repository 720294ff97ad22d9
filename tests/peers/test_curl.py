"""The file server against curl, over real sockets, with and without TLS."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.actors.files.server import FileServer, FileServerConfig
from ringfence.drivers.aio import Host
from ringfence.model.address import transport
from support import certificates

pytestmark = pytest.mark.peers

HTTP, HTTPS = transport("127.3.0.1", 15080), transport("127.3.0.1", 15443)
SOFTWARE = bytes(range(256)) * 8192  # 2 MiB
FILES = {"46xxsettings.txt": b"SET L2Q 1\n", "software.bin": SOFTWARE}


class Bench:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        server, _, self.certificate = certificates.make(directory)
        self.loop = asyncio.new_event_loop()
        self.machine = FileServer(FileServerConfig(FILES, http=(HTTP,), https=(HTTPS,)))
        self.host = Host(self.machine, loop=self.loop, tls_server=server)
        self.host.start()

    def curl(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run curl while the loop serves it."""

        async def run() -> subprocess.CompletedProcess[bytes]:
            process = await asyncio.create_subprocess_exec(
                "curl",
                "--silent",
                "--show-error",
                "--max-time",
                "10",
                "--noproxy",
                "*",
                "--cacert",
                str(self.certificate),
                *arguments,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            out, err = await process.communicate()
            return subprocess.CompletedProcess(arguments, process.returncode or 0, out, err)

        return self.loop.run_until_complete(run())


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.host.close()
    made.loop.close()


@pytest.mark.parametrize("origin", [f"http://{HTTP}", f"https://{HTTPS}"])
def test_curl_gets_files_large_and_small_on_one_connection(bench: Bench, origin: str) -> None:
    done = bench.curl(
        "--write-out", "%{num_connects}\n", f"{origin}/46xxsettings.txt", f"{origin}/software.bin"
    )
    assert done.stderr == b""
    assert done.stdout == FILES["46xxsettings.txt"] + b"1\n" + SOFTWARE + b"0\n"
    assert bench.machine.served == {200: 2}


def test_curl_sees_the_length_and_no_body_with_head(bench: Bench) -> None:
    done = bench.curl("--head", f"http://{HTTP}/software.bin")
    assert done.stdout.startswith(b"HTTP/1.1 200 OK\r\n")
    assert f"content-length: {len(SOFTWARE)}".encode() in done.stdout.lower()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("missing.scr", b"404"),
        ("../../etc/passwd", b"404"),
        ("%2e%2e/%2e%2e/etc/passwd", b"404"),
        ("", b"404"),
    ],
)
def test_curl_is_told_what_is_not_there(bench: Bench, path: str, status: bytes) -> None:
    done = bench.curl(
        "--path-as-is", "--output", "/dev/null", "--write-out", "%{http_code}", f"http://{HTTP}/{path}"
    )
    assert done.stdout == status


def test_curl_may_not_upload(bench: Bench) -> None:
    done = bench.curl(
        "--data", "x=1", "--output", "/dev/null", "--write-out", "%{http_code}", f"http://{HTTP}/x"
    )
    assert done.stdout == b"405"


def test_curl_speaking_http_1_0_is_served(bench: Bench) -> None:
    done = bench.curl("--http1.0", f"http://{HTTP}/46xxsettings.txt")
    assert done.stdout == FILES["46xxsettings.txt"]


def test_curl_without_our_certificate_refuses_and_the_server_lives_on(bench: Bench) -> None:
    refused = bench.curl(
        "--cacert", "/etc/ssl/certs/ca-certificates.crt", f"https://{HTTPS}/46xxsettings.txt"
    )
    assert refused.returncode in {60, 77}  # certificate not trusted; or no such bundle on this machine
    assert bench.curl(f"https://{HTTPS}/46xxsettings.txt").stdout == FILES["46xxsettings.txt"]


def test_a_slow_reader_gets_everything(bench: Bench) -> None:
    done = bench.curl("--limit-rate", "4M", f"http://{HTTP}/software.bin")
    assert done.stdout == SOFTWARE


def test_many_curls_at_once(bench: Bench) -> None:
    urls = [f"http://{HTTP}/46xxsettings.txt" for _ in range(40)]
    done = bench.curl("--parallel", "--parallel-immediate", *urls)
    assert done.stdout == FILES["46xxsettings.txt"] * 40
