"""fortios"""
