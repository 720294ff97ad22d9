"""What `ringfence serve` spends of a processor on RAS, its log in a file, beside an older build.

    RINGFENCE_OLD=TREE python bench/serve.py [--endpoints 10000] [--runs 3]

Every endpoint discovers and registers (a full registration), and then keeps itself alive twice. The builds
take turns, and the ratio of the medians counts. TREE is a checkout of the older build; without it only
this one is measured, and that is said. The gatekeeper is at 127.0.0.1:1719, which must be free.
"""

import argparse
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import ras_load
from ras_load import ROUNDS, Endpoint, handset_socket, one_round
from ringfence.model.address import transport

ras_load.GATEKEEPER = GATEKEEPER = transport("127.0.0.1", 1719)
PATIENCE = 30.0  # seconds until it serves
START = "import sys; from ringfence.apps.cli.main import main; sys.argv[0] = 'ringfence'; main()"
OPTIONS = ("serve", "--address", "127.0.0.1", "--anybody", "--dialect", "h323")


@contextmanager
def serving(tree: Path, *options: str) -> Iterator[int]:
    """The process of a build that serves."""
    with tempfile.TemporaryDirectory() as folder, Path(folder, "log").open("wb") as log:
        environment = {**os.environ, "PYTHONPATH": str(tree / "src"), "XDG_STATE_HOME": folder}
        process = subprocess.Popen(
            [sys.executable, "-c", START, *OPTIONS, *options], env=environment, stdout=log, cwd=folder
        )
        try:
            _wait(process)
            yield process.pid
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)


def _wait(process: "subprocess.Popen[bytes]") -> None:
    grq = Endpoint(65_000, "").grq()
    until = time.monotonic() + PATIENCE
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(0.1)
        while process.poll() is None and time.monotonic() < until:
            asker.sendto(grq, (str(GATEKEEPER.ip), GATEKEEPER.port))
            try:
                asker.recv(2048)
            except OSError:  # nobody there yet
                continue
            return
    raise SystemExit("it does not serve")


def used(process: int) -> float:
    """Seconds of a processor, of all its threads (Linux, proc(5))."""
    threads = Path(f"/proc/{process}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def measured(tree: Path, count: int, *options: str) -> list[float]:
    """Microseconds an endpoint of each round."""
    endpoints = [Endpoint(number, "") for number in range(1, count + 1)]
    by_address = {str(one.local.ip): one for one in endpoints}
    found = []
    with serving(tree, *options) as process, handset_socket() as handsets:
        for name, request in ROUNDS:
            requests = [(one, request(one)) for one in endpoints]
            before = used(process)
            one_round(handsets, by_address, name, requests, said=False)
            found.append((used(process) - before) / count * 1e6)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--endpoints", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    here, old = Path(__file__).parents[1], os.environ.get("RINGFENCE_OLD")
    builds: dict[str, tuple[Path, tuple[str, ...]]] = {"this build": (here, ("--no-state",))}
    builds["this build, with state"] = (here, ())
    if old is None:
        print("no older build beside it: RINGFENCE_OLD is not set")
    else:
        builds["older build"] = (Path(old), ())
    runs: dict[str, list[list[float]]] = {name: [] for name in builds}
    for _ in range(arguments.runs):
        for name, (tree, options) in builds.items():
            runs[name].append(measured(tree, arguments.endpoints, *options))
    report(arguments.endpoints, runs)


def report(endpoints: int, runs: dict[str, list[list[float]]]) -> None:
    print(f"{endpoints} endpoints over loopback: microseconds of a processor, median")
    names = ("registration", *(name for name, _ in ROUNDS))
    print(f"  {'':24}" + "".join(f"{name:>20}" for name in names))
    medians = {}
    for build, found in runs.items():
        rounds = [statistics.median(column) for column in zip(*found, strict=True)]
        medians[build] = [statistics.median(sum(run[:2]) for run in found), *rounds]
        print(f"  {build:24}" + "".join(f"{value:20.1f}" for value in medians[build]))
    if "older build" in medians:
        for build in [name for name in runs if name != "older build"]:
            ratios = zip(medians[build], medians["older build"], strict=True)
            print(f"  {build + ' / older':24}" + "".join(f"{new / was:19.2f}x" for new, was in ratios))


if __name__ == "__main__":
    main()
