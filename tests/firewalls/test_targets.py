"""One row for each firewall: whole, in its own folder, and the only place outside which nobody names it."""

import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

import ringfence
from ringfence.firewalls.choose import target_named, writable
from ringfence.firewalls.common.behind import Named
from ringfence.firewalls.common.capability import FULL, Capability
from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.insertion import Insertion, InsertionPoint, insertion
from ringfence.firewalls.common.screening import screen
from ringfence.firewalls.common.shape import UNVERIFIED
from ringfence.firewalls.common.target import Configuration, Target, by_lines
from ringfence.firewalls.insert import add, insert_at
from ringfence.firewalls.recognise import read_any, read_as, readable, recognise
from ringfence.firewalls.rendering import capability_of, render_rules
from ringfence.firewalls.table import TARGETS, WRITABLE
from ringfence.model.errors import InputError
from ringfence.model.policy import Action, Policy
from ringfence.policy.listing import Chain, Listing
from ringfence.policy.space import NOWHERE, Row, rows
from support.branch_policy import ACCEPTED, BRANCH, DEVICE, branch_for

ROOT = Path(__file__).parents[2]
SOURCE = Path(ringfence.__file__).parent
FOLDERS = sorted(
    path.name
    for path in (SOURCE / "firewalls").iterdir()
    if (path / "__init__.py").exists() and path.name != "common"
)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_folder_has_its_rows_in_the_table(folder: str) -> None:
    own = import_module(f"ringfence.firewalls.{folder}").TARGETS
    assert own and all(TARGETS[row.name] is row for row in own)
    listed = [name for name in WRITABLE if TARGETS[name] in own]
    assert listed == sorted(row.name for row in own if row.write is not None)
    assert own[0].name.replace("-", "_").startswith(folder)


def test_every_row_comes_from_a_folder() -> None:
    own = [row for folder in FOLDERS for row in import_module(f"ringfence.firewalls.{folder}").TARGETS]
    assert len(own) == len(TARGETS) == len({row.title for row in TARGETS.values()})


@pytest.mark.parametrize("target", TARGETS.values(), ids=lambda target: target.name)
def test_a_row_is_whole(target: Target) -> None:
    assert (target.capability is None) == (target.write is None)
    assert target.write is not None or target.insert is None
    assert target.write is not None or target.configuration is not None
    assert target.capability is None or target.capability.target == target.name
    assert target.configuration is None or target.configuration.take


@pytest.mark.parametrize("name", writable())
def test_a_text_that_no_program_has_taken_says_so(name: str) -> None:
    device = replace(DEVICE, widen=ACCEPTED.get(name, frozenset()))
    notes = render_rules(TARGETS[name], branch_for(name), device).notes
    assert (UNVERIFIED in notes) == (not TARGETS[name].verified)


# --- nobody else names a vendor ----------------------------------------------------------------------------

VENDORS = ["cisco", "fortinet", "fortigate", "palo alto", "juniper", "mikrotik", "vmware", "amazon", "google"]
# They are forms of a table, and words of other things too.
PLAIN_WORDS = {"csv", "markdown"}
TABLE = Path("firewalls/table.py")
# The lab's firewall is the kernel's own, and the proofs load it; a Linux box has more programs than one.
LAB = {
    Path("firewalls/common/linux.py"),
    Path("firewalls/kernel.py"),
    Path("verify/testbeds.py"),
    Path("verify/corrections.py"),
}
# A site says whose inspection looks into its messages, and what is known of each is told where sites are.
INSPECTIONS = {Path("model/nat.py"), Path("model/inspections.py")}
# The lab is of Linux, and who writes for DHCP servers has a module for each of theirs.
APART = {"lab", "dhcp_servers"}
SQLITE = "wal_checkpoint"  # its word, and no firewall's
# Sources of facts, which stand in comments and docstrings.
CITED = {
    Path("firewalls/common/ace/names.py"),
    Path("firewalls/common/ace/objects.py"),
    Path("firewalls/common/ace/read.py"),
    Path("firewalls/common/interfaces/switch_ports.py"),
}


def vendor_words() -> re.Pattern[str]:
    names = {part for name in TARGETS for part in (name, name.split("-")[0], name.split("-")[-1])}
    words = {*names, *(folder.replace("_", "-") for folder in FOLDERS), *VENDORS, "pan-os", "check point"}
    words -= {"sg", "json", "nacl", "text", "braces", "lists", "terraform", *PLAIN_WORDS}
    found = "|".join(re.escape(word).replace(r"\-", "[-_ ]?") for word in sorted(words))
    return re.compile(rf"(?<![a-z])(?:{found})(?![a-z])", re.IGNORECASE)


def naming(path: Path, words: re.Pattern[str]) -> Iterator[str]:
    """The places of a module that name a vendor; `# ` and `\"\"\"` mark comments and docstrings."""
    previous = tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        if token.type in {tokenize.NL, tokenize.COMMENT} and not words.search(token.string):
            continue
        docstring = token.type == tokenize.STRING and previous in {tokenize.NEWLINE, tokenize.INDENT}
        previous = token.type
        said = token.string.replace(SQLITE, "")
        kind = "cited" if docstring or token.type == tokenize.COMMENT else "named"
        if words.search(said):
            yield f"{kind} {path.relative_to(SOURCE)}:{token.start[0]}: {token.string[:80]}"


def test_no_module_outside_its_folder_names_a_firewall() -> None:
    words = vendor_words()
    outside = [
        path
        for path in sorted(SOURCE.rglob("*.py"))
        if path.relative_to(SOURCE).parts[0] not in APART
        and not (path.relative_to(SOURCE).parts[0] == "firewalls" and path.parent.name in FOLDERS)
        and path.relative_to(SOURCE) not in {TABLE, *LAB, *INSPECTIONS}
    ]
    found = [place for path in outside for place in naming(path, words)]
    cited = tuple(f"cited {path}:" for path in CITED)
    assert [place for place in found if not place.startswith(cited)] == []
    assert {path for path in CITED if any(place.startswith(f"cited {path}:") for place in found)} == CITED


# --- adding one --------------------------------------------------------------------------------------------

CAPABILITY = Capability("toy", FULL)


def write_toy(policy: Policy, device: Device) -> Rendered:
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    text = "".join(f"allow {rule.id}\n" for rule in policy.rules) + "deny all\n"
    return Rendered("toy", text, ("toyctl load",), (), (), (), widenings)


def insert_toy(policy: Policy, _device: Device, at: InsertionPoint | None) -> Insertion:
    where = "at the top" if at is None else at.where
    return insertion(where, (f"allow {rule.id}" for rule in policy.rules))


def read_toy(text: str, _zones: Named | None) -> Listing:
    known = {row.id: row for row in rows(BRANCH)}
    found = tuple(known[line.split()[1]] for line in text.splitlines() if line.startswith("allow"))
    return Listing((Chain("toy", found, Action.DENY, frozenset({4, 6}), stateful=True, end=NOWHERE),), ())


TOY = Target(
    "toy",
    "Toy",
    CAPABILITY,
    write=write_toy,
    insert=insert_toy,
    configuration=Configuration("a toy's rules", "toyctl show", by_lines("^allow "), read_toy),
)
WITH_TOY = {**TARGETS, TOY.name: TOY}


def test_a_row_is_all_that_a_new_firewall_needs() -> None:
    assert "toy" in writable(WITH_TOY) and "toy" in readable(WITH_TOY)
    target = target_named("toy", WITH_TOY)
    text = render_rules(target, BRANCH, DEVICE).text
    assert recognise(text, WITH_TOY) is target and recognise(text) is None
    name, listing = read_any(text, None, WITH_TOY)
    assert name == "toy" and [row.id for row in listing.chains[0].rows] == [r.id for r in BRANCH.rules]
    added = add(target, BRANCH.rules[:1], DEVICE)
    assert added.text == "allow dhcp-relay\n" and added.notes == ("where: at the top", UNVERIFIED)
    row = Row("line 3 drop", Action.DENY, ())
    point = InsertionPoint(listing.chains[0], row, None, text.splitlines())
    assert insert_at(target, point, BRANCH.rules[:1], DEVICE) == ("before line 3 drop", ("allow dhcp-relay",))


def test_a_target_that_cannot_insert_gives_its_whole_rule_set() -> None:
    whole = replace(TOY, insert=None)
    point = InsertionPoint(Chain("toy", (), Action.DENY, frozenset({4}), stateful=True), None)
    found = insert_at(whole, point, BRANCH.rules[:1], DEVICE)
    assert found == ("at the end of toy", ("allow dhcp-relay", "deny all"))


def test_what_is_recognised_and_not_read_is_refused_with_what_to_take_instead() -> None:
    unread = replace(TOY, configuration=Configuration("a toy's dump", "toyctl show", by_lines("^allow ")))
    with pytest.raises(InputError, match=r"a toy's dump \(take it with toyctl show\), which is not read"):
        read_any("allow x\n", None, {"toy": unread})


def test_what_a_reader_refuses_says_what_it_is_and_how_to_take_what_is_wanted() -> None:
    with pytest.raises(InputError, match="looks like a Junos SRX configuration") as caught:
        read_as("fortios", "set security policies default-policy deny-all\n")
    assert caught.value.remedy == "take it with show full-configuration"
    with pytest.raises(InputError, match="no reader for 'csv'"):
        read_as("csv", "id,action\n")


def test_what_is_not_written_has_no_capability_to_ask_for() -> None:
    with pytest.raises(InputError, match="no writer for junos-braces"):
        capability_of(TARGETS["junos-braces"])
    with pytest.raises(InputError, match="no writer for 'junos-braces'"):
        target_named("junos-braces")
