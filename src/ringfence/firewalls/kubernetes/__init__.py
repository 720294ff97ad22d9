"""Kubernetes network policies."""

import re

from ringfence.firewalls.common.target import Configuration, Sample, Target, deferred
from ringfence.firewalls.kubernetes import write

_KIND = re.compile(r"""^[ -]*"?kind"?: *"?NetworkPolicy\b""", re.MULTILINE)


def _policies(sample: Sample) -> bool:
    return "networking.k8s.io/" in sample.head and _KIND.search(sample.head) is not None


TARGETS = (
    Target(
        name="kubernetes",
        title="Kubernetes",
        capability=write.CAPABILITY,
        write=write.write,
        insert=write.insert,
        configuration=Configuration(
            what="Kubernetes network policies",
            take="kubectl get networkpolicies,pods,namespaces --all-namespaces -o yaml",
            recognise=_policies,
            read=deferred(f"{__name__}.read", "read"),
        ),
    ),
)
