"""Tests of the lab and the sites they share."""
