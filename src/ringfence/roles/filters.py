"""The firewalls of a site, as filters and translators that packets can be given to."""

from collections.abc import Mapping

from ringfence.model.policy import Policy
from ringfence.model.site import Firewall, Site
from ringfence.policy.filter import StatefulFilter, Timers
from ringfence.policy.translator import Translator
from ringfence.roles.inspecting import inspection
from ringfence.roles.site_network import SiteNetwork
from ringfence.roles.translations import nat_rules

_NOTHING = Policy("nothing", ())
# Linux: nf_conntrack_max where nobody has set it and the machine has 4 GiB and more.
DEFAULT_STATES = 262_144


def timers_of(firewall: Firewall) -> Timers:
    """The firewall's idle timers."""
    return Timers(
        udp=firewall.udp_timeout,
        udp_stream=firewall.udp_stream_timeout,
        icmp=firewall.icmp_timeout,
        established=firewall.tcp_timeout,
    )


def filters_of(
    site: Site, network: SiteNetwork, policies: Mapping[str, Policy], states: int = DEFAULT_STATES
) -> dict[str, StatefulFilter]:
    """By node; without a policy everything is dropped. `states`: connections that each remembers at most."""
    return {
        node: StatefulFilter(policies.get(name, _NOTHING), timers_of(site.firewall(name)), room=states)
        for name, node in network.firewalls.items()
    }


def translators_of(
    site: Site, network: SiteNetwork, filters: Mapping[str, StatefulFilter]
) -> dict[str, Translator]:
    """By node: those firewalls that translate addresses or look into RAS."""
    nodes = network.firewalls
    return {
        nodes[name]: Translator(rules, filters[nodes[name]], looking)
        for name in nodes
        for rules in [nat_rules(site, site.firewall(name))]
        for looking in [inspection(site, name, filters[nodes[name]])]
        if rules or looking is not None
    }
