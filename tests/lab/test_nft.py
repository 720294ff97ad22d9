"""Rules in the kernel: replaced whole, counted by name, and what they drop is named."""

from collections.abc import Iterator

import pytest

from ringfence.lab.evidence import EvidenceIncomplete
from ringfence.lab.nflog import NflogReader
from ringfence.lab.nft import Nft, NftError
from ringfence.lab.topology import Lab
from support.lab.firewalls import ESTABLISHED, LOG_GROUP, RAS, RAS_RULE, arrives, ruleset, udp
from support.lab.processes import output_of
from support.lab.sites import GATEKEEPER, PHONE, branch_office

pytestmark = pytest.mark.kernel


TOO_LONG = """
from ringfence.lab.netns import Namespace
from ringfence.lab.nft import Nft, NftError
from ringfence.lab.privilege import acquire

acquire()
namespace = Namespace("crowded")
nft = Nft(namespace)
rows = "\\n".join(f"ip saddr 10.0.0.1 ip daddr 10.0.0.2 udp dport {port} accept" for port in range(1, 2000))
try:
    nft.apply("table inet t { chain c {\\n" + rows + "\\n} \\n}")
except NftError as error:
    print(error)
nft.close()
namespace.close()
"""


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(branch_office()) as built:
        yield built


@pytest.fixture
def nft(lab: Lab) -> Iterator[Nft]:
    opened = Nft(lab["firewall"])
    yield opened
    opened.close()


def test_a_rule_lets_its_packet_through_and_counts_it(lab: Lab, nft: Nft) -> None:
    nft.apply(ruleset(ESTABLISHED, RAS_RULE))
    phone, gatekeeper = udp(lab, "phone", PHONE.ip, 49300), udp(lab, "gatekeeper", GATEKEEPER.ip, RAS)
    assert arrives(phone, gatekeeper)
    assert arrives(gatekeeper, phone)
    assert nft.counters() == {"ras": 1, "denied": 0}
    nft.apply(ruleset(ESTABLISHED))
    assert nft.counters() == {"denied": 0}


def test_a_refused_ruleset_changes_nothing(nft: Nft) -> None:
    nft.apply(ruleset(RAS_RULE))
    before = nft.ruleset_text()
    with pytest.raises(NftError, match="syntax error"):
        nft.apply(ruleset("udp dport accept"))
    assert nft.ruleset_text() == before


def test_a_ruleset_too_long_for_a_user_says_so() -> None:
    said = output_of(TOO_LONG, nobody=True)
    assert "too long for one transaction without root" in said
    assert "wmem_default" in said


def test_the_nft_program_does_what_the_library_does(lab: Lab, nft: Nft) -> None:
    program = Nft(lab["firewall"], use_library=False)
    program.apply(ruleset(RAS_RULE))
    assert program.counters() == nft.counters() == {"ras": 0, "denied": 0}
    assert program.ruleset_json()[1:] == nft.ruleset_json()[1:]
    with pytest.raises(NftError, match="syntax error"):
        program.apply("table inet {")


def test_the_log_names_the_packet_that_was_dropped(lab: Lab, nft: Nft) -> None:
    log = NflogReader(lab["firewall"], LOG_GROUP)
    lab.on_close(log.close)
    nft.apply(ruleset(ESTABLISHED))
    phone, gatekeeper = udp(lab, "phone", PHONE.ip, 49300), udp(lab, "gatekeeper", GATEKEEPER.ip, RAS)
    assert not arrives(phone, gatekeeper)
    (dropped,) = log.drain()
    assert dropped.prefix == "denied"
    assert lab.interface(dropped.in_index) == ("firewall", "inside")
    assert lab.interface(dropped.out_index) == ("firewall", "servers")
    assert dropped.packet[12:20] == PHONE.ip.packed + GATEKEEPER.ip.packed
    assert dropped.packet[28:] == b"?"
    assert log.drain() == []


def test_a_flood_of_logged_packets_is_never_silently_cut(lab: Lab, nft: Nft) -> None:
    log = NflogReader(lab["firewall"], LOG_GROUP)
    lab.on_close(log.close)
    nft.apply(ruleset(ESTABLISHED))
    phone = udp(lab, "phone", PHONE.ip, 49300)
    for _ in range(12_000):
        phone.sendto(bytes(1000), (str(GATEKEEPER.ip), RAS))
    # Fewer may have come so far: the queue between two hosts is finite as well.
    logged = nft.counters()["denied"]
    try:
        assert len(log.drain()) == logged
    except EvidenceIncomplete as incomplete:
        assert "NFLOG group 5" in str(incomplete)
        assert 0 < len(log.drain()) < logged
