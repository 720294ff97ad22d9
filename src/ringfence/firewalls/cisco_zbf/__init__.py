"""cisco_zbf"""
