"""A site in namespaces as its operator has it: a switch with a trunk, a router that relays, a firewall.

Nothing of ours runs in it until a test starts it. A phone of a test hangs on `phone_place`, where frames
carry their tags if the site has any; `STRANGER` is a host in the servers' network that plays whatever a test
lets it play.
"""

import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ringfence.lab.conntrack import Conntrack
from ringfence.lab.privilege import acquire
from ringfence.lab.topology import Lab
from ringfence.lab.wiring import LINE, TAGGED_PORT, wire
from ringfence.model.site import Site
from ringfence.roles.network import FIREWALL_NODE, HANDSET, PHONE_PORT, STRANGER, network_for
from ringfence.roles.site_network import SiteNetwork

PROGRAM = [sys.executable, "-c", "from ringfence.apps.cli.main import main; main()"]
PATIENCE = 60.0
__all__ = ["LINE", "PATIENCE", "STRANGER", "TAGGED_PORT", "ProductionSite", "production_site"]


class ProductionSite:
    """`network` says which node has which address."""

    def __init__(self, site: Site, network: SiteNetwork, lab: Lab, folder: Path) -> None:
        self.site = site
        self.network = network
        self.lab = lab
        self.folder = folder
        tagged = bool(lab.topology.trunks)
        self.phone_place = (LINE, TAGGED_PORT) if tagged else (HANDSET, PHONE_PORT)
        self.servers: dict[str, subprocess.Popen[bytes]] = {}
        self._conntrack = Conntrack(lab[FIREWALL_NODE])

    def load(self, *without: str) -> None:
        """What `ringfence rules` writes for the site, less the lines of some rules, by the nft program; what
        the kernel remembered of connections is gone."""
        written = subprocess.run(
            [*PROGRAM, "rules", str(self.folder / "site.yaml"), "--for", "nftables"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
        ).stdout.decode()
        lines = written.splitlines()
        for rule in without:
            kept = [line for line in lines if f'comment "{rule}"' not in line]
            assert len(kept) == len(lines) - 1, rule
            lines = kept
        file = self.folder / "ringfence.nft"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.program(FIREWALL_NODE, ["nft", "-f", str(file)]).wait(PATIENCE)
        self._conntrack.flush()

    def open_up(self) -> None:
        """No rules at all: everything passes."""
        self.program(FIREWALL_NODE, ["nft", "flush", "ruleset"]).wait(PATIENCE)

    def start(self, node: str, *arguments: str, until: str = "") -> subprocess.Popen[bytes]:
        """A verb of ringfence in a node, once it has printed `until`."""
        return self.program(node, [*PROGRAM, *arguments], until)

    def program(self, node: str, arguments: Sequence[str], until: str = "") -> subprocess.Popen[bytes]:
        child = self.lab[node].popen(
            arguments,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            environment=self._environment(node),
        )
        self.read_until(child, until)
        return child

    def daemon(self, node: str, arguments: Sequence[str], until: str) -> subprocess.Popen[bytes]:
        """A program that writes to a file, so that it never waits for a reader."""
        path = self.folder / f"{node}.log"
        with path.open("wb") as log:
            child = self.lab[node].popen(
                arguments, stdout=log, stderr=subprocess.STDOUT, environment=self._environment(node)
            )
        end = time.monotonic() + PATIENCE
        while until not in (said := path.read_text(encoding="utf-8", errors="replace")):
            assert child.poll() is None and time.monotonic() < end, (arguments, said)
            select.select([], [], [], 0.02)
        return child

    def _environment(self, node: str) -> dict[str, str]:
        return {**os.environ, "PYTHONUNBUFFERED": "1", "STATE_DIRECTORY": str(self.folder / node)}

    def run(self, node: str, *arguments: str) -> tuple[int, str]:
        """Exit status and what it printed."""
        child = self.start(node, *arguments)
        out, _ = child.communicate(timeout=PATIENCE)
        return child.returncode, out.decode()

    @staticmethod
    def read_until(child: subprocess.Popen[bytes], text: str) -> str:
        """What it has printed, up to and with `text`."""
        assert child.stdout is not None
        said = b""
        end = time.monotonic() + PATIENCE
        while text.encode() not in said:
            ready, _, _ = select.select([child.stdout], [], [], max(0.0, end - time.monotonic()))
            assert ready, (child.args, text, said.decode())
            octets = os.read(child.stdout.fileno(), 1 << 16)
            assert octets, (child.args, text, said.decode())
            said += octets
        return said.decode()

    def serve(self, *options: str) -> None:
        """Every server of the site at its address, the gatekeeper with `options`; and the relay agent."""
        group = self.site.groups[0]
        roles = {
            "gatekeeper": [each.address for each in group.gatekeepers],
            "files": [each.address for each in group.files],
            "dhcp": [each.address for each in group.dhcp],
        }
        for role, addresses in roles.items():
            for address in addresses:
                mine = options if role == "gatekeeper" else ()
                self._serve(role, str(address), self.network.nodes[address], *mine)
        if "router" in {node.name for node in self.network.topology.nodes}:
            self.relay()

    def _serve(self, role: str, address: str, node: str, *options: str) -> None:
        arguments = ["serve", str(self.folder / "site.yaml"), "--role", role, "--address", address, *options]
        self.servers[node] = self.daemon(node, [*PROGRAM, *arguments], "serving")

    def disconnect_servers(self) -> None:
        """The servers are not there yet: a walk plays them."""
        group = self.site.groups[0]
        for node in {self.network.nodes[each.address] for each in group.servers}:
            self.program(node, ["ip", "link", "set", "eth0", "down"]).wait(PATIENCE)

    def replace_gatekeeper(self, node: str, *options: str) -> None:
        """Another process in its place."""
        self.servers[node].kill()
        self.servers[node].wait(PATIENCE)
        self._serve("gatekeeper", str(self.site.groups[0].gatekeepers[0].address), node, *options)

    def relay(self) -> None:
        """dhcrelay of ISC on the router, for every VLAN, as an operator's router relays."""
        group = self.site.groups[0]
        arguments = ["dhcrelay", "-4", "-d", "--no-pid"]
        for name, _ in group.vlans:
            arguments += ["-id", name]
        servers = [str(each.address) for each in group.dhcp]
        self.daemon("router", [*arguments, "-iu", "uplink", *servers], "Socket/fallback")

    def close(self) -> None:
        self._conntrack.close()


@contextmanager
def production_site(site: Site, text: str, folder: Path) -> Iterator[ProductionSite]:
    """`text` is the site's file; all its rules are loaded."""
    acquire()
    (folder / "site.yaml").write_text(text, encoding="utf-8")
    network = network_for(site)
    with Lab(wire(network.topology, trunk=site.groups[0].moves).topology) as lab:
        built = ProductionSite(site, network, lab, folder)
        built.load()
        try:
            yield built
        finally:
            built.close()
