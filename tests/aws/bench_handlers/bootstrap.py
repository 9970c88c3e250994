"""A bare loop over the Lambda runtime API for the Python handlers: `bootstrap.py MODULE`."""

import http.client
import importlib
import json
import os
import sys

handler = importlib.import_module(sys.argv[1]).handler
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    response = api.getresponse()
    request_id, event = response.headers["Lambda-Runtime-Aws-Request-Id"], json.loads(response.read())
    try:
        path, answer = "response", handler(event, None)
    except Exception as error:
        path, answer = "error", {"errorMessage": str(error), "errorType": type(error).__name__}
    api.request("POST", f"/2018-06-01/runtime/invocation/{request_id}/{path}", json.dumps(answer))
    api.getresponse().read()
