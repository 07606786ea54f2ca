"""Firyad's service: classifies complaints, keeps them, and reports on them. Nothing here imports training."""
