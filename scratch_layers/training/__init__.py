"""Training as a generator of events, with checkpoints from which it continues bit for bit."""
