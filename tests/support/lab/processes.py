"""Python processes of their own, as this user or as one without any privilege."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from ringfence.lab.privilege import acquire

_TESTS = Path(__file__).parents[2]


def command(arguments: Sequence[str], *, nobody: bool = False) -> tuple[list[str], dict[str, str]]:
    """What to start Python with, and its environment; skips where it cannot be had."""
    if not os.access(sys.executable, os.X_OK):
        pytest.skip(f"this user may not start {sys.executable}")
    if nobody and acquire().kind != "root":
        pytest.skip("only root can become nobody")
    prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if nobody else []
    path = os.pathsep.join([str(_TESTS), str(_TESTS.parent / "src")])
    return [*prefix, sys.executable, *arguments], {**os.environ, "PYTHONPATH": path}


def output_of(script: str, *, nobody: bool = False, prefix: Sequence[str] = ()) -> str:
    """What the script prints; CalledProcessError when it fails."""
    argv, environment = command(["-c", script], nobody=nobody)
    done = subprocess.run([*prefix, *argv], env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout
