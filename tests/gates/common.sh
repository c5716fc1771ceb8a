# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Sourced by every gate: the tool chain on PATH, and a copy of the checkout to judge.

set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$top"
source tests/lab/activate
cache=${STREAMOPS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/streamops-kafka}

say() { printf '%s\n' "$*"; }

die() {
  say "$*" >&2
  exit 1
}

# Gates judge a copy (what git tracks, and new files that it does not ignore), in the folders that Ansible's tools insist on:
# nothing that a tool writes lands in the checkout, two runs do not disturb each other, and an edit in the meantime does no harm.
# Sets $work (removed at the end) and $tree, the collection in it, and makes $tree the collection that Ansible finds.
copy_of_tree() {
  mkdir -p "$cache/gates"
  find "$cache/gates" -mindepth 1 -maxdepth 1 -mmin +1440 -exec rm -rf {} + # left behind by runs that were killed
  work=$(mktemp -d "$cache/gates/XXXXXXXX")
  trap 'rm -rf "$work"' EXIT
  tree=$work/ansible_collections/streamops/kafka
  mkdir -p "$tree"
  git ls-files --cached --others --exclude-standard -z >"$work/listed"
  while IFS= read -r -d '' file; do
    if [ -e "$file" ] || [ -L "$file" ]; then printf '%s\0' "$file"; fi # a tracked file may just have been deleted
  done <"$work/listed" >"$work/present"
  tar --create --null --files-from="$work/present" | tar --extract --directory="$tree"
  export ANSIBLE_COLLECTIONS_PATH="$work"
  export ANSIBLE_LOCAL_TEMP="$work/tmp" ANSIBLE_HOME="$work/home" ANSIBLE_NOCOLOR=1
}

# The LAB_* variables of the running lab; it is started if need be. A gate without its lab is a failure, never a skip.
lab_exports() {
  local exports
  export LAB="${LAB-kafka mariadb postgresql redis}"
  exports=$(python -m lab env) || die "The lab did not start, so this gate cannot run."
  # the collection stays the one in the copy
  eval "$(printf '%s\n' "$exports" | grep -v '^export ANSIBLE_COLLECTIONS_PATH=')"
  [ -n "${LAB_KAFKA_SCRAM:-}" ] || die "The lab printed no LAB_KAFKA_SCRAM (LAB='$LAB'), so this gate cannot run."
}
