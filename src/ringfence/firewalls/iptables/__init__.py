"""iptables"""
