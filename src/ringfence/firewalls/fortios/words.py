"""FortiOS tables and policy settings that do not decide which forwarded packets a policy takes."""

HARMLESS_TABLES = frozenset(
    f"firewall {name}"
    for name in (
        *("address", "address6", "addrgrp", "addrgrp6", "service custom", "service group", "policy"),
        *("policy6", "service category", "vip", "vip6", "vipgrp", "vipgrp6", "ippool", "ippool6"),
        *("central-snat-map", "schedule onetime", "schedule recurring", "schedule group"),
        *("shaper traffic-shaper", "ldb-monitor", "shaper per-ip-shaper", "shaping-policy"),
        *("shaping-profile", "ssl-ssh-profile", "ssl-server", "profile-protocol-options"),
        *("profile-group", "multicast-address", "multicast-address6", "multicast-policy"),
        *("multicast-policy6", "local-in-policy", "local-in-policy6", "ssl setting"),
        *("wildcard-fqdn custom", "wildcard-fqdn group", "internet-service-name"),
        *("internet-service-group", "internet-service-custom", "internet-service-custom-group"),
        *("internet-service-addition", "region", "internet-service-append"),
        *("internet-service-definition", "proxy-address", "proxy-addrgrp", "proxy-policy"),
        *("auth-portal", "identity-based-route", "ipmacbinding setting", "ipmacbinding table"),
        *("dnstranslation", "decrypted-traffic-mirror", "access-proxy", "access-proxy-virtual-host"),
        *("web-proxy", "traffic-class", "sniffer", "vendor-mac", "city", "country", "on-demand-sniffer"),
        *("iprope list", "proute", "network-service-dynamic", "address6-template", "ssh setting"),
        *("ssh local-key", "ssh local-ca", "ssh host-key", "internet-service-extension"),
        *("interface-policy", "interface-policy6", "DoS-policy", "DoS-policy6", "ttl-policy", "gtp"),
        *("carrier-endpoint-bwl",),
    )
)

HARMLESS_KEYS = frozenset(
    (
        *("name", "uuid", "srcintf", "dstintf", "srcaddr", "dstaddr", "srcaddr6", "dstaddr6", "service"),
        *("action", "schedule", "status", "comments", "comment", "label", "global-label", "logtraffic"),
        *("logtraffic-start", "nat", "ippool", "poolname", "poolname6", "fixedport", "natip"),
        *("utm-status", "inspection-mode", "profile-type", "profile-protocol-options"),
        *("ssl-ssh-profile", "traffic-shaper", "traffic-shaper-reverse", "per-ip-shaper", "session-ttl"),
        *("tcp-mss-sender", "tcp-mss-receiver", "auto-asic-offload", "np-acceleration"),
        *("timeout-send-rst", "match-vip", "diffserv-forward", "diffserv-reverse"),
        *("diffservcode-forward", "diffservcode-rev", "capture-packet", "custom-log-fields"),
        *("delay-tcp-npu-session", "vlan-cos-fwd", "vlan-cos-rev", "replacemsg-override-group"),
        *("block-notification", "send-deny-packet", "anti-replay", "geoip-anycast", "policyid"),
        *("policy-offload", "passive-wan-health-measurement", "fec", "voip-profile"),
    )
)

# Profiles look into connections that the policy has let through.
PROFILE_KEYS = frozenset(
    (
        *("av-profile", "webfilter-profile", "dnsfilter-profile", "emailfilter-profile", "ips-sensor"),
        *("file-filter-profile", "spamfilter-profile", "dlp-sensor", "dlp-profile", "icap-profile"),
        *("waf-profile", "ssh-filter-profile", "videofilter-profile", "virtual-patch-profile"),
        *("profile-group",),
    )
)
