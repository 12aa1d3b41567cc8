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

/* In GF(2^8) modulo x^8 + x^4 + x^3 + x + 1: FIPS 197 4.2. */
static uint8_t product(uint8_t a, uint8_t b)
{
	uint8_t sum = 0;

	for (; b; b >>= 1, a = (uint8_t)(a << 1 ^ (a >> 7) * 0x1b))
		sum ^= b & 1 ? a : 0;
	return sum;
}

/* FIPS 197 5.1.1: the inverse, which is the 254th power, and an affine step. */
static uint8_t substitute(uint8_t a)
{
	uint8_t inverse = 1, ret = 0x63;

	for (int i = 0; i < 254; i++)
		inverse = product(inverse, a);
	for (int i = 0; i < 5; i++)
		ret ^= (uint8_t)(inverse << i | inverse >> (8 - i));
	return ret;
}

/* FIPS 197 5.1: a round, plainly. */
static void do_round(uint8_t state[16], const uint8_t key[16])
{
	uint8_t s[16];

	for (int i = 0; i < 16; i++)
		s[i] = substitute(state[i * 5 % 16]);
	for (int i = 0; i < 16; i++) {
		const uint8_t *column = s + i / 4 * 4;

		state[i] = product(column[i % 4], 2) ^ product(column[(i + 1) % 4], 3) ^
			   column[(i + 2) % 4] ^ column[(i + 3) % 4] ^ key[i];
	}
}

static void is_three_rounds_of_aes(void **state)
{
	uint64_t random = 5;

	(void)state;
	if (!hw_hash_has_aes())
		skip();
	for (int i = 0; i < 200; i++) {
		const struct hw_hash_key key = { { hw_hash_spread(&random),
						   hw_hash_spread(&random) } };
		const uint64_t in[2] = { hw_hash_spread(&random),
					 (uint32_t)hw_hash_spread(&random) };
		uint8_t v[16], k[16];
		uint64_t want;

		memcpy(v, in, sizeof(v));
		memcpy(k, key.k, sizeof(k));
		for (int j = 0; j < 16; j++)
			v[j] ^= k[j];
		for (int j = 0; j < 3; j++)
			do_round(v, k);
		memcpy(&want, v, sizeof(want));
		assert_int_equal(hw_hash_12_aes(&key, in[0], (uint32_t)in[1]), want);
	}
}

/* Ports that follow each other, of one address, fill 4096 buckets evenly by both hashes. */
static void spreads_ports(void **state)
{
	const struct hw_hash_key key = hw_hash_key(42, 0);

	(void)state;
	for (int aes = 0; aes <= hw_hash_has_aes(); aes++) {
		unsigned nr[4096] = { 0 }, most = 0;

		for (uint32_t port = 0; port < 65536; port++) {
			const uint64_t hash = aes ? hw_hash_12_aes(&key, 0x0a0000010a000002, port)
						  : hw_hash_12(&key, 0x0a0000010a000002, port);

			nr[hash % 4096]++;
		}
		for (int i = 0; i < 4096; i++)
			most = nr[i] > most ? nr[i] : most;
		assert_in_range(most, 17, 45); /* 16 in each, and chance */
	}
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
		cmocka_unit_test(is_three_rounds_of_aes),
		cmocka_unit_test(spreads_ports),
		cmocka_unit_test(each_seed_and_use_has_its_key),
		cmocka_unit_test(spreads_neighbours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
