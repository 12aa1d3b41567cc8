/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_asker.c - answers between processes, and the process that gives them */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "event/event.h"
#include "live/answer.h"
#include "live/asker.h"

#define ID "9d7b854e6078b964c981f55c7a208718119ff6bbc9e70a2fe11d098d496821c1"
#define OF_ID "/var/lib/docker/containers/" ID
#define MS_NS UINT64_C(1000000)

static void assert_text(struct hw_slice got, const char *want)
{
	assert_slice_equal(got, hw_slice_text(want));
}

static void test_an_answer_comes_back_as_it_was(void **state)
{
	struct hw_description d = { .name = HW_SLICE("web"),
				    .image = HW_SLICE("nginx:1.25"),
				    .pod_uid = HW_SLICE("\xff\n"),
				    .pod_sandbox = true };
	struct hw_description back;
	struct hw_answer answer;

	(void)state;
	hw_answer_pack(&answer, (const uint8_t *)ID, &d);
	assert_memory_equal(answer.id, ID, sizeof(answer.id));
	assert_true(hw_answer_unpack(&answer, &back));
	assert_text(back.name, "web");
	assert_text(back.image, "nginx:1.25");
	assert_text(back.image_digest, "");
	assert_text(back.pod_uid, "\xff\n");
	assert_true(back.pod_sandbox);
	assert_false(hw_description_is_empty(&back));
}

static void test_nothing_is_an_answer_too(void **state)
{
	struct hw_description back;
	struct hw_answer answer;

	(void)state;
	hw_answer_pack(&answer, (const uint8_t *)ID, NULL);
	assert_true(hw_answer_unpack(&answer, &back));
	assert_true(hw_description_is_empty(&back));
}

static void test_lengths_are_not_believed(void **state)
{
	struct hw_description back;
	struct hw_answer answer;

	(void)state;
	for (size_t i = 0; i < HW_ANSWER_TEXTS; i++) {
		hw_answer_pack(&answer, (const uint8_t *)ID, NULL);
		answer.len[i] = HW_DESCRIPTION_TEXT_MAX;
		assert_true(hw_answer_unpack(&answer, &back));
		answer.len[(i + 1) % HW_ANSWER_TEXTS] = 1;
		assert_false(hw_answer_unpack(&answer, &back));
		answer.len[(i + 1) % HW_ANSWER_TEXTS] = UINT16_MAX;
		assert_false(hw_answer_unpack(&answer, &back));
	}
	hw_answer_pack(&answer, (const uint8_t *)ID, NULL);
	answer.pod_sandbox = 2;
	assert_false(hw_answer_unpack(&answer, &back));
}

/* Whatever comes, the texts lie in the description and behind one another. */
static void test_any_bytes(void **state)
{
	struct hw_description back;
	struct hw_answer answer;

	(void)state;
	srandom(1);
	for (int round = 0; round < 20000; round++) {
		size_t sum = 0;

		memset(&answer, (int)random(), sizeof(answer));
		for (size_t i = 0; i < HW_ANSWER_TEXTS; i++)
			answer.len[i] = (uint16_t)(random() % (round % 2 ? 700 : 65536));
		answer.pod_sandbox = (uint8_t)(random() % 3);
		for (size_t i = 0; i < HW_ANSWER_TEXTS; i++)
			sum += answer.len[i];
		assert_int_equal(hw_answer_unpack(&answer, &back),
				 sum <= HW_DESCRIPTION_TEXT_MAX && answer.pod_sandbox < 2);
	}
}

/* the process */

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000 * MS_NS + (uint64_t)t.tv_nsec;
}

/* The end of the pair that the process has, for who would lie in its place. */
static int its_end = -1;

/* Instead of that of the C library. */
int socketpair(int domain, int type, int protocol, int ends[2])
{
	const int ret = (int)syscall(SYS_socketpair, domain, type, protocol, ends);

	if (its_end >= 0)
		close(its_end);
	its_end = ret == 0 ? dup(ends[1]) : -1;
	return ret;
}

/* A busy machine may answer late: time stands still until it has. */
static enum hw_asker_answer ask(struct hw_asker *a, const char *id, struct hw_process *ret)
{
	const uint64_t now = now_ns();
	enum hw_asker_answer answer;

	*ret = (struct hw_process){ .container_id = hw_slice_text(id) };
	while ((answer = hw_asker_fill(a, ret, now)) == HW_ASKER_WAIT)
		usleep(1000);
	return answer;
}

static void make(const char *root, const char *path)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	assert_int_equal(mkdir(whole, 0700), 0);
}

static void put(const char *root, const char *path, const char *text)
{
	char whole[256];
	FILE *f;

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	f = fopen(whole, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static const char *const folders[] = { "/var", "/var/lib", "/var/lib/docker",
				       "/var/lib/docker/containers", OF_ID };

/* A tree as Docker has it, with one container. */
static void make_tree(char *root, const char *config)
{
	assert_non_null(mkdtemp(root));
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		make(root, folders[i]);
	put(root, OF_ID "/config.v2.json", config);
}

static void remove_tree(const char *root)
{
	for (size_t i = sizeof(folders) / sizeof(folders[0]); i-- > 0;) {
		char whole[256];

		snprintf(whole, sizeof(whole), "%s%s/config.v2.json", root, folders[i]);
		unlink(whole);
		snprintf(whole, sizeof(whole), "%s%s", root, folders[i]);
		assert_int_equal(rmdir(whole), 0);
	}
	rmdir(root);
}

static void test_it_answers(void **state)
{
	char root[] = "/tmp/httpwire-asker-XXXXXX";
	struct hw_process p;
	struct hw_asker *a;

	(void)state;
	make_tree(root, "{\"ID\":\"" ID "\",\"Name\":\"/web\",\"Config\":{\"Image\":\"nginx\"}}");
	assert_int_equal(hw_asker_start(&a, root), 0);
	assert_true(hw_asker_wait(a));
	assert_int_equal(ask(a, ID, &p), HW_ASKER_FOUND);
	assert_text(p.container_name, "web");
	assert_text(p.container_image, "nginx");
	assert_int_equal(ask(a, "0" ID, &p), HW_ASKER_NOTHING); /* 65 digits */
	for (int i = 0; i < 3000; i++) {
		char id[65];

		snprintf(id, sizeof(id), "%064d", i);
		assert_int_equal(ask(a, id, &p), HW_ASKER_NOTHING);
		assert_text(p.container_name, "");
	}
	p = (struct hw_process){ .container_id = HW_SLICE(ID) };
	assert_int_equal(hw_asker_fill(a, &p, now_ns()), HW_ASKER_FOUND); /* still, at once */
	hw_asker_close(a);
	remove_tree(root);
}

/* No event waits for the new name, and what one has of the old one stays readable. */
static void test_who_is_renamed(void **state)
{
	char root[] = "/tmp/httpwire-asker-XXXXXX";
	struct hw_process first, p;
	struct hw_asker *a;
	uint64_t now = now_ns();

	(void)state;
	make_tree(root, "{\"ID\":\"" ID "\",\"Name\":\"/old\",\"Config\":{\"Image\":\"nginx\"}}");
	assert_int_equal(hw_asker_start(&a, root), 0);
	assert_true(hw_asker_wait(a));
	assert_int_equal(ask(a, ID, &first), HW_ASKER_FOUND);
	put(root, OF_ID "/config.v2.json",
	    "{\"ID\":\"" ID "\",\"Name\":\"/a-new-one\",\"Config\":{\"Image\":\"nginx\"}}");
	for (int i = 0; i == 0 || hw_slice_eq(p.container_name, HW_SLICE("old")); i++) {
		assert_in_range(i, 0, 1000);
		p = (struct hw_process){ .container_id = HW_SLICE(ID), .version = 1ull << 32 };
		now += 61 * 1000 * MS_NS; /* as if a minute had passed: it is asked for again */
		assert_int_equal(hw_asker_fill(a, &p, now), HW_ASKER_FOUND);
		assert_text(first.container_name, "old");
		usleep(10000);
	}
	assert_text(p.container_name, "a-new-one");
	assert_text(p.container_image, "nginx");
	assert_int_not_equal(p.version,
			     1ull << 32 | 1); /* what was made of the old one is not used */
	assert_int_equal(ask(a, ID, &p), HW_ASKER_FOUND);
	assert_text(p.container_name, "a-new-one");
	hw_asker_close(a);
	remove_tree(root);
}

/* What was answered once is not changed by who was not asked again. */
static void test_nobody_answers_unasked(void **state)
{
	const struct hw_description forged = { .name = HW_SLICE("forged") };
	static const char other[] =
		"0000000000000000000000000000000000000000000000000000000000000000";
	struct hw_process p;
	struct hw_answer answer;
	struct hw_asker *a;

	(void)state;
	assert_int_equal(hw_asker_start(&a, "/nonexistent"), 0);
	assert_true(hw_asker_wait(a));
	assert_int_equal(ask(a, ID, &p), HW_ASKER_NOTHING);
	hw_answer_pack(&answer, (const uint8_t *)ID, &forged);
	assert_int_equal(write(its_end, &answer, sizeof(answer)), sizeof(answer));
	p = (struct hw_process){ .container_id = HW_SLICE(other) };
	assert_int_equal(hw_asker_fill(a, &p, now_ns()), HW_ASKER_WAIT); /* now it is read */
	assert_int_equal(ask(a, ID, &p), HW_ASKER_NOTHING);
	assert_text(p.container_name, "");
	hw_asker_close(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_answer_comes_back_as_it_was),
		cmocka_unit_test(test_nothing_is_an_answer_too),
		cmocka_unit_test(test_lengths_are_not_believed),
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_it_answers),
		cmocka_unit_test(test_who_is_renamed),
		cmocka_unit_test(test_nobody_answers_unasked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
