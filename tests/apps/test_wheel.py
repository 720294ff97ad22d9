"""The wheel works where the source tree is not: every verb, in an empty folder of a new environment."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# BOOTREQUEST with option 53: DHCPDISCOVER.
DISCOVER = "0101060000003039" + "00" * 228 + "63825363350101ff"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with nothing of ours but the wheel; the libraries are those of the tests."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    for name in filter(None, os.fsdecode(tracked).split("\0")):
        if (ROOT / name).exists():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, source / name, follow_symlinks=False)
    # Without a compiler: the compiled and the interpreted form are the same source, and this is the quicker.
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            folder,
            source,
        ],
        env={**os.environ, "CC": "false"},
        check=True,
        capture_output=True,
    )
    environment = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = environment / "bin" / "python"
    wheel = next(folder.glob("*.whl"))
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel],
        check=True,
        capture_output=True,
    )
    packages = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    # A path in a .pth file brings the libraries, not the .pth files there: our source tree stays outside.
    Path(packages, "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return environment / "bin"


def _run(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        [installed / "ringfence", *arguments],
        cwd=folder,
        env={**kept, "COLUMNS": "120", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_wheel_is_what_runs(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [installed / "python", "-c", "import ringfence; print(ringfence.__file__)"],
        cwd=tmp_path,
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()).is_relative_to(installed.parent)


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("--help",), 0, "prove"),
        (("flows",), 0, "dhcp-relay"),
        (("flows", "https-multicast"), 0, "files-https"),
        (("flows", "provider"), 0, "dhcp-relay"),
        (("flows", "no-such-site"), 2, "https-multicast"),
        (("rules", "--for", "cisco-asa"), 0, "access-list"),
        (("rules", "plain-h323", "--for", "nftables"), 0, "table inet"),
        (("why",), 0, "DHCP"),
        (("schema",), 0, "$schema"),
        (("decode", DISCOVER), 0, "DISCOVER"),
        (("site", "upgrade", "missing.yaml"), 2, "missing.yaml"),
        (("serve", "--address", "127.80.0.1", "--anybody", "--for", "0.3"), 0, "serving gatekeeper"),
        (("phone", "127.80.2.1", "--extension", ""), 2, "--extension"),
        (("check", "--config", "missing.txt"), 2, "missing.txt"),
        (("explain", "missing.pcap"), 2, "missing.pcap"),
        (("learn", "missing.pcap"), 2, "missing.pcap"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else None,
)
def test_every_verb_runs_in_an_empty_folder(
    installed: Path, tmp_path: Path, arguments: tuple[str, ...], status: int, says: str
) -> None:
    done = _run(installed, tmp_path, *arguments)
    assert "Traceback" not in done.stderr
    assert (done.returncode, says in done.stdout + done.stderr) == (status, True), done.stdout + done.stderr


def test_a_set_registers_with_a_gatekeeper_from_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    """With TLS, too: call signalling bears the certificate that is part of the package."""
    (tmp_path / "site.yaml").write_text(
        _run(installed, tmp_path, "site", "upgrade", "handset-opens").stdout.replace(
            "signalling: handset", "signalling: handset-tls"
        )
    )
    with subprocess.Popen(
        [installed / "ringfence", "serve", "site.yaml", "--address", "127.80.3.1", "--user", "2001:1234"],
        cwd=tmp_path,
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        assert "serving gatekeeper" in server.stdout.readline()
        phone = _run(
            installed, tmp_path, "phone", "127.80.3.1", "--address", "127.80.4.1", "--password", "1234",
            "--call-control", "handset-tls", "--for", "2",
        )  # fmt: skip
        server.terminate()
    assert (phone.returncode, "1 of 1 registered" in phone.stdout) == (0, True), phone.stdout + phone.stderr


@pytest.mark.kernel
def test_rules_are_proved_checked_and_explained_from_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    """HTTPS too: the certificate of the file server in the lab is part of the package."""
    done = _run(installed, tmp_path, "prove", "https-multicast", "--pcap", "captures")
    assert done.returncode == 0, done.stdout + done.stderr
    captures = sorted(str(path) for path in (tmp_path / "captures").rglob("*.pcap*"))
    assert captures
    explained = _run(installed, tmp_path, "explain", captures[0])
    assert "Traceback" not in explained.stderr
    assert explained.returncode in {0, 1}, explained.stdout + explained.stderr
    learned = _run(installed, tmp_path, "learn", captures[0])
    assert "Traceback" not in learned.stderr
    assert learned.returncode in {0, 1}, learned.stdout + learned.stderr
    (tmp_path / "rules.txt").write_text(
        _run(installed, tmp_path, "rules", "branch", "--for", "cisco-asa").stdout
    )
    checked = _run(
        installed, tmp_path, "check", "branch", "--config", "rules.txt",
        "--zone", "handsets=handsets", "--zone", "servers=servers",
    )  # fmt: skip
    assert "Traceback" not in checked.stderr
    assert checked.returncode in {0, 1}, checked.stdout + checked.stderr
