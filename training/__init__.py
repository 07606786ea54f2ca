"""What learns. It may be heavy; the service never imports it."""
