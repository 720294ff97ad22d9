"""The two devices that output is for, and what a verb hands to either."""
