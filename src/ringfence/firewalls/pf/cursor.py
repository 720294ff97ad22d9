"""The words of a pf statement, taken one after the other, with lists in braces and parentheses."""

from collections.abc import Iterator, Sequence

from ringfence.policy.matches import NotUnderstood

# Words that stand before a value, and between the two ends of a range.
_BEFORE = frozenset({"!", "=", "!=", "<", ">", "<=", ">=", "-"})
_BETWEEN = frozenset({"><", "<>", "-"})


class WordCursor:
    """The words of a statement, one after the other."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self.at = 0

    def peek(self) -> str:
        return self._words[self.at] if self.at < len(self._words) else ""

    def next(self) -> str:
        """The next word; NotUnderstood where there is none."""
        if self.at >= len(self._words):
            raise NotUnderstood("it ends too early")
        self.at += 1
        return self._words[self.at - 1]

    def take(self, *wanted: str) -> str:
        """The next word if it is one of these, "" otherwise."""
        if self.at < len(self._words) and self._words[self.at] in wanted:
            self.at += 1
            return self._words[self.at - 1]
        return ""

    def listed(self) -> Iterator[list[str]]:
        """The members of a list in braces, each with its words; one member where there are no braces."""
        if not self.take("{"):
            yield self._member()
            return
        while self.peek() != "}":
            if self.take(","):
                continue
            yield self._member()
        self.next()

    def _member(self) -> list[str]:
        found: list[str] = []
        while True:
            found.append(self.next())
            if found[-1] == "(":
                while found[-1] != ")":
                    found.append(self.next())
            goes_on = self.peek() in _BETWEEN
            if not goes_on and found[-1] not in _BEFORE:
                return found
            if goes_on:
                found.append(self.next())

    def parenthesis(self) -> list[str]:
        """What stands in parentheses next, those within too; nothing where there are none."""
        if not self.take("("):
            return []
        found: list[str] = []
        depth = 1
        while depth:
            word = self.next()
            depth += (word == "(") - (word == ")")
            found.append(word)
        return found[:-1]
