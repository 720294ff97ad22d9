"""Text from packets and files, fit to be shown: an alias may hold line breaks or a terminal's commands."""


def printable(text: str) -> str:
    r"""`text` on one line, with an escape (`\n`, `\x1b`, `\u2028`) for whatever a screen, a log or a file of
    lines would obey instead of show; what can be shown stays as it is.
    """
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text
    )
