"""iptables: the saved rules after commands that add to them."""

from collections.abc import Sequence

from ringfence.firewalls.iptables.insert import appends


def merge(text: str, lines: Sequence[str]) -> str:
    """`lines` are commands of `insert`: iptables -t TABLE -I CHAIN NUMBER SPEC, or -A CHAIN SPEC."""
    done = text.splitlines()
    for line in lines:
        _tool, _t, table, verb, chain, *rest = line.split(" ")
        begin, end = _span(done, table)
        in_chain = [n for n in range(begin, end) if appends(done[n], chain)]
        at = in_chain[-1] + 1 if in_chain else end
        if verb == "-I":
            number = int(rest.pop(0))
            at = in_chain[number - 1] if number <= len(in_chain) else at
        done.insert(at, f"-A {chain} {' '.join(rest)}")
    return "".join(f"{line}\n" for line in done)


def _span(lines: Sequence[str], table: str) -> tuple[int, int]:
    """The lines of a table, COMMIT excluded; all of them in what iptables -S prints, which names no table."""
    heads = [n for n, line in enumerate(lines) if line.startswith("*")]
    begin = next((n for n in heads if lines[n].strip() == f"*{table}"), None)
    if begin is None:
        return 0, len(lines)
    end = next((n for n in range(begin, len(lines)) if lines[n].strip() == "COMMIT"), len(lines))
    return begin + 1, end
