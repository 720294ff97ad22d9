"""`ringfence prove` and its neighbours as a person runs them: exit status, words, never a traceback."""

import io
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest

from ringfence.apps.cli.main import main
from ringfence.wire import ras
from ringfence.wire.h225 import UnregistrationConfirm
from support.example_sites import FOLDER, text

PROGRAM = [sys.executable, "-c", "from ringfence.apps.cli.main import main; main()"]


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def ringfence(*arguments: str) -> Done:
    """In this process, since starting a new one costs more than the verb."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main(list(arguments))
    out.seek(0)
    err.seek(0)
    assert isinstance(ended.value.code, int)
    return Done(ended.value.code, out.read(), err.read())


def test_the_branch_office_is_proved() -> None:
    done = ringfence("prove", "--simulated")
    assert done.returncode == 0
    assert "PROVED  10 rules are enough, each is needed, nothing else gets through" in done.stdout
    assert "\x1b[" not in done.stdout  # no colour where there is no terminal
    assert "without it: signal stops at 10.1.0.30:61440 > 10.20.0.128:1720 SYN" in done.stdout


def test_the_posts_table_is_not_proved() -> None:
    done = ringfence("prove", "--simulated", str(FOLDER / "blog-as-written.yaml"))
    assert done.returncode == 1
    assert "NOT PROVED  the handset stops at address" in done.stdout
    assert "row 2 (DHCP Server udp/67 -> Router udp/68) does not match it" in done.stdout
    assert "OFFER and ACK to giaddr" in done.stdout


def test_the_report_as_json_says_the_same() -> None:
    done = ringfence("prove", "--simulated", "--json")
    report = json.loads(done.stdout)
    assert report["verdict"] == "proved"
    assert [stage["state"] for stage in report["runs"][0]["stages"]] == ["reached"] * 11
    assert all(rule["stops_at"] and rule["evidence"] for rule in report["rules"])


def test_the_trace_is_a_ladder_of_messages() -> None:
    done = ringfence("prove", "--simulated", "--trace")
    for message in ("DHCP DISCOVER", "GRQ", "GCF", "RRQ", "RCF", "TPKT Setup", "echo request", "IRQ"):
        assert message in done.stdout


@pytest.mark.parametrize(
    ("site", "status", "words"),
    [
        ("site: [", 2, "not YAML"),
        ("", 2, "mapping"),
        ("- one", 2, "mapping"),
        (b"\xff\xfe\x00", 2, "UTF-8"),
        (b"\x00" * 1000, 2, "not YAML"),
        ("x: " + "y" * 500_000, 2, "too many for a site file"),
        ("site: x\nzones: {}", 2, "lacks `servers`"),
        (
            text("branch").replace("gatekeeper_ports", "gatekeper_ports"),
            2,
            "did you mean `gatekeeper_ports`?",
        ),
        (text("branch").replace("10.1.0.30", "10.20.0.30"), 2, "inside zone handsets"),
        (text("branch").replace("61440-61444", "61444-61440"), 2, "reversed"),
        (text("branch").replace("ras_ports: 49300", "ras_ports: 0"), 2, "port 0"),
        (text("branch").replace("servers: [10.1.0.0/24]", "servers: [10.0.0.0/8]"), 2, "zones overlap"),
    ],
)
def test_a_bad_site_is_a_sentence_for_each_mistake(
    site: str | bytes, status: int, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "site.yaml"
    path.write_bytes(site.encode() if isinstance(site, str) else site)
    done = ringfence("prove", "--simulated", str(path))
    assert (done.returncode, done.stdout) == (status, "")
    assert words in done.stderr
    # A sentence, and what to do, for each mistake.
    assert all(line.startswith(("ringfence: ", "  -> ")) for line in done.stderr.splitlines())


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    assert "No such file" in ringfence("prove", str(tmp_path / "none.yaml")).stderr
    assert ringfence("prove", str(tmp_path)).returncode == 2
    if os.geteuid():
        secret = tmp_path / "secret.yaml"
        secret.write_text("site: x")
        secret.chmod(0)
        assert "Permission denied" in ringfence("prove", str(secret)).stderr


def test_captures_go_where_they_may(tmp_path: Path) -> None:
    done = ringfence("prove", "--simulated", "--pcap", str(tmp_path / "deep/er"))
    assert done.returncode == 0
    names = {path.name for path in (tmp_path / "deep/er").iterdir()}
    assert names == {"simulated-handsets.pcap", "simulated-servers.pcap", "simulated-trunk.pcap"}
    (tmp_path / "file").write_text("")
    done = ringfence("prove", "--simulated", "--pcap", str(tmp_path / "file"))
    assert (done.returncode, done.stdout) == (2, "")


def test_the_page_for_the_ticket_holds_everything_and_loads_nothing(tmp_path: Path) -> None:
    path = tmp_path / "proof.html"
    assert ringfence("prove", "--simulated", "--html", str(path)).returncode == 0
    page = path.read_text()
    for words in ("proved", "signal-gatekeeper", "RFC 2131 section 4.1", "neighbour source port", "<svg"):
        assert words in page, words
    assert not re.search(r"(src|href)=[\"']?https?:", page)
    done = ringfence("prove", "--simulated", "--html", str(tmp_path / "no/such/folder.html"))
    assert (done.returncode, "cannot be written" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("prove", "--kernel", "--simulated"), "exclude each other"),
        (("prove", "--trunk", str(FOLDER / "handset-opens.yaml")), "no handset of this site changes VLAN"),
        (("rules", "--for", "cisco-pixx"), "cisco-asa"),
        (("rules", "--widen", "everything"), "source-port"),
        (("rules", "--zone", "inside"), "SIDE=NAME"),
        (("rules", "--for", "kubernetes"), "cannot express"),
        (("rules", "--without", "telnet"), "signal-gatekeeper"),
        (("rules", "--for", "aws-sg", "--log", "--widen", "source-port"), "does not support --log"),
        (("rules", "--zone", "handsets=eth1"), "does not support --zone"),
        (("rules", "--for", "pf", "--exclusive"), "does not support --exclusive"),
        *((("rules", "--name", name), "something else") for name in ("vlan", "ip", "log", "filter")),
        (("rules", "--for", "iptables", "--name", "ACCEPT"), "built-in"),
        *((("rules", "--for", to, "--zone", "handsets=any"), "not one zone") for to in ("panos", "fortios")),
        (("why", "SIGNALING_ABSENT"), "SIGNALLING_ABSENT"),
        (("decode", "zz"), "hexadecimal"),
        (("decode", "00"), "not a message"),
        (("decode", "0000", "--as", "sip"), "not a kind of message"),
    ],
)
def test_a_mistaken_flag_is_one_sentence(arguments: tuple[str, ...], words: str) -> None:
    done = ringfence(*arguments)
    assert done.returncode == 2
    assert words in done.stderr


def test_flows_show_who_opens_what_and_how_we_know() -> None:
    done = ringfence("flows")
    assert "10.1.0.30 tcp 61440-61444" in done.stdout
    assert "field-report: " in done.stdout
    assert len(json.loads(ringfence("flows", "--json").stdout)["flows"]) == 12


def test_rules_alone_go_to_standard_output() -> None:
    done = ringfence("rules", "--for", "nftables")
    assert done.returncode == 0
    lines = [line for line in done.stdout.splitlines() if not line.startswith("#")]
    assert lines[0] == "table inet ringfence"
    assert lines[-1] == "}"
    assert 'comment "signal-gatekeeper"' in done.stdout
    assert "apply: nft -f ringfence.nft" in done.stderr
    assert "unconfirmed: signal-gatekeeper" in done.stderr


def test_a_rule_that_a_target_cannot_say_may_be_left_out() -> None:
    done = ringfence("rules", "--for", "kubernetes", "--widen", "source-port", "--without", "echo")
    assert done.returncode == 0, done.stderr
    assert "NetworkPolicy" in done.stdout
    assert "left out: echo" in done.stderr
    assert "wider than asked: " in done.stderr


def test_why_explains_and_lists() -> None:
    assert "Check first:" in ringfence("why", "dhcp-answer-dropped").stdout
    assert ringfence("why", "DISCOVERY_SILENT").stdout.startswith(
        "GRQ_UNANSWERED  (failure, stage discover, formerly"
    )
    listed = ringfence("why").stdout
    assert "Extension in Use" in listed and "1924" in listed
    assert len(listed.splitlines()) > 60


def test_why_takes_the_phones_own_words() -> None:
    shown = ringfence("why", "Acquiring", "service...").stdout
    assert "stage signal" in shown and "tcp port 1720" in shown and "No source:" in shown
    assert "SIGNALLING_DROPPED" in shown
    assert "Source: vendor" not in shown
    assert ringfence("why", "Extension in use").stdout.startswith("Extension in Use")
    assert ringfence("why", "EXTENSION_IN_USE").stdout.startswith("EXTENSION_IN_USE")
    assert "no GRQ received" in ringfence("why", "1924").stdout
    document = json.loads(ringfence("why", "Discover", "--site", "plain-h323", "--json").stdout)
    assert document["displays"][0]["basis"]["kind"] == "vendor"
    mistyped = ringfence("why", "Extention in use")
    assert mistyped.returncode == 2 and "Extension in Use" in mistyped.stderr


def test_decode_prints_a_message() -> None:
    octets = ras.encode(UnregistrationConfirm(requestSeqNum=4711))
    done = ringfence("decode", octets.hex(" "))
    assert done.returncode == 0
    assert "UnregistrationConfirm" in done.stdout
    assert "requestSeqNum: 4711" in done.stdout
    assert ringfence("decode", "0300000408").returncode == 2


@pytest.mark.parametrize("written", [bytes, lambda octets: octets.hex(":").encode() + b"\n"])
def test_decode_reads_a_file_written_out_or_not(tmp_path: Path, written: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "message"
    path.write_bytes(written(ras.encode(UnregistrationConfirm(requestSeqNum=4711))))
    assert "requestSeqNum: 4711" in ringfence("decode", str(path)).stdout


def test_decode_leaves_captures_to_explain(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000") + bytes(70_000))
    done = ringfence("decode", str(path))
    assert done.returncode == 2
    assert "ringfence explain" in done.stderr


def test_the_schema_is_json() -> None:
    assert json.loads(ringfence("schema").stdout)["title"] == "ringfence site file"


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{shlex.join([*PROGRAM, 'why'])} | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""


def test_a_site_may_come_from_standard_input() -> None:
    done = subprocess.run(
        [*PROGRAM, "flows", "-", "--json"],
        input=text("handset-opens"),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "signal-handset" in done.stdout


def test_every_text_and_report_says_what_made_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    text = ringfence("rules", "--for", "cisco-asa").stdout
    made = re.search(r"made by ringfence \S+, 1970-01-02, site ([0-9a-f]{16})", text)
    assert made and "! no audio: media is not among these flows" in text
    for verb in (("rules", "--json"), ("prove", "--simulated", "--json"), ("flows", "--json")):
        document = json.loads(ringfence(*verb).stdout)
        assert document["made"]["date"] == "1970-01-02" and document["made"]["site"].startswith(made[1])
    for verb in (("why", "--json"), ("why", "DISCOVERY_SILENT", "--json")):
        assert json.loads(ringfence(*verb).stdout)["made"]["date"] == "1970-01-02"
    shown = ringfence("prove", "--simulated").stdout
    assert made[1] in shown and "no audio" in shown
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "tomorrow")
    refused = ringfence("rules")
    assert refused.returncode == 2 and "SOURCE_DATE_EPOCH" in refused.stderr


def test_two_sites_of_one_firewall_are_one_text() -> None:
    done = ringfence("rules", "branch", "plain-h323", "--for", "nftables")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("delete table inet ringfence") == 1


@pytest.mark.parametrize(
    "target", ["iptables", "panos", "fortios", "srx", "cisco-asa", "cisco-ios", "cisco-zbf", "aws-sg-json"]
)
def test_a_targets_own_text_is_read_back_and_proved(target: str) -> None:
    done = ringfence("prove", "--simulated", "--for", target, "--widen", "source-port")
    assert done.returncode == 0, done.stdout
    assert f"TEXT PROVED  the text for {target}" in done.stdout


@pytest.mark.parametrize("target", ["cisco-asa", "panos"])
def test_a_text_names_the_interfaces_that_the_site_has(target: str, tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(
        text("nat-one-to-one")
        .replace("phones: [10.20", "phones: {interface: inside, networks: [10.20")
        .replace("10.255.0.0/29]\n", "10.255.0.0/29]}\n")
        .replace("    nat: {", "    # nat: {")
    )
    done = ringfence("prove", str(site), "--simulated", "--for", target)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"TEXT PROVED  the text for {target}" in done.stdout


@pytest.mark.kernel
def test_the_kernels_own_text_is_read_back_and_proved() -> None:
    done = ringfence("prove", "--simulated", "--for", "nftables", "--json")
    document = json.loads(done.stdout)
    assert done.returncode == 0 and [text["proved"] for text in document["texts"]] == [True]


def test_a_text_that_lacks_a_rule_is_not_proved() -> None:
    done = ringfence("prove", str(FOLDER / "blog-as-written.yaml"), "--simulated", "--for", "iptables")
    assert done.returncode == 1 and "TEXT NOT PROVED" in done.stdout
    unread = ringfence("prove", "--simulated", "--for", "checkpoint")  # a script, not what the server shows
    assert unread.returncode == 2 and "cannot be read back" in unread.stderr


def test_an_address_is_shown_from_what_was_asked_to_what_was_granted() -> None:
    """A relay agent hands the ACK on: that is not an exchange of its own."""
    shown = ringfence("prove", "--simulated").stdout
    assert "10.255.0.1:67 > 10.1.0.10:67 DHCP DISCOVER via 10.10.0.1 ... DHCP ACK 10.10.0.128" in shown
    assert "10.255.0.1:67 > 10.1.0.10:67 DHCP DISCOVER via 10.20.0.1 ... DHCP ACK 10.20.0.128" in shown
