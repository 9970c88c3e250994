#!/usr/bin/env bash
# Builds the archive of a release for this machine: target/archive/arlo-relay-TAG-TARGET.tar.gz.
#
#   packaging/archive.sh TAG TARGET
#
# TAG is `v` and the version of Cargo.toml. TARGET is the target that rustc has on this machine, since the archive's
# command runs here once: it prints its completions and its manual page, and the demo has to pass.
set -euo pipefail
cd "$(dirname "$0")/.."
tag=$1 target=$2
built=${CARGO_TARGET_DIR:-target}/release/arlo-relay

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
if [ "$tag" != "v$version" ]; then
  printf 'The tag is %s, and Cargo.toml has the version %s.\n' "$tag" "$version" >&2
  exit 1
fi
host=$(rustc -vV | sed -n 's/^host: //p')
if [ "$target" != "$host" ]; then
  printf 'The target is %s, and this machine is %s.\n' "$target" "$host" >&2
  exit 1
fi

cargo build --release --locked -p arlo-relay
"$built" demo

name=arlo-relay-$tag-$target
folder=target/archive/$name
rm -rf "$folder"
mkdir -p "$folder/completions" "$folder/systemd" "$folder/man1"
cp "$built" README.md CHANGELOG.md LICENSE "$folder"
cp packaging/debian/*.service packaging/debian/*.socket packaging/debian/*.sysusers "$folder/systemd"
cp packaging/debian/relay.toml packaging/debian/cameras.conf "$folder"
"$built" man --dir "$folder/man1"
for shell in bash zsh fish; do
  "$built" completions "$shell" > "$folder/completions/arlo-relay.$shell"
done
tar -C target/archive -czf "target/archive/$name.tar.gz" "$name"
rm -rf "$folder"
printf '%s\n' "target/archive/$name.tar.gz"
