"""Captures to packets, packets to dialogues, dialogues to each handset's timeline and findings.

The only place that turns packets into a judgement: a proof judges its own recording with the same code
that explains a customer's capture.
"""
