"""What the system tests share: servers as processes, Python environments, mails, and how a test reports.

Only the standard library, so that any Python 3.9 or later runs it as it is.
"""
