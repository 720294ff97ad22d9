"""azure_nsg"""
