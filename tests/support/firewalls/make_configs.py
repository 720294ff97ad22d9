"""Writes the third-party-style configurations under configs/, always the same:

    PYTHONPATH=tests python -m support.firewalls.make_configs

They are what somebody else's firewall looks like: many sites, servers, translations, tunnels and settings
that have nothing to do with telephones, and among them the few lines that have. Of each kind `-campus` is
understood wholly; `-plant` has faults in it, which the tests of the readers look for by their text.
"""

from collections.abc import Callable
from pathlib import Path

from support.firewalls.configs.asa import asa_campus, asa_plant
from support.firewalls.configs.aws import acls_campus, acls_plant, groups_campus, groups_plant
from support.firewalls.configs.fortios import fortios_campus, fortios_plant
from support.firewalls.configs.ios import ios_campus, ios_plant
from support.firewalls.configs.linux import iptables_campus, iptables_plant
from support.firewalls.configs.panos import panos_campus, panos_plant, panos_xml
from support.firewalls.configs.srx import srx_campus, srx_plant

HERE = Path(__file__).parents[2] / "firewalls" / "configs"
MAKERS: dict[str, Callable[[], str]] = {
    "iptables-campus.txt": iptables_campus,
    "iptables-plant.txt": iptables_plant,
    "asa-campus.txt": asa_campus,
    "asa-plant.txt": asa_plant,
    "ios-campus.txt": ios_campus,
    "ios-plant.txt": ios_plant,
    "fortios-campus.txt": fortios_campus,
    "fortios-plant.txt": fortios_plant,
    "panos-campus.txt": panos_campus,
    "panos-campus-xml.txt": panos_xml,
    "panos-plant.txt": panos_plant,
    "srx-campus.txt": srx_campus,
    "srx-plant.txt": srx_plant,
    "aws-sg-campus.txt": groups_campus,
    "aws-sg-plant.txt": groups_plant,
    "aws-nacl-campus.txt": acls_campus,
    "aws-nacl-plant.txt": acls_plant,
}

if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    for name, make in MAKERS.items():
        text = make()
        (HERE / name).write_text(text, encoding="utf-8")
        print(name, text.count("\n"), "lines")
