/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_hash.c */
#include "unit/unit.h"

#include "base/hash.h"

/*
 * Bytes 0, 1, 2, ... as little-endian words. The values are those of CPython 3.11, whose
 * hash of bytes is SipHash-1-3: PYTHONHASHSEED=0 and PYTHONHASHSEED=1.
 */
static const struct {
	struct hw_hash_key key;
	uint64_t want[6]; /* of 1 to 6 words */
	uint64_t want_12; /* of 12 bytes */
} vectors[] = {
	{ { { 0, 0 } },
	  { 0xead411e67ebe2eea, 0x8972188433a5c5b7, 0x31185a47af932f3a, 0x31ef8061c910629b,
	    0x95bc321ab41d8206, 0xfe1f2445ba50237f },
	  0xa6baf4fb0f9fe1c2 },
	{ { { 0xaed66ce184be2329, 0xebe9bbf1f1499052 } },
	  { 0xc0b5739e7e28dd01, 0x12e9d283f9f37002, 0x19b4e5f288f874ce, 0xf78bafba3c64318e,
	    0xdb056b8b4f38310b, 0xe29343c400d583a7 },
	  0x9b07906e87e344ad },
};

static void is_siphash_1_3(void **state)
{
	uint64_t words[6];

	(void)state;
	for (uint64_t i = 0; i < 6; i++)
		words[i] = 0x0706050403020100 + i * 0x0808080808080808;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		assert_int_equal(hw_hash_12(&vectors[i].key, words[0], (uint32_t)words[1]),
				 vectors[i].want_12);
		for (size_t nr = 1; nr <= 6; nr++)
			assert_int_equal(hw_hash_words(&vectors[i].key, words, nr),
					 vectors[i].want[nr - 1]);
	}
}

static void each_seed_and_use_has_its_key(void **state)
{
	const struct hw_hash_key a = hw_hash_key(1, 0), b = hw_hash_key(2, 0),
				 c = hw_hash_key(1, 1);
	const struct hw_hash_key again = hw_hash_key(1, 0);

	(void)state;
	assert_memory_equal(&a, &again, sizeof(a));
	assert_memory_not_equal(&a, &b, sizeof(a));
	assert_memory_not_equal(&a, &c, sizeof(a));
	assert_memory_not_equal(&b, &c, sizeof(a));
}

/* Neighbouring inputs fill 4096 buckets evenly, from the low bits and from the high ones. */
static void spreads_neighbours(void **state)
{
	const struct hw_hash_key key = hw_hash_key(42, 0);
	static unsigned low[4096], high[4096];

	(void)state;
	for (uint64_t i = 0; i < 4096 * 16; i++) {
		const uint64_t words[2] = { i, 0 };
		const uint64_t h = hw_hash_words(&key, words, 2);

		low[h & 4095]++;
		high[h >> 52]++;
	}
	for (size_t i = 0; i < 4096; i++)
		assert_true(low[i] < 48 && high[i] < 48);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_siphash_1_3),
		cmocka_unit_test(each_seed_and_use_has_its_key),
		cmocka_unit_test(spreads_neighbours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
