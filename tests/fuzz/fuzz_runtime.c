/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_runtime.c - any bytes as a state file of a container runtime
 *
 * The first byte says which kind of file. Whatever the others are: every text lies in the
 * description, reading again says the same, and a file that says something says nothing
 * without its last byte.
 */
#include "fuzz.h"

#include "live/description.h"

#define ID "9d7b854e6078b964c981f55c7a208718119ff6bbc9e70a2fe11d098d496821c1"
#define IMAGE_ID "732b3eeca6d2b2f16d5e7d84d0655a0aff0aa14415dd9300b7000a57fb80a338"

static const char kinds[] = "drbsi"; /* in the order of enum hw_description_form */

static bool is_images(enum hw_description_form form)
{
	return form == HW_FORM_DOCKER_IMAGES || form == HW_FORM_STORAGE_IMAGES;
}

static void read_as(struct hw_description *d, enum hw_description_form form, struct hw_slice json)
{
	memset(d, 0, sizeof(*d));
	if (is_images(form))
		d->image_id = HW_SLICE(IMAGE_ID);
	hw_description_add(d, form, HW_SLICE(ID), json);
	if (is_images(form))
		d->image_id = (struct hw_slice){ 0 };
}

static size_t check_text(const struct hw_description *d, struct hw_slice s)
{
	const char *at = (const char *)s.ptr;

	if (s.len)
		FUZZ_CHECK(at >= d->text && s.len <= d->used &&
			   (size_t)(at - d->text) <= d->used - s.len);
	return s.len;
}

static void check(const struct hw_description *d)
{
	size_t sum = 0;

	FUZZ_CHECK(d->used <= sizeof(d->text));
	sum += check_text(d, d->name);
	sum += check_text(d, d->image);
	sum += check_text(d, d->image_digest);
	sum += check_text(d, d->image_id);
	sum += check_text(d, d->pod_name);
	sum += check_text(d, d->pod_namespace);
	sum += check_text(d, d->pod_uid);
	FUZZ_CHECK(sum == d->used);
	FUZZ_CHECK(!d->pod_sandbox || d->pod_name.len);
}

static size_t len_without_space(struct hw_slice json)
{
	while (json.len && strchr(" \t\r\n", json.ptr[json.len - 1]))
		json.len--;
	return json.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct hw_description d, again;
	struct hw_slice json;
	const char *kind;

	if (size == 0 || data[0] == 0 || !(kind = strchr(kinds, data[0])))
		return 0;
	json = hw_slice(data + 1, size - 1);
	read_as(&d, (enum hw_description_form)(kind - kinds), json);
	check(&d);
	read_as(&again, (enum hw_description_form)(kind - kinds), json);
	FUZZ_CHECK(d.used == again.used && memcmp(d.text, again.text, d.used) == 0);
	if (hw_description_is_empty(&d))
		return 0;
	json.len = len_without_space(json) - 1;
	read_as(&again, (enum hw_description_form)(kind - kinds), json);
	FUZZ_CHECK(hw_description_is_empty(&again));
	return 0;
}
