"""A phone on the wire, and lldpd as the switch that it hangs on."""

import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.lab.privilege import acquire
from ringfence.lab.topology import End, Lab, LabLink, LabNode, LabTopology

pytestmark = [pytest.mark.peers, pytest.mark.kernel]
PATIENCE = 30.0
PROGRAM = [sys.executable, "-c", "from ringfence.apps.cli.main import main; main()"]
TAGGED_DHCP = bytes.fromhex("8100001408004500")  # VLAN 20, IPv4


@pytest.fixture
def lab() -> Iterator[Lab]:
    acquire()
    link = LabLink(End("phone", "eth0"), End("switch", "port"))
    with Lab(LabTopology((LabNode("phone"), LabNode("switch")), (link,))) as built:
        yield built


class Switch:
    """lldpd with a voice policy. It drops its privileges, so its socket is in a folder that all may enter."""

    def __init__(self, lab: Lab, folder: str) -> None:
        self._node = lab["switch"]
        self._socket = f"{folder}/socket"
        # lldpd keeps its files where the package has them: a folder of its own stands there for this run.
        run = f"mount -t tmpfs none /run && mkdir /run/lldpd && exec lldpd -d -M 4 -u {self._socket}"
        self._node.popen(
            ["unshare", "-m", "sh", "-c", run], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + PATIENCE
        while not Path(self._socket).exists():
            assert time.monotonic() < end
            select.select([], [], [], 0.02)
        voice = ("application", "voice", "tagged", "vlan", "20", "priority", "voice")
        assert "fatal" not in self.ask("configure", "med", "policy", *voice)

    def ask(self, *words: str) -> str:
        asked = self._node.popen(
            ["lldpcli", "-u", self._socket, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        return asked.communicate(timeout=PATIENCE)[0].decode()


def test_the_switch_tells_the_phone_its_voice_vlan(lab: Lab, tmp_path: Path) -> None:
    record = tmp_path / "phone.pcapng"
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        switch = Switch(lab, folder)
        phone = lab["phone"].popen([*PROGRAM, "phone", "-i", "eth0", "--record", str(record)])
        end = time.monotonic() + PATIENCE
        while not (record.exists() and TAGGED_DHCP in record.read_bytes()):
            assert phone.poll() is None and time.monotonic() < end
            select.select([], [], [], 0.05)
        seen = switch.ask("show", "neighbors", "details")
        phone.send_signal(signal.SIGINT)
        phone.wait(PATIENCE)
    assert "Communication Device Endpoint (Class III)" in seen
    assert "LLDP-MED Network Policy for: Voice, Defined: no" in seen
