#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tests/hardened.sh PROGRAM - whether the program was built to resist
#
# Position independent, all of its tables read-only once it is linked, no stack that can be
# run, stacks and copies watched, and where the processor can tell it, a mark wherever an
# indirect call may go (the C library of Debian 12 has none, so the kernel does not enforce it).
set -u

program=$1
failed=0

# has PATTERN FAULT COMMAND...: what COMMAND says of the program has PATTERN, or FAULT is said.
has() {
	pattern=$1 fault=$2
	shift 2
	if ! "$@" "$program" | grep -qE "$pattern"; then
		echo "hardened: $program: $fault"
		failed=1
	fi
}

has 'Flags:.* PIE' 'not position independent' readelf -dW
has 'Flags:.* NOW' 'functions are bound when they are called' readelf -dW
has GNU_RELRO 'its tables stay writable' readelf -lW
has 'GNU_STACK .* RW ' 'its stack can be run' readelf -lW
has __stack_chk_fail 'stacks are not watched' readelf -W --dyn-syms
has __memcpy_chk 'copies are not watched' readelf -W --dyn-syms
if [ "$(uname -m)" = x86_64 ]; then
	has endbr64 'calls may go anywhere' objdump -d --no-show-raw-insn
fi
exit $failed
