"""Cisco ASA: the running configuration after entries were added to its lists."""

from collections.abc import Sequence


def merge(text: str, lines: Sequence[str]) -> str:
    """`lines` are those of `insert`: an entry goes to its line of the list, or to the list's end.

    ASA Command Reference, "access-list extended": line N is the position among all entries, remarks too.
    """
    done = text.splitlines()
    for line in lines:
        words = line.split()
        if words[:1] != ["access-list"]:
            done.append(line)
            continue
        of_list = [n for n, each in enumerate(done) if each.startswith(f"access-list {words[1]} ")]
        at = of_list[-1] + 1 if of_list else len(done)
        if words[2] == "line":
            position = int(words[3])
            words[2:4] = []
            at = of_list[position - 1] if position <= len(of_list) else at
        done.insert(at, " ".join(words))
    return "".join(f"{line}\n" for line in done)
