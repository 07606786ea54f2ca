"""Rows to learn from: read, checked, grouped by near-duplicates and split."""
