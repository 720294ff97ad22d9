"""What `ringfence explain` costs beside cat, tcpdump and tshark, on captures full of RTP that it generates.

    python bench/capture.py [--megabytes 100] [--handsets N] [--runs 3] [--keep DIRECTORY]

The same traffic is written from both sides of a firewall. Tools run alternately and the best of each is
printed (tshark runs once on more than 200 MB). Private memory is the peak of RssAnon of all its processes.
"""

import argparse
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from generate.busy_site import generate

FILTER = (
    "arp or icmp or udp port 67 or udp port 68 or udp portrange 1718-1719 or tcp port 1720 or tcp port 1300"
    " or tcp port 80 or tcp port 443 or tcp port 411 or (ip[6:2] & 0x1fff != 0)"
)
TSHARK = [
    "tshark",
    "-n",
    "-Y",
    "dhcp or h225 or icmp",
    "-T",
    "fields",
    "-e",
    "frame.number",
    "-e",
    "h225.RasMessage",
]
SELECT = """
import sys
from pathlib import Path
from ringfence.capture.reader import Capture
print(sum(1 for _ in Capture(Path(sys.argv[1]))), "frames")
"""
EXPLAIN = "import sys; from ringfence.apps.cli.main import main; main(['explain', *sys.argv[1:]])"
_MAY_RUN_ONCE = 200_000_000  # octets; tshark needs minutes for more


class Cost(NamedTuple):
    """Seconds, seconds, MiB, and the last line of output."""

    wall: float
    cpu: float
    private: float
    said: str


def run(command: list[str]) -> Cost:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL, start_new_session=True)
        private = 0
        while process.poll() is None:
            private = max(private, private_memory(process.pid))
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.02)
        wall = time.perf_counter() - start
        out.seek(max(0, out.seek(0, os.SEEK_END) - 200))
        lines = out.read().decode(errors="replace").splitlines()
        # Status 1 with an answer: not every handset is well.
        if process.returncode not in {0, 1} or (process.returncode and not lines):
            raise SystemExit(f"{command[0]} ended with {process.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, private / 1024, lines[-1].strip()[:60] if lines else "")


def private_memory(session: int) -> int:
    """KiB that the processes of a session do not share with the page cache."""
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getsid(int(process.name)) == session:
                status = (process / "status").read_text()
                total += int(
                    status.partition("RssAnon:")[2].split(maxsplit=1)[0] if "RssAnon:" in status else 0
                )
    return total


def commands(near: Path, far: Path) -> dict[str, list[str]]:
    ours = [sys.executable, "-c"]
    found = {
        "cat": ["sh", "-c", 'cat "$1" > /dev/null', "sh", str(near)],
        "ringfence, select only": [*ours, SELECT, str(near)],
        "ringfence explain": [*ours, EXPLAIN, str(near)],
        "ringfence explain, 2 sides": [*ours, EXPLAIN, str(near), str(far)],
    }
    if shutil.which("tcpdump"):
        found["tcpdump, select only"] = ["tcpdump", "-r", str(near), "-w", os.devnull, FILTER]
    if shutil.which("tcpdump") and shutil.which("tshark"):
        pipe = 'near=$1 filter=$2; shift 2; tcpdump -r "$near" -w - "$filter" | "$@" -r -'
        found["tcpdump | tshark, fields"] = ["sh", "-c", pipe, "sh", str(near), FILTER, *TSHARK]
        found["tshark, fields"] = [*TSHARK, "-r", str(near)]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100, choices=range(1, 1201), metavar="1..1200")
    parser.add_argument("--handsets", type=int, help="default: two for each megabyte")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="leave the captures in this directory")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        directory = options.keep or Path(temporary)
        near, far = directory / "handsets.pcap", directory / "servers.pcap"
        with near.open("wb") as one, far.open("wb") as other:
            handsets = options.handsets or options.megabytes * 2
            written = generate(one, other, options.megabytes, handsets, random.Random(1))
        size = near.stat().st_size
        print(
            f"{size / 1e6:.0f} MB, {written.frames} frames, {written.signalling} of them signalling of"
            f" {written.handsets} handsets, {written.broken} broken"
        )
        best: dict[str, Cost] = {}
        for turn in range(options.runs):
            for name, command in commands(near, far).items():
                if turn == 0 or command[0] != "tshark" or size < _MAY_RUN_ONCE:
                    result = run(command)
                    best[name] = min(best.get(name, result), result)
        ours, reading = best["ringfence explain"], best["ringfence, select only"]
        print(f"{'':27}  wall s   cpu s  M frames/s  private MiB  explain is  selecting is")
        for name, cost in best.items():
            rate = written.frames / cost.wall / 1e6
            figures = f"{cost.wall:8.2f}{cost.cpu:8.2f}{rate:12.2f}{cost.private:13.0f}"
            ratios = f"{cost.wall / ours.wall:9.1f} x{cost.wall / reading.wall:12.1f} x faster"
            print(f"{name:27}{figures}{ratios}   {cost.said}")


if __name__ == "__main__":
    main()
