"""How often a password may be guessed: Avaya's PINs have 625 keys that DES tells apart, four digits each."""

from ringfence.model.address import Address

_MOST_KEPT = 10_000  # the oldest are forgotten: who has so many addresses is not stopped by counting


class GuessLimit:
    """`most` wrong answers for one extension from one address in `window` seconds, and ten times as many for
    all its extensions; what comes after that is not judged. ASSUMED: a person mistypes a PIN a few times, and
    at this rate half of the 625 keys of a PIN take five hours.

    Nobody else is shut out: the extension is still served at every other address.
    """

    def __init__(self, most: int = 5, window: float = 300.0) -> None:
        self._most = most
        self._window = window
        self._wrong: dict[tuple[str, Address], tuple[int, float]] = {}

    def exhausted(self, extension: str, source: Address, now: float) -> bool:
        mine, all_of_it = self._count(extension, source, now), self._count("", source, now)
        return mine >= self._most or all_of_it >= 10 * self._most

    def wrong(self, extension: str, source: Address, now: float) -> None:
        for key in ((extension, source), ("", source)):
            count = self._count(*key, now)
            since = self._wrong.pop(key, (0, now))[1] if count else now
            if len(self._wrong) >= _MOST_KEPT:
                del self._wrong[next(iter(self._wrong))]
            self._wrong[key] = (count + 1, since)

    def right(self, extension: str, source: Address) -> None:
        self._wrong.pop((extension, source), None)

    def _count(self, extension: str, source: Address, now: float) -> int:
        count, since = self._wrong.get((extension, source), (0, now))
        return count if now < since + self._window else 0
