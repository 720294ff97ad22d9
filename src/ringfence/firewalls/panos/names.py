"""The factory services of PAN-OS."""

from collections.abc import Mapping

from ringfence.firewalls.common.service_names import services_named
from ringfence.policy.terms import Services

PANOS_SERVICES: Mapping[str, Services] = services_named(
    {"service-http": "tcp/80 tcp/8080", "service-https": "tcp/443"}
)
