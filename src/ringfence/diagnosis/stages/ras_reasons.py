"""Why a gatekeeper says no, in words that fit the message and the endpoint."""

from ringfence.diagnosis.observation import RasSeen


def reject_words(reject: RasSeen, request: RasSeen) -> str:
    """H.225.0's name of the reason, and what it means for an operator."""
    reason = reject.reason
    meaning = _BY_MESSAGE.get((reject.message, reason)) or _MEANINGS.get(reason)
    if meaning and request.is_gateway:
        meaning = _OF_GATEWAYS.get(reason, meaning)
    return f"{reason} ({meaning})" if meaning else reason or "no reason given"


# Where the same name means something else: a GRQ carries no password (H.225.0 clause 7.8.1), and neither is
# one asked for where a call is refused.
_BY_MESSAGE = {
    (
        "GRJ",
        "securityDenial",
    ): "the gatekeeper accepts none of the authentication mechanisms that the endpoint offers, or wants "
    "one where it offers none: compare its security profile with the gatekeeper's",
    ("GRJ", "terminalExcluded"): "the gatekeeper does not serve this address: its network map or zone",
    ("ARJ", "securityDenial"): "the endpoint may not make this call",
}
_MEANINGS = {
    "duplicateAlias": "the extension is registered from another address: find that handset",
    "securityDenial": "the password or PIN is wrong, or the clocks differ",
    "securityError": "the security token does not fit",
    "discoveryRequired": "the gatekeeper wants a GRQ first",
    "fullRegistrationRequired": "the gatekeeper does not know this registration any more",
    "invalidAlias": "the gatekeeper does not know this extension: its list of stations",
    "invalidCallSignalAddress": "the address in the message is not acceptable, possibly because of NAT",
    "invalidRASAddress": "the address in the message is not acceptable, possibly because of NAT",
    "invalidTerminalType": "the extension is administered as another kind of set",
    "invalidRevision": "the gatekeeper does not speak this version of H.225.0",
    "resourceUnavailable": "the gatekeeper is full: its licences and its limit of registrations",
    "terminalExcluded": "the gatekeeper does not serve this address or extension",
    "transportNotSupported": "the gatekeeper does not speak the transport that is offered",
    "transportQOSNotSupported": "the gatekeeper cannot give the quality of service that is asked for",
    "neededFeatureNotSupported": "the endpoint insists on a feature that the gatekeeper lacks",
    "genericDataReason": "a generic feature in the message carries the reason",
    "additiveRegistrationNotSupported": "the gatekeeper accepts no second registration",
    "callerNotRegistered": "the gatekeeper does not know this endpoint: it has to register again",
    "invalidEndpointIdentifier": "the gatekeeper does not know this endpoint: it has to register again",
    "undefinedReason": "the gatekeeper's own log says more",
}
# A gateway has no extension that a person types, and no station form.
_OF_GATEWAYS = {
    "duplicateAlias": "another endpoint has one of its aliases or prefixes: find that endpoint",
    "securityDenial": "the gateway's password is wrong or missing, or the clocks differ",
    "invalidAlias": "the gatekeeper does not know an alias of the gateway, or it names none",
    "invalidTerminalType": "the gatekeeper expects no gateway by this name",
    "terminalExcluded": "the gatekeeper does not serve this gateway",
}
