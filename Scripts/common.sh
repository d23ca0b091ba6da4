# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# What every script here needs. Sourced, not run.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=$(basename "$0")

# The cache is outside the clone: a second clone, and a clean one, finds everything in place. Exported, so that a script
# started by this one means the same folder.
cache=${GROVE_CACHE:-${XDG_CACHE_HOME:-${HOME:?HOME is not set; name a folder with GROVE_CACHE}/.cache}/grove}
case $cache in /*) ;; *) cache=$PWD/$cache ;; esac
export GROVE_CACHE=$cache

say() { printf '%s: %s\n' "$program" "$*"; }

# fail MESSAGE [LINE...]: the message, then what to do about it, and out.
fail() {
  printf '%s: error: %s\n' "$program" "$1" >&2
  shift
  local line
  for line in "$@"; do printf '  %s\n' "$line" >&2; done
  exit 1
}

need_swift() {
  command -v swift >/dev/null || fail "there is no swift in PATH" \
    "Install Swift 6.3 or newer from https://www.swift.org/install/linux/ and run $program again."
}
