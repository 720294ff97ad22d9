"""What every verb costs as a whole process, from start to exit, beside an older build of ringfence.

    RINGFENCE_OLD=TREE python bench/verbs.py [--runs 5]

TREE is a checkout of the older build, run by the same Python; without it only this one is measured, and that
is said. The builds take turns, so that the machine's ups and downs hit both; what counts is the median of the
ratios of neighbours. Each is run once before, which writes its bytecode.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parents[1]
START = """
import sys
sys.argv[0] = "ringfence"
try:
    from ringfence.apps.cli.entry import run
except ImportError:
    from ringfence.apps.cli.main import main as run
run()
"""
URQ = "1800126801000a14003206b8"
VERBS = (
    ("--help",),
    ("why",),
    ("flows",),
    ("schema",),
    ("decode", URQ),
    ("rules", "--for", "cisco-asa"),
    ("rules", "--for", "nftables"),
    ("check", "--config", "cisco-asa"),
    ("check", "--config", "nftables"),
    ("check", "--config", "iptables"),
    ("prove", "--simulated"),
    ("prove",),
)
# What turns a text into the listing of the kernel.
LISTINGS = {
    "nftables": "nft -f - && nft -j list ruleset",
    "iptables": "iptables-restore && iptables -A FORWARD -j ringfence && iptables-save",
}
FIREWALLS = ("cisco-asa", "nftables", "iptables")


def run(tree: Path, arguments: tuple[str, ...], folder: Path) -> tuple[float, bytes]:
    """Seconds of a processor, of its children too, and what it printed."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(tree / "src"),
        "PYTHONPYCACHEPREFIX": str(folder / "cache"),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", START, *arguments],
        env=environment,
        cwd=folder,
        capture_output=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if (
        done.returncode not in (0, 1) or b"Traceback" in done.stderr
    ):  # an older build may need what is not here
        raise SystemExit(f"{tree}: {' '.join(arguments)}: exit {done.returncode}\n{done.stderr.decode()}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    old = os.environ.get("RINGFENCE_OLD")
    if old is None:
        print("no older build beside it: RINGFENCE_OLD is not set")
    print(
        f"{'seconds of a processor, median of ' + str(runs):40}     this"
        + ("    older    ratio" if old else "")
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for target in FIREWALLS:
            (folder / target).write_bytes(run(HERE, ("rules", "--for", target), folder)[1])
        for target, script in LISTINGS.items():
            (folder / target).write_bytes(listing(script, (folder / target).read_bytes()))
        for arguments in VERBS:
            if arguments[0] == "check" and not (folder / arguments[-1]).stat().st_size:
                print(f"{' '.join(arguments):40} left out: it cannot be loaded in a namespace here")
            else:
                row(arguments, Path(old) if old else None, folder, runs)


def listing(script: str, rules: bytes) -> bytes:
    """As the kernel lists them, which every build reads; empty where there is no such kernel."""
    command = ["unshare", "--map-root-user", "--net", "sh", "-c", f"PATH=$PATH:/usr/sbin:/sbin; {script}"]
    done = subprocess.run(command, input=rules, capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else b""


def row(arguments: tuple[str, ...], old: Path | None, folder: Path, runs: int) -> None:
    builds = (HERE,) if old is None else (HERE, old)
    for tree in builds:
        run(tree, arguments, folder)
    found = [[run(tree, arguments, folder)[0] for tree in builds] for _ in range(runs)]
    medians = [statistics.median(column) for column in zip(*found, strict=True)]
    words = " ".join(arguments)[:40]
    ratio = "" if old is None else f" {statistics.median(new / was for new, was in found):7.2f}x"
    print(f"{words:40}" + "".join(f" {seconds:8.3f}" for seconds in medians) + ratio, flush=True)


if __name__ == "__main__":
    main()
