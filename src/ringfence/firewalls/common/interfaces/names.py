"""Names of interfaces as they are typed: whole, in any case, or shortened to what tells them apart."""


class InterfaceNames:
    """The names that a text has. `Gi0/1` and `gigabitethernet0/1` are `GigabitEthernet0/1`."""

    def __init__(self) -> None:
        self._of: dict[str, dict[str, None]] = {}  # by the number at their end, which nobody shortens

    def add(self, name: str) -> None:
        self._of.setdefault(_split(name)[1], {})[name] = None

    def remove(self, name: str) -> None:
        del self._of[_split(name)[1]][name]

    def find(self, word: str) -> str:
        """The one name that `word` stands for; "" when there is none, or more than one."""
        kind, number = _split(word)
        found = self._of.get(number, {})
        if word in found or not kind or not number:
            return word if word in found else ""
        same = [name for name in found if _split(name)[0].startswith(kind)]
        return same[0] if len(same) == 1 else ""


def _split(name: str) -> tuple[str, str]:
    """`gigabitethernet` and `0/1`."""
    kind = name.rstrip("0123456789/.:")
    return kind.lower(), name[len(kind) :]
