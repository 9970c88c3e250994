"""What cargo builds for the tests: with the features that the step `unit` of test.sh names, or else cargo would build
the dependencies once more with others. A test or an example has to be among the targets, for the same reason: the
features that only tests need count then.
"""

WORKSPACE = ["--workspace", "--features", "relay-aws/stack"]
