/* SPDX-License-Identifier: BSD-2-Clause */
/* src/sandbox/nobody.c - the user who has nothing; see sandbox.h */
#include "sandbox/sandbox.h"

#include <linux/capability.h>
#include <pwd.h>

#include "sandbox/capabilities.h"

enum { NOBODY = 65534 };

void hw_sandbox_be_nobody(struct hw_sandbox *s)
{
	const struct passwd *user;

	if (!hw_capabilities_has(1ull << CAP_SETUID | 1ull << CAP_SETGID))
		return;
	user = getpwnam("nobody");
	s->become = true;
	s->uid = user ? user->pw_uid : NOBODY;
	s->gid = user ? user->pw_gid : NOBODY;
}
