"""Firewall rules of Google Cloud in Terraform: text, plan or state.

Written from the Google provider's pages (version 6): google_compute_firewall, google_compute_subnetwork.
Values that Terraform would have to compute are not computed: a rule with one is not understood.
"""

from collections.abc import Iterable, Iterator

from ringfence.firewalls.common.json_text import Json
from ringfence.firewalls.common.reading import Reading
from ringfence.firewalls.common.tags import ATTACHED, attached_networks
from ringfence.firewalls.common.terraform.blocks import many, referred, resources, terraform_of
from ringfence.firewalls.common.terraform.language import Computed, TerraformBlock
from ringfence.firewalls.gcp.rules import EGRESS, INGRESS, GcpNetwork, GcpRule
from ringfence.model.errors import InputError

_WHAT = "Terraform configuration"
_RULE, _NETWORK = "google_compute_firewall", "google_compute_network"
_OF_RULE = frozenset(
    {
        *("name", "network", "description", "direction", "priority", "disabled", "project", "id"),
        *("source_ranges", "destination_ranges", "source_tags", "target_tags", "enable_logging"),
        *("source_service_accounts", "target_service_accounts", "depends_on", "self_link"),
        *("creation_timestamp", "provider"),
    }
)
_BLOCKS = frozenset({"allow", "deny", "log_config", "timeouts", "lifecycle"})
_POLICIES = ("_firewall_policy_rule", "_firewall_policy_with_rules", "_firewall_policy_association")
_DEFAULT_PRIORITY = 1000


def networks_of_terraform(text: str, reading: Reading) -> list[GcpNetwork]:
    """The networks with their rules. InputError for what is no Terraform, or has no rules."""
    found = terraform_of(text)
    rules = resources(found, _RULE)
    if not rules:
        raise InputError("no firewall rules", where=_WHAT)
    by_network: dict[str, list[GcpRule]] = {}
    for block in rules:
        by_network.setdefault(_network(block, found), []).append(_rule(block))
    subnets = _subnets(found)
    for block in found:
        _note_other(block, reading)
    reading.assumed.append("no firewall policy of the network, a folder or the organisation decides before")
    given = dict(_given(found))
    return [
        GcpNetwork(name, (tuple(each),), tuple(given.get(name) or subnets.get(name) or ()))
        for name, each in by_network.items()
    ]


def _subnets(found: Iterable[TerraformBlock]) -> dict[str, tuple[str, ...]]:
    """The ranges of each network; of one with a range that is computed nothing is known."""
    ranges: dict[str, list[Json]] = {}
    for block in resources(found, "google_compute_subnetwork"):
        words = [one.values.get("ip_cidr_range") for one in (block, *block.all("secondary_ip_range"))]
        ranges.setdefault(_network(block, found), []).extend([None] if many(block) else words)
    return {
        name: tuple(words)
        for name, words in ranges.items()
        if all(isinstance(word, str) for word in words) and attached_networks(" ".join(words))
    }


def _network(block: TerraformBlock, found: Iterable[TerraformBlock]) -> str:
    """The network's label, or its name where the text does not have it, or that of a variable."""
    value = block.values.get("network")
    label = referred(value, _NETWORK)
    if label:
        return label
    if isinstance(value, Computed):
        return value.text.removeprefix("var.")
    name = str(value).rpartition("/")[2]
    named = (one.labels[1] for one in resources(found, _NETWORK) if one.values.get("name") == name)
    return next(named, name)


def _given(found: Iterable[TerraformBlock]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A network that a variable names, where the variable says as our writer does what it is attached to."""
    for block in found:
        said = str(block.values.get("description", "")).partition(" ")
        if block.kind == "variable" and len(block.labels) == 1 and said[0] == ATTACHED:
            yield block.labels[0], tuple(map(str, attached_networks(said[2])))


def _rule(block: TerraformBlock) -> GcpRule:
    values = {key: value for key, value in block.values.items() if value is not None}
    kinds = [action for action in ("allow", "deny") if block.all(action)]
    action = kinds[0] if len(kinds) == 1 else ""
    direction = values.get("direction", INGRESS)
    unknown = sorted(values.keys() - _OF_RULE - {"count", "for_each"})
    unknown += [inner.kind for inner in block.inner if inner.kind not in _BLOCKS]
    doubt = f"{unknown[0]} is not known" if unknown else ""
    if values.get("disabled", False) not in (True, False):
        doubt = "whether it is disabled is computed"
    return GcpRule(
        name=block.labels[1],
        line=block.line,
        direction=direction if direction in (INGRESS, EGRESS) else "",
        action=action,
        priority=values.get("priority", _DEFAULT_PRIORITY),
        services=tuple(_services(block.all(action) if action else ())),
        sources=_words(values, "source_ranges"),
        destinations=_words(values, "destination_ranges"),
        source_names=_words(values, "source_tags", "source_service_accounts"),
        targets=_words(values, "target_tags", "target_service_accounts"),
        disabled=values.get("disabled") is True,
        doubt="as many as Terraform computes" if many(block) else doubt,
    )


def _services(blocks: Iterable[TerraformBlock]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for block in blocks:
        odd = sorted(block.values.keys() - {"protocol", "ports"}) + [inner.kind for inner in block.inner]
        protocol = odd[0] if odd else block.values.get("protocol", "?")
        word = f"[{protocol}]" if isinstance(protocol, Computed) else str(protocol)
        yield word, _words(block.values, "ports")


def _words(values: dict[str, Json], *keys: str) -> tuple[str, ...]:
    """The words under the keys. One that is computed is marked: it is taken for no address and no port."""
    found = []
    for key in keys:
        value = values.get(key)
        for one in value if isinstance(value, list) else [] if value is None else [value]:
            found.append(f"[{one}]" if isinstance(one, Computed) else str(one))
    return tuple(found)


def _note_other(block: TerraformBlock, reading: Reading) -> None:
    where = block.line or ".".join(block.labels)
    text = " ".join((block.kind, *block.labels))
    if block.kind == "module":
        reading.stray(where, text, "the rules of a module are not in the text")
    if block.kind == "resource" and block.labels[0].endswith(_POLICIES):
        reading.stray(where, text, "a rule of a firewall policy, which decides before these or behind")
