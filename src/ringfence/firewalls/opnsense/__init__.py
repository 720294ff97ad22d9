"""opnsense"""
