"""Default ports and timers stand in `model.defaults` and nowhere else in the source."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import ringfence
from ringfence.model import defaults
from ringfence.model.address import PortRange

SOURCE = Path(next(iter(ringfence.__path__)))
HOME = Path(defaults.__file__)
# Tables of a standard: sizes, permutations, alternatives.
STANDARDS = ("wire/h245/", "wire/per/", "wire/h225/", "wire/des.py")

# Below this a number means too much else: such a default is known by the name that it is given to.
SMALL = 60
NAMES = re.compile(
    r"(?i:keep_?alive(_idle|_interval|_probes)?|t30[1-9]|t310|vlan_?test|echo_interval|notify_after|setup_timeout"
    r"|clock_tolerance|ras_ports?|signalling_port|tls_?port|http_?port|mcport|gatekeeper_ports|state_timeout)$"
    r"|\b(lease(_seconds)?|refresh|(udp|icmp)(_stream)?(_timeout)?|established)$"
)

# Where such a number means something else, and what. The list may only become shorter.
ALLOWED: dict[tuple[str, float], str] = {
    ("apps/cli/explaining/table.py", 120): "columns of a terminal",
    ("apps/cli/screens/plain.py", 180): "columns where there is no terminal",
    ("apps/report/ladder_svg.py", 68): "a place in a drawing",
    ("capture/kernel_filter.py", 80): "an instruction of the kernel's packet filter",
    ("capture/kernel_filter.py", 69): "an instruction of the kernel's packet filter",
    ("dhcp_servers/dnsmasq.py", 120): "the shortest lease that dnsmasq gives",
    ("diagnosis/stream_messages.py", 80): "TLS alert internal error",
    ("drivers/raw/packet_socket.py", 69): "an instruction of the kernel's packet filter",
    ("drivers/sim/connection.py", 120): "longest pause between two repetitions of a TCP segment (Linux)",
    ("firewalls/aws/__init__.py", 180): "UDP flow tracking of EC2",
    ("firewalls/azure_nsg/write.py", 80): "characters of a rule's name",
    ("firewalls/cisco_asa/__init__.py", 120): "timeout udp of an ASA",
    ("firewalls/cisco_ios/config.py", 1300): "numbers of standard access lists",
    ("firewalls/fortios/__init__.py", 180): "udp-idle-timer of FortiOS",
    ("firewalls/gcp/__init__.py", 600): "connection tracking of a VPC network",
    ("policy/filter.py", 120): "TCP states other than established (Linux)",
    ("verify/probes.py", 443): "administration of any server, which no handset uses",
    ("verify/testbeds.py", 1200): "longest lease of a proof",
    ("verify/testbeds.py", 120): "slack behind the last thing that is due",
}
# Vendors' own timers, and fields of other protocols that are called the same.
ALLOWED_NAMES: dict[str, str] = {
    "firewalls/aws/__init__.py": "flow tracking of EC2",
    "firewalls/checkpoint/__init__.py": "timers of Check Point",
    "firewalls/cisco_asa/__init__.py": "timers of an ASA",
    "firewalls/fortios/__init__.py": "timers of FortiOS",
    "firewalls/gcp/__init__.py": "connection tracking of a VPC network",
    "firewalls/openwrt/__init__.py": "timers of OpenWrt",
    "firewalls/opnsense/__init__.py": "timers of pf",
    "firewalls/panos/__init__.py": "timers of PAN-OS",
    "firewalls/pf/__init__.py": "timers of pf",
    "firewalls/routeros/__init__.py": "timers of RouterOS",
    "firewalls/srx/__init__.py": "timers of Junos",
}


def home_numbers() -> set[int]:
    """Every port and time of the home, ends of ranges included."""
    found: set[int] = set()
    for value in vars(defaults).values():
        if isinstance(value, PortRange):
            found |= {value.first, value.last}
        elif isinstance(value, int):
            found.add(value)
    return found


@cache
def sources() -> dict[str, ast.Module]:
    """Every module outside the home, by its path."""
    return {
        name: ast.parse(path.read_text())
        for path in sorted(SOURCE.rglob("*.py"))
        if path != HOME and not (name := path.relative_to(SOURCE).as_posix()).startswith(STANDARDS)
    }


def number(node: ast.AST | None) -> float | None:
    """The number that a literal is, alone or as text: ports are written `61440-61444` too."""
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, str) and re.fullmatch(r"[0-9]{2,6}(-[0-9]{2,6})?", value):
        return float(value.partition("-")[0])
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def no_quantities(name: str, tree: ast.AST) -> set[ast.AST]:
    """Numbers that cut a text or shift a bit, and what a firewall's words for services mean: the vendor's."""
    words = name.startswith("firewalls/")
    return {
        below
        for node in ast.walk(tree)
        if isinstance(node, ast.Slice)
        or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.LShift))
        or (words and isinstance(node, ast.Dict))
        for below in ast.walk(node)
    }


def bound(tree: ast.AST) -> Iterator[tuple[str, ast.AST | None]]:
    """Names and what they are given: assignments, fields, defaults of parameters, keywords."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            yield from ((ast.unparse(target), node.value) for target in node.targets)
        elif isinstance(node, ast.AnnAssign):
            yield ast.unparse(node.target), node.value
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg, node.value
        elif isinstance(node, ast.arguments):
            named = [*node.posonlyargs, *node.args]
            plain = zip(reversed(named), reversed(node.defaults), strict=False)
            yield from ((argument.arg, value) for argument, value in plain)
            only = zip(node.kwonlyargs, node.kw_defaults, strict=True)
            yield from ((argument.arg, value) for argument, value in only)


def test_the_numbers_of_defaults_stand_in_their_home_alone() -> None:
    known = {value for value in home_numbers() if value > SMALL}
    elsewhere = {
        (name, value): node
        for name, tree in sources().items()
        for skipped in (no_quantities(name, tree),)
        for node in ast.walk(tree)
        if (value := number(node)) in known and value is not None and node not in skipped
    }
    assert elsewhere.keys() - ALLOWED.keys() == set(), "import it, or say in ALLOWED what it means there"
    assert ALLOWED.keys() - elsewhere.keys() == set(), "no longer needed in the list"


def test_what_is_called_like_a_default_is_given_no_number() -> None:
    """The small ones: 20/5/5 of the keep-alive, T303, 30 s of UDP state."""
    found = {
        (name, what)
        for name, tree in sources().items()
        if name not in ALLOWED_NAMES
        for what, value in bound(tree)
        if NAMES.search(what)
        for part in (value.elts if isinstance(value, ast.Tuple) else (value,))
        if number(part) not in {None, 0.0}
    }
    assert found == set(), "import it from model.defaults, or give the name another word"


def test_the_search_finds_what_it_looks_for() -> None:
    tree = ast.parse("def f(keepalive=(20, 5, 5), *, t303: float = 4.0): g(udp=30)\nx: int = 1720\ntext[:80]")
    assert {what for what, _ in bound(tree) if NAMES.search(what)} == {"keepalive", "t303", "udp"}
    assert {number(node) for node in ast.walk(tree) if node not in no_quantities("", tree)} >= {1720.0, 30.0}
    assert number(ast.parse("'61440-61444'", mode="eval").body) == 61440.0
    assert {80, 1720, 61444, 49309, 900} <= home_numbers()
