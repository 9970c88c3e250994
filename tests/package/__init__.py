"""The test of the Debian package."""
