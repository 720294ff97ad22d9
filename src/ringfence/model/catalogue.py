"""Every finding by its code: what `ringfence why` knows."""

from ringfence.model.findings import Explanation
from ringfence.model.findings_call import CALL
from ringfence.model.findings_capture import CAPTURE
from ringfence.model.findings_dhcp import DHCP
from ringfence.model.findings_network import NETWORK
from ringfence.model.findings_policy import POLICY
from ringfence.model.findings_registration import REGISTRATION


def _assembled() -> dict[str, Explanation]:
    found: dict[str, Explanation] = {}
    for explanation in (*CALL, *CAPTURE, *DHCP, *NETWORK, *POLICY, *REGISTRATION):
        if explanation.code in found:
            raise ValueError(f"finding {explanation.code} is explained twice")
        found[explanation.code] = explanation
    return found


CATALOGUE: dict[str, Explanation] = _assembled()
