"""A site of other people's programs with our phone in it, and our servers with other people's clients."""

import select
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from ringfence.apps.cli.files.site_input import read_site, read_text
from ringfence.roles.network import HANDSET
from support.lab.production import PATIENCE, PROGRAM, ProductionSite, production_site

pytestmark = [pytest.mark.peers, pytest.mark.kernel]

Runner: TypeAlias = Callable[[ProductionSite, Path], tuple[list[str], str]]
"""How to run a server with that text, and what it prints when it serves."""

SETTINGS = "## settings of nginx\nSET SNMPSTRING public\n"
NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
events {{ }}
http {{
  access_log {folder}/access.log; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2;
  fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen {address}:80; root {folder}/www; }}
}}
"""


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProductionSite]:
    """The built-in branch: dhcrelay on the router, nginx for the files, our gatekeeper."""
    with production_site(read_site(None), read_text(None)[0], tmp_path_factory.mktemp("foreign")) as site:
        site.relay()
        gatekeeper = site.site.groups[0].gatekeepers[0].address
        file = str(site.folder / "site.yaml")
        arguments = [*PROGRAM, "serve", file, "--anybody", "--address", str(gatekeeper), "--no-state"]
        site.daemon(site.network.nodes[gatekeeper], arguments, "serving")
        nginx(site)
        yield site


def nginx(site: ProductionSite) -> None:
    address = site.site.groups[0].files[0].address
    root = site.folder / "www"
    root.mkdir()
    (root / "96x1Hupgrade.txt").write_text("GET 46xxsettings.txt\n", encoding="ascii")
    (root / "46xxsettings.txt").write_text(SETTINGS, encoding="ascii")
    config = site.folder / "nginx.conf"
    config.write_text(NGINX.format(folder=site.folder, address=address), encoding="ascii")
    for each in (site.folder, root, *root.iterdir()):
        each.chmod(0o755)
    child = site.program(site.network.nodes[address], ["nginx", "-c", str(config)])
    # It says nothing when it is ready: the file with its process id is there then.
    end = time.monotonic() + PATIENCE
    while not (site.folder / "nginx.pid").exists():
        assert child.poll() is None and time.monotonic() < end
        select.select([], [], [], 0.02)


def kea(site: ProductionSite, text: Path) -> tuple[list[str], str]:
    quiet = f"mount -t tmpfs none /var/lib && mkdir /var/lib/kea && exec kea-dhcp4 -d -c {text}"
    places = f"KEA_PIDFILE_DIR={site.folder} KEA_LOCKFILE_DIR={site.folder}"
    return ["unshare", "-m", "sh", "-c", f"{places}; export KEA_PIDFILE_DIR KEA_LOCKFILE_DIR; {quiet}"], (
        "DHCP4_STARTED"
    )


def isc(site: ProductionSite, text: Path) -> tuple[list[str], str]:
    leases = site.folder / "dhcpd.leases"
    leases.touch()
    arguments = ["dhcpd", "-4", "-d", "-f", "-cf", str(text), "-lf", str(leases)]
    return [*arguments, "-pf", str(site.folder / "dhcpd.pid")], "Server starting service"


@pytest.mark.parametrize("runner", [kea, isc])
def test_a_phone_on_the_wire_boots_whole_in_a_foreign_site(foreign: ProductionSite, runner: Runner) -> None:
    """With what `ringfence dhcp` wrote for that server, and what `ringfence rules` wrote for the firewall."""
    text = foreign.folder / f"{runner.__name__}.conf"
    written = [*PROGRAM, "dhcp", str(foreign.folder / "site.yaml"), "--for", runner.__name__]
    text.write_bytes(subprocess.run(written, stdout=subprocess.PIPE, check=True).stdout)
    arguments, ready = runner(foreign, text)
    server = foreign.daemon(foreign.network.nodes[foreign.site.groups[0].dhcp[0].address], arguments, ready)
    try:
        node, interface = foreign.phone_place
        once = ("--once", "--call-control", "gatekeeper", "--password", "1234")
        status, said = foreign.run(node, "phone", "-i", interface, *once)
    finally:
        server.kill()
        server.wait(PATIENCE)
    assert (status, said.startswith("REGISTRATION OK - 2001 10.20.0.")) == (0, True), said
    for stage in ("release", "vlan-move", "provision", "register", "signal", "echo"):
        assert f" {stage}=" in said
    assert "GET /46xxsettings.txt" in (foreign.folder / "access.log").read_text(encoding="ascii")


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProductionSite]:
    """Plain H.323 without VLANs: our servers, ISC's relay agent."""
    folder = tmp_path_factory.mktemp("ours")
    with production_site(read_site("plain-h323"), read_text("plain-h323")[0], folder) as site:
        site.serve("--anybody", "--dialect", "h323")
        yield site


DHCPCD = ["dhcpcd", "-4", "-B", "-1", "-A", "-d", "-t", "20", "-c", "/bin/true", "eth0"]
UDHCPC = ["udhcpc", "-f", "-q", "-n", "-t", "5", "-i", "eth0", "-s", "/bin/true"]


@pytest.mark.parametrize("client", [DHCPCD, UDHCPC], ids=["dhcpcd", "udhcpc"])
def test_clients_are_served_through_relay_and_firewall(ours: ProductionSite, client: list[str]) -> None:
    # dhcpcd keeps files where the package has them: a folder of its own stands there for this run.
    quiet = f"mount -t tmpfs none /var/lib; mount -t tmpfs none /run; exec {' '.join(client)}"
    child = ours.program(HANDSET, ["unshare", "-m", "sh", "-c", quiet])
    out, _ = child.communicate(timeout=PATIENCE)
    said = out.decode()
    assert "10.20.0." in said and "10.1.0.10" in said, said
    assert child.returncode == 0, said


@pytest.mark.parametrize(
    "fetch",
    [
        ["wget", "-q", "-O", "-", "http://10.1.0.20/46xxsettings.txt"],
        ["curl", "-sf", "http://10.1.0.20/46xxsettings.txt"],
    ],
    ids=["wget", "curl"],
)
def test_files_are_fetched_through_the_firewall(ours: ProductionSite, fetch: list[str]) -> None:
    configure = "ip addr replace 10.20.0.250/24 dev eth0; ip route replace default via 10.20.0.1"
    ours.program(HANDSET, ["sh", "-c", configure]).wait(PATIENCE)
    out, _ = ours.program(HANDSET, fetch).communicate(timeout=PATIENCE)
    assert b"## settings file" in out
