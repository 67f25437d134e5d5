"""Scenario catalogue, generators and the runner that stores them."""
