"""Text to classification: encoder, heads, topics, and the model version that holds them.

Reading path: `Classifier.classify → normalise → detect_language → encode → Head.probabilities → decide`."""
