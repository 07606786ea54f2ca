"""The sentence encoder: where it comes from, and its export to what is served."""
