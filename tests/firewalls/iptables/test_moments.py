"""What iptables does with packets that are not openers, and the forms of its text."""

import pytest

from ringfence.firewalls.iptables.read import read
from ringfence.model.address import Network
from ringfence.model.errors import InputError
from ringfence.policy.listing import Listing, Moment
from support.branch_policy import nets
from support.firewalls.read_configs import fares, packet

SYN = "tcp 10.20.0.9:1024 10.1.0.20:80"
SYN_ACK = "tcp 10.1.0.20:80 10.20.0.9:1024"
CALL = "tcp 10.1.0.30:61440 10.20.0.9:1720"
BEHIND = {"eth0": nets("10.1.0.0/24"), "eth1": nets("10.20.0.0/24")}


def saved(*rules: str, before: str = "", policy: str = "DROP") -> str:
    return "\n".join(
        [
            *before.splitlines(),
            "*filter",
            f":FORWARD {policy} [0:0]",
            *(f"-A FORWARD {one}" for one in rules),
            "COMMIT",
            "",
        ]
    )


def fate(listing: Listing) -> str:
    """How the TCP connection fares: opens, answers, goes on; "?" where that is not certain."""
    moments = ((SYN, Moment.OPENS), (SYN_ACK, Moment.ANSWERS), (SYN, Moment.CONTINUES))
    return "".join(
        {True: "+", False: "-", None: "?"}[fares(listing, words, moment)] for words, moment in moments
    )


def filtered(*rules: str, behind: dict[str, tuple[Network, ...]] | None = None) -> str:
    return fate(read(saved(*rules), behind))


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (["-m conntrack --ctstate NEW -j ACCEPT"], "+--"),
        (["-m state --state NEW,ESTABLISHED -j ACCEPT"], "+++"),
        (["-m conntrack ! --ctstate INVALID -j ACCEPT"], "+++"),
        (
            ["-m conntrack --ctstate ESTABLISHED --ctdir REPLY -j ACCEPT", "-m state --state NEW -j ACCEPT"],
            "++-",
        ),
        (["-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -j DROP", "-j ACCEPT"], "+--"),
        (["-p tcp ! --syn -j ACCEPT", "-s 10.20.0.0/24 -p tcp -j ACCEPT"], "+++"),
        (["-p tcp --tcp-flags SYN,ACK SYN,ACK -j DROP", "-j ACCEPT"], "+-+"),
        (["-p tcp --tcp-flags PSH PSH -j DROP", "-j ACCEPT"], "+--"),
        (["-p tcp --tcp-flags ALL NONE -j DROP", "-p tcp --tcp-flags ALL ALL -j DROP", "-j ACCEPT"], "+++"),
        (["-p tcp -m multiport --ports 80,443 -j ACCEPT"], "+++"),
        (["-p tcp -m multiport ! --ports 80,443 -j DROP", "-j ACCEPT"], "+++"),
        (["-p udp -m multiport --ports 80 -j ACCEPT"], "---"),
        (["-m addrtype --dst-type LOCAL -j DROP", "-m addrtype --dst-type UNICAST -j ACCEPT"], "+++"),
        (["-m recent --name seen --set", "-m recent --name seen --update --seconds 9 -j DROP"], "???"),
        (["-m recent --name seen --set --rsource -j ACCEPT"], "+++"),
        (["-m rpfilter --invert -j DROP", "-m rpfilter --loose -j ACCEPT"], "+++"),
        (["-m policy --dir in --pol ipsec -j DROP", "-j ACCEPT"], "+++"),
        (["-f -j DROP", "-m conntrack --ctstate DNAT -j DROP", "-j ACCEPT"], "+++"),
        (["-j ACCEPT -p tcp --dport 80"], "+-+"),
        (["-m limit --limit 5/sec -j ACCEPT"], "???"),
    ],
)
def test_every_packet_of_a_connection_meets_the_rules_of_its_kind(rules: list[str], expected: str) -> None:
    if "--update" in rules[-1]:
        rules = [*rules, "-j ACCEPT"]
    assert filtered(*rules) == expected


def test_established_by_interface_passes_the_answers_from_there() -> None:
    rules = ["-i eth1 -o eth0 -j ACCEPT", "-i eth0 -m state --state ESTABLISHED -j ACCEPT"]
    assert filtered(*rules, behind=BEHIND) == "+++"
    assert filtered("-i eth+ -j ACCEPT", behind=BEHIND) == "+++"
    assert filtered("! -i eth1 -j DROP", "-j ACCEPT", behind=BEHIND) == "+-+"


def test_in_the_raw_table_every_packet_is_invalid() -> None:
    raw = "*raw\n:PREROUTING DROP [0:0]\n-A PREROUTING -m conntrack --ctstate {} -j ACCEPT\nCOMMIT"
    assert fate(read(saved("-j ACCEPT", before=raw.format("NEW,ESTABLISHED,UNTRACKED")))) == "---"
    assert fate(read(saved("-j ACCEPT", before=raw.format("INVALID")))) == "+++"


def test_the_policy_of_a_nat_chain_stops_what_opens() -> None:
    nat = "*nat\n:PREROUTING DROP [0:0]\nCOMMIT"
    assert fate(read(saved("-m state --state INVALID -j DROP", "-j ACCEPT", before=nat))) == "-++"
    # Without anything that makes the kernel track connections it is not asked.
    assert fate(read(saved("-j ACCEPT", before=nat))) == "???"


def test_a_packet_without_a_connection_has_no_direction_but_may_have_a_state() -> None:
    raw = "*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -m conntrack {} -j DROP\nCOMMIT"
    assert fate(read(saved("-j ACCEPT", before=raw.format("--ctdir ORIGINAL")))) == "+++"
    assert fate(read(saved("-j ACCEPT", before=raw.format("--ctstate INVALID --ctdir REPLY")))) == "---"


def test_the_first_word_about_a_connection_stays() -> None:
    raw = (
        "*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -j CT --helper Q.931\n"
        "-A PREROUTING -j CT --notrack\nCOMMIT"
    )
    assert fate(read(saved("-m state --state NEW,ESTABLISHED -j ACCEPT", before=raw))) == "+++"


@pytest.mark.parametrize("tracked", ["-j CT --notrack", "-j NOTRACK"])
def test_what_is_not_tracked_is_untracked_both_ways(tracked: str) -> None:
    raw = f"*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -m multiport --ports 80 {tracked}\nCOMMIT"
    assert fate(read(saved("-m state --state NEW,ESTABLISHED -j ACCEPT", before=raw))) == "---"
    assert fate(read(saved("-m state --state UNTRACKED -j ACCEPT", before=raw))) == "+++"


def test_a_helper_makes_the_call_related_and_never_new() -> None:
    raw = (
        "*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p udp -m udp --dport 1719 -j CT --helper RAS\nCOMMIT"
    )
    bound = read(saved("-m state --state NEW,ESTABLISHED -j ACCEPT", before=raw))
    assert not fares(bound, CALL, Moment.EXPECTED) and fares(bound, CALL, Moment.OPENS)
    related = read(saved("-m state --state RELATED,ESTABLISHED -j ACCEPT", before=raw))
    assert fares(related, CALL, Moment.EXPECTED) and not fares(related, CALL, Moment.OPENS)


def test_rules_that_return_are_followed_as_far_as_it_stays_cheap() -> None:
    returns = [f"-A u -s 10.{n >> 8}.{n & 255}.1/32 -j RETURN" for n in range(600)]
    accepts = [f"-A u -d 10.{n >> 8}.{n & 255}.2/32 -p tcp -j ACCEPT" for n in range(2000)]
    lines = [
        "*filter",
        ":FORWARD DROP [0:0]",
        ":u - [0:0]",
        "-A FORWARD -j u",
        *returns,
        *accepts,
        "COMMIT",
        "",
    ]
    listing = read("\n".join(lines))
    assert fares(listing, "tcp 10.0.9.9:1 10.0.0.2:80", Moment.OPENS)
    assert not fares(listing, "tcp 10.0.0.1:1 10.0.0.2:80", Moment.OPENS)
    assert listing.unread and all("too many exceptions" in part.why for part in listing.unread)


LISTED = """root@fw:~# sudo iptables -S
-P INPUT ACCEPT
-P FORWARD DROP
-N web
-A web -p tcp -m tcp --dport 80 -j ACCEPT
-A FORWARD -j web
-I FORWARD -p icmp -j ACCEPT
-I FORWARD 2 -s 10.20.0.66/32 -j DROP
root@fw:~#
"""


def test_the_output_of_iptables_s_is_read_with_its_insertions() -> None:
    listing = read(LISTED.removesuffix("root@fw:~#\n"))
    assert fares(listing, SYN, Moment.OPENS) and not fares(listing, SYN.replace(".9:", ".66:"), Moment.OPENS)
    assert packet("icmp 10.20.0.66:8 10.1.0.1:0") and fares(
        listing, "icmp 10.20.0.66:8 10.1.0.1:0", Moment.OPENS
    )


@pytest.mark.parametrize(
    "prompt", ["root@fw:~# iptables-save", "$ sudo iptables-save -c", "[admin@fw ~]$ /sbin/iptables-save"]
)
def test_a_pasted_prompt_is_passed_over(prompt: str) -> None:
    assert fate(read(f"{prompt}\n{saved('-j ACCEPT')}")) == "+++"


def test_a_listing_for_people_is_refused_with_the_command_to_use() -> None:
    text = "Chain FORWARD (policy DROP)\ntarget     prot opt source               destination\n"
    with pytest.raises(InputError, match="iptables -L") as refused:
        read(text)
    assert "iptables-save" in str(refused.value.remedy)


@pytest.mark.parametrize("line", ["-D FORWARD 1", "-R FORWARD 1 -j ACCEPT", "-I FORWARD 9 -j ACCEPT", "-Z"])
def test_a_line_that_would_change_other_lines_is_refused(line: str) -> None:
    with pytest.raises(InputError, match="line 3"):
        read(f"*filter\n:FORWARD DROP [0:0]\n{line}\nCOMMIT\n")


def test_a_chain_that_nothing_leads_to_is_said_to_be_bound_to_nothing() -> None:
    listing = read("*filter\n:ringfence - [0:0]\n-A ringfence -p tcp -j DROP\nCOMMIT\n")
    (found,) = listing.unbound
    assert (found.name, found.place, found.bind) == (
        "ringfence",
        "line 3",
        ("iptables -I FORWARD 1 -j ringfence",),
    )
    assert fate(listing) == "+++"


@pytest.mark.parametrize(
    ("target", "expected"),
    [("--ttl-set 1", "???"), ("--ttl-dec 64", "???"), ("--ttl-set 64", "+++"), ("--ttl-inc 1", "+++")],
)
def test_what_may_have_no_hop_left_is_not_proved(target: str, expected: str) -> None:
    mangled = f"*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j TTL {target}\nCOMMIT"
    assert fate(read(saved("-j ACCEPT", before=mangled))) == expected
