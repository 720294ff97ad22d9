"""Junos SRX: the configuration in `set` form after set and insert commands."""

from collections.abc import Sequence


def merge(text: str, lines: Sequence[str]) -> str:
    """`lines` are those of `insert`: insert PATH before policy NAME puts PATH before it, in its zone pair."""
    done = text.splitlines()
    for line in lines:
        words = line.split()
        if words[0] != "insert":
            done.append(line)
            continue
        path, other = words[1:-3], words[-1]
        before = [*path[:-1], other]
        moved = [each for each in done if _under(each, path)]
        kept = [each for each in done if not _under(each, path)]
        at = next((n for n, each in enumerate(kept) if _under(each, before)), len(kept))
        done = [*kept[:at], *moved, *kept[at:]]
    return "".join(f"{line}\n" for line in done)


def _under(line: str, path: Sequence[str]) -> bool:
    return [word.strip('"') for word in line.split()[: len(path) + 1]] == ["set", *path]
