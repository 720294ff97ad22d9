"""FortiOS: the configuration after blocks were entered and policies were moved."""

from collections.abc import Iterator, Sequence

_POLICIES = "config firewall policy"


def merge(text: str, lines: Sequence[str]) -> str:
    """`lines` are those of `insert`: blocks of objects and of policies `edit 0`, then where these move to.

    FortiOS CLI Reference, "config firewall policy": edit 0 takes the next free number.
    """
    running = text.splitlines()
    moves = [line.split()[-1] for line in lines if line.split()[:1] == ["move"]]
    blocks = [line for line in lines if line.split()[:1] != ["move"]]
    numbers = [int(line.split()[1].strip('"')) for line in running if _edits_number(line)]
    named = list(_numbered(blocks, max(numbers, default=0) + 1))
    begin = next((n for n, line in enumerate(named) if line.strip() == _POLICIES), len(named))
    objects, policies = (
        named[:begin],
        [line for line in named[begin:] if line.strip() not in {_POLICIES, "end"}],
    )
    at = _place(running, moves[0]) if moves else None
    if at is None:
        return _text([*running, *named])
    # The policies go into the running block, the objects before that block: what is named exists by then.
    head = max(n for n in range(at) if running[n].strip() == _POLICIES)
    return _text([*running[:head], *objects, *running[head:at], *policies, *running[at:]])


def _numbered(lines: Sequence[str], free: int) -> Iterator[str]:
    for line in lines:
        if line.split() == ["edit", "0"]:
            yield f"    edit {free}"
            free += 1
        else:
            yield line


def _edits_number(line: str) -> bool:
    words = line.split()
    return len(words) == 2 and words[0] == "edit" and words[1].strip('"').isdigit()


def _place(lines: Sequence[str], number: str) -> int | None:
    """The line of that policy's edit; None when there is none."""
    within = False
    for n, line in enumerate(lines):
        words = line.split()
        if words[:1] == ["config"]:
            within = line.strip() == _POLICIES
        elif within and words == ["edit", number]:
            return n
    return None


def _text(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
