"""A whole site in Linux network namespaces, with the kernel's own nftables deciding about real packets.

`privilege` finds out whether that is possible here, `topology` builds a site from a description, `nft` and
`ruleset` put the rules into the firewall and read them back, `conntrack` and `elastic` make hours pass in
milliseconds, `recorder` and `nflog` keep the evidence. Everything lives in anonymous namespaces: when the
process ends, however it ends, the kernel takes it all away.
"""
