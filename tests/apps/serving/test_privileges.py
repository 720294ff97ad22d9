"""Root, passwords and the list of processes: what others can see of a serve, and what it can do."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.apps.cli.process_list import hide_arguments
from ringfence.apps.cli.serving.privileges import account_named
from ringfence.model.errors import InputError
from support.killing import Phones, Serve, verify

ADDRESS = "127.82.0.1"
root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
# What is imported by whoever is not root any more is named at the end.
LATE = """
import atexit, os, sys
late = []
sys.addaudithook(lambda event, names: late.append(names[0]) if event == "import" and os.geteuid() else None)
atexit.register(lambda: print("imported late:", *late))
from ringfence.apps.cli.main import main
main()
"""


def status_of(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@pytest.fixture
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Serve]:
    serve = Serve(ADDRESS, tmp_path, "--dialect", "h323", "--anybody", *request.param)
    serve.start()
    yield serve
    serve.kill()


@root
@pytest.mark.parametrize(
    ("served", "capabilities"),
    [(("--role", "gatekeeper"), 1 << 10), (("--role", "gatekeeper", "--role", "dhcp"), 1 << 10 | 1 << 13)],
    indirect=["served"],
)
def test_root_is_left_once_the_sockets_are_open(served: Serve, capabilities: int) -> None:
    found = status_of(served.process.pid)
    account = account_named("")
    assert account is not None
    assert account.pw_name in {"ringfence", "nobody"}
    assert found["Uid"].split() == 4 * [str(account.pw_uid)]
    assert found["Gid"].split() == 4 * [str(account.pw_gid)]
    assert {int(found[name], 16) for name in ("CapPrm", "CapEff")} == {capabilities}
    assert (int(found["CapInh"], 16), int(found["CapAmb"], 16)) == (0, 0)
    assert found["NoNewPrivs"] == "1"


@root
def test_it_serves_and_keeps_on_as_nobody_and_imports_nothing_more(tmp_path: Path) -> None:
    """An account that owns nothing cannot read Python's files, and later there may be no descriptor left."""
    roles = [word for role in ("gatekeeper", "dhcp", "files") for word in ("--role", role)]
    command = [sys.executable, "-c", LATE, "serve", "--address", ADDRESS, "--state", str(tmp_path)]
    command += ["--dialect", "h323", "--anybody", "--monitor", "127.82.0.1:9719", *roles]
    phones = Phones(ADDRESS, leases=True)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert " serving " in process.stdout.readline()
        for number in range(1, 20):
            phones.rrq(number)
            assert phones.hear(5.0)
        verify(phones)
        for path in (":80/46xxsettings.txt", ":9719/", ":9719/metrics", ":9719/status.json"):
            with urllib.request.urlopen(f"http://{ADDRESS}{path}", timeout=10) as answer:
                assert answer.read()
        process.terminate()
        said = process.stdout.read()
    phones.close()
    assert phones.lost == []
    assert said.splitlines()[-1] == "imported late:"
    again = Serve(ADDRESS, tmp_path, "--dialect", "h323", "--anybody")
    again.start()
    again.kill()


@root
@pytest.mark.parametrize("served", [("--run-as", "root")], indirect=True)
def test_who_wants_to_stay_root_says_so(served: Serve) -> None:
    assert status_of(served.process.pid)["Uid"].split()[0] == "0"


def test_an_account_that_is_not_there_is_told() -> None:
    with pytest.raises(InputError, match="--run-as"):
        account_named("no-such-account")


@pytest.mark.parametrize("served", [("--monitor", "127.82.0.1:9720")], indirect=True)
def test_passwords_are_in_no_list_of_processes(served: Serve, tmp_path: Path) -> None:
    command = [*served.process.args, "--state", str(tmp_path / "2")]  # type: ignore[misc]
    users = ["--user", "4711:gEhEiM", "--user=4712:gEhEiM", "--user", "4713"]
    command = [word for word in command if word not in {"--anybody", "--monitor", "127.82.0.1:9720"}]
    command[command.index("--address") + 1] = "127.82.0.9"
    with subprocess.Popen([*command, *users], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert " serving " in process.stdout.readline()
        shown = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        process.terminate()
    assert b"gEhEiM" not in shown
    assert b"4713" in shown
    assert shown.count(b"*") == len("4711:gEhEiM") * 2


def test_words_that_are_not_there_change_nothing() -> None:
    before = Path("/proc/self/cmdline").read_bytes()
    hide_arguments(["no such word", ""])
    assert Path("/proc/self/cmdline").read_bytes() == before
