"""PROVISION: upgrade and settings files."""

from ringfence.model.findings import Code, Severity
from ringfence.model.stage import Stage

FILES_UNREACHABLE = Code(
    "FILES_UNREACHABLE",
    Severity.FAILURE,
    Stage.PROVISION,
    "The connection to the file server does not open.",
    "The rule handset -> file server, tcp 80 (or HTTPPORT), 443 or 411 (TLSPORT).",
)

FILES_REFUSED = Code(
    "FILES_REFUSED",
    Severity.FAILURE,
    Stage.PROVISION,
    "The connection to the file server is answered with RST.",
    "Whether the server listens on this port, or the firewall rejects instead of dropping.",
)

FILES_NOT_FOUND = Code(
    "FILES_NOT_FOUND",
    Severity.WARNING,
    Stage.PROVISION,
    "The file server has none of the files asked for. A 404 for the .scr name before the .txt is normal.",
    "HTTPDIR/TLSDIR, the file names, and upper and lower case.",
)

FILES_REDIRECTED = Code(
    "FILES_REDIRECTED",
    Severity.FAILURE,
    Stage.PROVISION,
    "The file server redirects. These handsets do not follow redirects.",
    "A redirect from http to https on the server; HTTPDIR/TLSDIR.",
)

FILES_REJECTED = Code(
    "FILES_REJECTED",
    Severity.FAILURE,
    Stage.PROVISION,
    "The file server answers with an error.",
    "The status in the finding, and the server's log.",
)

FILES_TLS_FAILED = Code(
    "FILES_TLS_FAILED",
    Severity.FAILURE,
    Stage.PROVISION,
    "TLS with the file server fails.",
    "The alert in the finding: the trust anchor in the handset, the name in the certificate, the clock, the "
    "TLS version.",
)

FILES_MUTE = Code(
    "FILES_MUTE",
    Severity.FAILURE,
    Stage.PROVISION,
    "The connection to the file server opens and then carries no answer.",
    "The server itself; an inspecting firewall; the path MTU.",
)

SETTINGS_LINE_SKIPPED = Code(
    "SETTINGS_LINE_SKIPPED",
    Severity.NOTE,
    Stage.PROVISION,
    "A line of the upgrade or settings file was not understood and was skipped, as a handset does.",
    "The line, for a missing quote or a misspelt statement (SET, IF, GOTO, GET).",
)

FILES_SERVER_NAMED = Code(
    "FILES_SERVER_NAMED",
    Severity.NOTE,
    Stage.PROVISION,
    "A file server was given by name. The emulated handset does not resolve names and skipped it.",
    "HTTPSRVR and TLSSRVR: give addresses for a lab; real handsets ask their DNS server.",
)
