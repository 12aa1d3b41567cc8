/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/option_read.c - what is read instead */
#include "cli/option.h"

#include <string.h>

#include "cli/value.h"

enum { WORKERS_MAX = 64 };

static const char *set_interface(struct hw_options *o, const char *value)
{
	if (value[0] == '\0')
		return hw_value_complain(o, value, "the name of an interface");
	o->interfaces[o->interfaces_nr++] = value;
	return NULL;
}

static const char *set_list_interfaces(struct hw_options *o, const char *value)
{
	(void)value;
	o->action = HW_ACTION_INTERFACES;
	return NULL;
}

static const char *set_promiscuous(struct hw_options *o, const char *value)
{
	(void)value;
	o->promiscuous = true;
	return NULL;
}

static const char *set_read(struct hw_options *o, const char *value)
{
	if (value[0] == '\0')
		return hw_value_complain(o, value, "the name of a file");
	if (strcmp(value, "-") == 0)
		for (size_t i = 0; i < o->files_nr; i++)
			if (strcmp(o->files[i], "-") == 0)
				return "standard input ('-') can be read only once";
	o->files[o->files_nr++] = value;
	return NULL;
}

static const char *set_local(struct hw_options *o, const char *value)
{
	struct hw_prefix prefix;

	if (!hw_prefix_parse(value, &prefix))
		return hw_value_complain(o, value, "a network, such as 10.0.0.0/8 or fd00::/8");
	o->local[o->engine.local_nr++] = value;
	return NULL;
}

static const char *set_workers(struct hw_options *o, const char *value)
{
	uint64_t n;

	if (!hw_value_number(value, "", &n) || n == 0 || n > WORKERS_MAX)
		return hw_value_complain(o, value, "a number from 1 to 64");
	o->workers = (unsigned int)n;
	return NULL;
}

static const char *set_checksums(struct hw_options *o, const char *value)
{
	static const char *const names[] = { "auto", "off", "on", NULL }; /* enum hw_checksums */
	const int i = hw_value_choose(names, value);

	if (i < 0)
		return hw_value_complain(o, value, "one of off, auto, on");
	o->engine.checksums = (enum hw_checksums)i;
	return NULL;
}

static const char *set_no_tunnels(struct hw_options *o, const char *value)
{
	(void)value;
	o->engine.no_tunnels = true;
	return NULL;
}

/* clang-format off */
static const struct hw_option_row rows[] = {
	{ { "interface", "IFACE", 'i', HW_OPTION_READ, NULL,
	    "packets that pass it, or any; may be repeated",
	    "Instead of the sockets of this host: what it forwards is seen, too, but no process is "
	    "known. FILTER chooses packets." },
	  set_interface },
	{ { "list-interfaces", NULL, 'D', HW_OPTION_READ, NULL,
	    "list what -i can name",
	    NULL,
	    .is_rare = true },
	  set_list_interfaces },
	{ { "promiscuous", NULL, 0, HW_OPTION_READ, NULL,
	    "with -i: packets for others, too",
	    NULL,
	    .is_rare = true },
	  set_promiscuous },
	{ { "read", "FILE", 'r', HW_OPTION_READ, NULL,
	    "capture to read (pcap, pcapng, gzip); - is stdin",
	    "Packets may be Ethernet, Linux cooked, raw IP, loopback, PPP. Given more than "
	    "once, the files are read in order as if they were one capture." },
	  set_read },
	{ { "local", "CIDR", 0, HW_OPTION_READ, NULL,
	    "the captured host's networks, for directions",
	    "What comes from CIDR is egress (2 in metadata.direction), what goes to it is "
	    "ingress (1). May be given more than once. Without it the direction is 0 unless "
	    "the capture says it.",
	    .is_rare = true },
	  set_local },
	{ { "workers", "N", 0, HW_OPTION_READ, NULL,
	    "threads that share the reading of files",
	    "As many as there are processors, at most 4, from 8 MiB of files on. The events, "
	    "their order and the statistics are those of one. Where several could not have "
	    "that, there is one: see the manual.",
	    .is_rare = true },
	  set_workers },
	{ { "checksums", "HOW", 0, HW_OPTION_READ, "auto",
	    "drop wrong checksums: off, auto, on",
	    "auto drops packets with a wrong checksum, but not those of a host whose "
	    "checksums are all wrong: its network card filled them in after the capture. "
	    "Nor does it look where nothing is told of what a packet has; on looks everywhere.",
	    .is_rare = true },
	  set_checksums },
	{ { "no-tunnels", NULL, 0, HW_OPTION_READ, NULL,
	    "do not look for packets inside IP packets",
	    "IP-in-IP, GRE, ERSPAN, MPLS, VXLAN, Geneve, GTP-U and Teredo.",
	    .is_rare = true },
	  set_no_tunnels },
};
/* clang-format on */

const struct hw_option_rows hw_read_options = { rows, sizeof(rows) / sizeof(rows[0]) };
