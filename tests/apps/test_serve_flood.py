"""`ringfence serve` while one address floods it with mutated datagrams: the others keep what they have."""

import subprocess
import sys
import time
from pathlib import Path

from support.killing import Phones, Serve

ADDRESS = "127.81.0.1"
# Its own process, as fast as it may; ends when its input does.
FLOOD = """
import random, socket, sys, threading, time
address, rate = sys.argv[1], float(sys.argv[2])
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.81.9.9", 0))
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
draw, sent, begun = random.Random(1), 0, time.monotonic()
seed = bytes.fromhex("0e4003060008914a000401007f510001c0000100")
while not ended.is_set():
    for _ in range(100):
        data = bytearray(seed + draw.randbytes(draw.randrange(40)))
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        sock.sendto(data, (address, 1719))
    sent += 100
    if sent == 1000:
        print("flooding", flush=True)
    ended.wait(max(0.0, begun + sent / rate - time.monotonic()))
print(sent / (time.monotonic() - begun))
"""


def kept_alive(phones: Phones, count: int) -> tuple[int, float]:
    """How many of the registered are answered, in three tries as an endpoint has, and how many a second."""
    waiting = dict(list(phones.registered.items())[:count])
    phones.registered.clear()
    begun = time.perf_counter()
    for _ in range(3):  # as an endpoint does: three tries
        for number, identifier in waiting.items():
            if number not in phones.registered:
                phones.rrq(number, identifier)
                phones.hear(0.005)
        while len(phones.registered) < count and phones.hear(1.0):
            pass
    return len(phones.registered), count / (time.perf_counter() - begun)


def flooded(endpoints: int, rate: float, directory: Path) -> tuple[int, float, float]:
    """Endpoints that kept their registration, keep-alives a second, and the rate of the flood."""
    serve, phones = Serve(ADDRESS, directory, "--dialect", "h323", "--anybody"), Phones(ADDRESS, leases=False)
    serve.start()
    try:
        for number in range(1, endpoints + 1):
            phones.rrq(number)
            phones.hear(2.0)
        with subprocess.Popen(
            [sys.executable, "-c", FLOOD, ADDRESS, str(rate)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as flood:
            assert flood.stdout is not None
            assert flood.stdout.readline() == "flooding\n"
            alive, speed = kept_alive(phones, endpoints)
            said, _ = flood.communicate("")
        return alive, speed, float(said)
    finally:
        phones.close()
        serve.kill()


def test_every_keep_alive_comes_through_a_flood_from_one_address(tmp_path: Path) -> None:
    alive, _, _ = flooded(100, 12_000, tmp_path)
    assert alive == 100


if __name__ == "__main__":
    alive, speed, rate = flooded(int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]))
    print(f"{alive} of {sys.argv[1]} kept alive, {speed:.0f} /s, through {rate:.0f} datagrams a second")
