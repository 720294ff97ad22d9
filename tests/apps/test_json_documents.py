"""What verbs print with --json is what their schemas say, field by field, and stays so within a format."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ringfence.apps.cli.documents.schemas import FORMAT, schema_of
from ringfence.apps.cli.documents.shapes import SHAPES
from ringfence.wire import ras
from ringfence.wire.h225 import UnregistrationConfirm
from support.documents import unlike_its_schema

PUBLISHED = Path(__file__).parents[1] / "support" / "schemas"


def ringfence(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ringfence", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Captures of a proof that fails, and a configuration of one that does not."""
    path = tmp_path_factory.mktemp("documents")
    ringfence("prove", "branch", "--simulated", "--pcap", str(path))
    (path / "sweep.yaml").write_text("within: 1s\nsweep: {phones: [2, 3]}\n")
    (path / "rules.txt").write_text(ringfence("rules", "--for", "iptables").stdout)
    return path


COMMANDS: dict[str, list[tuple[str, ...]]] = {
    "prove": [
        ("prove", "--simulated", "--json"),
        ("prove", "blog-as-written", "--simulated", "--json"),
        ("prove", "--simulated", "--for", "iptables", "--json"),
    ],
    "check": [
        ("check", "--config", "{}/rules.txt", "--json"),
        ("check", "--config", "{}/rules.txt", "--diff", "{}/rules.txt", "--json"),
        ("check", "--config", "{}/rules.txt", "--packet", "10.1.0.30:1719 > 10.20.0.9:49300/udp", "--json"),
    ],
    "explain": [
        ("explain", "{}/simulated-handsets.pcap", "{}/simulated-servers.pcap", "--for", "pf", "--json"),
        ("explain", "--many", "{}/simulated-servers.pcap", "--workers", "1", "--json"),
    ],
    "walk": [
        ("walk", "branch", "{}/simulated-handsets.pcap", "{}/simulated-servers.pcap", "--json"),
        ("walk", "branch", "{}/simulated-servers.pcap", "{}/simulated-servers.pcap", "--for", "pf", "--json"),
    ],
    "learn": [("learn", "{}/simulated-servers.pcap", "--json")],
    "flows": [("flows", "with-media", "--json"), ("flows", "https-multicast", "--json")],
    "rules": [
        ("rules", "--for", "kubernetes", "--widen", "source-port", "--without", "echo", "--json"),
        ("rules", "--into", "{}/rules.txt", "--json"),
    ],
    "dhcp": [
        ("dhcp", "--for", "kea", "--json"),
        ("dhcp", "campus", "--relay", "ios", "--interface", "10.20.0.0/23=Vlan20", "--json"),
    ],
    "option": [("option", "MCIPADD=10.1.0.30,,L2Q=9", "--json")],
    "decode": [("decode", ras.encode(UnregistrationConfirm(requestSeqNum=1)).hex(), "--json")],
    "simulate": [
        ("simulate", "--phones", "4", "--within", "1s", "--server", "dhcp=service 1ms", "--json"),
        ("simulate", "blog-as-written", "--phones", "2", "--within", "1s", "--until", "9s", "--json"),
        ("simulate", "--sweep", "{}/sweep.yaml", "--workers", "1", "--json"),
    ],
    "why": [
        ("why", "--json"),
        ("why", "Discover", "--json"),
        ("why", "1924", "--json"),
        ("why", "GRQ_UNANSWERED", "--json"),
    ],
}


def test_the_documents_of_every_verb_are_tried() -> None:
    assert COMMANDS.keys() >= SHAPES.keys() - _TRIED_ELSEWHERE


# Verbs whose document needs a process that serves: their own tests hold it against `schema_of`.
_TRIED_ELSEWHERE = frozenset({"phone", "serve", "status", "walk"})


@pytest.mark.parametrize("verb", COMMANDS)
def test_a_document_is_what_its_schema_says(verb: str, folder: Path) -> None:
    for command in COMMANDS[verb]:
        done = ringfence(*(each.format(folder) if each.startswith("{}") else each for each in command))
        assert done.stdout, done.stderr
        assert unlike_its_schema(verb, done.stdout) == [], command


def kept(old: Any, new: Any, new_schema: Any, where: str) -> Iterator[str]:
    """What a reader of `old` may rely on and `new` does not promise any more."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key, value in old.items():
            if key in {"description", "default", "title", "$id"}:
                continue
            if key not in new:
                yield f"{where}.{key} is gone"
            elif key == "required":
                yield from (f"{where}: {each} may be absent now" for each in value if each not in new[key])
            elif key == "enum":
                yield from (f"{where}: {each} is gone" for each in value if each not in new[key])
            else:
                yield from kept(value, new[key], new_schema, f"{where}.{key}")
    elif isinstance(old, list) and isinstance(new, list):
        for number, each in enumerate(old):
            if not any(not list(kept(each, other, new_schema, "")) for other in new):
                yield f"{where}[{number}] is gone"
    elif old != new:
        yield f"{where}: {old} became {new}"


@pytest.mark.parametrize("published", sorted(PUBLISHED.glob("*.json")), ids=lambda path: path.stem)
def test_a_format_keeps_what_it_promised(published: Path) -> None:
    """Where this fails on purpose, raise FORMAT and write the files anew: ringfence schema --all FOLDER."""
    old = json.loads(published.read_text())
    if old["$id"] == f"urn:ringfence:{published.stem}:{FORMAT}":
        new = schema_of(published.stem)
        assert list(kept(old, new, new, published.stem)) == []


def test_a_field_that_goes_is_noticed() -> None:
    schema = schema_of("flows")
    changed = json.loads(json.dumps(schema))
    del changed["$defs"]["FlowDocument"]["properties"]["stage"]
    assert list(kept(schema, changed, changed, "flows"))
    del schema["$defs"]["FlowDocument"]["properties"]["stage"]
    schema["$defs"]["FlowDocument"]["required"].remove("stage")
    assert not list(kept(schema, schema_of("flows"), schema_of("flows"), "flows"))
