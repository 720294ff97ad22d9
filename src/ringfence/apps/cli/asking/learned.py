"""What `ringfence learn` proposed, and what it could not know with_answer in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ringfence.learning.facts import UNKNOWN
from ringfence.model.errors import InputError
from ringfence.model.language.document import Entry, Items, Leaf, Mapping, Node, Path, compose
from ringfence.model.language.first import BranchText
from ringfence.model.language.reading import Fault, read, refusal
from ringfence.model.language.second import SiteText
from ringfence.model.language.upgrade import upgraded


@dataclass(frozen=True, slots=True)
class Proposal:
    """The tree of the file; `unknown`: the paths that a person has to fill in."""

    root: Mapping
    unknown: tuple[Path, ...]


def proposal_of(text: str, name: str) -> Proposal:
    """InputError for what learn did not write."""
    root = compose(text, name)
    unknown = tuple(_unknown(root, ()))
    faults = [fault for fault in read(BranchText, root)[1] if fault.path not in unknown]
    if faults:
        raise refusal(root, faults)
    return Proposal(root, unknown)


def with_answer(proposal: Proposal, path: Path, answer: str) -> Proposal:
    """With this answer at that path; InputError says what is wrong with it, and what is accepted."""
    root = _put(proposal.root, path, answer)
    assert isinstance(root, Mapping)
    wrong = next((fault for fault in read(BranchText, root)[1] if fault.path[: len(path)] == path), None)
    if wrong is not None:
        raise InputError(wrong.what, where=said(path), remedy=wrong.remedy)
    return Proposal(root, tuple(each for each in proposal.unknown if each != path))


def site_learned(proposal: Proposal) -> SiteText:
    """InputError where the values contradict each other. Nothing is unknown any more."""
    old, faults = read(BranchText, proposal.root)
    if old is None:
        raise refusal(proposal.root, faults)
    new = upgraded(old)
    if new.amended:
        raise refusal(proposal.root, [Fault(each.path, each.what, each.remedy) for each in new.amended])
    return new.text


def said(path: Path) -> str:
    """As a person names it."""
    return ".".join(map(str, path))


def _unknown(node: Node, at: Path) -> Iterator[Path]:
    match node:
        case Mapping(entries=entries):
            for key, entry in entries.items():
                yield from _unknown(entry.node, (*at, key))
        case Items(nodes=items):
            if any(isinstance(each, Leaf) and each.value == UNKNOWN for each in items):
                yield at
        case Leaf(value=value) if value == UNKNOWN:
            yield at
        case _:
            pass


def _put(node: Node, path: Sequence[str | int], answer: str) -> Node:
    if not path:
        values = answer.replace(",", " ").split()
        leaves = tuple(Leaf(node.mark, int(each) if each.isdecimal() else each) for each in values)
        return leaves[0] if len(leaves) == 1 else Items(node.mark, leaves)
    assert isinstance(node, Mapping)
    key = str(path[0])
    entry = node.entries[key]
    return Mapping(node.mark, {**node.entries, key: Entry(entry.mark, _put(entry.node, path[1:], answer))})
