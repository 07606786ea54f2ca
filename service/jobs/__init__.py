"""Work done beside the API: reading past complaints in, writing the weekly report."""
