/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_choice.c */
#include "unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live/choice.h"

static void nothing_chosen_is_everybody(void **state)
{
	const struct hw_choice any = { 0 }, uid = { .has_uid = true }, comm = { .comm = "" };
	const struct hw_choice pid = { .pids_nr = 1 }, cgroup = { .cgroups.nr = 1 };
	const struct hw_choice command = { .command = 1 }, container = { .containers.nr = 1 };

	(void)state;
	assert_true(hw_choice_is_any(&any));
	assert_false(hw_choice_is_any(&uid)); /* of root: its number is 0 */
	assert_false(hw_choice_is_any(&comm));
	assert_false(hw_choice_is_any(&pid));
	assert_false(hw_choice_is_any(&command));
	assert_false(hw_choice_is_any(&cgroup));
	assert_false(hw_choice_is_any(&container));
}

static void pids_have_a_maximum(void **state)
{
	static struct hw_choice c;

	(void)state;
	for (uint32_t pid = 1; pid <= HW_CHOICE_PIDS_MAX; pid++)
		assert_int_equal(hw_choice_add_pid(&c, pid), 0);
	assert_int_equal(hw_choice_add_pid(&c, 1), -ENOSPC);
	assert_int_equal(c.pids_nr, HW_CHOICE_PIDS_MAX);
	assert_int_equal(c.pids[0], 1);
	assert_int_equal(c.pids[HW_CHOICE_PIDS_MAX - 1], HW_CHOICE_PIDS_MAX);
}

static void ids_of_containers_are_hexadecimal(void **state)
{
	static const char *const no_ids[] = {
		"",	 "abc",
		"abcg",	 "ABCD",
		"abcd ", "../..",
		"0x12",	 "00000000000000000000000000000000000000000000000000000000000000000",
	};
	static struct hw_choice c;

	(void)state;
	for (size_t i = 0; i < sizeof(no_ids) / sizeof(no_ids[0]); i++)
		assert_int_equal(hw_choice_add_container(&c, no_ids[i]), -EINVAL);
	assert_true(hw_choice_is_any(&c));
}

/* Without a mount of cgroups of version 2 there is none either. */
static void no_such_cgroup_is_said(void **state)
{
	static struct hw_choice c;

	(void)state;
	assert_true(hw_choice_add_cgroup(&c, "/no such cgroup") < 0);
	assert_true(hw_choice_add_container(&c, "0123456789abcdef0123456789abcdef") < 0);
	assert_true(hw_choice_is_any(&c));
}

/* A child that has one, and both wait. Returns the child; `ret` gets its child. */
static pid_t start_family(pid_t *ret)
{
	int pipes[2];
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const pid_t grandchild = fork();

		if (grandchild > 0 &&
		    write(pipes[1], &grandchild, sizeof(grandchild)) != sizeof(grandchild))
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(pipes[0], ret, sizeof(*ret)), sizeof(*ret));
	close(pipes[0]);
	close(pipes[1]);
	return child;
}

struct found {
	size_t nr;
	uint32_t pids[8];
};

static void note(void *ctx, uint32_t pid)
{
	struct found *f = ctx;

	assert_true(f->nr < sizeof(f->pids) / sizeof(f->pids[0]));
	f->pids[f->nr++] = pid;
}

static void children_of_children_are_found(void **state)
{
	struct found ours = { 0 }, theirs = { 0 }, nobody = { 0 };
	pid_t child, grandchild;

	(void)state;
	child = start_family(&grandchild);
	hw_choice_each_child((uint32_t)getpid(), note, &ours);
	hw_choice_each_child((uint32_t)child, note, &theirs);
	hw_choice_each_child((uint32_t)grandchild, note, &nobody);
	kill(grandchild, SIGKILL);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);

	assert_int_equal(ours.nr, 2);
	assert_int_equal(ours.pids[0], child);
	assert_int_equal(ours.pids[1], grandchild);
	assert_int_equal(theirs.nr, 1);
	assert_int_equal(theirs.pids[0], grandchild);
	assert_int_equal(nobody.nr, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_chosen_is_everybody),
		cmocka_unit_test(pids_have_a_maximum),
		cmocka_unit_test(ids_of_containers_are_hexadecimal),
		cmocka_unit_test(no_such_cgroup_is_said),
		cmocka_unit_test(children_of_children_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
