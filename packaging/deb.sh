#!/usr/bin/env bash
# Builds the Debian package of this machine's architecture from the executable of `cargo build --release`.
#
#   packaging/deb.sh DIRECTORY
#
# Prints the path of the package, which is in DIRECTORY. With FAST=1 it is compressed less, for a test. cargo-deb is
# built below target/ where it is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
directory=$1
target=${CARGO_TARGET_DIR:-$PWD/target}
CARGO_DEB_VERSION=3.8.0

tools=$target/tools
if [ "$("$tools/bin/cargo-deb" --version 2>/dev/null)" != "cargo-deb $CARGO_DEB_VERSION" ]; then
  # It compresses with the program xz, so that it needs no library of it.
  CARGO_PROFILE_DEV_DEBUG=false cargo install --quiet --locked --debug --no-default-features \
    --target-dir "$tools/build" --root "$tools" --version "$CARGO_DEB_VERSION" cargo-deb >&2
fi

version=$(sed -n '1s/^arlo-relay (\(.*\)) .*$/\1/p' packaging/debian/changelog)
cargo_version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
if [ "${version%-*}" != "$cargo_version" ]; then
  printf 'Cargo.toml has the version %s, and packaging/debian/changelog has %s.\n' "$cargo_version" "$version" >&2
  exit 1
fi

relay=$target/release/arlo-relay
made=$target/release/package
rm -rf "$made"
mkdir -p "$made/man" "$directory"
"$relay" man --dir "$made/man"
gzip --best --no-name "$made"/man/*.1
for shell in bash zsh fish; do
  "$relay" completions "$shell" > "$made/arlo-relay.$shell"
done
"$tools/bin/cargo-deb" ${FAST:+--fast} --quiet --no-build --no-strip --compress-system --deb-version "$version" -p arlo-relay \
  --output "$directory/"
