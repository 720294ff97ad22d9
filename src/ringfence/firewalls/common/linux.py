"""What the rule sets of a Linux box have in common: commands that take a change back unless it is kept."""

MINUTES = 5  # until an apply that nobody keeps is taken back

# The sysctl is gone since Linux 6.0; a helper that iptables-nft assigned is an xt target in nft's listing,
# and one of iptables-legacy is not listed there at all.
HELPERS = (
    "no conntrack helper may be assigned to these ports, the RAS and Q.931 helpers open further ports by "
    "themselves: nft list ruleset | grep 'ct helper'; iptables-nft -t raw -S | grep -e --helper; "
    "iptables-legacy -t raw -S | grep -e --helper; and before Linux 6.0 also: sysctl "
    "net.netfilter.nf_conntrack_helper, which must be 0"
)

OWN_NOTES = (
    "dhcrelay needs its output rule alone, dhcpd and Kea none: they read and write raw frames; with dnsmasq "
    "and networkd the answer to phones is no reply to any state and needs its rule (measured on Linux 6.18); "
    "dhcp_daemon: in the site names the one that runs here",
    "forward chains never see relayed DHCP: a rule for it there would match nothing",
)


def timed(stem: str, undo: str, load: tuple[str, ...]) -> tuple[str, ...]:
    """Commands for a root shell: `undo` is on its way before `load` is done, and outlives the session.

    `undo` holds neither double quotes nor `$`.
    """
    timer = f"{stem}.timer"
    return (
        f'nohup sh -c "sleep {MINUTES * 60}; {undo}" > /dev/null 2>&1 & echo $! > {timer}',
        *load,
        f'kill "$(cat {timer})"  # within {MINUTES} minutes, once all works; otherwise it is taken back',
    )
