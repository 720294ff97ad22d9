"""A serve as its operators meet it: logs, signals, the monitor's port, `ringfence status`, systemd."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from urllib.error import HTTPError

import pytest

from support.documents import unlike_its_schema
from support.killing import MAIN, Phones, Serve, small_disk, verify

ADDRESS = "127.83.0.1"
MONITOR = f"{ADDRESS}:9719"
PLAIN = ("--dialect", "h323", "--anybody")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def serve(request: pytest.FixtureRequest, state: Path) -> Iterator[Serve]:
    made = Serve(ADDRESS, state, *getattr(request, "param", (*PLAIN, "--monitor", MONITOR)))
    made.start()
    yield made
    made.kill()


@pytest.fixture
def phones() -> Iterator[Phones]:
    made = Phones(ADDRESS, leases=False)
    yield made
    made.close()


def registered(phones: Phones, count: int) -> None:
    for number in range(1, count + 1):
        phones.rrq(number)
        assert phones.hear(5.0)


def line_with(serve: Serve, words: str) -> str:
    assert serve.process.stdout is not None
    for line in serve.process.stdout:
        if words in line:
            return line
    raise AssertionError(f"no line with {words}")


def asked(path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://{MONITOR}/{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def status(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", MAIN, "status", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


# What it holds


def test_metrics_have_names_types_and_what_is_registered(serve: Serve, phones: Phones) -> None:
    registered(phones, 3)
    code, text = asked("metrics")
    assert code == 200
    samples = [line for line in text.splitlines() if not line.startswith("#")]
    name = r"[a-z_]+(\{[a-z]+=\"[^\"]*\"(,[a-z]+=\"[^\"]*\")*\})? [0-9.e+-]+"
    assert [line for line in samples if not re.fullmatch(name, line)] == []
    families = re.findall(r"^# TYPE (\w+) (?:counter|gauge)$", text, re.M)
    assert len(families) == len(set(families))
    assert {re.split(r"[{ ]", line)[0] for line in samples} <= set(families)
    assert "ringfence_registrations 3" in samples
    assert 'ringfence_ras_sent_total{message="RegistrationConfirm"} 3' in samples
    assert "ringfence_datagrams_received_total 3" in samples


def test_healthy_is_said_until_the_disk_refuses(state: Path, phones: Phones) -> None:
    serve = Serve(ADDRESS, state, *PLAIN, "--monitor", MONITOR)
    with small_disk(60_000):
        serve.start()
    try:
        assert asked("healthz") == (200, "ok\n")
        registered(phones, 300)
        code, said = asked("healthz")
        assert code == 503
        assert "state.db" in said
        assert status(MONITOR).returncode == 1
    finally:
        serve.kill()


def test_status_names_who_is_registered_and_ends_with_what_is_the_matter(
    serve: Serve, phones: Phones, state: Path
) -> None:
    registered(phones, 3)
    shown = status(MONITOR)
    assert shown.returncode == 0
    assert "registrations 3 " in shown.stdout
    assert re.search(r"^  100001  127\.64\.0\.1:\d+ ", shown.stdout, re.M)
    printed = status(MONITOR, "--json").stdout
    assert unlike_its_schema("status", printed) == []
    found = json.loads(printed)
    assert (found["registered"], found["roles"], found["healthy"]) == (3, ["gatekeeper"], True)
    assert {row["stage"] for row in found["handsets"]} == {"register"}
    serve.kill()
    gone = status(MONITOR)
    assert (gone.returncode, "Traceback" in gone.stderr) == (3, False)
    # What is stored is there without it.
    assert "registrations 3 " in status("--state", str(state)).stdout


def test_status_of_what_is_no_serve_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.listen(1)
        port = server.getsockname()[1]
        with subprocess.Popen(
            [sys.executable, "-c", MAIN, "status", str(port)], stderr=subprocess.PIPE, text=True
        ) as asking:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")
            _, said = asking.communicate(timeout=60)
    assert (asking.returncode, "is no serve" in said) == (3, True)
    assert status("no-port").returncode == 2
    assert status("--state", str(tmp_path)).returncode == 2


class Page(HTMLParser):
    """Every element's name and identifier; the script."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.open: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found.add(given.get("id") or tag)
        self.outside += [value for name, value in attrs if name in {"src", "href"} and value]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_nothing_from_elsewhere(serve: Serve) -> None:
    code, text = asked("")
    page = Page()
    page.feed(text)
    assert (code, page.open, page.outside) == (200, [], [])
    assert {"state", "facts", "handsets", "registrations", "leases"} <= page.found
    assert "innerHTML" not in text  # what phones say of themselves is text
    # Every field that the page shows is one that there is.
    fields = set(re.findall(r"status\.(\w+)", text)) - {"json"}
    assert fields <= json.loads(asked("status.json")[1]).keys()
    assert asked("etc/passwd")[0] == 404


# Logs


@pytest.mark.parametrize("serve", [(*PLAIN, "--log", "json")], indirect=True)
def test_a_json_log_is_one_object_a_line(serve: Serve, phones: Phones) -> None:
    registered(phones, 1)
    found = json.loads(line_with(serve, '"registered"'))
    assert found["text"].startswith("registered 100001 at 127.64.0.1:")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", found["time"])
    serve.process.terminate()
    assert json.loads(line_with(serve, "stopped"))["event"] == "stopped"


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """As systemd listens: everybody may say something."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        (tmp_path / "notify").chmod(0o777)
        listening.settimeout(20)
        yield listening


@contextmanager
def managed(manager: socket.socket, state: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """A serve that `manager` is told of; ends with SIGTERM."""
    command = [sys.executable, "-c", MAIN, "serve", "--address", ADDRESS, "--state", str(state), *PLAIN]
    environment = {**os.environ, "NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "200000"}
    process = subprocess.Popen([*command, *options], env=environment, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def heard(manager: socket.socket, beginning: str) -> str:
    """The next that is said and begins so."""
    while not (word := manager.recv(1000).decode()).startswith(beginning):
        pass
    return word


def test_a_log_file_that_was_moved_away_is_opened_anew(
    manager: socket.socket, state: Path, tmp_path: Path, phones: Phones
) -> None:
    file = tmp_path / "log"
    with managed(manager, state, "--log-file", str(file), "--run-as", owner()) as process:
        heard(manager, "READY=1")
        file.rename(tmp_path / "log.1")
        process.send_signal(signal.SIGHUP)
        heard(manager, "READY=1")
        registered(phones, 1)
    assert " serving " in (tmp_path / "log.1").read_text()
    assert "registered 100001" in file.read_text()
    assert file.stat().st_mode & 0o007 == 0


def owner() -> str:
    return "root" if os.geteuid() == 0 else ""


# Signals


def test_a_reload_changes_users_and_drops_nobody(state: Path, tmp_path: Path, phones: Phones) -> None:
    users = tmp_path / "users"
    users.write_text("100001\n100002\n")
    serve = Serve(ADDRESS, state, "--dialect", "h323", "--user", f"@{users}", "--run-as", owner())
    serve.start()
    try:
        registered(phones, 2)
        users.write_text("100001\n100003\n")
        serve.process.send_signal(signal.SIGHUP)
        assert "2 users" in line_with(serve, "reloaded")
        verify(phones)
        assert phones.lost == [f"registration 2 {phones.registered[2]}"]  # no user any more
        phones.rrq(3)
        assert phones.hear(5.0)
        assert 3 in phones.registered
        users.write_text(":\n")
        serve.process.send_signal(signal.SIGHUP)
        assert "everything stays as it was" in line_with(serve, "RELOAD_REFUSED")
        phones.registered.pop(2)
        verify(phones)
        assert phones.lost == []
    finally:
        serve.kill()


def test_sigterm_lets_a_transfer_end_and_accepts_nobody_more(state: Path, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "big.bin").write_bytes(bytes(20_000_000))
    serve = Serve(
        ADDRESS, state, "--role", "files", "--directory", str(tmp_path / "files"), "--run-as", owner()
    )
    serve.start()
    with socket.create_connection((ADDRESS, 80), 20) as client:
        client.sendall(b"GET /big.bin HTTP/1.1\r\nHost: f\r\nConnection: close\r\n\r\n")
        got = len(client.recv(1000))
        serve.process.terminate()
        while True:  # until it has heard the signal
            try:
                socket.create_connection((ADDRESS, 80), 20).close()
            except OSError:
                break
        while data := client.recv(1 << 20):
            got += len(data)
    assert got > 20_000_000
    assert serve.process.wait(20) == 0
    serve.kill()


def test_systemd_is_told_and_given_signs_of_life(manager: socket.socket, state: Path) -> None:
    with managed(manager, state) as process:
        assert heard(manager, "").startswith("READY=1\nSTATUS=serving gatekeeper")
        assert [heard(manager, "") for _ in range(3)] == 3 * ["WATCHDOG=1"]
        process.send_signal(signal.SIGHUP)
        assert re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", heard(manager, "RELOADING"))
        heard(manager, "READY=1")
        process.terminate()
        heard(manager, "STOPPING=1")
        assert process.wait(20) == 0
