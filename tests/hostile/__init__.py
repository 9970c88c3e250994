"""Honest logins while the relay is attacked, one attack after the other."""
