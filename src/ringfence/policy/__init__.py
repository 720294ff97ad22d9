"""From flows to rules, and what a rule list means.

`packetset` knows sets of packets, `review` asks them what is dead, too wide or missing, `reverse` derives
the rules that a stateless device needs for replies, `firewalls` writes and reads the rules of real ones.
Nothing here does input or output.
"""
