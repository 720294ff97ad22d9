"""One random rule set, loaded, read back, and compared."""

from random import Random

from ringfence.firewalls.iptables import read as iptables
from ringfence.firewalls.nftables import read as nftables
from ringfence.model.site import Site
from ringfence.policy.listing import Listing
from support.differential.compared import Tally, behind, compare
from support.differential.random_iptables import RandomIptables
from support.differential.random_nft import RandomNft
from support.differential.routed_firewall import RoutedFirewall
from support.example_sites import example

BRANCH = example("branch")


def compared(firewall: RoutedFirewall, random: Random, site: Site = BRANCH) -> Tally | None:
    """What check and kernel agreed on; None for rules that this kernel does not take."""
    kind = RandomNft if random.random() < 0.5 else RandomIptables
    text = kind(random).text()
    listing = listed(firewall, text, site, as_saved=random.random() < 0.5)
    return None if listing is None else compare(firewall, site, listing, random, text)


def listed(
    firewall: RoutedFirewall, text: str, site: Site = BRANCH, *, as_saved: bool = False
) -> Listing | None:
    """The rules loaded, and read: of iptables the text itself, or what is saved of it; None if not taken."""
    networks = behind(site)
    if "\n-P FORWARD " in text:
        assert firewall.load_iptables(_to_restore(text)) is not None
        return iptables.read(text, networks)
    if not text.lstrip("#").startswith("*") and "\n*filter\n" not in text:
        printed = firewall.load_nftables(text)
        return None if printed is None else nftables.read_ruleset_json(printed, networks)
    saved = firewall.load_iptables(text)
    return None if saved is None else iptables.read(saved if as_saved else text, networks)


def _to_restore(text: str) -> str:
    """What `iptables -S` prints of a table, as iptables-restore takes it."""
    lines = [line.split(maxsplit=2) for line in text.splitlines() if line.startswith("-")]
    declared = [
        f":{words[1]} {words[2] if words[0] == '-P' else '-'} [0:0]"
        for words in lines
        if words[0] in {"-P", "-N"}
    ]
    return "\n".join(
        ["*filter", *declared, *(" ".join(words) for words in lines if words[0] == "-A"), "COMMIT", ""]
    )
