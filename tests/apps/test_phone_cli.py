"""`ringfence serve` and `ringfence phone` as two processes over 127.x, and what a person gets wrong."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ringfence.actors import journal
from ringfence.actors.io import StreamAccepted
from ringfence.apps.cli.main import main
from support.documents import unlike_its_schema

PROGRAM = [sys.executable, "-c", "from ringfence.apps.cli.main import main; main()"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@contextmanager
def serving(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A server that says it is ready; interrupted at the end, as a person would."""
    command = [*PROGRAM, "serve", *arguments, "--for", "60"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        if "--json" not in arguments:
            assert "serving gatekeeper" in server.stdout.readline()
        else:
            assert "Started" in server.stdout.readline()
        try:
            yield server
        finally:
            server.send_signal(signal.SIGINT)


def said(server: subprocess.Popen[str]) -> str:
    """Everything else it says, once it has been interrupted; it must have ended well."""
    server.send_signal(signal.SIGINT)
    out, err = server.communicate(timeout=30)
    assert (server.returncode, err) == (0, "")
    return out


def test_two_plain_handsets_register_and_call() -> None:
    with serving("--address", "127.71.0.1", "--dialect", "h323", "--anybody") as server:
        phone = run(
            "phone", "127.71.0.1", "--dialect", "h323", "--address", "127.71.1.1",
            "--extension", "0711", "--count", "2", "--call", "0712", "--for", "3",
        )  # fmt: skip
        log = said(server)
    assert phone.returncode == 0, phone.stdout + phone.stderr
    assert "0711 127.71.1.1: call to 0712 connected" in phone.stdout
    assert "2 of 2 registered, the call connected" in phone.stdout
    for line in ("registered 0711 at 127.71.1.1:49300", "call 0711 -> 0712", "unregistered 0712"):
        assert line in log
    assert "\x1b[" not in log


def test_avaya_handsets_prove_their_password() -> None:
    with serving("--address", "127.72.0.1", "--user", "2001:1234", "--user", "2002:1234") as server:
        good = run(
            "phone", "127.72.0.1", "--address", "127.72.1.1", "--password", "1234", "--count", "2",
            "--call-control", "gatekeeper", "--for", "2", "--json",
        )  # fmt: skip
        bad = run("phone", "127.72.0.1", "--address", "127.72.1.9", "--password", "9999", "--for", "2")
        log = said(server)
    assert good.returncode == 0
    assert unlike_its_schema("phone", good.stdout) == []
    handsets = json.loads(good.stdout)["phones"]
    assert [each["extension"] for each in handsets] == ["2001", "2002"]
    assert all({"discover", "register", "signal"} <= set(each["reached"]) for each in handsets)
    assert bad.returncode == 1
    assert "securityDenial" in bad.stdout
    assert "rejected 2001 at 127.72.1.9:49300: securityDenial" in log


@contextmanager
def phoning(*arguments: str, until: str) -> Iterator[subprocess.Popen[str]]:
    """A handset that has said `until`."""
    with subprocess.Popen([*PROGRAM, "phone", *arguments], stdout=subprocess.PIPE, text=True) as phone:
        assert phone.stdout is not None
        for line in phone.stdout:
            if until in line:
                break
        yield phone


def test_a_set_without_call_signalling_is_not_registered() -> None:
    """The gatekeeper lets it in, and nothing listens where its connection goes."""
    with serving("--address", "127.75.0.1", "--anybody", "--dialect", "h323"):
        done = run(
            "phone", "127.75.0.1", "--dialect", "h323", "--address", "127.75.1.1",
            "--call-control", "handset-tls", "--for", "2",
        )  # fmt: skip
    assert done.returncode == 1
    assert "signal failed: no connection from 127.75.1.1 to 127.75.0.1:1300" in done.stdout
    assert "0 of 1 registered" in done.stdout


def test_a_set_opens_call_signalling_from_its_own_port() -> None:
    with serving("--address", "127.75.2.1", "--user", "2001:1234", "--json") as server:
        done = run("phone", "127.75.2.1", "--address", "127.75.3.1", "--password", "1234", "--for", "2")
        server.send_signal(signal.SIGINT)
        out, _ = server.communicate(timeout=30)
    assert (done.returncode, "1 of 1 registered" in done.stdout) == (0, True)
    entries = journal.read_entries(line.encode() for line in out.splitlines())
    accepted = [entry.event for entry in entries if isinstance(entry.event, StreamAccepted)]
    assert [str(each.remote) for each in accepted] == ["127.75.3.1:1720"]


@pytest.mark.parametrize("remembers", [True, False])
def test_a_gatekeeper_that_started_anew_has_lost_its_sets_unless_it_keeps_them(
    remembers: bool, tmp_path: Path
) -> None:
    keeps = ("--state", str(tmp_path)) if remembers else ("--no-state",)
    arguments = ("--address", "127.75.4.1", "--anybody", "--dialect", "h323", *keeps)
    with serving(*arguments) as server:
        to = ("127.75.4.1", "--dialect", "h323", "--address", "127.75.5.1", "--for", "4")
        with phoning(*to, until="register reached") as phone:
            said(server)
            with serving(*arguments):
                out, _ = phone.communicate(timeout=60)
    assert phone.returncode == (not remembers)
    assert ("127.75.4.1:1719 rejected URQ, notCurrentlyRegistered" in out) is not remembers
    assert f"{int(remembers)} of 1 registered" in out


def test_a_gatekeeper_that_is_gone_takes_the_connection_with_it() -> None:
    with serving("--address", "127.75.6.1", "--user", "2001:1234") as server:
        to = ("127.75.6.1", "--address", "127.75.7.1", "--password", "1234", "--for", "3")
        with phoning(*to, until="signal reached") as phone:
            said(server)
            out, _ = phone.communicate(timeout=60)
    assert phone.returncode == 1
    assert "signal failed: the connection to 127.75.6.1:1720 was lost" in out
    assert "0 of 1 registered" in out


def test_a_number_of_a_neighbours_is_called() -> None:
    here = ("--dialect", "h323", "--anybody", "--address", "127.75.8.1", "--neighbour", "127.75.8.2")
    there = ("--dialect", "h323", "--anybody", "--address", "127.75.8.2", "--neighbour", "127.75.8.1")
    with serving(*here), serving(*there):
        called = ("127.75.8.2", "--dialect", "h323", "--address", "127.75.9.2", "--extension", "0752")
        with phoning(*called, "--for", "30", until="register reached") as other:
            done = run(
                "phone", "127.75.8.1", "--dialect", "h323", "--address", "127.75.9.1",
                "--extension", "0751", "--call", "0752", "--for", "3",
            )  # fmt: skip
            other.send_signal(signal.SIGINT)
            other.communicate(timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0751 127.75.9.1: call to 0752 connected" in done.stdout


def test_a_journal_of_the_server_can_be_read_back() -> None:
    done = run("serve", "--address", "127.73.0.1", "--anybody", "--for", "0.3", "--json")
    assert done.returncode == 0
    entries = list(journal.read_entries(line.encode() for line in done.stdout.splitlines()))
    assert entries[0].host == "127.73.0.1"
    assert all(unlike_its_schema("serve", line) == [] for line in done.stdout.splitlines())


def test_an_address_that_is_not_here_is_said_with_the_way_out() -> None:
    done = run("serve", "--address", "198.51.100.7", "--for", "1")
    assert done.returncode == 3
    assert "--address" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_said() -> None:
    with serving("--address", "127.74.0.1", "--anybody"):
        done = run("serve", "--address", "127.74.0.1", "--anybody", "--no-state", "--for", "1")
    assert done.returncode == 3
    assert "127.74.0.1:1719" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("phone", "nowhere"),
        ("phone", "127.0.0.1:0"),
        ("phone", "127.0.0.1", "--dialect", "sip"),
        ("phone", "127.0.0.1", "--family", "sip"),
        ("phone", "127.0.0.1", "--count", "0"),
        ("phone", "127.0.0.1", "--for", "0"),
        ("phone", "127.0.0.1", "--ras-port", "9-1"),
        ("phone", "127.0.0.1", "--address", "255.255.255.255", "--count", "2"),
        ("phone", "127.0.0.1", "--call-control", "gatekeeper", "--call", "1"),
        ("phone", "127.0.0.1", "--extension", ""),
        ("serve", "--address", "nowhere"),
        ("serve", "--dialect", "sip"),
        ("serve", "--for", "-1"),
        ("serve", "--anybody", "--user", "1"),
        ("serve", "--role", "dhcp", "--role", "relay"),
        ("serve", "--interface", "guest=eth0"),
        ("serve", "no-such-file.yaml"),
    ],
)
def test_a_mistake_ends_in_a_sentence(arguments: tuple[str, ...], capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    assert ended.value.code == 2
    assert capfd.readouterr().err.strip()
