"""`ringfence check` as a person runs it."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest

from ringfence.apps.cli.main import main
from ringfence.policy.compile import generated
from support.example_sites import FOLDER, example
from support.firewalls.running_configs import running

SITE = FOLDER / "branch.yaml"
BRANCH = example("branch")
ANY_ANY = """\
*filter
:FORWARD DROP [0:0]
-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT
-A FORWARD -s 10.0.0.0/8 -d 10.0.0.0/8 -j ACCEPT
-A FORWARD -p udp -m udp --dport 1719 -j ACCEPT
COMMIT
"""


class Done(NamedTuple):
    status: int
    stdout: str
    stderr: str


def check(*arguments: object) -> Done:
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main(["check", *map(str, arguments)])
    out.seek(0)
    err.seek(0)
    assert isinstance(ended.value.code, int)
    return Done(ended.value.code, out.read(), err.read())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.txt").write_text(running("iptables", generated(BRANCH), BRANCH))
    without = generated(BRANCH).without("signal-gatekeeper")
    (tmp_path / "no-signal.txt").write_text(running("iptables", without, BRANCH))
    (tmp_path / "any-any.txt").write_text(ANY_ANY)
    return tmp_path


def test_our_own_rules_permit(folder: Path) -> None:
    done = check(SITE, "--config", folder / "good.txt")
    assert done.status == 0 and not done.stderr
    assert done.stdout.splitlines()[-1].startswith("PERMITS")
    assert "\x1b" not in done.stdout


def test_a_consultants_any_any_permits_and_says_what_it_needlessly_opens(folder: Path) -> None:
    done = check(SITE, "--config", folder / "any-any.txt", "--json")
    report = json.loads(done.stdout)
    assert done.status == 0 and report["answer"] == "permits"
    widest = report["exposure"][0]
    assert widest["line"]["place"] == "line 4" and widest["useful"]
    assert widest["count"] > 10**12 and widest["packet"].endswith(":22")
    assert report["opened"] > 10**6 * report["needed"]
    counts = [item["count"] for item in report["exposure"]]
    assert counts == sorted(counts, reverse=True)
    shown = check(SITE, "--config", folder / "any-any.txt", "--exposure", 1).stdout
    assert "e+" in shown and "line 4" in shown


def test_a_missing_signalling_rule_names_the_stage_and_prints_the_fix(folder: Path) -> None:
    done = check(SITE, "--config", folder / "no-signal.txt")
    assert done.status == 1
    assert done.stdout.splitlines()[-1] == "BLOCKS  signal: call-signalling channel"
    fix = next(
        line for line in done.stdout.splitlines() if line.startswith("iptables -t filter -I ringfence")
    )
    assert "-s 10.1.0.30/32 -d 10.20.0.0/24" in fix
    assert "--sport 61440:61444 --dport 1720" in fix and fix.endswith("-j ACCEPT")


def test_a_packet_is_followed(folder: Path) -> None:
    words = "10.1.0.30:61440 > 10.20.0.50:1720/tcp"
    assert check(SITE, "--config", folder / "good.txt", "--packet", words).status == 0
    done = check(SITE, "--config", folder / "no-signal.txt", "--packet", words)
    assert done.status == 1 and done.stdout.splitlines()[-1] == "BLOCKS"


def test_a_change_is_compared(folder: Path) -> None:
    done = check(SITE, "--config", folder / "no-signal.txt", "--diff", folder / "good.txt")
    assert done.status == 1
    assert "closes 1,280" in done.stdout and "NEEDED BY signal-gatekeeper" in done.stdout
    assert "worse  signal-gatekeeper: PERMITS -> BLOCKS" in done.stdout
    better = check(SITE, "--config", folder / "good.txt", "--diff", folder / "no-signal.txt", "--json")
    both = json.loads(better.stdout)["diff"]
    assert better.status == 0 and (both["opened"], both["closed"], both["beyond"]) == (1280, 0, 0)
    assert [(flow["id"], flow["after"]) for flow in both["flows"]] == [("signal-gatekeeper", "permits")]


def test_a_change_that_opens_too_much_or_leaves_in_doubt_is_no_success(folder: Path) -> None:
    text = (folder / "good.txt").read_text()
    more = {
        "wide": "-s 10.20.0.0/24 -d 10.1.0.30/32 -p udp -m udp --dport 69 -j ACCEPT",
        "doubt": "-s 10.20.0.0/24 -d 10.1.0.30/32 -p udp -m udp --dport 69 -m bpf --bytecode 1 -j ACCEPT",
    }
    for name, rule in more.items():
        (folder / f"{name}.txt").write_text(text.replace("-A FORWARD", f"-A FORWARD {rule}\n-A FORWARD", 1))
    wide = check(SITE, "--config", folder / "wide.txt", "--diff", folder / "good.txt")
    assert wide.status == 1 and "no flow needs" in wide.stdout
    assert wide.stdout.splitlines()[-1].startswith("PERMITS")
    doubt = check(SITE, "--config", folder / "doubt.txt", "--diff", folder / "good.txt", "--json")
    found = json.loads(doubt.stdout)["diff"]
    assert doubt.status == 1 and found["unproved"] and not found["opened"] and not found["flows"]
    back = check(SITE, "--config", folder / "good.txt", "--diff", folder / "doubt.txt", "--json")
    assert back.status == 0 and json.loads(back.stdout)["diff"]["proved"] == found["unproved"]


def test_a_line_that_is_not_understood_leaves_an_exception(folder: Path) -> None:
    text = (folder / "good.txt").read_text()
    strange = text.replace("-A FORWARD", "-A FORWARD -m bpf --bytecode 1 -j DROP\n-A FORWARD", 1)
    (folder / "strange.txt").write_text(strange)
    done = check(SITE, "--config", folder / "strange.txt")
    assert done.status == 1
    last = done.stdout.splitlines()[-1]
    assert last.startswith("NOT PROVED  permits every stage, except for what stands at line")


def test_a_comment_cannot_write_to_the_terminal(folder: Path) -> None:
    nasty = '-A FORWARD -p udp -m comment --comment "\u202eevil\x9b31m [bold]" -j ACCEPT\n'
    text = (folder / "good.txt").read_text().replace("COMMIT", nasty + "COMMIT")
    (folder / "nasty.txt").write_text(text)
    done = check(SITE, "--config", folder / "nasty.txt")
    assert not {"\u202e", "\x9b", "\x1b"} & set(done.stdout)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("half.txt", ANY_ANY[: ANY_ANY.index("COMMIT")].encode(), "before COMMIT"),
        ("binary", b"\x7fELF\x02\x01\x00\x00" * 40, "binary data"),
        ("prose", b"these are not the rules you are looking for\n", "not recognised"),
        ("empty", b"", "not recognised"),
        ("nest.json", b"[" * 200_000, "not recognised"),
        ("nft.json", b'{"nftables": [{"rule": 3}]}', "nft listing"),
        ("latin-1", b"\xe4\xf6\xfc\n", "not recognised"),
        ("utf-16", "nothing here".encode("utf-16"), "not recognised"),
    ],
)
def test_what_is_no_configuration_ends_in_a_sentence(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    done = check(SITE, "--config", path)
    assert done.status == 2 and says in done.stderr and str(path) in done.stderr
    assert done.stderr.startswith("ringfence: ") and "Traceback" not in done.stderr


def test_no_file_a_folder_and_a_huge_file(tmp_path: Path) -> None:
    huge = tmp_path / "huge"
    with huge.open("wb") as file:
        file.truncate(65 * 2**20)
    for path, says in ((tmp_path / "none", "No such file"), (tmp_path, "directory"), (huge, "64 MiB")):
        done = check(SITE, "--config", path)
        assert done.status == 2 and says in done.stderr


def test_the_wrong_vendor_and_wrong_names_are_refused(folder: Path) -> None:
    good = folder / "good.txt"
    wrong = check(SITE, "--config", good, "--for", "cisco-asa")
    assert wrong.status == 2 and "looks like iptables-save" in wrong.stderr
    assert check(SITE, "--config", good, "--for", "abacus").status == 2
    elsewhere = check(SITE, "--config", good, "--zone", "servers=moon")
    assert elsewhere.status == 2 and "'moon' is not in" in elsewhere.stderr
    assert check(SITE, "--config", good, "--zone", "moon").status == 2
    assert check(SITE, "--config", good, "--packet", "hello").status == 2
    assert check("-", "--config", "-").status == 2


def test_a_fix_for_a_device_with_zones_uses_its_own_names(tmp_path: Path) -> None:
    path = tmp_path / "pan.txt"
    text = running("panos", generated(BRANCH).without("ras-notify"), BRANCH)
    path.write_text(text.replace("from handsets", "from voice").replace("to handsets", "to voice"))
    done = check(SITE, "--config", path, "--zone", "handsets=voice", "--zone", "servers=servers")
    assert done.status == 1 and "from servers to voice" in done.stdout
