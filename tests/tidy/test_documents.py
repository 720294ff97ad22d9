"""README, CONTRIBUTING and the decisions say what the code says, or these fail."""

import re
import tomllib
from importlib import import_module
from pathlib import Path

import click
import pytest

from ringfence.apps.cli import exits
from ringfence.apps.cli.main import VERBS
from ringfence.model.stage import Stage
from ringfence.policy.compile import generated
from ringfence.verify.judging import expected_stages
from support.example_sites import example

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _contract(name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = next(each for each in CONTRACTS if each["name"] == name)
    return found


@pytest.mark.parametrize("verb", VERBS)
def test_the_list_of_verbs_says_what_each_says_of_itself(verb: str) -> None:
    command: click.Command = import_module(f"ringfence.apps.cli.{verb}").command
    assert (command.help or "").startswith(VERBS[verb])


@pytest.mark.parametrize("path", [path for path in DOCUMENTS if "decisions" not in path.parts], ids=_name)
def test_a_document_names_no_flag_that_no_verb_has(path: Path) -> None:
    """Only commands of ours are looked at."""
    commands: list[click.Command] = [import_module(f"ringfence.apps.cli.{verb}").command for verb in VERBS]
    flags = {
        flag for command in commands for each in command.params for flag in (*each.opts, *each.secondary_opts)
    }
    said = re.findall(r"ringfence [a-z]+ [^`\n|;#]*", path.read_text())
    named = {flag for each in said for flag in re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", each)}
    assert named <= flags | {"--help", "--version"}


def test_the_example_of_a_proof_has_the_stages_and_rules_of_the_branch() -> None:
    site = example("branch")
    stages = [Stage(name) for name in re.findall(r"^    ok  ([a-z-]+) +\d", README, re.M)]
    assert stages == [stage for stage in Stage if stage in expected_stages(site)]
    said = re.search(r"PROVED  (\d+) rules", README)
    assert said is not None
    assert int(said[1]) == len(generated(site).rules)


def test_every_exit_status_has_a_meaning() -> None:
    assert set(exits.MEANINGS) == {value for value in vars(exits).values() if isinstance(value, int)}


def test_contributing_has_the_layers_of_the_import_contract() -> None:
    drawn = re.search(r"^    (apps > .*(?:\n      > .*)*)", CONTRIBUTING, re.M)
    assert drawn is not None
    layers = [layer.strip() for layer in drawn[1].replace("\n", " ").split(">")]
    assert layers == _contract("Imports point one way")["layers"]


def test_contributing_names_the_pure_packages() -> None:
    said = re.search(r"^(`model`.*) do no input or output", CONTRIBUTING, re.M)
    assert said is not None
    pure = {
        name.removeprefix("ringfence.")
        for name in _contract("Pure packages do no input or output")["source_modules"]
    }
    assert set(re.findall(r"`(\w+)`", said[1])) == pure


def test_the_decision_on_stages_names_them_all() -> None:
    page = (ROOT / "docs" / "decisions" / "0001-stages.md").read_text()
    decided = page.partition("**Decision.**")[2].partition("**Why.**")[0]
    named = [name for name in re.findall(r"[a-z]+(?:-[a-z]+)*", decided) if name in set(Stage)]
    assert list(dict.fromkeys(named)) == [stage.value for stage in Stage]


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_what_a_document_points_at_is_there(path: Path) -> None:
    text = path.read_text()
    roots = (ROOT, ROOT / "src" / "ringfence", path.parent)
    named = set(re.findall(r"`([\w.<>-]+(?:/[\w.<>*-]*)+)`", text))
    linked = set(re.findall(r"\]\((?!http)([\w./-]+)\)", text))
    tops = {each.name for root in roots[:2] for each in root.iterdir()}
    missing = {
        each
        for each in named | linked
        if (each in linked or each.split("/")[0] in tops)
        and not any(True for root in roots for _ in root.glob(re.sub(r"<\w+>", "*", each).rstrip("/")))
    }
    assert not missing


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_a_module_that_a_document_names_can_be_imported(path: Path) -> None:
    for name in re.findall(r"`(ringfence(?:\.\w+)+)`", path.read_text()):
        import_module(name)
