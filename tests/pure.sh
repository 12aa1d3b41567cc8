#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tests/pure.sh LIBRARY - the engine is a function of its input: the objects of LIBRARY
# call no clock, file, thread, environment or random number of the C library
set -eu

impure='time|clock_gettime|gettimeofday|clock|localtime(_r)?|tzset|nanosleep|sleep|
open(64|at)?|close|read|write|pread(64)?|pwrite(64)?|mmap(64)?|fopen(64)?|fclose|fread|fwrite|fputs|
puts|putchar|perror|printf|fprintf|vprintf|vfprintf|__v?f?printf_chk|stdout|stderr|stdin|
getenv|secure_getenv|rand(om)?|srand(om)?|getrandom|getentropy|arc4random|
pthread_create|thrd_create|fork|execve|system|socket|send|recv|ioctl|signal|sigaction|
exit|_exit|abort|syslog|setlocale|dlopen'
impure=${impure//$'\n'/}

if nm -u "$1" | awk '$1 == "U" { sub(/@.*/, "", $2); print $2 }' | sort -u | grep -xE "$impure"; then
	echo "$1 uses these; the engine may not"
	exit 1
fi
