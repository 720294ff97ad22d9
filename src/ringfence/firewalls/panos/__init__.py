"""panos"""
