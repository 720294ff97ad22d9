"""One random rule set, loaded, read back, and compared."""

from random import Random

from ringfence.firewalls.iptables import read as iptables
from ringfence.firewalls.nftables import read as nftables
from ringfence.model.site import Site
from support.differential.compared import Tally, behind, compare
from support.differential.random_iptables import RandomIptables
from support.differential.random_nft import RandomNft
from support.differential.routed_firewall import RoutedFirewall
from support.example_sites import example

BRANCH = example("branch")


def compared(firewall: RoutedFirewall, random: Random, site: Site = BRANCH) -> Tally | None:
    """What check and kernel agreed on; None for rules that this kernel does not take."""
    networks = behind(site)
    if random.random() < 0.5:
        text = RandomNft(random).text()
        listed = firewall.load_nftables(text)
        listing = None if listed is None else nftables.read_ruleset_json(listed, networks)
    else:
        text = RandomIptables(random).text()
        listed = firewall.load_iptables(text)
        listing = None if listed is None else iptables.read(random.choice((text, listed)), networks)
    return None if listing is None else compare(firewall, site, listing, random, text)
