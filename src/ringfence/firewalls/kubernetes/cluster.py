"""Pods and namespaces of a text, and which of them a label selector means.

Written from the API reference: LabelSelector, Pod (status.podIPs), Namespace, and the label that every
namespace has of its own name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ringfence.firewalls.common.json_text import Json, JsonObject
from ringfence.firewalls.common.reading import Reading
from ringfence.firewalls.kubernetes.manifest import labels
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.terms import Addresses, single, union

_OWN_NAME = "kubernetes.io/metadata.name"
_OF_SELECTOR = frozenset({"matchLabels", "matchExpressions"})


@dataclass(frozen=True, slots=True)
class Pod:
    """`on_node`: it has the node's addresses, for which policies are not defined."""

    name: str
    namespace: str
    labels: Mapping[str, str]
    addresses: Addresses
    on_node: bool


@dataclass(slots=True)
class Cluster:
    """What the text tells of pods. Without any pod of a namespace nothing is known of that namespace."""

    pods: list[Pod] = field(default_factory=list)
    namespaces: dict[str, dict[str, str]] = field(default_factory=dict)

    def selected(self, namespace: str, selector: Json, reading: Reading) -> list[Pod]:
        """The pods of one namespace. NotUnderstood where the text has none of its pods."""
        own = [pod for pod in self.pods if pod.namespace == namespace]
        reading.effort(len(self.pods))
        if not own:
            raise NotUnderstood("the pods are not in the text")
        return [pod for pod in own if selects(selector, pod.labels)]

    def peers(self, namespace: str, peer: JsonObject, reading: Reading) -> Addresses:
        """The addresses of the pods that a peer of a rule means. NotUnderstood where they are not known."""
        reading.effort(len(self.pods))
        if not self.pods:
            raise NotUnderstood("the pods are not in the text")
        spaces: Iterable[str] = (namespace,)
        if peer.get("namespaceSelector") is not None:
            spaces = self._spaces(peer["namespaceSelector"])
        elif not any(pod.namespace == namespace for pod in self.pods):
            raise NotUnderstood("the pods are not in the text")
        wanted = set(spaces)
        selector = peer.get("podSelector")
        found = [
            pod
            for pod in self.pods
            if pod.namespace in wanted and (selector is None or selects(selector, pod.labels))
        ]
        return pod_addresses(found)

    def _spaces(self, selector: Json) -> set[str]:
        every = {pod.namespace for pod in self.pods}
        strangers = every - self.namespaces.keys()
        if strangers and keys_of(selector) - {_OWN_NAME}:
            raise NotUnderstood(f"the labels of namespace {min(strangers)} are not in the text")
        return {
            name for name in every if selects(selector, {**self.namespaces.get(name, {}), _OWN_NAME: name})
        }


def cluster_of(items: Iterable[JsonObject]) -> Cluster:
    found = Cluster()
    for item in items:
        name, namespace = name_of(item)
        if item.get("kind") == "Namespace":
            found.namespaces[name] = labels(item)
        elif item.get("kind") == "Pod":
            found.pods.append(_pod(item, name, namespace))
    return found


def _pod(item: JsonObject, name: str, namespace: str) -> Pod:
    status = _part(item, "status")
    words = {str(one.get("ip")) for one in status.get("podIPs") or () if isinstance(one, dict)}
    words |= {str(status["podIP"])} if status.get("podIP") else set()
    on_node = _part(item, "spec").get("hostNetwork") is True
    return Pod(name, namespace, labels(item), union(map(single, words)), on_node)


def _part(item: JsonObject, key: str) -> JsonObject:
    found = item.get(key)
    return found if isinstance(found, dict) else {}


def name_of(item: JsonObject) -> tuple[str, str]:
    """Name and namespace of an object; "" where none is said."""
    metadata = _part(item, "metadata")
    return str(metadata.get("name") or "?"), str(metadata.get("namespace") or "")


def pod_addresses(pods: Iterable[Pod]) -> Addresses:
    """NotUnderstood where one of them has the addresses of its node."""
    found = []
    for pod in pods:
        if pod.on_node:
            raise NotUnderstood(f"pod {pod.name} is on the network of its node")
        found.append(pod.addresses)
    return union(found)


def keys_of(selector: Json) -> set[str]:
    """The labels that a selector asks for."""
    if not isinstance(selector, dict):
        raise NotUnderstood("a selector that is no object")
    named = selector.get("matchLabels") or {}
    listed = selector.get("matchExpressions") or []
    if not isinstance(named, dict) or not isinstance(listed, list):
        raise NotUnderstood("a selector of another form")
    return {*named, *(str(one.get("key")) for one in listed if isinstance(one, dict))}


def selects(selector: Json, held: Mapping[str, str]) -> bool:
    """Whether a selector means an object with these labels; an empty one means every object."""
    keys_of(selector)
    if selector.keys() - _OF_SELECTOR:
        raise NotUnderstood("a selector of another form")
    named = selector.get("matchLabels") or {}
    if any(held.get(key) != str(value) for key, value in named.items()):
        return False
    return all(_holds(one, held) for one in selector.get("matchExpressions") or ())


def _holds(expression: Json, held: Mapping[str, str]) -> bool:
    if not isinstance(expression, dict):
        raise NotUnderstood("a selector of another form")
    key, values = str(expression.get("key")), expression.get("values") or []
    if not isinstance(values, list):
        raise NotUnderstood("a selector of another form")
    among = held.get(key) in {str(value) for value in values}
    match expression.get("operator"):
        case "In":
            return among
        case "NotIn":
            return not among
        case "Exists":
            return key in held
        case "DoesNotExist":
            return key not in held
    raise NotUnderstood(f"operator {str(expression.get('operator'))[:40]!r}")
