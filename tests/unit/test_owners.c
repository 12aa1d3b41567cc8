/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_owners.c */
#include "unit/unit.h"

#include <sys/syscall.h>

#include <errno.h>
#include <stdio.h>

#include <linux/types.h>

#include "bpf/abi.h"
#include "live/entity.h"
#include "live/owners.h"
#include "live/sockets.h"
#include "live/task_id.h"

static struct hw_owners *make(uint32_t sockets_max, uint32_t tasks_max)
{
	const struct hw_owners_options options = { .sockets_max = sockets_max,
						   .tasks_max = tasks_max };
	struct hw_owners *o;

	assert_int_equal(hw_owners_new(&o, &options), 0);
	return o;
}

static struct hw_tap_socket socket_of(uint64_t cookie, uint16_t remote_port)
{
	return (struct hw_tap_socket){ .cookie = cookie,
				       .netns = 7,
				       .local = { [15] = 1 },
				       .remote = { [15] = 2 },
				       .local_port = 80,
				       .remote_port = remote_port };
}

static struct hw_tap_task_id thread(uint32_t tid)
{
	return (struct hw_tap_task_id){ .start_ns = 1000 + tid, .tid = tid, .tgid = tid };
}

static uint64_t frame(struct hw_owners *o, uint64_t cookie, uint16_t port, uint32_t owner,
		      enum hw_tap_owner known)
{
	const struct hw_tap_frame f = { .socket = socket_of(cookie, port),
					.owner = thread(owner),
					.known = (uint8_t)known };

	return hw_owners_frame(o, &f, 0);
}

/* Records come at that time, behind which the socket has ended. */
static void end_at(struct hw_owners *o, uint64_t cookie, uint64_t now_ns)
{
	hw_owners_begin(o, now_ns, UINT64_MAX);
	hw_owners_end(o, cookie, 0, now_ns);
}

static uint64_t listener_frame(struct hw_owners *o, uint16_t port, bool opens)
{
	const struct hw_tap_frame f = { .socket = socket_of(999, port),
					.owner = thread(1),
					.known = HW_TAP_OWNER_USER,
					.flags = (uint8_t)(HW_TAP_LISTENER |
							   (opens ? HW_TAP_OPENS : 0)) };

	return hw_owners_frame(o, &f, 0);
}

static void use(struct hw_owners *o, uint64_t cookie, uint16_t port, uint32_t tid, uint64_t nr)
{
	const struct hw_tap_use u = { .socket = socket_of(cookie, port),
				      .task = thread(tid),
				      .known = HW_TAP_OWNER_USER };

	hw_owners_use(o, &u, nr);
}

static void tell_as(struct hw_owners *o, uint32_t tid, const char *comm)
{
	struct hw_tap_task t = { .id = thread(tid), .pid = tid, .host = "box" };

	memcpy(t.comm, comm, strlen(comm));
	memcpy(t.exe.text, "nginx\0sbin\0usr", 15);
	t.exe.len = 15;
	memcpy(t.cgroup.text, "a.service\0system.slice", 23);
	t.cgroup.len = 23;
	hw_owners_task(o, &t, 5000);
}

static void tell(struct hw_owners *o, uint32_t tid)
{
	tell_as(o, tid, "nginx");
}

#define IN HW_DIRECTION_INGRESS
#define OUT HW_DIRECTION_EGRESS

#define assert_comm(o, cookie, nr, direction, sender, want)                      \
	do {                                                                     \
		struct hw_process p_ = { 0 };                                    \
		uint64_t cookie_;                                                \
		hw_owners_find(o, cookie, nr, direction, sender, &p_, &cookie_); \
		assert_slice_equal(p_.comm, HW_SLICE(want));                     \
	} while (0)

/* The thread that is said to own the frame, and how far; 0: nobody. */
#define assert_owner_of(o, cookie, nr, direction, want_tid, want_known)                         \
	do {                                                                                    \
		struct hw_process p_ = { 0 };                                                   \
		uint64_t cookie_;                                                               \
		assert_int_equal(hw_owners_find(o, cookie, nr, direction, NULL, &p_, &cookie_), \
				 want_known);                                                   \
		assert_int_equal(p_.host_tid, want_tid);                                        \
	} while (0)

#define assert_owner(o, cookie, nr, tid, known) assert_owner_of(o, cookie, nr, IN, tid, known)
#define assert_sender(o, cookie, nr, tid, known) assert_owner_of(o, cookie, nr, OUT, tid, known)

static void the_first_user_after_a_frame_owns_it(void **state)
{
	struct hw_owners *o = make(8, 8);

	(void)state;
	frame(o, 5, 1000, 1, HW_TAP_OWNER_INHERITED);
	assert_owner(o, 5, 1, 1, HW_OWNER_INHERITED);
	use(o, 5, 1000, 2, 1);
	assert_owner(o, 5, 1, 2, HW_OWNER_EXACT);
	assert_owner(o, 5, 2, 2, HW_OWNER_INHERITED);
	use(o, 5, 1000, 3, 2);
	assert_owner(o, 5, 1, 2, HW_OWNER_EXACT);
	assert_owner(o, 5, 2, 3, HW_OWNER_EXACT);
	hw_owners_free(o);
}

static void an_unknown_socket_has_none(void **state)
{
	struct hw_owners *o = make(8, 8);

	(void)state;
	assert_owner(o, 5, 1, 0, HW_OWNER_NONE);
	frame(o, 5, 1000, 0, HW_TAP_OWNER_NONE);
	assert_owner(o, 5, 1, 0, HW_OWNER_NONE);
	hw_owners_free(o);
}

static void a_sender_is_who_connected_where_sends_are_untold(void **state)
{
	const struct hw_owners_options options = { 8, 8, .sends_untold = true };
	struct hw_process p;
	struct hw_owners *o;
	uint64_t cookie;

	(void)state;
	assert_int_equal(hw_owners_new(&o, &options), 0);
	frame(o, 5, 1000, 4, HW_TAP_OWNER_USER);
	assert_int_equal(hw_owners_find(o, 5, 1, HW_DIRECTION_EGRESS, NULL, &p, &cookie),
			 HW_OWNER_EXACT);
	assert_int_equal(hw_owners_find(o, 5, 1, HW_DIRECTION_INGRESS, NULL, &p, &cookie),
			 HW_OWNER_INHERITED);
	hw_owners_free(o);
}

/* The request on the third ACK comes to the listener; its reader has another socket. */
static void a_connection_gets_its_socket_later(void **state)
{
	struct hw_owners *o = make(8, 8);
	const uint64_t early = listener_frame(o, 1000, true);
	struct hw_process p;
	uint64_t cookie;

	(void)state;
	assert_int_equal(listener_frame(o, 1000, false), early);
	assert_owner(o, early, 2, 1, HW_OWNER_INHERITED);
	assert_int_equal(hw_owners_find(o, early, 2, HW_DIRECTION_INGRESS, NULL, &p, &cookie),
			 HW_OWNER_INHERITED);
	assert_int_equal(cookie, 0);
	use(o, 6, 1000, 3, 2);
	assert_int_equal(hw_owners_find(o, early, 2, HW_DIRECTION_INGRESS, NULL, &p, &cookie),
			 HW_OWNER_EXACT);
	assert_int_equal(cookie, 6);
	assert_int_equal(p.host_tid, 3);
	assert_owner(o, 6, 2, 3, HW_OWNER_EXACT);
	hw_owners_free(o);
}

/* The same addresses again, while the table still has the old connection. */
/* By all of what it connects, and by nothing else. */
static void connections_to_a_listener_are_told_apart(void **state)
{
	struct hw_tap_frame frames[7];
	uint64_t keys[7];
	struct hw_owners *o = make(8, 8);

	(void)state;
	for (size_t i = 0; i < 7; i++)
		frames[i] = (struct hw_tap_frame){ .socket = socket_of(999, 1000),
						   .flags = HW_TAP_LISTENER };
	frames[1].socket.netns = 8;
	frames[2].socket.local[0] = 1;
	frames[3].socket.local[15] = 3;
	frames[4].socket.remote[0] = 1;
	frames[5].socket.remote[15] = 3;
	frames[6].socket.local_port = 81;
	for (size_t i = 0; i < 7; i++) {
		keys[i] = hw_owners_frame(o, &frames[i], 0);
		for (size_t k = 0; k < i; k++)
			assert_true(keys[i] != keys[k]);
	}
	for (size_t i = 0; i < 7; i++) {
		frames[i].socket.cookie = 998; /* of another listener */
		assert_true(hw_owners_frame(o, &frames[i], 0) == keys[i]);
	}
	hw_owners_free(o);
}

static void a_syn_begins_a_new_connection(void **state)
{
	struct hw_owners *o = make(8, 8);
	uint64_t early;

	(void)state;
	listener_frame(o, 1000, true);
	use(o, 6, 1000, 3, 1);
	early = listener_frame(o, 1000, true);
	assert_owner(o, early, 2, 1, HW_OWNER_INHERITED);
	use(o, 7, 1000, 4, 2);
	assert_owner(o, early, 2, 4, HW_OWNER_EXACT);
	assert_owner(o, 6, 1, 3, HW_OWNER_EXACT);
	hw_owners_free(o);
}

static void says_names_and_that_a_path_was_too_long(void **state)
{
	struct hw_tap_task t = { .id = thread(3),
				 .pid = 3,
				 .comm = "worker",
				 .process = "a",
				 .exe = { .len = 7, .cut = 1, .text = "a\0sbin" } };
	struct hw_owners *o = make(8, 8);
	struct hw_process p;
	uint64_t cookie;

	(void)state;
	hw_owners_task(o, &t, 5000);
	use(o, 6, 1000, 3, 1);
	hw_owners_find(o, 6, 1, HW_DIRECTION_INGRESS, NULL, &p, &cookie);
	assert_slice_equal(p.exe, HW_SLICE(".../sbin/a"));
	assert_slice_equal(p.comm, HW_SLICE("worker"));
	assert_slice_equal(p.name, HW_SLICE("a"));
	hw_owners_free(o);
}

/* A shell that sends, and then runs another program, which reads. */
static void a_thread_is_told_as_it_was(void **state)
{
	const struct hw_tap_frame f = { .socket = socket_of(5, 1000),
					.owner = thread(3),
					.known = HW_TAP_OWNER_USER,
					.flags = HW_TAP_SENT,
					.syscall = SYS_write };
	struct hw_owners *o = make(8, 16);
	struct hw_task_then sender;

	(void)state;
	tell_as(o, 3, "bash");
	use(o, 6, 1001, 3, 1);
	sender = hw_owners_sender(o, &f);
	hw_owners_frame(o, &f, 2);
	tell_as(o, 3, "cat");
	use(o, 5, 1000, 3, 3);
	assert_comm(o, 5, 2, OUT, &sender, "bash");
	assert_comm(o, 5, 2, OUT, NULL, "bash");
	assert_comm(o, 5, 3, IN, NULL, "cat");
	assert_comm(o, 6, 1, IN, NULL, "bash");
	for (uint64_t nr = 4; nr < 40; nr++) { /* changes of others are none of its own */
		tell_as(o, 9, nr % 2 ? "a" : "b");
		use(o, 5, 1000, 3, nr);
	}
	assert_comm(o, 5, 2, OUT, NULL, "bash");
	assert_comm(o, 5, 3, IN, NULL, "cat");
	assert_sender(o, 5, 2, 3, HW_OWNER_EXACT);
	hw_owners_free(o);
}

/* Of one that changes all the time the last versions are known, and no other makes room. */
static void versions_are_bounded(void **state)
{
	struct hw_owners *o = make(8, 12);

	(void)state;
	tell_as(o, 1, "still");
	use(o, 1, 1, 1, 1);
	for (uint64_t nr = 1; nr < 100; nr++) {
		tell_as(o, 3, nr % 2 ? "odd" : "even");
		use(o, 5, 1000, 3, nr);
	}
	assert_comm(o, 5, 99, IN, NULL, "odd");
	assert_comm(o, 5, 98, IN, NULL, "even");
	assert_comm(o, 1, 1, IN, NULL, "still");
	assert_int_equal(hw_owners_lost(o).tasks, 0);
	hw_owners_free(o);
}

static void tells_who_a_thread_is(void **state)
{
	struct hw_owners *o = make(8, 8);
	struct hw_process p;
	uint64_t cookie;

	(void)state;
	tell(o, 3);
	use(o, 6, 1000, 3, 1);
	assert_int_equal(hw_owners_find(o, 6, 1, HW_DIRECTION_INGRESS, NULL, &p, &cookie),
			 HW_OWNER_EXACT);
	assert_slice_equal(p.comm, HW_SLICE("nginx"));
	assert_slice_equal(p.exe, HW_SLICE("/usr/sbin/nginx"));
	assert_slice_equal(p.host_name, HW_SLICE("box"));
	assert_slice_equal(p.owner, HW_SLICE("exact"));
	assert_slice_equal(p.container_id, HW_SLICE(""));
	assert_int_equal(p.start_ns, 1003 + 5000);
	hw_owners_free(o);
}

static void find_told(struct hw_owners *o, const struct hw_tap_task *t, struct hw_process *ret)
{
	uint64_t cookie;

	hw_owners_task(o, t, 5000);
	use(o, 6, 1000, t->id.tid, 1);
	assert_int_equal(hw_owners_find(o, 6, 1, IN, NULL, ret, &cookie), HW_OWNER_EXACT);
}

static void tells_the_numbers_of_a_thread(void **state)
{
	const struct hw_tap_task t = { .id = { .start_ns = 1000000000, .tid = 3, .tgid = 2 },
				       .leader_start_ns = 500000000,
				       .parent_start_ns = 200000000,
				       .cgroup_id = 77,
				       .pid = 12,
				       .ns_tid = 13,
				       .ns_ppid = 11,
				       .ppid = 1,
				       .uid = 1000,
				       .chosen = 1,
				       .mnt_ns = 21,
				       .pid_ns = 22 };
	struct hw_tap_use u = { .socket = socket_of(6, 1000),
				.task = t.id,
				.known = HW_TAP_OWNER_USER };
	struct hw_owners *o = make(8, 8);
	struct hw_process p;
	uint64_t cookie;

	(void)state;
	hw_owners_task(o, &t, 5000);
	hw_owners_use(o, &u, 1);
	assert_int_equal(hw_owners_find(o, 6, 1, IN, NULL, &p, &cookie), HW_OWNER_EXACT);
	assert_int_equal(p.start_ns, 1000005000);
	assert_int_equal(p.cgroup_id, 77);
	assert_int_equal(p.pid, 12);
	assert_int_equal(p.tid, 13);
	assert_int_equal(p.ppid, 11);
	assert_int_equal(p.host_pid, 2);
	assert_int_equal(p.host_tid, 3);
	assert_int_equal(p.host_ppid, 1);
	assert_int_equal(p.uid, 1000);
	assert_true(p.chosen);
	assert_int_equal(p.mnt_ns, 21);
	assert_int_equal(p.pid_ns, 22);
	assert_int_equal(p.thread_entity, hw_entity_id(3, 1000005000));
	assert_int_equal(p.process_entity, hw_entity_id(2, 500005000));
	assert_int_equal(p.parent_entity, hw_entity_id(1, 200005000));
	hw_owners_free(o);
}

static void the_first_process_has_no_parent(void **state)
{
	const struct hw_tap_task t = { .id = thread(1), .pid = 1, .parent_start_ns = 800 };
	struct hw_owners *o = make(8, 8);
	struct hw_process p;

	(void)state;
	find_told(o, &t, &p);
	assert_int_equal(p.parent_entity, 0);
	hw_owners_free(o);
}

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* What the cgroup's path says; its names come innermost first. */
static void tells_the_container_of_a_thread(void **state)
{
	static const struct {
		struct hw_slice cgroup;
		const char *id, *name, *pod;
	} cases[] = {
		{ HW_SLICE("cri-containerd-" ID ".scope\0"
			   "kubepods-burstable-pod01234567_89ab_cdef_0123_456789abcdef.slice\0"
			   "kubepods.slice\0"),
		  ID, "", "01234567-89ab-cdef-0123-456789abcdef" },
		{ HW_SLICE("init.scope\0lxc.payload.web\0"), "web", "web", "" },
		{ HW_SLICE("systemd-nspawn@a\\x2db.service\0machine.slice\0"), "a-b", "a-b", "" },
		{ HW_SLICE("nginx.service\0system.slice\0"), "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hw_tap_task t = { .id = thread(3), .pid = 3 };
		struct hw_owners *o = make(8, 8);
		struct hw_process p;

		t.cgroup.len = (uint32_t)cases[i].cgroup.len;
		memcpy(t.cgroup.text, cases[i].cgroup.ptr, cases[i].cgroup.len);
		find_told(o, &t, &p);
		assert_slice_equal(p.container_id, hw_slice_text(cases[i].id));
		assert_slice_equal(p.container_name, hw_slice_text(cases[i].name));
		assert_slice_equal(p.pod_uid, hw_slice_text(cases[i].pod));
		assert_int_equal(p.container_started, cases[i].id[0] != '\0');
		hw_owners_free(o);
	}
}

/* The one that was used since the hand came by last is not who makes room. */
static void who_is_used_again_stays(void **state)
{
	struct hw_owners *o = make(3, 8);

	(void)state;
	for (uint16_t i = 1; i <= 3; i++)
		use(o, i, i, i, i);
	use(o, 1, 1, 1, 4);
	use(o, 4, 4, 4, 5); /* in the place of 2 */
	assert_owner(o, 2, 2, 0, HW_OWNER_NONE);
	assert_owner(o, 1, 4, 1, HW_OWNER_EXACT);
	assert_owner(o, 3, 3, 3, HW_OWNER_EXACT);
	hw_owners_free(o);
}

/* So with threads. What a thread was before may go without loss: it is known as it is now. */
static void threads_that_are_asked_for_stay(void **state)
{
	struct hw_owners *o = make(8, 3);

	(void)state;
	tell_as(o, 1, "one");
	tell_as(o, 2, "before");
	tell_as(o, 2, "after");
	use(o, 1, 1, 1, 1);
	use(o, 2, 2, 2, 2);
	assert_comm(o, 1, 1, IN, NULL, "one");
	tell_as(o, 3, "three"); /* in the place of what 2 was */
	assert_int_equal(hw_owners_lost(o).tasks, 0);
	assert_comm(o, 1, 1, IN, NULL, "one");
	assert_comm(o, 2, 2, IN, NULL, "after");
	hw_owners_free(o);
}

/* So with one that has no socket yet, and with one that is given it. */
static void who_waits_for_a_socket_stays(void **state)
{
	(void)state;
	for (int is_given = 0; is_given < 2; is_given++) {
		struct hw_owners *o = make(3, 8);
		const uint64_t early = listener_frame(o, 1000, true);

		use(o, 2, 2, 2, 2);
		use(o, 3, 3, 3, 3);
		if (is_given)
			use(o, 6, 1000, 5, 4);
		else
			listener_frame(o, 1000, false);
		use(o, 4, 4, 4, 5); /* in the place of 2 */
		assert_owner(o, 2, 2, 0, HW_OWNER_NONE);
		assert_owner(o, early, 4, is_given ? 5 : 1,
			     is_given ? HW_OWNER_EXACT : HW_OWNER_INHERITED);
		hw_owners_free(o);
	}
}

static void tables_stay_at_their_size(void **state)
{
	struct hw_owners *o = make(4, 4);

	(void)state;
	for (uint32_t i = 1; i <= 1000; i++) {
		tell(o, i);
		frame(o, i, (uint16_t)i, i, HW_TAP_OWNER_USER);
		use(o, i, (uint16_t)i, i, i);
		assert_owner(o, i, i, i, HW_OWNER_EXACT);
	}
	assert_int_equal(hw_owners_lost(o).sockets, 996);
	assert_int_equal(hw_owners_lost(o).tasks, 0); /* nobody asked for them again */
	assert_owner(o, 1, 1, 0, HW_OWNER_NONE);
	hw_owners_free(o);
}

/* Connections that come and go never fill the table, and those that stay stay. */
/* Most threads that make room have ended, and are no loss. */
static void a_thread_is_lost_when_it_is_asked_for(void **state)
{
	struct hw_owners *o = make(8, 4);

	(void)state;
	tell(o, 1);
	use(o, 5, 1000, 1, 1);
	for (uint32_t i = 2; i <= 100; i++) {
		tell(o, i);
		use(o, 6, 1001, i, i);
		assert_owner(o, 6, i, i, HW_OWNER_EXACT);
	}
	assert_int_equal(hw_owners_lost(o).tasks, 0);
	for (int i = 0; i < 3; i++) /* an event that waits */
		assert_comm(o, 5, 1, IN, NULL, "");
	assert_int_equal(hw_owners_lost(o).tasks, 1);
	assert_true(hw_owners_take_missed(o));
	assert_false(hw_owners_take_missed(o));
	assert_comm(o, 5, 1, IN, NULL, "");
	assert_int_equal(hw_owners_lost(o).tasks, 2);
	tell(o, 1);
	use(o, 5, 1000, 1, 101);
	assert_comm(o, 5, 101, IN, NULL, "nginx");
	assert_int_equal(hw_owners_lost(o).tasks, 2);
	hw_owners_free(o);
}

static void what_has_ended_makes_room(void **state)
{
	struct hw_owners *o = make(64, 64);

	(void)state;
	for (uint32_t i = 1; i <= 10; i++)
		use(o, i, (uint16_t)i, i, i);
	for (uint32_t i = 11; i <= 1000; i++) {
		const uint64_t now_ns = i * (HW_SOCKETS_KEPT_NS / 20);

		use(o, i, (uint16_t)i, i, i);
		end_at(o, i, now_ns);
		assert_owner(o, i, i, i, HW_OWNER_EXACT);
		if (i > 30)
			assert_owner(o, i - 15, i - 15, i - 15, HW_OWNER_EXACT);
	}
	for (uint32_t i = 1; i <= 10; i++)
		assert_owner(o, i, i, i, HW_OWNER_EXACT);
	assert_owner(o, 900, 900, 0, HW_OWNER_NONE);
	assert_int_equal(hw_owners_lost(o).sockets, 0);
	hw_owners_free(o);
}

/* Events may still ask: until then the one that was not asked for goes. */
static void what_has_just_ended_does_not(void **state)
{
	struct hw_owners *o = make(4, 4);

	(void)state;
	for (uint32_t i = 1; i <= 4; i++)
		use(o, i, (uint16_t)i, i, i);
	end_at(o, 3, 1);
	hw_owners_end(o, 77, 0, 1);
	hw_owners_begin(o, HW_SOCKETS_KEPT_NS, UINT64_MAX); /* not yet */
	for (uint32_t i = 5; i <= 10; i++)
		use(o, i, (uint16_t)i, i, i);
	assert_int_equal(hw_owners_lost(o).sockets, 6);
	assert_owner(o, 3, 3, 3, HW_OWNER_EXACT);
	hw_owners_begin(o, HW_SOCKETS_KEPT_NS + 1, 1); /* an event waits */
	use(o, 11, 11, 11, 11);
	assert_int_equal(hw_owners_lost(o).sockets, 7);
	assert_owner(o, 3, 3, 3, HW_OWNER_EXACT);
	hw_owners_begin(o, HW_SOCKETS_KEPT_NS + 1, 2);
	use(o, 12, 12, 12, 12);
	assert_int_equal(hw_owners_lost(o).sockets, 7);
	assert_owner(o, 3, 3, 0, HW_OWNER_NONE);
	hw_owners_free(o);
}

/* The `nr`-th and `nr` + 1 come later, and take the places of those that ended then. */
static void come_later(struct hw_owners *o, uint32_t nr, uint64_t after_ns)
{
	hw_owners_begin(o, after_ns + HW_SOCKETS_KEPT_NS, UINT64_MAX);
	use(o, nr, (uint16_t)nr, nr, nr);
	use(o, nr + 1, (uint16_t)(nr + 1), nr + 1, nr);
}

/* It has been known all the time who asks: whoever answers has that peer until it has done. */
static void a_peer_is_known_until_the_other_ends(void **state)
{
	struct hw_owners *o = make(8, 8);

	(void)state;
	use(o, 1, 1, 1, 1);
	use(o, 2, 2, 2, 1);
	hw_owners_end(o, 1, 2, 1);
	come_later(o, 3, 1);
	assert_owner(o, 1, 1, 1, HW_OWNER_EXACT);
	hw_owners_end(o, 2, 1, HW_SOCKETS_KEPT_NS + 2);
	assert_owner(o, 1, 1, 1, HW_OWNER_EXACT);
	come_later(o, 5, HW_SOCKETS_KEPT_NS + 2);
	assert_owner(o, 1, 1, 0, HW_OWNER_NONE);
	assert_owner(o, 2, 2, 0, HW_OWNER_NONE);
	assert_owner(o, 3, 3, 3, HW_OWNER_EXACT);
	assert_int_equal(hw_owners_lost(o).sockets, 0);
	hw_owners_free(o);
}

/* Its end was not told: there is a place all the same. */
static void who_waits_for_a_peer_makes_room(void **state)
{
	struct hw_owners *o = make(4, 4);

	(void)state;
	for (uint32_t i = 1; i <= 40; i += 2) {
		use(o, i, (uint16_t)i, i, i);
		use(o, i + 1, (uint16_t)(i + 1), i + 1, i);
		hw_owners_end(o, i, i + 1, 1);
		assert_owner(o, i, i, i, HW_OWNER_EXACT);
	}
	hw_owners_end(o, 40, 39, 1);
	hw_owners_end(o, 40, 39, 2);
	hw_owners_end(o, 38, 37, 2);
	hw_owners_begin(o, HW_SOCKETS_KEPT_NS + 3, UINT64_MAX);
	for (uint32_t i = 41; i <= 44; i++)
		use(o, i, (uint16_t)i, i, i);
	assert_owner(o, 41, 41, 41, HW_OWNER_EXACT);
	assert_owner(o, 40, 40, 0, HW_OWNER_NONE);
	hw_owners_free(o);
}

/* connect() may be called again, with the same cookie. */
static void what_goes_on_stays(void **state)
{
	struct hw_owners *o = make(4, 4);

	(void)state;
	use(o, 1, 1, 1, 1);
	use(o, 2, 2, 2, 2);
	end_at(o, 1, 1);
	end_at(o, 2, 2);
	use(o, 1, 1001, 1, 3);
	hw_owners_begin(o, HW_SOCKETS_KEPT_NS + 2, UINT64_MAX);
	use(o, 3, 3, 3, 4); /* in the place of 2 */
	assert_owner(o, 2, 2, 0, HW_OWNER_NONE);
	assert_owner(o, 1, 3, 1, HW_OWNER_EXACT);
	hw_owners_end(o, 1, 0, HW_SOCKETS_KEPT_NS + 3);
	hw_owners_begin(o, 2 * HW_SOCKETS_KEPT_NS + 2, UINT64_MAX);
	use(o, 4, 4, 4, 5);
	assert_owner(o, 1, 3, 1, HW_OWNER_EXACT);
	hw_owners_begin(o, 2 * HW_SOCKETS_KEPT_NS + 3, UINT64_MAX);
	use(o, 5, 5, 5, 6); /* in the place of 1 */
	assert_owner(o, 1, 3, 0, HW_OWNER_NONE);
	assert_int_equal(hw_owners_lost(o).sockets, 0);
	hw_owners_free(o);
}

/* All at once: there is a place all the same. */
static void a_table_of_what_has_ended_has_room(void **state)
{
	struct hw_owners *o = make(4, 4);

	(void)state;
	for (uint32_t i = 1; i <= 20; i++) {
		use(o, i, (uint16_t)i, i, i);
		end_at(o, i, 1);
		assert_owner(o, i, i, i, HW_OWNER_EXACT);
	}
	hw_owners_free(o);
}

static void what_is_asked_for_stays(void **state)
{
	struct hw_owners *o = make(4, 4);

	(void)state;
	use(o, 1, 1, 1, 1);
	for (uint32_t i = 2; i <= 1000; i++) {
		use(o, i, (uint16_t)i, i, i);
		assert_owner(o, 1, 1, 1, HW_OWNER_EXACT);
	}
	hw_owners_free(o);
}

/* More users than are remembered, all behind one frame: the first one is not among them. */
static void never_says_exact_of_who_was_not_first(void **state)
{
	struct hw_owners *o = make(4, 4);

	(void)state;
	for (uint32_t user = 1; user <= 20; user++)
		use(o, 1, 1, user, 10);
	assert_owner(o, 1, 10, 20, HW_OWNER_INHERITED);
	use(o, 1, 1, 21, 11);
	assert_owner(o, 1, 11, 21, HW_OWNER_EXACT);
	hw_owners_free(o);
}

static void a_sender_is_in_a_system_call(void **state)
{
	struct hw_owners *o = make(4, 4);
	struct hw_tap_use receive = { .socket = socket_of(1, 1),
				      .task = { .start_ns = 1001, .tid = 1, .tgid = 1 },
				      .known = HW_TAP_OWNER_USER,
				      .syscall = HW_TAP_NO_SYSCALL };
	struct hw_tap_use send = receive;
	struct hw_process p = { 0 };
	uint64_t cookie;

	(void)state;
	send.sends = 1;
	send.syscall = SYS_sendto;
	hw_owners_use(o, &send, 3);
	hw_owners_use(o, &receive, 5);
	send.syscall = SYS_write;
	hw_owners_use(o, &send, 7);
	assert_int_equal(hw_owners_find(o, 1, 3, HW_DIRECTION_EGRESS, NULL, &p, &cookie),
			 HW_OWNER_EXACT);
	assert_slice_equal(p.syscall, HW_SLICE("sendto"));
	assert_int_equal(hw_owners_find(o, 1, 6, HW_DIRECTION_EGRESS, NULL, &p, &cookie),
			 HW_OWNER_EXACT);
	assert_slice_equal(p.syscall, HW_SLICE("write"));
	p = (struct hw_process){ 0 };
	assert_int_equal(hw_owners_find(o, 1, 5, HW_DIRECTION_INGRESS, NULL, &p, &cookie),
			 HW_OWNER_EXACT);
	assert_slice_equal(p.syscall, HW_SLICE(""));
	hw_owners_free(o);
}

static void who_used_it_last_does_so_again(void **state)
{
	const struct hw_tap_again again = { HW_TAP_AGAIN, 2, 5 }, other = { HW_TAP_AGAIN, 3, 5 };
	const struct hw_tap_again unknown = { HW_TAP_AGAIN, 2, 6 };
	struct hw_owners *o = make(8, 8);

	(void)state;
	use(o, 5, 1000, 2, 1);
	frame(o, 5, 1000, 2, HW_TAP_OWNER_USER);
	hw_owners_again(o, &other, 2);
	hw_owners_again(o, &unknown, 2);
	assert_owner(o, 5, 2, 2, HW_OWNER_INHERITED);
	hw_owners_again(o, &again, 2);
	assert_owner(o, 5, 2, 2, HW_OWNER_EXACT);
	assert_owner(o, 5, 3, 2, HW_OWNER_INHERITED);
	hw_owners_free(o);
}

/* The use that told of it was lost: the frame says it too. */
static void who_holds_it_uses_it(void **state)
{
	const struct hw_tap_again again = { HW_TAP_AGAIN, 2, 5 };
	struct hw_owners *o = make(8, 8);

	(void)state;
	frame(o, 5, 1000, 2, HW_TAP_OWNER_INHERITED);
	hw_owners_again(o, &again, 1);
	assert_owner(o, 5, 1, 2, HW_OWNER_INHERITED);
	frame(o, 5, 1000, 2, HW_TAP_OWNER_USER);
	hw_owners_again(o, &again, 2);
	assert_owner(o, 5, 2, 2, HW_OWNER_EXACT);
	hw_owners_free(o);
}

static void a_frame_may_name_its_sender(void **state)
{
	struct hw_tap_frame f = { .socket = socket_of(5, 1000),
				  .owner = thread(2),
				  .known = HW_TAP_OWNER_USER,
				  .flags = HW_TAP_SENT,
				  .syscall = SYS_write };
	struct hw_owners *o = make(8, 8);
	struct hw_process p;
	uint64_t cookie;

	(void)state;
	for (uint64_t number = 1; number <= 100; number++) /* all by the same call */
		hw_owners_frame(o, &f, number);
	f.syscall = SYS_sendto;
	hw_owners_frame(o, &f, 101);
	assert_int_equal(hw_owners_find(o, 5, 3, HW_DIRECTION_EGRESS, NULL, &p, &cookie),
			 HW_OWNER_EXACT);
	assert_slice_equal(p.syscall, HW_SLICE("write"));
	assert_int_equal(hw_owners_find(o, 5, 101, HW_DIRECTION_EGRESS, NULL, &p, &cookie),
			 HW_OWNER_EXACT);
	assert_slice_equal(p.syscall, HW_SLICE("sendto"));
	assert_sender(o, 5, 102, 2, HW_OWNER_INHERITED);
	hw_owners_free(o);
}

/* In `syscall` of `sender`, or of nobody. */
static void leave_in(struct hw_owners *o, uint32_t sender, uint32_t syscall, uint64_t number)
{
	struct hw_tap_frame f = { .socket = socket_of(5, 1000),
				  .direction = HW_DIRECTION_EGRESS,
				  .flags = HW_TAP_QUEUED };

	if (sender) {
		f.flags = HW_TAP_SENT;
		f.owner = thread(sender);
		f.known = HW_TAP_OWNER_USER;
		f.syscall = syscall;
	}
	hw_owners_frame(o, &f, number);
}

static void leave(struct hw_owners *o, uint32_t sender, uint64_t number)
{
	leave_in(o, sender, SYS_write, number);
}

/* Another one that uses the socket soon after has not sent it. */
static void what_leaves_later_is_of_who_sent_last(void **state)
{
	struct hw_owners *o = make(8, 8);

	(void)state;
	leave(o, 0, 1); /* nobody has sent anything that we know of */
	leave(o, 2, 2);
	leave(o, 0, 3);
	use(o, 5, 1000, 3, 3); /* receives what comes next */
	assert_sender(o, 5, 2, 2, HW_OWNER_EXACT);
	assert_sender(o, 5, 3, 2, HW_OWNER_EXACT);
	assert_sender(o, 5, 4, 2, HW_OWNER_INHERITED);
	leave(o, 0, 4); /* the other one may have begun to send */
	assert_sender(o, 5, 4, 2, HW_OWNER_INHERITED);
	leave(o, 3, 5);
	leave(o, 0, 6); /* some of what 2 had sent may be in it */
	use(o, 5, 1000, 2, 6);
	assert_sender(o, 5, 5, 3, HW_OWNER_EXACT);
	assert_sender(o, 5, 6, 3, HW_OWNER_INHERITED);
	hw_owners_free(o);
}

/* A child sends while what came for its parent waits; one sends, the other receives, at once. */
/* It is in the call that the sender made last. */
static void what_leaves_later_is_of_that_call(void **state)
{
	struct hw_process p = { 0 };
	struct hw_owners *o = make(8, 8);
	uint64_t cookie;

	(void)state;
	leave_in(o, 2, SYS_sendto, 2);
	leave(o, 0, 3);
	leave(o, 0, 4);
	for (uint64_t i = 2; i <= 4; i++) {
		p.syscall = HW_SLICE("");
		assert_int_equal(hw_owners_find(o, 5, i, OUT, NULL, &p, &cookie), HW_OWNER_EXACT);
		assert_slice_equal(p.syscall, HW_SLICE("sendto"));
	}
	hw_owners_free(o);
}

/* So that the kernel side tells of it again: who is not known, of those that use a socket. */
static void who_is_not_known_is_missed(void **state)
{
	struct hw_owners *o = make(8, 8);

	(void)state;
	tell(o, 2);
	use(o, 5, 1000, 2, 1);
	assert_owner(o, 5, 1, 2, HW_OWNER_EXACT);
	assert_false(hw_owners_take_missed(o));
	use(o, 6, 1001, 3, 2);
	assert_false(hw_owners_take_missed(o)); /* nobody has asked */
	assert_owner(o, 6, 2, 3, HW_OWNER_EXACT);
	assert_true(hw_owners_take_missed(o));
	assert_false(hw_owners_take_missed(o));	      /* once */
	frame(o, 7, 1002, 4, HW_TAP_OWNER_INHERITED); /* opened the listener, no more */
	assert_owner(o, 7, 1, 4, HW_OWNER_INHERITED);
	assert_false(hw_owners_take_missed(o));
	hw_owners_free(o);
}

static void who_sends_has_not_received(void **state)
{
	struct hw_owners *o = make(8, 8);

	(void)state;
	frame(o, 5, 1000, 0, HW_TAP_OWNER_NONE);
	leave(o, 2, 2);
	assert_owner(o, 5, 1, 2, HW_OWNER_INHERITED);
	use(o, 5, 1000, 3, 2);
	assert_owner(o, 5, 1, 3, HW_OWNER_EXACT);
	assert_sender(o, 5, 2, 2, HW_OWNER_EXACT);
	for (uint64_t nr = 3; nr < 100; nr += 2) { /* they do not crowd each other out */
		leave(o, 2, nr);
		use(o, 5, 1000, 3, nr + 1);
	}
	assert_owner(o, 5, 1, 3, HW_OWNER_EXACT);
	assert_sender(o, 5, 2, 2, HW_OWNER_EXACT);
	hw_owners_free(o);
}

/* One reader, and more senders than are remembered: what they crowd out is the oldest of all. */
static void who_goes_on_is_not_forgotten(void **state)
{
	struct hw_owners *o = make(8, 8);

	(void)state;
	use(o, 5, 1000, 1, 1);
	for (uint32_t sender = 2; sender < 60; sender++) {
		leave(o, sender, sender);
		use(o, 5, 1000, 1, sender);
		assert_owner(o, 5, sender, 1, HW_OWNER_EXACT);
		assert_sender(o, 5, sender, sender, HW_OWNER_EXACT);
	}
	for (uint64_t nr = 1; nr < 40; nr++) { /* who sent is exact, or not known any more */
		struct hw_process p = { 0 };
		uint64_t cookie;

		if (hw_owners_find(o, 5, nr, OUT, NULL, &p, &cookie) == HW_OWNER_EXACT)
			assert_int_equal(p.host_tid, nr);
	}
	hw_owners_free(o);
}

/* Who closes has not sent what others did. */
static void who_ends_it_has_sent_no_byte(void **state)
{
	const struct hw_tap_frame fin = { .socket = socket_of(5, 1000),
					  .owner = thread(3),
					  .known = HW_TAP_OWNER_USER,
					  .direction = HW_DIRECTION_EGRESS,
					  .flags = HW_TAP_SENT | HW_TAP_EMPTY,
					  .syscall = SYS_close };
	struct hw_owners *o = make(8, 8);

	(void)state;
	leave(o, 2, 1);
	assert_int_equal(hw_owners_sender(o, &fin).id.tid, 3);
	hw_owners_frame(o, &fin, 2);
	assert_sender(o, 5, 1, 2, HW_OWNER_EXACT);
	assert_sender(o, 5, 2, 2, HW_OWNER_INHERITED);
	hw_owners_free(o);
}

/* Who gives room, or ends TCP_CORK, makes leave what another one has sent. */
static void who_lets_it_go_has_not_sent(void **state)
{
	static const uint32_t calls[] = { SYS_recvfrom, SYS_setsockopt, SYS_shutdown, SYS_close };

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct hw_owners *o = make(8, 8);

		leave(o, 2, 1);
		leave_in(o, 3, calls[i], 2);
		assert_sender(o, 5, 2, 2, HW_OWNER_EXACT);
		hw_owners_free(o);
	}
}

static void wants_room(void **state)
{
	const struct hw_owners_options no_sockets = { 0, 1, false }, no_tasks = { 1, 0, false };
	struct hw_owners *o;

	(void)state;
	assert_int_equal(hw_owners_new(&o, &no_sockets), -EINVAL);
	assert_int_equal(hw_owners_new(&o, &no_tasks), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_user_after_a_frame_owns_it),
		cmocka_unit_test(an_unknown_socket_has_none),
		cmocka_unit_test(a_sender_is_who_connected_where_sends_are_untold),
		cmocka_unit_test(a_connection_gets_its_socket_later),
		cmocka_unit_test(connections_to_a_listener_are_told_apart),
		cmocka_unit_test(a_syn_begins_a_new_connection),
		cmocka_unit_test(a_thread_is_told_as_it_was),
		cmocka_unit_test(versions_are_bounded),
		cmocka_unit_test(tells_who_a_thread_is),
		cmocka_unit_test(says_names_and_that_a_path_was_too_long),
		cmocka_unit_test(tells_the_numbers_of_a_thread),
		cmocka_unit_test(the_first_process_has_no_parent),
		cmocka_unit_test(tells_the_container_of_a_thread),
		cmocka_unit_test(who_is_used_again_stays),
		cmocka_unit_test(threads_that_are_asked_for_stay),
		cmocka_unit_test(who_waits_for_a_socket_stays),
		cmocka_unit_test(tables_stay_at_their_size),
		cmocka_unit_test(a_thread_is_lost_when_it_is_asked_for),
		cmocka_unit_test(what_has_ended_makes_room),
		cmocka_unit_test(what_has_just_ended_does_not),
		cmocka_unit_test(a_peer_is_known_until_the_other_ends),
		cmocka_unit_test(who_waits_for_a_peer_makes_room),
		cmocka_unit_test(what_goes_on_stays),
		cmocka_unit_test(a_table_of_what_has_ended_has_room),
		cmocka_unit_test(what_is_asked_for_stays),
		cmocka_unit_test(never_says_exact_of_who_was_not_first),
		cmocka_unit_test(a_sender_is_in_a_system_call),
		cmocka_unit_test(who_used_it_last_does_so_again),
		cmocka_unit_test(who_holds_it_uses_it),
		cmocka_unit_test(a_frame_may_name_its_sender),
		cmocka_unit_test(what_leaves_later_is_of_who_sent_last),
		cmocka_unit_test(what_leaves_later_is_of_that_call),
		cmocka_unit_test(who_is_not_known_is_missed),
		cmocka_unit_test(who_sends_has_not_received),
		cmocka_unit_test(who_lets_it_go_has_not_sent),
		cmocka_unit_test(who_goes_on_is_not_forgotten),
		cmocka_unit_test(who_ends_it_has_sent_no_byte),
		cmocka_unit_test(wants_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
