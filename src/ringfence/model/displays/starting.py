"""What phones show until they have an address and their files."""

from ringfence.model.displays import Display
from ringfence.model.displays import sources as source
from ringfence.model.findings import address, boot, provision, vlan_move
from ringfence.model.stage import Stage

BEFORE_DISCOVERY = (
    Display(
        "Restarting",
        "all",
        None,
        "The phone is rebooting; nothing of it is on the wire yet.",
        "Which stage the boot before reached. A phone that restarts at once after each GCF or RCF cannot "
        "use that answer.",
        (boot.RESTART_LOOP, boot.HANDSET_RESTARTED),
        source.ERRORS_1600,
        also=("Initializing", "Rebooting"),
    ),
    Display(
        "Starting",
        "16xx, 96x0",
        None,
        "The software is unpacked, then started. Nothing is on the wire yet.",
        "Power (PoE budget) where it never gets further.",
        (boot.HANDSET_RESTARTED,),
        source.START_1600,
        also=("Loading",),
    ),
    Display(
        "No Ethernet",
        "all",
        None,
        "The phone found no link. Where it finds one it shows the speed (100Mbps Ethernet).",
        "Cable, switch port, autonegotiation (PHY1STAT). No firewall is concerned.",
        (),
        source.LINK_9600,
        also=("100Mbps Ethernet", "1000Mbps Ethernet", "10Mbps Ethernet"),
    ),
    Display(
        "802.1X Failure",
        "46xx; others alike",
        None,
        "The switch port wants 802.1X, and the phone's credentials are missing or wrong.",
        "Supplicant mode (DOT1XSTAT), user and password in the phone, the authenticator's log. No firewall "
        "rule opens this.",
        (),
        source.ERRORS_4600,
        also=("Waiting for 802.1X authentication",),
    ),
    Display(
        "DHCP: n secs",
        "all",
        Stage.ADDRESS,
        "The phone has sent DISCOVER and counts the seconds; * or # to program may stand beside it. A "
        "growing number says that no OFFER came that it accepts. With VLANTEST 60 it leaves the voice VLAN "
        "at 60 s and does not try it again.",
        "The relay agent on the phone's VLAN, rules 67 -> 67 both ways with giaddr as the destination of "
        "answers, option 51 and room in the scope.",
        (
            address.DHCP_NOT_RELAYED,
            address.DHCP_REQUEST_DROPPED,
            address.DHCP_ANSWER_DROPPED,
            address.DHCP_SILENT,
            address.DHCP_NO_SCOPE,
            address.DHCP_POOL_EXHAUSTED,
            address.DHCP_OFFER_INCOMPLETE,
            address.DHCP_OFFER_NOT_TAKEN,
            vlan_move.VLANTEST_EXPIRED,
        ),
        source.START_9600,
        also=("DHCP * to program", "DHCP # to program"),
    ),
    Display(
        "VLAN ID = n",
        "all",
        Stage.VLAN_MOVE,
        "The phone tags its frames with this VLAN; the line alternates every 2 s with the seconds of DHCP. "
        "0 is priority tagging: VLANTEST has expired and L2Q is 1.",
        "Whether the switch port carries the VLAN, and the relay agent and scope of that VLAN.",
        (
            vlan_move.VLANTEST_EXPIRED,
            vlan_move.VLAN_NOT_SET,
            vlan_move.VLAN_LOOP,
            vlan_move.VLAN_DEAD,
            address.DHCP_NOT_RELAYED,
        ),
        source.START_4600,
        also=("VLAN",),
    ),
    Display(
        "DHCP: CONFLICT",
        "46xx",
        Stage.ADDRESS,
        "The address that the server offered answers already: another host has it.",
        "Hosts with fixed addresses in the scope; two DHCP servers with one range.",
        (address.ADDRESS_DUPLICATE, address.DHCP_DECLINED),
        source.ERRORS_4600,
    ),
    Display(
        "Address Conflict",
        "96x0, 96x1",
        Stage.ADDRESS,
        "Another host answers for the phone's address.",
        "Hosts with fixed addresses in the scope; two DHCP servers with one range.",
        (address.ADDRESS_DUPLICATE, address.DHCP_DECLINED),
        source.NO_SOURCE,
    ),
    Display(
        "Bad Router",
        "46xx; other families perhaps in other words",
        Stage.ADDRESS,
        "No router of option 3 answered ARP or ping on the phone's VLAN.",
        "Option 3 of the scope; the VLAN of the port; whether the router drops pings from phones.",
        (address.ROUTER_UNANSWERED,),
        source.ERRORS_4600,
    ),
    Display(
        "Subnet conflict",
        "16xx",
        Stage.VLAN_MOVE,
        "The phone's address is not in the network of its router: it is in another VLAN than its lease is "
        "for.",
        "L2QVLAN in option 242, LLDP on the port, and the network of the scope that giaddr chooses.",
        (address.DHCP_OFFER_OTHER_NETWORK, vlan_move.VLAN_NOT_SET),
        source.ERRORS_1600,
    ),
    Display(
        "HTTP: n sc etag",
        "96x0, 96x1",
        Stage.PROVISION,
        "The phone asks the n-th file server of its list; sc is the HTTP status. 404 for the .scr name "
        "before the .txt is normal; a number that never comes is a connection that does not open.",
        "HTTPSRVR and HTTPPORT against the server's address and port, and the rule for them.",
        (
            provision.FILES_UNREACHABLE,
            provision.FILES_REFUSED,
            provision.FILES_MUTE,
            provision.FILES_REJECTED,
            provision.FILES_REDIRECTED,
            provision.FILES_NOT_FOUND,
        ),
        source.DOWNLOAD_9600,
        also=("HTTP",),
    ),
    Display(
        "HTTPS",
        "16xx, 96x0, 96x1",
        Stage.PROVISION,
        "The phone asks by HTTPS first and by HTTP when that fails. With AUTH 1 settings come by HTTPS "
        "alone and software by HTTP alone: both must be open.",
        "TLSSRVR and TLSPORT (443, 411 and 8411 are all in use), the certificate, then the rule for that "
        "port.",
        (provision.FILES_TLS_FAILED, provision.FILES_UNREACHABLE, provision.FILES_REFUSED),
        source.START_1600,
        also=("TLS",),
    ),
    Display(
        "File Obtained; please wait",
        "46xx, 96x1",
        Stage.PROVISION,
        "New software is loaded and written; KB received and Saving to flash count. The phone restarts "
        "afterwards.",
        "Nothing: leave the power on. Where each boot loads again, the software named in the upgrade file.",
        (boot.HANDSET_RESTARTED,),
        source.DOWNLOAD_4600,
        also=("KB received", "Saving to flash"),
    ),
    Display(
        "Updating: DO NOT UNPLUG",
        "16xx",
        Stage.PROVISION,
        "Flash memory is being written.",
        "Nothing: leave the power on.",
        (boot.HANDSET_RESTARTED,),
        source.ERRORS_1600,
    ),
    Display(
        "Checksum error",
        "46xx",
        Stage.PROVISION,
        "The software arrived damaged or was not stored; the phone starts anew by itself.",
        "The file on the server; an inspection on the path that changes HTTP.",
        (boot.HANDSET_RESTARTED,),
        source.ERRORS_4600,
    ),
    Display(
        "SCEP: Failed",
        "96x0, 96x1",
        Stage.PROVISION,
        "The phone could not get a certificate from the server of MYCERTURL.",
        "MYCERTURL, and a rule for its address and port: it is not a flow of an ordinary site.",
        (provision.FILES_TLS_FAILED,),
        source.NO_SOURCE,
    ),
)
