"""nftables"""
