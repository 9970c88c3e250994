#!/usr/bin/env bash
# Measures the relay beside what it replaces: ./bench.sh [PART…] [--write]. tests/bench/run.py says how.
set -euo pipefail
cd "$(dirname "$0")"
exec python3 tests/bench/run.py "$@"
