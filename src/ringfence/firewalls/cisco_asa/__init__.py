"""cisco_asa"""
