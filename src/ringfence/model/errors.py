"""Two kinds of mistake are expected, the peer's and the user's; any other exception is a defect of ours."""


class DecodeError(ValueError):
    """Octets from a peer that are not the message they should be.

    `offset` is the octet at which it was noticed, when that is known; `read` what the decoder that raised it
    had read before, in that decoder's own form, for people who want to see how far the message makes sense.
    """

    def __init__(self, what: str, offset: int | None = None, read: object = None) -> None:
        super().__init__(what if offset is None else f"{what} at octet {offset}")
        self.what = what
        self.offset = offset
        self.read = read


class InputError(ValueError):
    """Something a person gave us that we refuse: a site file, a configuration, a flag.

    `where` names the place (file, line, path in the document), `remedy` what to do about it. `others`:
    further mistakes of the same file, in its order.
    """

    others: tuple["InputError", ...] = ()

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(f"{where}: {what}" if where else what)
        self.what = what
        self.where = where
        self.remedy = remedy
