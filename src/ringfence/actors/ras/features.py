"""Generic features (H.460.1) that an endpoint insists on, and those that a gatekeeper here has."""

from ringfence.actors.ras.dialect import AVAYA_FEATURES, Dialect
from ringfence.wire import h225

# H.460.6, and two of Avaya's own (traces of 1608 sets): what its handsets are told in the GCF.
_AVAYA: frozenset[object] = frozenset({("standard", 6), *(("oid", each) for each in AVAYA_FEATURES)})


def unmet(features: h225.FeatureSet | None, dialect: Dialect) -> list[h225.FeatureDescriptor]:
    """neededFeatures that are not supported: the request is to be rejected (H.460.1 clause 6).

    Desired and supported ones oblige nobody, and are passed over.
    """
    if features is None or not features.neededFeatures:
        return []
    ours = _AVAYA if dialect.login_data else frozenset()
    return [each for each in features.neededFeatures if each.id not in ours]


def features_in_words(features: list[h225.FeatureDescriptor]) -> str:
    """ "H.460.18, 2.16.840.1"."""
    return ", ".join(_name(each.id) for each in features)


def _name(identifier: h225.GenericIdentifier) -> str:
    match identifier:
        case ("standard", number):
            return f"H.460.{number}"
        case ("oid", arcs):
            return ".".join(map(str, arcs)) if isinstance(arcs, tuple) else "a feature"
        case _:
            return "a feature of no standard"
