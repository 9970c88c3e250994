"""The parts of the test of TLS, by what they are about."""
