#!/usr/bin/env bash
# Licences, bans and sources of every dependency. cargo-deny is built once and kept outside the tree.
set -eu
version=0.20.2
if ! cargo deny --version 2>/dev/null | grep -q "$version"; then
  cargo install -q --locked cargo-deny@$version
fi
cargo deny --all-features check -A license-not-encountered bans licenses sources
