/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/message.h - what httpwire says about itself, on standard error
 *
 * File names, option values and filters come from elsewhere and may hold anything. They
 * are shown so that a message stays one line and a terminal stays as it was: control
 * bytes and bytes that are not UTF-8 appear as \x1b, \n and the like.
 */
#ifndef HW_CLI_MESSAGE_H
#define HW_CLI_MESSAGE_H

#include <stddef.h>

/* How httpwire ends. */
enum hw_exit {
	HW_EXIT_OK = 0,	     /* done, or ended by Ctrl-C, SIGTERM, -c or a closed pipe */
	HW_EXIT_FAILED = 1,  /* a file is damaged, the output cannot be written, no memory */
	HW_EXIT_USAGE = 2,   /* wrong command line or filter */
	HW_EXIT_REFUSED = 3, /* permission or kernel support is missing */
	/* Of httpwire -- COMMAND; else its own. */
	HW_EXIT_BAD_COMMAND = 126, /* it cannot be run */
	HW_EXIT_NO_COMMAND = 127,  /* there is none */
};

/* Print "httpwire: " and the formatted text, escaped, as one line of at most 8 KiB. */
void hw_message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Print the part of `expression` around the byte at `at`, and below it a caret under
 * that byte. At most 78 columns wide, however long the expression.
 */
void hw_cli_show_caret(const char *expression, size_t at);

/*
 * Write `len` bytes of `text` to `ret` as described above, cut to fit into `max` bytes
 * with the NUL (`max` > 0). Returns the length written.
 */
size_t hw_message_escape(char *ret, size_t max, const char *text, size_t len);

#endif
