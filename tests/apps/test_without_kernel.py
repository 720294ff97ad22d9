"""Where the kernel refuses namespaces the simulated network proves alone, and says so."""

import shlex
import subprocess
import sys

import pytest

pytestmark = pytest.mark.kernel

# A user namespace in which no further namespace may be made: what containers and hardened systems are like.
REFUSING = "echo 0 > /proc/sys/user/max_user_namespaces; echo 0 > /proc/sys/user/max_net_namespaces; exec "


def prove(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = f"from ringfence.apps.cli.main import main; main(['prove', *{list(arguments)!r}])"
    command = REFUSING + shlex.join([sys.executable, "-c", program])
    return subprocess.run(
        ["unshare", "--user", "--map-root-user", "sh", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_it_falls_back_in_one_line_with_the_remedy() -> None:
    done = prove()
    assert done.returncode == 0, done.stderr
    assert "PROVED" in done.stdout
    assert "simulated network;" in done.stdout
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("simulated network only: unshare(CLONE_NEWNET)")
    assert "sudo" in done.stderr


def test_it_fails_with_a_status_of_its_own_when_the_kernel_was_demanded() -> None:
    done = prove("--kernel")
    assert (done.returncode, done.stdout) == (3, "")
    assert "remedy" in done.stderr
