#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tests/banned.sh - functions and words that our C does not use
set -eu

cd "$(dirname "$0")/.."
calls='strcpy|strcat|strncpy|strncat|sprintf|vsprintf|strtok|strtok_r|atoi|atol|atoll|atof|gets|alloca|setjmp|longjmp|system|popen|tmpnam|mktemp'
found=0

# search WHAT PATTERN FILE...
search() {
	local what=$1 pattern=$2
	shift 2
	if grep -nEH "$pattern" "$@"; then
		echo "banned: $what"
		found=1
	fi
}

shopt -s globstar nullglob
ours=(src/**/*.[ch] include/*.h bpf/**/*.[ch] tests/**/*.[ch])
search 'a function that cannot be used safely' "(^|[^[:alnum:]_>.])($calls)[[:space:]]*\(" "${ours[@]}"
search 'work left to do' '\b(TODO|FIXME|XXX|HACK)\b' "${ours[@]}"
search 'white space at the end of a line' '[[:space:]]+$' "${ours[@]}"
exit $found
