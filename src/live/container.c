/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/container.c */
#include "live/container.h"

#include "base/hex.h"

/* What the runtimes write before the id. */
static const struct hw_slice scopes[] = {
	HW_SLICE("docker-"), HW_SLICE("cri-containerd-"), HW_SLICE("nerdctl-"),
	HW_SLICE("crio-"),   HW_SLICE("libpod-payload-"), /* in the cgroup of a service */
	HW_SLICE("libpod-"),
};

/*
 * Where the containers have no ids, and what stands between `prefix` and `end`, below `parent`, is
 * their name. "lxc" is the folder of LXC before version 4, and of Proxmox.
 */
static const struct {
	struct hw_slice parent, prefix, end;
} names[] = {
	{ { 0 }, HW_SLICE("lxc.payload."), { 0 } },
	{ HW_SLICE("lxc.payload"), { 0 }, { 0 } },
	{ HW_SLICE("lxc"), { 0 }, { 0 } },
	{ { 0 }, HW_SLICE("systemd-nspawn@"), HW_SLICE(".service") },
	{ { 0 }, HW_SLICE("machine-"), HW_SLICE(".scope") },
};

static bool strip_end(struct hw_slice *s, struct hw_slice end)
{
	if (s->len < end.len ||
	    (end.len && memcmp(s->ptr + s->len - end.len, end.ptr, end.len) != 0))
		return false;
	s->len -= end.len;
	return true;
}

bool hw_container_is_id(struct hw_slice s)
{
	return s.len == HW_CONTAINER_ID_LEN && hw_hex_is_lower(s);
}

/* "libpod-conmon-ID" and "crio-conmon-ID" are the runtime's own, outside of the container. */
static void look_at_scope(struct hw_slice name, struct hw_container *c)
{
	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
		if (!hw_slice_starts(name, scopes[i]))
			continue;
		name = hw_slice_after(name, scopes[i].len);
		break;
	}
	if (hw_container_is_id(name))
		c->id = name;
}

/*
 * "kubepods-burstable-podUID.slice" (systemd; below a root that the kubelet was given, as kind does,
 * "kubelet-kubepods-..."), or "podUID" (cgroupfs)
 */
static void look_at_pod(struct hw_slice name, struct hw_container *c)
{
	static const struct hw_slice pod = HW_SLICE("pod");
	bool may_be = hw_slice_starts(name, pod);
	struct hw_slice head;

	strip_end(&name, HW_SLICE(".slice"));
	while (!hw_slice_starts(name, pod) && hw_slice_cut(&name, '-', &head))
		may_be |= hw_slice_eq(head, HW_SLICE("kubepods"));
	if (!may_be || !hw_slice_starts(name, pod))
		return;
	name = hw_slice_after(name, pod.len);
	if (name.len == 36 ||
	    (name.len == 32 && hw_hex_is_lower(name))) /* a static pod's: a hash */
		c->pod_uid = name;
}

/* libvirt's virtual machines are scopes as those of containers are. */
static bool is_virtual_machine(struct hw_slice name)
{
	return hw_slice_starts(name, HW_SLICE("machine-qemu\\x2d"));
}

static bool look_at_named(struct hw_slice name, struct hw_slice parent, struct hw_container *c)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct hw_slice rest = name;

		if ((names[i].parent.len && !hw_slice_eq(parent, names[i].parent)) ||
		    !hw_slice_starts(name, names[i].prefix) || !strip_end(&rest, names[i].end) ||
		    is_virtual_machine(name))
			continue;
		c->id = hw_slice_after(rest, names[i].prefix.len);
		return true;
	}
	return false;
}

static void look_at_name(struct hw_slice name, struct hw_slice parent, struct hw_container *c)
{
	if (look_at_named(name, parent, c))
		return;
	strip_end(&name, HW_SLICE(".scope"));
	/* containerd with the systemd driver as it is at times seen: "SLICE:cri-containerd:ID" */
	for (struct hw_slice head; hw_slice_cut(&name, ':', &head);)
		look_at_pod(head, c);
	look_at_pod(name, c);
	look_at_scope(name, c);
}

size_t hw_container_unescape(struct hw_slice id, char *ret)
{
	size_t len = 0;

	for (size_t i = 0; i < id.len; i++) {
		const uint8_t *p = id.ptr + i;
		const bool is_escape = id.len - i >= 4 && p[0] == '\\' && p[1] == 'x' &&
				       hw_hex_value(p[2]) < 16 && hw_hex_value(p[3]) < 16;

		ret[len++] =
			is_escape ? (char)(hw_hex_value(p[2]) * 16 + hw_hex_value(p[3])) : (char)*p;
		i += is_escape ? 3 : 0;
	}
	return len;
}

struct hw_container hw_container_of(struct hw_slice path)
{
	struct hw_container c = { 0 };
	struct hw_slice parent = { 0 }, name;

	while (hw_slice_cut(&path, '/', &name)) {
		if (name.len)
			look_at_name(name, parent, &c);
		parent = name;
	}
	if (path.len)
		look_at_name(path, parent, &c);
	return c;
}
