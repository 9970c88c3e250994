#!/usr/bin/env bash
# Runs all tests, and sets up what they need inside the checkout (target/, .venv/); as root, or with CI=true and sudo, Debian's
# postfix and dovecot on the machine.
#
#   ./test.sh          everything
#   ./test.sh rust     formatting, lints, documentation, dependencies, Rust tests
#   ./test.sh system   the system tests: real clients, servers and an emulated AWS against what is built
#   ./test.sh advisories   known vulnerabilities of dependencies: needs the network, so no part of "everything"
#
# Where a system test cannot run here it says so and counts as skipped; with CI=true a skipped test is a failure.
set -euo pipefail
cd "$(dirname "$0")"
root=$PWD
what=${1:-all}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-auto}
ci=${CI:-false}
passed=0 failed=0 skipped=0

DENY_VERSION=0.20.2

headline() { printf '\n== %s (%s)\n' "$*" "$(date +%T)"; }

# Counts one step by its exit code: 0 passed, 77 skipped, anything else failed.
step() {
  local name=$1 code=0
  shift
  headline "$name"
  "$@" || code=$?
  case $code in
    0) passed=$((passed + 1)) ;;
    77) skipped=$((skipped + 1)) && printf 'SKIPPED: %s\n' "$name" ;;
    *) failed=$((failed + 1)) && printf 'FAILED: %s (exit code %s)\n' "$name" "$code" ;;
  esac
}

finish() {
  printf '\n%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
  [ "$failed" -eq 0 ] || exit 1
  if [ "$skipped" -gt 0 ]; then
    printf 'Some tests could not run on this machine; they are named above.\n'
    [ "$ci" = true ] && exit 1
  fi
  exit 0
}

need() {
  command -v "$1" >/dev/null || { printf 'test.sh needs %s: %s\n' "$1" "$2" >&2; exit 1; }
}

# cargo-deny in target/, installed if it is missing; prints where.
deny_tool() {
  local tool=$CARGO_TARGET_DIR/tools/bin/cargo-deny
  if [ "$("$tool" --version 2>/dev/null)" != "cargo-deny $DENY_VERSION" ]; then
    CARGO_TARGET_DIR=$CARGO_TARGET_DIR/tools/build cargo install --quiet --locked --debug --no-default-features \
      --root "$CARGO_TARGET_DIR/tools" --version "$DENY_VERSION" cargo-deny || return 1
  fi
  printf '%s\n' "$tool"
}

# Licences, sources and bans of dependencies.
deny() {
  local tool
  tool=$(deny_tool) && "$tool" --log-level error check --hide-inclusion-graph bans licenses sources
}

# Known vulnerabilities of dependencies. Their database is a git repository: where it cannot be had this counts as skipped,
# never as passed.
advisories() {
  local tool database
  tool=$(deny_tool) || return 1
  database=$(sed -n 's/^db-urls = \["\(.*\)"\]$/\1/p' deny.toml)
  if ! GIT_TERMINAL_PROMPT=0 git ls-remote --quiet "$database" HEAD >/dev/null 2>&1; then
    printf 'The database of advisories cannot be reached: %s\n' "$database" >&2
    return 77
  fi
  "$tool" --log-level warn check --hide-inclusion-graph advisories
}

docs() { RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --all-features --no-deps --quiet; }

# A system test in Python, given the executables; it makes the Python environments that it needs below .venv/.
python_test() {
  python3 "$1" --relay "$CARGO_TARGET_DIR/release/arlo-relay" --cloud "$CARGO_TARGET_DIR/release/arlo-sim"
}

rust_tests() {
  need cargo "install Rust 1.95 or newer from https://rustup.rs"
  step "formatting" cargo fmt --all --check
  step "clippy" cargo clippy --workspace --all-features --all-targets --quiet -- -D warnings
  step "documentation" docs
  step "dependencies" deny
  step "corpus" python3 crates/arlo-mail/tests/corpus/make.py --check
  # The command without AWS, as it is by default; with it, it is built and tested by tests/aws.
  step "Rust tests" cargo test --workspace --features relay-aws/stack --quiet
}

system_tests() {
  need cargo "install Rust 1.95 or newer from https://rustup.rs"
  need python3 "install Python 3"
  step "release build" cargo build --release --quiet -p arlo-relay -p arlo-sim
  step "demo" "$CARGO_TARGET_DIR/release/arlo-relay" demo
  step "browser" python3 tests/browser/run.py
  step "pyaarlo" python_test tests/pyaarlo/run.py
  step "clients" python_test tests/clients/run.py
  step "IMAP" python_test tests/imap/run.py
  step "AWS" tests/aws/run.sh
  step "hostile" python3 tests/hostile/run.py --relay "$CARGO_TARGET_DIR/release/arlo-relay"
  step "postfix" python3 tests/postfix/run.py --relay "$CARGO_TARGET_DIR/release/arlo-relay"
}

case $what in
  all) rust_tests && system_tests ;;
  rust) rust_tests ;;
  system) system_tests ;;
  advisories) step "advisories" advisories ;;
  *) printf 'usage: %s [rust|system|advisories]\n' "$0" >&2 && exit 2 ;;
esac
finish
