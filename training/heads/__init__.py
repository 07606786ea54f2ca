"""Heads: candidates, choice and weights by cross-validation."""
