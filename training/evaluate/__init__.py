"""How well a head does, and what it must beat."""
