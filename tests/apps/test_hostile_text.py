"""Text that came over the network is shown and never obeyed, by whatever way it leaves."""

import csv
import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from ipaddress import IPv4Address
from pathlib import Path

import msgspec
import pytest
import yaml

from ringfence.apps.cli.main import main
from ringfence.model.errors import InputError
from ringfence.model.site_file import parse
from ringfence.wire import ras
from ringfence.wire.h225 import RegistrationConfirm, RegistrationRequest
from support.captures.capture_files import pcap
from support.captures.recorded_site import (
    DATA_GIADDR,
    FIRST,
    HANDSET,
    VOICE_GIADDR,
    Run,
    address,
    ask,
    echo,
    fetch,
    gcf,
    grq,
    lease,
    rcf,
    release,
    renew,
    rrj,
    rrq,
    signal,
)
from support.pages import without_own_script

# A formula, a live key of a site file, a terminal's commands, a page's script, every other way to end a line.
HOSTILE = "=2+5\nrules:\n  - id: all\r\x1b[2J\x1b]0;own\x07<script>alert(1)</script>\"'\\ #"
HOSTILE += " \x85\u2028\u202e\x00{{}}"
RAW = re.compile(r"[^\x20-\x7e\n]")


def hostile_rrq(number: int) -> bytes:
    message = ras.decode(rrq(number))
    assert isinstance(message, RegistrationRequest)
    return ras.encode(msgspec.structs.replace(message, terminalAlias=[("h323-ID", HOSTILE)]))


def hostile_rcf(number: int) -> bytes:
    message = ras.decode(rcf(number))
    assert isinstance(message, RegistrationConfirm)
    return ras.encode(msgspec.structs.replace(message, endpointIdentifier=HOSTILE))


def captured(folder: Path, *, rejected: bool) -> Path:
    """A boot whose alias, identifier and option 242 are hostile; its RRQ is granted or refused."""
    run = Run()
    settings = "MCIPADD=10.1.0.30,HTTPSRVR=10.1.0.20,L2Q=1,L2QVLAN=20,HTTPDIR="
    settings += HOSTILE.encode("latin-1", "ignore").decode("latin-1")
    lease(run, DATA_GIADDR, FIRST, 1, settings=settings)
    release(run)
    lease(run, VOICE_GIADDR, HANDSET, 2, settings=settings)
    fetch(run, f"404 {HOSTILE.splitlines()[0]}\x1b[2J" if rejected else "200 OK")
    ask(run, grq(10), gcf(10))
    ask(run, hostile_rrq(11), rrj(11, "securityDenial") if rejected else hostile_rcf(11))
    if not rejected:
        signal(run)
        echo(run)
        renew(run)
    path = folder / "hostile.pcap"
    path.write_bytes(pcap([(each.time, each.data) for each in run.frames if each.tap == "servers"]))
    return path


@pytest.fixture(params=[False, True], ids=["granted", "rejected"])
def capture(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return captured(tmp_path, rejected=request.param)


@pytest.fixture
def ringfence(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[str, str]]:
    def run(*arguments: object) -> tuple[str, str]:
        with pytest.raises(SystemExit):
            main([str(each) for each in arguments])
        return capsys.readouterr()

    return run


def test_a_learnt_site_has_no_key_of_the_networks(
    capture: Path, tmp_path: Path, ringfence: Callable[..., tuple[str, str]]
) -> None:
    printed, notes = ringfence("learn", capture)
    ringfence("learn", capture, "-o", tmp_path / "site.yaml")
    written = (tmp_path / "site.yaml").read_text()
    assert written == printed
    assert not RAW.findall(printed + notes)
    for line in written.splitlines():
        assert "rules" not in line.partition("#")[0]
    assert "rules" not in yaml.safe_load(written)
    # Were it complete, it would be the procedure's own rules that are proved, not the network's.
    try:
        assert not parse(written).rules
    except InputError as error:
        assert "UNKNOWN" in str(error)


def test_an_explanation_is_of_lines_of_our_own(
    capture: Path, tmp_path: Path, ringfence: Callable[..., tuple[str, str]]
) -> None:
    page, table = tmp_path / "page.html", tmp_path / "table.csv"
    out, err = ringfence("explain", capture, "--html", page, "--csv", table)
    assert not RAW.findall(out + err)
    ladder, err = ringfence("explain", capture, "--handset", str(HANDSET))
    assert not RAW.findall(ladder + err)
    many, err = ringfence("explain", "--many", capture)
    assert not RAW.findall(many + err)
    shown, _ = ringfence("explain", capture, "--json")
    assert json.loads(shown)
    assert not RAW.findall(shown)
    with table.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert not any(value.startswith(("=", "+", "-", "@")) for value in row.values())
    assert not any(RAW.findall(value) or "\n" in value for value in row.values())
    tags = Tags()
    tags.feed(without_own_script(page.read_text()))
    assert "script" not in tags.found
    assert not RAW.findall(page.read_text().replace("\u2026", ""))


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)


def test_a_log_of_serve_has_a_line_for_each_event() -> None:
    """An alias cannot write a line of its own, as of a registration that never was."""
    start = "from ringfence.apps.cli.main import main; main()"
    command = [sys.executable, "-c", start, "serve", "--dialect", "h323", "--user", "1:2"]
    with subprocess.Popen(
        [*command, "--address", "127.78.0.1", "--for", "60"], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert "serving gatekeeper" in server.stdout.readline()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as endpoint:
            endpoint.bind(("127.78.1.1", 0))
            endpoint.settimeout(20)
            message = ras.decode(hostile_rrq(5))
            assert isinstance(message, RegistrationRequest)
            port = endpoint.getsockname()[1]
            own = [address(IPv4Address("127.78.1.1"), port)]
            sent = msgspec.structs.replace(message, rasAddress=own, callSignalAddress=own)
            endpoint.sendto(ras.encode(sent), ("127.78.0.1", 1719))
            endpoint.recv(4096)
        server.terminate()
        out, _ = server.communicate(timeout=30)
    assert not RAW.findall(out)
    assert all(re.match(r"\d{4}-\d\d-\d\dT[\d:]{8} ", line) for line in out.splitlines()), out
    assert "rejected =2+5\\nrules:" in out
