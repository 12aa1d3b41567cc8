/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/event/event.h - what the engine reports, and the tables that describe it
 *
 * An event is plain structs that borrow from the packet and the message they were made
 * of. One table of fields per event says for each field its name in both JSON forms, its
 * type, where it lies and what it means; the encoders, the list of events and fields, the
 * schemas, filters and manual pages are all made from that table. A new event is a new
 * table.
 */
#ifndef HW_EVENT_EVENT_H
#define HW_EVENT_EVENT_H

#include "base/addr.h"
#include "base/slice.h"
#include "http/message.h"
#include "httpwire.h"

/* Who, as Tracee's envelope has it. All zero and empty: not known (files). */
struct hw_process {
	uint64_t start_ns; /* of the thread, since the Unix epoch */
	uint64_t cgroup_id;
	uint32_t cpu;
	uint32_t pid, tid, ppid;		/* in the process's own pid namespace */
	uint32_t host_pid, host_tid, host_ppid; /* in the host's */
	uint32_t uid;
	uint32_t mnt_ns, pid_ns;
	uint32_t thread_entity, process_entity, parent_entity;
	struct hw_slice comm, exe, host_name, syscall;
	struct hw_slice container_id, container_name, container_image, container_image_digest;
	struct hw_slice pod_name, pod_namespace, pod_uid;
	bool pod_sandbox, container_started, is_compat;
	struct hw_slice owner; /* "exact", "inherited", "none": how it is known; empty: file */
};

/* A DNS message is described in dns/message.h. */
struct hw_dns_message;

/* Everything that is ours and not Tracee's; the `httpwire` object of the envelope. */
struct hw_extra {
	struct hw_slice target, query;
	hw_anomalies anomalies;
	struct hw_slice incomplete; /* reason, empty: whole */
	struct hw_slice owner;
	uint64_t socket_cookie;
	uint64_t connection_id; /* same on both sides; 0 where it cannot be joined */
	bool midstream;		/* the connection's beginning was not captured */
	uint64_t frame;		/* number of the packet that completed it, 0: not known */
};

/*
 * One event. Which members are filled depends on its type; unused ones are zero. All is
 * borrowed, and valid during the callback.
 */
struct hw_event {
	const struct hw_event_type *type;
	uint64_t time_ns;
	const struct hw_process *process; /* never NULL */
	struct hw_addr src, dst;
	uint16_t src_port, dst_port;
	uint8_t direction; /* enum hw_direction */
	uint8_t protocol;  /* PktMeta: 6 or 17 */
	uint32_t packet_len;
	const struct hw_packet *packet;	    /* net_packet_tcp, ... */
	const struct hw_http_message *http; /* net_packet_http, ... */
	const struct hw_dns_message *dns;   /* net_packet_dns, ... */
	struct hw_extra extra;
};

#endif
