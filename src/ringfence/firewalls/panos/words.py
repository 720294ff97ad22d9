"""PAN-OS statements beside the security rules: which touch no forwarded packet, and which can drop one.

Gathered from the configuration hierarchy of PAN-OS 9.1 to 11.0 and its Administrator's Guide, with the reason
of each. A statement that is in none is reported with its line.
"""

from ringfence.firewalls.common.statements import statements

_BY_REFERENCE = "means something only where a rule refers to it"

STATEMENTS = statements(
    {
        "management of the firewall itself": (
            "deviceconfig, mgt-config, display-name, import, setting, redistribution-agent, "
            "redistribution-collector, log-settings, log-collector, log-collector-group, config, version, "
            "urldb, detail-version, global-protect, certificate, certificate-profile, "
            "ssl-tls-service-profile, ssl-decrypt, ssl-exclude-cert, response-page, local-user-database, "
            "authentication-profile, authentication-sequence, authentication-object, server-profile, "
            "user-id-agent, user-id-agent-sequence, user-id-collector, user-id-ssl-auth, ts-agent, "
            "captive-portal, group-mapping, admin-role, password-complexity, botnet, reports, "
            "report-group, pdf-summary-report, email-scheduler, saved-report, application-status, "
            "plugins, mfa-server-profile, ocsp-responder, scep, vm-info-source, vm-monitor, dns-proxy, "
            "content-preview, high-availability, wildfire-settings, tag, device-object, phash, panorama, "
            "reporting, template-stack, template, readonly, policy, iot, rule-hit-count, "
            "network-management, cloud-identity-engine, collector-group, hsm, alg-override, settings, "
            "accounting-server-profile, kerberos, description, parent-dg, reference-templates, "
            "user-group, to-sw-version, tls-service-profile, master-device, operational-mode, "
            "device-telemetry, authorization-code, admin-dg, access-domain, group-include-list, "
            "url-content-types, auto-tag, dynamic-user-group, data-filtering"
        ),
        _BY_REFERENCE: (
            "address, address-group, service, service-group, application, application-group, "
            "application-filter, application-tag, zone, schedule, region, external-list, profiles, "
            "profile-group, threats, credential-enforcement, custom-url-category, log-format, "
            "sdwan-interface-profile, email"
        ),
        "interfaces, and what is set up for packets of the firewall's own": (
            "network interface, network profiles, network ike, network tunnel, network dhcp, network "
            "dns-proxy, network lldp, network secure-web-gateway, network underlay-net, network gre, "
            "network shared-gateway, network proxy, network ecmp, network bonjour, network "
            "logical-router, network virtual-router, network vlan"
        ),
        "limits rates; the rules decide": ("network qos, rulebase qos, pre-rulebase qos, post-rulebase qos"),
        "read elsewhere": (
            "rulebase security, pre-rulebase security, post-rulebase security, rulebase nat, pre-rulebase "
            "nat, post-rulebase nat, rulebase default-security-rules, pre-rulebase "
            "default-security-rules, post-rulebase default-security-rules"
        ),
    },
    {
        "a virtual system may have so many sessions and no more": ("import resource max-sessions"),
        "forwarding by rule": ("rulebase pbf, pre-rulebase pbf, post-rulebase pbf"),
        "packets pass only after a login": (
            "rulebase authentication, pre-rulebase authentication, post-rulebase authentication, rulebase "
            "captive-portal, pre-rulebase captive-portal, post-rulebase captive-portal"
        ),
        "drops what exceeds the thresholds of its profile, or all of it": (
            "rulebase dos, pre-rulebase dos, post-rulebase dos"
        ),
        "decrypts, and drops what it cannot": (
            "rulebase decryption, pre-rulebase decryption, post-rulebase decryption"
        ),
        "takes packets for another application than App-ID would": (
            "rulebase application-override, pre-rulebase application-override, post-rulebase "
            "application-override"
        ),
        "looks into tunnels": (
            "rulebase tunnel-inspect, pre-rulebase tunnel-inspect, post-rulebase tunnel-inspect"
        ),
        "sends packets another way": (
            "rulebase sdwan, pre-rulebase sdwan, post-rulebase sdwan, rulebase network-packet-broker, "
            "pre-rulebase network-packet-broker, post-rulebase network-packet-broker"
        ),
        "a bridge between two interfaces": ("network virtual-wire"),
        "rules of a kind that is not known here": ("rulebase, pre-rulebase, post-rulebase, network"),
    },
)
# The rules of these kinds do nothing when their action is one of these.
IDLE_ACTIONS = frozenset({"no-decrypt", "allow", "no-pbf"})
