"""What the whole-system tests share: servers as processes, Python environments, and what stands between the two.

Only the standard library, so that any Python 3.9 or later runs it as it is.
"""
