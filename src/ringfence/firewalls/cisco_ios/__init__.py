"""cisco_ios"""
