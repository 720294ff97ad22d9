"""Cisco IOS: the running configuration after entries were added to its lists."""

from collections.abc import Sequence

from ringfence.firewalls.cisco_ios.insert import entry_lines


def merge(text: str, lines: Sequence[str]) -> str:
    """`lines` are those of `insert`: a renumbering, then entries by their numbers in the renumbered list."""
    done = text.splitlines()
    name, step = "", 1
    for line in lines:
        words = line.split()
        if words[:3] == ["ip", "access-list", "resequence"]:
            name, step = words[3], int(words[5])
            kept = [_unnumbered(done[n - 1]) for n in entry_lines(name, done)]
            for n, entry in zip(entry_lines(name, done), kept, strict=True):
                done[n - 1] = entry
            added = 0
        elif words and words[0].isdigit():
            listed = entry_lines(name, done)
            # So many entries of the renumbered list have a smaller number.
            before = int(words[0]) // step + added
            at = listed[before] - 1 if before < len(listed) else listed[-1]
            head = f"access-list {name}" if not done[listed[0] - 1].startswith(" ") else ""
            done.insert(at, f"{head} {' '.join(words[1:])}")
            added += 1
        elif words[:2] != ["ip", "access-list"]:
            done.append(line)
    return "".join(f"{line}\n" for line in done)


def _unnumbered(entry: str) -> str:
    words = entry.split()
    return f" {' '.join(words[1:])}" if words[0].isdigit() else entry
