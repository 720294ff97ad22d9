"""What a whole estate costs: its proof beside the branch's in the same run, and a thousand branches' tables.

python bench/estate.py [runs]
"""

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 3
PAIRS = (("enterprise", 4.0), ("provider", 10.0))  # at most so many times the branch's wall time
SECONDS, KIBIBYTES = 3.0, 300 * 1024  # of CPU and memory for a table of a thousand branches


class Cost(NamedTuple):
    """Seconds of wall time and of CPU, and the most memory it had (KiB)."""

    wall: float
    cpu: float
    memory: int


def cost(*arguments: str, output: Path | None = None) -> Cost:
    """Run the command line once. What it says of the rules (exit 1) is no failure of the measurement."""
    run = "import sys; from ringfence.apps.cli.main import main; main(sys.argv[1:])"
    began = os.times()
    with (output or Path(os.devnull)).open("wb") as out:
        child = subprocess.Popen(
            [sys.executable, "-c", run, *arguments], stdout=out, stderr=subprocess.DEVNULL
        )
        _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode in {0, 1}, f"ringfence {' '.join(arguments)} ended with {child.returncode}"
    return Cost(os.times().elapsed - began.elapsed, used.ru_utime + used.ru_stime, used.ru_maxrss)


def middle(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(each.wall for each in costs),
        statistics.median(each.cpu for each in costs),
        max(each.memory for each in costs),
    )


def main() -> None:
    # Branch and estate take turns, so that what else the machine does meets both.
    runs = [[cost("prove", name) for name in ("branch", *(name for name, _ in PAIRS))] for _ in range(RUNS)]
    branch, *estates = (middle(list(column)) for column in zip(*runs, strict=True))
    print(f"{'':30} {'wall s':>8} {'CPU s':>8} {'MiB':>6} {'x branch':>9} {'at most':>8}")
    print(f"{'prove branch':30} {branch.wall:8.2f} {branch.cpu:8.2f} {branch.memory // 1024:6}")
    for (name, most), found in zip(PAIRS, estates, strict=True):
        ratio = found.wall / branch.wall
        print(
            f"{f'prove {name}':30} {found.wall:8.2f} {found.cpu:8.2f} {found.memory // 1024:6}"
            f" {ratio:9.1f} {most:8.1f}{'' if ratio <= most else '  TOO SLOW'}"
        )
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder) / "rules.txt"
        cost("rules", "provider", "--for", "cisco-asa", output=rules)
        for arguments in (
            ("flows", "provider"),
            ("rules", "provider", "--for", "nftables"),
            ("rules", "provider", "--for", "cisco-asa"),
            ("check", "provider", "--config", str(rules), "--for", "cisco-asa"),
        ):
            found = middle([cost(*arguments) for _ in range(RUNS)])
            over = found.cpu > SECONDS or found.memory > KIBIBYTES
            what = " ".join(arguments[:2]) + (f" {arguments[-1]}" if len(arguments) > 2 else "")
            print(
                f"{what:30} {found.wall:8.2f} {found.cpu:8.2f} {found.memory // 1024:6}"
                f" {'':9} {SECONDS:8.1f}{'  TOO MUCH' if over else ''}"
            )


if __name__ == "__main__":
    main()
