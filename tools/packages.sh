# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# tools/packages.sh - what ./run and ./check need from Debian 12; sourced by both

export build_packages=(
	gcc libc6-dev meson ninja-build pkg-config libpcap-dev zlib1g-dev
	libjson-c-dev # state files of container runtimes
	libpcre2-dev  # regular expressions in filters
	libbrotli-dev libzstd-dev # bodies in these codings
	libmicrohttpd-dev # serving metrics
	libseccomp-dev # giving up system calls
	clang-14 libbpf-dev bpftool # live capture: programs for the kernel
)
export test_packages=(
	libclang-rt-14-dev clang-format-14 # sanitizers of clang, the layout
	libcmocka-dev                               # unit tests
	python3 python3-pytest                      # tests of the whole program
	python3-jsonschema                          # events against their schemas
	tshark tcpdump                              # judges, makers of captures
	g++ time netbase iproute2 nftables                   # what the tests of the program start
	prometheus # reads metrics
	nginx wrk curl                              # peers of live capture
	python3-brotli python3-zstandard            # bodies in these codings
	qemu-system-x86 busybox-static              # other kernels
	systemd libnss-systemd apparmor # judges of the service and of its profile, and where both run
	logrotate                       # moves the service's file
	valgrind mandoc shellcheck cppcheck
)

# Install those of the packages named that are not there; ask the network only then.
install_packages() {
	local missing
	command -v dpkg-query >/dev/null || return 0 # not Debian: the build says what it lacks
	missing=$(comm -23 <(printf '%s\n' "$@" | sort -u) \
		<(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
			sed -n 's/ installed$//p' | sort -u))
	[ -n "$missing" ] || return 0
	missing=${missing//$'\n'/ }
	if [ "$(id -u)" != 0 ]; then
		echo "missing packages; as root: apt-get install $missing" >&2
		return 1
	fi
	echo "installing $missing" >&2
	# shellcheck disable=SC2086 # a list of words
	apt_get install $missing || { apt_get update && apt_get install $missing; }
}

apt_get() {
	local log
	log=$(mktemp)
	if ! DEBIAN_FRONTEND=noninteractive apt-get -qy --no-install-recommends "$@" \
		>"$log" 2>&1 </dev/null; then
		[ "$1" = update ] || [ -z "${2-}" ] || tail -n 5 "$log" >&2
		rm -f "$log"
		return 1
	fi
	rm -f "$log"
}
