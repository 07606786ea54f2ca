"""Topics without labels, found by BERTopic."""
