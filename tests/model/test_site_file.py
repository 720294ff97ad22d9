"""Site files: what is read, and how each mistake is named."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.model.errors import InputError
from ringfence.model.site import Site
from ringfence.model.site_file import parse, schema

SITES = sorted((Path(__file__).parents[2] / "examples/sites").glob("*.yaml"))
BRANCH = next(path for path in SITES if path.name == "branch.yaml").read_text()


@pytest.mark.parametrize("path", SITES, ids=lambda path: path.name)
def test_examples_are_read(path: Path) -> None:
    beside = path.parent
    assert isinstance(parse(path.read_text(), path.name, lambda name: (beside / name).read_text()), Site)


@pytest.mark.parametrize(
    ("old", "new", "what", "remedy"),
    [
        ("gatekeeper_ports", "gatekeper_ports", "unknown key `gatekeper_ports`", "gatekeeper_ports"),
        ("61440-61444", "61444-61440", "reversed", ""),
        ("ras_ports: 49300", "ras_ports: 0", "port 0", ""),
        ("ras_ports: 49300", "ras_ports: 70000", "outside 0-65535", ""),
        ("{addresses: [10.1.0.30]}", "{addresses: [10.20.0.30]}", "inside zone handsets", "firewall"),
        ("{addresses: [10.1.0.30]}", "{addresses: []}", "no gatekeeper address", "never 'any'"),
        ("servers: [10.1.0.0/24]", "servers: [10.0.0.0/8]", "zones overlap", "two sides"),
        (
            "call_control: gatekeeper",
            "call_control: gk",
            "expected one of gatekeeper, handset, handset-tls",
            "gatekeeper",
        ),
        ("uplink: 10.255.0.1 ", "uplink: 10.255.0.300 ", "10.255.0.300", ""),
        ("network: 10.10.0.0/24", "network: 10.10.0.1/24", "has host bits set", ""),
        ("lease: 28800", "lease: 0", ">= 1", ""),
        ("id: 20", "id: 4095", "<= 4094", ""),
        ("option: 242", "option: 43", "not read by handsets", "242 or 176"),
        ("site: branch-office", "site: a\nsite: b", "given twice", ""),
        ("router: 10.20.0.1", "router: 10.99.0.1", "is not in 10.20.0.0/24", "giaddr"),
        ("family: 96x1", "mac: 01:00:5e:00:00:01", "group address", ""),
        ("family: 96x1", f"password: {'a' * 128}", "128 characters", "at most 127"),
        ("family: 96x1", f"extension: '{'7' * 128}'", "128 characters", "at most 127"),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, what: str, remedy: str) -> None:
    assert old in BRANCH
    with pytest.raises(InputError) as caught:
        parse(BRANCH.replace(old, new, 1), "site.yaml")
    assert what in caught.value.what
    assert remedy in caught.value.remedy
    assert caught.value.where.startswith("site.yaml")
    line, column = map(int, caught.value.where.split(":")[1:])
    assert column >= 1
    mistake = BRANCH[: BRANCH.index(old)].count("\n") + 1
    # An overlap belongs to the whole of `zones`, a repeated key to its second occurrence.
    assert line - mistake == {"zones overlap": -2, "given twice": 1}.get(what, 0)


@pytest.mark.parametrize(
    "text",
    ["", "- a\n- b", "site: [", "a: &x [*x]", "{" * 500, "? [a]\n: b", "site: !!python/object:os.system x"],
)
def test_what_is_no_site_file_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse(text, "x.yaml")


def test_a_billion_laughs_is_refused_quickly() -> None:
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12))
    with pytest.raises(InputError):
        parse(f"l0: &l0 x\n{levels}", "x.yaml")


@given(st.text(max_size=200))
def test_any_text_is_refused_or_read(text: str) -> None:
    try:
        parse(text)
    except InputError as error:
        assert error.what


def test_every_key_of_the_schema_says_what_it_is_and_where_from() -> None:
    document = schema()
    assert json.loads(json.dumps(document))["title"] == "ringfence site file"
    bare = []
    for name, part in document["$defs"].items():
        if name in {"Row", "AllPhones"}:  # columns of a table to be judged; the keys of PhonesText again
            continue
        full = part if "properties" in part else part.get("anyOf", [{}])[0]
        assert full.get("additionalProperties", False) is False
        for key, value in full.get("properties", {}).items():
            said = [value, *value.get("anyOf", ())]
            required = key in full.get("required", ())
            if not any("description" in each and "x-source" in each for each in said):
                bare.append(f"{name}.{key}")
            elif not required and "default" not in value:
                bare.append(f"{name}.{key} has no default")
    assert bare == []


def test_reading_a_site_file_does_not_import_the_network() -> None:
    code = "import sys, ringfence.model.site_file; print('asyncio' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
