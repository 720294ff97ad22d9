"""What is asked and answered in each service, by its row: messages of the real protocols."""

from ringfence.wire.rtp import ReceptionReport, RtcpReport, encode_rtcp

# RFC 3416: GetRequest of sysUpTime.0 in community "public", and the Response.
_SNMP_GET = bytes.fromhex("302602010104067075626c6963a01902010102010002010030 0e300c06082b060102010103000500")
_SNMP_RESPONSE = bytes.fromhex(
    "302702010104067075626c6963a21a02010102010002010030 0f300d06082b06010201010300430100"
)
# RFC 1035 section 4: the address of files.example, and that there is no such name.
_NAME = b"\x05files\x07example\x00\x00\x01\x00\x01"
_DNS_QUERY = bytes.fromhex("000101000001000000000000") + _NAME
_DNS_ANSWER = bytes.fromhex("000181830001000000000000") + _NAME
_SSH = b"SSH-2.0-ringfence\r\n"  # RFC 4253 section 4.2
_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_RTCP = encode_rtcp(RtcpReport(2, "phone", None, (ReceptionReport(1, 0, 10),)))

# Question and answer; an empty answer: there is none. Those of Qtest and SLA Mon are assumed.
DIALOGUES: dict[str, tuple[bytes, bytes]] = {
    "rtcp-monitor": (_RTCP, b""),
    "snmp": (_SNMP_GET, _SNMP_RESPONSE),
    "syslog": (b"<134>Jan  1 00:00:00 phone ringfence: registered", b""),  # RFC 3164 section 4.1
    "ssh": (_SSH, _SSH),
    "dns": (_DNS_QUERY, _DNS_ANSWER),
    "push": (b"POST / HTTP/1.1\r\nHost: phone\r\nContent-Length: 0\r\n\r\n", _OK),
    "web": (b"GET / HTTP/1.1\r\nHost: web\r\n\r\n", _OK),
    "backup": (b"GET /96xxdata.txt HTTP/1.1\r\nHost: backup\r\n\r\n", _OK),
    "qtest": (b"ringfence qtest", b"ringfence qtest"),
    "sla-discovery": (b"ringfence sla", b"ringfence sla"),
    "sla-registration": (b"ringfence sla", b"ringfence sla"),
}
