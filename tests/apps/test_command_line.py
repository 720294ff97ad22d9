"""What the command line does before any verb runs: its version, mistakes of typing, completion."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ringfence import __version__
from ringfence.apps.cli.main import VERBS


def ringfence(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ringfence", *arguments], capture_output=True, text=True, check=False
    )


def test_the_version_is_told() -> None:
    done = ringfence("--version")
    assert (done.returncode, done.stdout) == (0, f"ringfence {__version__}\n")


def test_every_verb_is_listed() -> None:
    listed = ringfence("--help").stdout
    assert [verb for verb in VERBS if f"\n  {verb} " not in listed] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("proove",), "there is no verb 'proove'; did you mean prove?"),
        (("xyzzy",), "there is no verb 'xyzzy'"),
        (("prove", "--trase"), "prove: No such option '--trase'. Did you mean '--trace'?"),
        (("check",), "check: Missing option '--config'."),
        (("completion", "tcsh"), "'tcsh' is not one of 'bash', 'zsh', 'fish'"),
        (("prove", "--pcap"), "Option '--pcap' requires an argument."),
    ],
)
def test_a_mistake_of_typing_is_said_like_any_other(arguments: tuple[str, ...], said: str) -> None:
    """One style for every mistake: who says it, what is wrong, and what to do."""
    done = ringfence(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    first, second = done.stderr.splitlines()
    assert first.startswith("ringfence: ")
    assert said in first
    assert second.startswith("  -> `ringfence ")


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes_verbs_and_flags(tmp_path: Path) -> None:
    program = tmp_path / "ringfence"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m ringfence "$@"\n')
    program.chmod(0o755)
    script = ringfence("completion", "bash").stdout
    here = [
        "complete() { :; }",  # of an interactive shell
        script,
        f"of() {{ COMP_WORDS=(ringfence $1) COMP_CWORD=$2 COMPREPLY=(); _ringfence_completion {program}; }}",
        'of fl 1; echo "${COMPREPLY[*]}"',
        'of "flows --js" 2; echo "${COMPREPLY[*]}"',
    ]
    asked = "\n".join(here)
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["flows", "--json"], done.stderr
