"""routeros"""
