#!/usr/bin/env bash
# Deploys the unmodified template to an emulated AWS and tries everything on it. Makes its own environments in .venv/;
# arguments go to run.py (names of tests, or none for all). The last line is "N passed, N failed"; exit code 77 where an
# environment cannot be made. With --build alone it only builds.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

environment() { # name
    local place="$root/.venv/$1" wanted="$root/tests/aws/requirements-$1.txt"
    cmp -s "$wanted" "$place/requirements.txt" && return
    if ! { python3 -m venv "$place" && "$place/bin/pip" install --quiet --no-compile --disable-pip-version-check --require-hashes --no-deps --requirement "$wanted"; }; then
        printf 'tests/aws/requirements-%s.txt cannot be installed here\n' "$1" >&2
        exit 77
    fi
    cp "$wanted" "$place/requirements.txt"
}
made=()
for name in emulator sam cli lint; do
    environment "$name" &
    made+=($!)
done

# Meanwhile the command with AWS in it, the simulated Arlo cloud, and the tests of the adapters: with the dependencies
# of the step `unit` of test.sh, whose features these are.
(cd "$root" && cargo build --quiet --workspace --features arlo-relay/aws --bin arlo-relay --bin arlo-sim --test emulated)
for one in "${made[@]}"; do wait "$one"; done
# The functions, all at once: `sam build`, which deploy.sh runs, makes one after the other, and finds them made.
(cd "$root/crates/relay-aws" && PATH="$root/.venv/sam/bin:$PATH" cargo lambda build --quiet --release --bins)

if [[ ${1-} == --build ]]; then exit; fi
exec "$root/.venv/emulator/bin/python" "$root/tests/aws/${RUN:-run.py}" "$@"
