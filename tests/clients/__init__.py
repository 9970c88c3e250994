"""The clients of the relay, and what they are told."""
