"""Does what Home Assistant does with the files of its page: reads them, and gives the settings to pyaarlo under the
same names.

hass-aarlo is no package that can be installed, so this program does its work: it looks up `!secret` in secrets.yaml,
adds aarlo.yaml to configuration.yaml, and makes every setting an argument. The values that the page leaves to its
reader are replaced by this test's own. A setting that pyaarlo does not know, which it would silently ignore, is an
error.
"""

import inspect
import os
import re
import sys

import pyaarlo
import yaml

READERS = {
    "casey@gmail.com": os.environ["ARLO_ACCOUNT"],
    "your-arlo-password": os.environ["ARLO_PASSWORD"],
    "your-relay-token": os.environ["ARLO_RELAY_TOKEN"],
    "https://relay.example.org": os.environ["ARLO_RELAY_URL"],
}


def read(name: str, **secrets: str) -> dict:
    class Loader(yaml.SafeLoader):
        pass

    Loader.add_constructor("!secret", lambda loader, node: secrets[loader.construct_scalar(node)])
    with open(name, encoding="utf-8") as file:
        return yaml.load(file, Loader)


settings = read("configuration.yaml", **read("secrets.yaml"))["aarlo"]
settings.update(read("aarlo.yaml")["aarlo"])

source = inspect.getsource(sys.modules["pyaarlo.cfg"])
known = set(re.findall(r'_kw\.get\(\s*"(\w+)"', source))
unknown = set(settings) - known
assert not unknown, f"pyaarlo knows no {unknown}"

arguments = {name: READERS.get(value, value) for name, value in settings.items()}
unused = set(READERS.values()) - set(arguments.values())
assert not unused, "the page no longer has the values that this test replaces"

arlo = pyaarlo.PyArlo(**arguments, storage_dir=os.path.join(os.environ["HOME"], ".aarlo"))
if not arlo.is_connected:
    sys.exit(arlo.last_error)
for device in [*arlo.base_stations, *arlo.cameras]:
    print(device.name)
arlo.stop(logout=True)
