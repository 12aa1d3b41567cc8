/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/event/exchange_fields.h - the fields of net_http_exchange and net_http_tunnel
 *
 * Part of table.c's tables, in a file of their own.
 */
#ifndef HW_EVENT_EXCHANGE_FIELDS_H
#define HW_EVENT_EXCHANGE_FIELDS_H

#include "event/table.h"

extern const struct hw_field hw_exchange_args[], hw_exchange_extra[];
extern const struct hw_field hw_tunnel_args[], hw_tunnel_extra[];
extern const struct hw_field hw_field_pair[]; /* a name and a value */

#endif
