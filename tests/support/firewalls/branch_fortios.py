"""A FortiGate whose policies are right, to be changed in one way."""

GOOD = """#config-version=FGT100F-7.2.8-FW-build1639-240313:opmode=0:vdom=0:user=admin
config system global
    set hostname "branch"
end
config system interface
    edit "port1"
        set vdom "root"
        set ip 10.255.0.2 255.255.255.248
        set allowaccess ping
        set type physical
    next
    edit "port2"
        set vdom "root"
        set type physical
    next
    edit "servers30"
        set vdom "root"
        set ip 10.1.0.1 255.255.255.0
        set interface "port2"
        set vlanid 30
    next
    edit "mgmt"
        set vdom "root"
        set ip 192.168.1.99 255.255.255.0
        set dedicated-to management
    next
end
config system zone
    edit "voice"
        set interface "port1"
    next
end
config firewall address
    edit "handsets"
        set subnet 10.20.0.0 255.255.255.0
    next
    edit "data"
        set subnet 10.10.0.0 255.255.255.0
    next
    edit "relay"
        set subnet 10.255.0.1 255.255.255.255
    next
    edit "giaddrs"
        set type iprange
        set start-ip 10.10.0.1
        set end-ip 10.10.0.1
    next
    edit "giaddr-voice"
        set subnet 10.20.0.1 255.255.255.255
    next
    edit "dhcp"
        set subnet 10.1.0.10 255.255.255.255
    next
    edit "files"
        set subnet 10.1.0.20 255.255.255.255
    next
    edit "gatekeeper"
        set subnet 10.1.0.30 255.255.255.255
    next
end
config firewall service custom
    edit "dhcp-relayed"
        set udp-portrange 67:67
    next
    edit "dhcp-unicast"
        set udp-portrange 67:68
    next
    edit "http-high"
        set tcp-portrange 80:1024-65535
    next
    edit "ras"
        set udp-portrange 1719:49300
        set helper disable
    next
    edit "ras-back"
        set udp-portrange 49300:1719
    next
    edit "signalling"
        set tcp-portrange 1720:61440-61444
    next
end
config firewall policy
    edit 1
        set name "relay"
        set srcintf "voice"
        set dstintf "servers30"
        set action accept
        set srcaddr "relay"
        set dstaddr "dhcp"
        set schedule "always"
        set service "dhcp-relayed"
    next
    edit 2
        set name "dhcp"
        set srcintf "voice"
        set dstintf "servers30"
        set action accept
        set srcaddr "handsets" "data"
        set dstaddr "dhcp"
        set schedule "always"
        set service "dhcp-unicast"
    next
    edit 3
        set name "files"
        set srcintf "voice"
        set dstintf "servers30"
        set action accept
        set srcaddr "handsets"
        set dstaddr "files"
        set schedule "always"
        set service "http-high"
    next
    edit 4
        set name "ras"
        set srcintf "voice"
        set dstintf "servers30"
        set action accept
        set srcaddr "handsets"
        set dstaddr "gatekeeper"
        set schedule "always"
        set service "ras" "PING"
    next
    edit 5
        set name "dhcp-back"
        set srcintf "servers30"
        set dstintf "voice"
        set action accept
        set srcaddr "dhcp"
        set dstaddr "giaddrs" "giaddr-voice"
        set schedule "always"
        set service "dhcp-relayed"
    next
    edit 6
        set name "call-server"
        set srcintf "servers30"
        set dstintf "voice"
        set action accept
        set srcaddr "gatekeeper"
        set dstaddr "handsets"
        set schedule "always"
        set service "signalling" "ras-back"
    next
end
config firewall local-in-policy
    edit 1
        set intf "any"
        set srcaddr "all"
        set dstaddr "all"
        set service "ALL"
        set schedule "always"
    next
end
config router static
    edit 1
        set dst 10.10.0.0 255.255.255.0
        set gateway 10.255.0.1
        set device "port1"
    next
    edit 2
        set dst 10.20.0.0 255.255.255.0
        set gateway 10.255.0.1
        set device "port1"
    next
end
"""
RAS_POLICY = '        set name "ras"\n'
BEFORE = '    edit 1\n        set name "relay"\n'
PORT1 = "        set ip 10.255.0.2 255.255.255.248\n"
SERVERS = '    edit "servers30"\n        set vdom "root"\n'
ROUTES = "config router static\n"
ALWAYS = 'config firewall schedule recurring\n    edit "always"\n        {}\n    next\nend\n'
QUARANTINE = """config firewall DoS-policy
    edit 1
        set interface "port1"
        set srcaddr "all"
        set dstaddr "all"
        set service "ALL"
        config anomaly
            edit "udp_scan"
                set status enable
                set quarantine attacker
            next
        end
    next
end
"""
