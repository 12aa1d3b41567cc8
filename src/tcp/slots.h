/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/tcp/slots.h - the words of the index of connections, a line of memory at a time
 *
 * How far a search goes is different for each connection. So it goes by groups of eight slots, which
 * lie in one line and are looked at together: nearly all searches end in the first. Private to this
 * folder.
 */
#ifndef HW_TCP_SLOTS_H
#define HW_TCP_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { HW_SLOTS_GROUP = 8 };

/* A word of the index. */
struct hw_slot {
	uint32_t hash; /* its lower half: from its group on the index is searched */
	uint32_t id;   /* UINT32_MAX: free */
};

/* Of the slots of a group, a bit each. */
struct hw_slots_seen {
	unsigned equal; /* those of a connection with the hash */
	unsigned free;
};

/* `group` begins with a line of memory. */
static inline struct hw_slots_seen hw_slots_look(const struct hw_slot *group, uint32_t hash);

/* The same by what every processor has. */
static inline struct hw_slots_seen hw_slots_look_portable(const struct hw_slot *group,
							  uint32_t hash)
{
	struct hw_slots_seen ret = { 0, 0 };

	for (unsigned i = 0; i < HW_SLOTS_GROUP; i++) {
		const bool is_free = group[i].id == UINT32_MAX;

		ret.equal |= (unsigned)(group[i].hash == hash && !is_free) << i;
		ret.free |= (unsigned)is_free << i;
	}
	return ret;
}

#ifdef __SSE2__
/* One field of four slots: the hash is the first, the id the second. */
#define HW_SLOTS_HASHES(a, b) \
	_mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(a), _mm_castsi128_ps(b), 0x88))
#define HW_SLOTS_IDS(a, b) \
	_mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(a), _mm_castsi128_ps(b), 0xdd))

static inline struct hw_slots_seen hw_slots_look(const struct hw_slot *group, uint32_t hash)
{
	const __m128i *at = (const __m128i *)(const void *)group;
	const __m128i a = _mm_load_si128(at), b = _mm_load_si128(at + 1);
	const __m128i c = _mm_load_si128(at + 2), d = _mm_load_si128(at + 3);
	const __m128i wanted = _mm_set1_epi32((int)hash), none = _mm_set1_epi32(-1);
	const __m128i equal = _mm_packs_epi32(_mm_cmpeq_epi32(HW_SLOTS_HASHES(a, b), wanted),
					      _mm_cmpeq_epi32(HW_SLOTS_HASHES(c, d), wanted));
	const __m128i free = _mm_packs_epi32(_mm_cmpeq_epi32(HW_SLOTS_IDS(a, b), none),
					     _mm_cmpeq_epi32(HW_SLOTS_IDS(c, d), none));
	const unsigned bits = (unsigned)_mm_movemask_epi8(_mm_packs_epi16(equal, free));

	return (struct hw_slots_seen){ bits & ~(bits >> 8) & 0xff, bits >> 8 };
}
#else
static inline struct hw_slots_seen hw_slots_look(const struct hw_slot *group, uint32_t hash)
{
	return hw_slots_look_portable(group, hash);
}
#endif

#endif
