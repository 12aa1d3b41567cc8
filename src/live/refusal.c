/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/refusal.c - see refusal.h */
#include "live/refusal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "live/host.h"

/*
 * Without perfmon the verifier refuses with -EACCES or -EINVAL what it else allows, so what
 * is missing is named whatever the kernel said.
 */
static int fail_permission(const struct hw_failure *to)
{
	char missing[HW_HOST_CAPABILITIES_MAX];

	if (hw_host_missing_capabilities(missing, ", "))
		return hw_fail(
			to, -EPERM,
			"not permitted to load eBPF programs: run as root (sudo), or with the "
			"capabilities bpf, perfmon and net_admin (missing: %s)",
			missing);
	if (hw_host_is_inside(HW_NAMESPACE_USER))
		return hw_fail(to, -EPERM,
			       "not permitted to load eBPF programs: root of a user namespace "
			       "(rootless container) is not enough; run on the host with sudo");
	return hw_fail(to, -EPERM,
		       "not permitted to load eBPF programs%s: 'httpwire doctor' tells more",
		       hw_host_seccomp() > 0 ? " (a seccomp filter may refuse bpf(2))" : "");
}

static bool is_refused(int err)
{
	char missing[HW_HOST_CAPABILITIES_MAX];

	return err == -EPERM || hw_host_missing_capabilities(missing, "");
}

int hw_refusal_of_load(const struct hw_failure *to, int err)
{
	if (is_refused(err))
		return fail_permission(to);
	if (access(HW_HOST_BTF, R_OK) != 0)
		return hw_fail(to, -EOPNOTSUPP,
			       "this kernel has no type information (" HW_HOST_BTF "): live "
			       "capture needs Linux 6.1 or later with CONFIG_DEBUG_INFO_BTF");
	if (err == -ENOMEM)
		return hw_fail(to, err, "no memory for the ring: choose a smaller --buffer");
	if (err == -EMFILE || err == -ENFILE)
		return hw_fail(to, err, "too few open files are allowed: ulimit -n 1024");
	if (hw_host_lockdown() == HW_LOCKDOWN_CONFIDENTIALITY)
		return hw_fail(
			to, -EOPNOTSUPP,
			"the kernel is locked down: boot it without lockdown=confidentiality");
	return hw_fail(
		to, err == -EINVAL || err == -EACCES ? -EOPNOTSUPP : err,
		"the kernel does not take the eBPF programs (%s): live capture needs Linux 6.1 "
		"or later; 'httpwire doctor' tells more",
		strerror(-err));
}

int hw_refusal_of_attach(const struct hw_failure *to, int err)
{
	char missing[HW_HOST_CAPABILITIES_MAX];

	/* Loaded but refused here: a program that was attached without BPF_F_ALLOW_MULTI. */
	if (err == -EPERM && !hw_host_missing_capabilities(missing, ""))
		return hw_fail(to, err,
			       "another eBPF program has the root of the cgroups for itself: "
			       "'bpftool cgroup tree' shows it");
	if (err == -E2BIG)
		return hw_fail(to, err,
			       "the root of the cgroups has as many eBPF programs as there may be: "
			       "'bpftool cgroup tree' shows them");
	if (is_refused(err))
		return fail_permission(to);
	return hw_fail(to, err, "cannot attach to the root of the cgroups: %s", strerror(-err));
}
