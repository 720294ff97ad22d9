"""PAN-OS: the configuration in `set` form after set and move commands."""

from collections.abc import Sequence

from ringfence.model.errors import InputError

_RULES = "set rulebase security rules"


def merge(text: str, lines: Sequence[str]) -> str:
    """`lines` are those of `insert`. InputError for XML, which commands cannot be added to as text."""
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        raise InputError(
            "an XML configuration",
            where="--into",
            remedy="set cli config-output-format set, then show in configure mode, prints the set form",
        )
    done = text.splitlines()
    for line in lines:
        words = line.split()
        if words[0] != "move":
            done.append(line)
            continue
        name, other = words[4], words[6]
        moved = [each for each in done if _of_rule(each, name)]
        kept = [each for each in done if not _of_rule(each, name)]
        at = next((n for n, each in enumerate(kept) if _of_rule(each, other)), len(kept))
        done = [*kept[:at], *moved, *kept[at:]]
    return "".join(f"{line}\n" for line in done)


def _of_rule(line: str, name: str) -> bool:
    head, _, rest = line.strip().partition(f"{_RULES} ")
    if head or not rest:
        return False
    return rest.startswith((f"{name} ", f'"{name}" ')) or rest in {name, f'"{name}"'}
