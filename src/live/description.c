/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/description.c */
#include "live/description.h"

#include <stdio.h>

#include <json-c/json.h>

#include "base/hex.h"
#include "base/library.h"
#include "event/event.h"

enum {
	DEPTH_MAX = 32,		/* the deepest file that runtimes write, a bundle's, has 8 levels */
	BRANCHES_MAX = 1 << 14, /* objects and arrays; an empty object costs json-c 700 bytes */
	VALUES_MAX = 1 << 17,
	KEYS_MAX = 5,
	DIGEST_LEN = 7 + 64, /* "sha256:", hex digits */
};

/* Not for who reads files. */
#define LIBRARY "libjson-c.so.5"
/* clang-format off */
#define FUNCTIONS(f)			\
	f(c_version)			\
	f(object_array_get_idx)		\
	f(object_array_length)		\
	f(object_get_string)		\
	f(object_get_string_len)	\
	f(object_is_type)		\
	f(object_iter_begin)		\
	f(object_iter_end)		\
	f(object_iter_equal)		\
	f(object_iter_next)		\
	f(object_iter_peek_name)	\
	f(object_iter_peek_value)	\
	f(object_object_get_ex)		\
	f(object_put)			\
	f(tokener_free)			\
	f(tokener_new_ex)		\
	f(tokener_parse_ex)		\
	f(tokener_set_flags)
/* clang-format on */

static struct {
#define MEMBER(name) __typeof__(&json_##name) name;
	FUNCTIONS(MEMBER)
#undef MEMBER
} lib; /* filled by hw_description_load() */

struct rule {
	size_t off; /* of the field */
	const char *keys[KEYS_MAX];
};
#define FIELD(name) offsetof(struct hw_description, name)

/*
 * Labels that the kubelet gives to each container (k8s.io/kubelet/pkg/types/labels.go).
 * Docker keeps them as labels; CRI-O makes annotations of them. containerd's own names are
 * in pkg/cri/annotations/annotations.go, CRI-O's in pkg/annotations of Podman and CRI-O.
 */
static const struct rule pod_rules[] = {
	{ FIELD(pod_name),
	  { "io.kubernetes.pod.name", "io.kubernetes.cri.sandbox-name",
	    "io.kubernetes.cri-o.KubeName" } },
	{ FIELD(pod_namespace),
	  { "io.kubernetes.pod.namespace", "io.kubernetes.cri.sandbox-namespace",
	    "io.kubernetes.cri-o.Namespace" } },
	{ FIELD(pod_uid), { "io.kubernetes.pod.uid", "io.kubernetes.cri.sandbox-uid" } },
};

/* nerdctl: pkg/labels/labels.go ("also passed to OCI containers as annotations") */
static const struct rule bundle_rules[] = {
	{ FIELD(name),
	  { "io.kubernetes.container.name", "io.kubernetes.cri.container-name", "nerdctl/name",
	    "io.kubernetes.cri-o.ContainerName", "io.kubernetes.cri-o.Name" } },
	{ FIELD(image),
	  { "io.kubernetes.cri.image-name", "io.kubernetes.cri-o.ImageName",
	    "io.kubernetes.cri-o.Image" } },
};

/* What marks the container of a pod's namespaces; the last is dockershim's and cri-dockerd's. */
static const struct {
	const char *key, *value;
} sandbox_marks[] = {
	{ "io.kubernetes.cri.container-type", "sandbox" },
	{ "io.kubernetes.cri-o.ContainerType", "sandbox" },
	{ "io.kubernetes.docker.type", "podsandbox" },
};

bool hw_description_load(void)
{
	static bool is_loaded;
#define NAME(name) "json_" #name,
	static const char *const names[] = { FUNCTIONS(NAME) };
#undef NAME

	if (!is_loaded)
		is_loaded = hw_library_load(LIBRARY, names, sizeof(names) / sizeof(names[0]), &lib);
	return is_loaded;
}

static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *value = NULL;

	if (lib.object_is_type(o, json_type_object))
		lib.object_object_get_ex(o, key, &value);
	return value;
}

static struct hw_slice text_of(struct json_object *o)
{
	if (!lib.object_is_type(o, json_type_string))
		return (struct hw_slice){ 0 };
	return hw_slice(lib.object_get_string(o), (size_t)lib.object_get_string_len(o));
}

static struct hw_slice text_member(struct json_object *o, const char *key)
{
	return text_of(member(o, key));
}

/* A text that finds no room is not known, rather than cut. */
static void put_joined(struct hw_description *d, struct hw_slice *field, struct hw_slice a,
		       struct hw_slice b)
{
	char *at = d->text + d->used;
	const size_t room = sizeof(d->text) - d->used;

	if (field->len > 0 || a.len > room || b.len > room - a.len || a.len + b.len == 0)
		return;
	if (a.len)
		memcpy(at, a.ptr, a.len);
	if (b.len)
		memcpy(at + a.len, b.ptr, b.len);
	*field = hw_slice(at, a.len + b.len);
	d->used += field->len;
}

static void put(struct hw_description *d, struct hw_slice *field, struct hw_slice s)
{
	put_joined(d, field, s, (struct hw_slice){ 0 });
}

/* "sha256:ID" or "ID": the ID, else nothing. */
static struct hw_slice id_of(struct hw_slice s)
{
	static const struct hw_slice sha256 = HW_SLICE("sha256:");

	if (hw_slice_starts(s, sha256))
		s = hw_slice_after(s, sha256.len);
	return s.len == 64 && hw_hex_is_lower(s) ? s : (struct hw_slice){ 0 };
}

static bool is_digest(struct hw_slice s)
{
	return s.len == DIGEST_LEN && id_of(s).len > 0;
}

/* "docker.io/library/nginx:1.25@sha256:…": without tag and digest. */
static struct hw_slice repository_of(struct hw_slice image)
{
	struct hw_slice rest = image, name = image;

	hw_slice_cut(&rest, '@', &name);
	for (size_t i = name.len; i > 0 && name.ptr[i - 1] != '/'; i--)
		if (name.ptr[i - 1] == ':')
			return hw_slice(name.ptr, i - 1);
	return name;
}

/* As `docker inspect` and `podman inspect` make their RepoDigests. */
static void put_digest(struct hw_description *d, struct hw_slice digest)
{
	char at_digest[1 + DIGEST_LEN] = "@";

	if (!is_digest(digest))
		return;
	memcpy(at_digest + 1, digest.ptr, digest.len);
	if (d->image.len)
		put_joined(d, &d->image_digest, repository_of(d->image),
			   hw_slice(at_digest, sizeof(at_digest)));
	else
		put(d, &d->image_digest, digest);
}

/* An image that is asked for by its digest has no other. */
static void put_pinned(struct hw_description *d, struct hw_slice image)
{
	struct hw_slice name;

	if (hw_slice_cut(&image, '@', &name))
		put_digest(d, image);
}

static void put_by_rules(struct hw_description *d, struct json_object *texts,
			 const struct rule *rules, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		struct hw_slice *field = (struct hw_slice *)(void *)((char *)d + rules[i].off);

		for (size_t k = 0; k < KEYS_MAX && rules[i].keys[k]; k++)
			put(d, field, text_member(texts, rules[i].keys[k]));
	}
}

static void put_pod(struct hw_description *d, struct json_object *texts)
{
	put_by_rules(d, texts, pod_rules, sizeof(pod_rules) / sizeof(pod_rules[0]));
	for (size_t i = 0; i < sizeof(sandbox_marks) / sizeof(sandbox_marks[0]); i++)
		if (d->pod_name.len && hw_slice_eq(text_member(texts, sandbox_marks[i].key),
						   hw_slice_text(sandbox_marks[i].value)))
			d->pod_sandbox = true;
}

/*
 * moby, daemon/container/container.go. With images kept by containerd (ImageManifest is
 * there) the ID of an image is the digest it was pulled by.
 */
static void add_docker(struct hw_description *d, struct json_object *root, struct hw_slice id)
{
	struct json_object *config = member(root, "Config");
	struct hw_slice name = text_member(root, "Name"), image = text_member(config, "Image");

	if (!hw_slice_eq(text_member(root, "ID"), id))
		return;
	if (hw_slice_starts(name, HW_SLICE("/")))
		name = hw_slice_after(name, 1);
	put(d, &d->name, name);
	if (!id_of(image).len) /* else its name is to be found, by what follows */
		put(d, &d->image, image);
	put_pinned(d, image);
	put(d, &d->image_id, id_of(text_member(root, "Image")));
	if (lib.object_is_type(member(root, "ImageManifest"), json_type_object))
		put_digest(d, text_member(root, "Image"));
	put_pod(d, member(config, "Labels"));
}

static void keep_smaller(struct hw_slice *smallest, const char *text)
{
	const struct hw_slice s = hw_slice_text(text);
	const size_t len = s.len < smallest->len ? s.len : smallest->len;
	const int order = len ? memcmp(s.ptr, smallest->ptr, len) : 0;

	if (!smallest->ptr || order < 0 || (order == 0 && s.len < smallest->len))
		*smallest = s;
}

/* {"nginx:1.25": "sha256:ID", "nginx@sha256:…": "sha256:ID"} */
static void look_at_repository(struct json_object *repository, struct hw_slice image_id,
			       struct hw_slice *tagged, struct hw_slice *pinned)
{
	struct json_object_iterator at = lib.object_iter_begin(repository);
	const struct json_object_iterator end = lib.object_iter_end(repository);

	for (; !lib.object_iter_equal(&at, &end); lib.object_iter_next(&at)) {
		const char *name = lib.object_iter_peek_name(&at);

		if (hw_slice_eq(id_of(text_of(lib.object_iter_peek_value(&at))), image_id))
			keep_smaller(strchr(name, '@') ? pinned : tagged, name);
	}
}

/* moby, reference/store.go: of several names, Docker itself shows the first in the alphabet. */
static void add_docker_images(struct hw_description *d, struct json_object *root)
{
	struct json_object *repositories = member(root, "Repositories");
	struct hw_slice tagged = { 0 }, pinned = { 0 };
	struct json_object_iterator at, end;

	if (!lib.object_is_type(repositories, json_type_object))
		return;
	at = lib.object_iter_begin(repositories);
	end = lib.object_iter_end(repositories);
	for (; !lib.object_iter_equal(&at, &end); lib.object_iter_next(&at)) {
		struct json_object *repository = lib.object_iter_peek_value(&at);

		if (lib.object_is_type(repository, json_type_object))
			look_at_repository(repository, d->image_id, &tagged, &pinned);
	}
	put(d, &d->image, tagged);
	put(d, &d->image_digest, pinned);
}

/* CRI-O's ImageRef is a digest, or in newer versions the image's ID. */
static void add_bundle(struct hw_description *d, struct json_object *root)
{
	struct json_object *annotations = member(root, "annotations");
	const struct hw_slice ref = text_member(annotations, "io.kubernetes.cri-o.ImageRef");

	put_by_rules(d, annotations, bundle_rules, sizeof(bundle_rules) / sizeof(bundle_rules[0]));
	put_pinned(d, ref);
	put_pinned(d, d->image);
	put(d, &d->image_id, id_of(ref));
	put_pod(d, annotations);
}

/* The element of the list `root` whose "id" is this. */
static struct json_object *find_id(struct json_object *root, struct hw_slice id)
{
	if (!lib.object_is_type(root, json_type_array))
		return NULL;
	for (size_t i = 0; i < lib.object_array_length(root); i++) {
		struct json_object *o = lib.object_array_get_idx(root, i);

		if (hw_slice_eq(text_member(o, "id"), id))
			return o;
	}
	return NULL;
}

/*
 * What the text may take in memory is bounded, some 30 MB; and it has no NUL, which JSON
 * never has (RFC 8259 section 7) and json-c takes for the end.
 */
static bool is_modest(struct hw_slice json)
{
	size_t branches = 0, values = 0;

	if (json.len > HW_DESCRIPTION_JSON_MAX || (json.len && memchr(json.ptr, '\0', json.len)))
		return false;
	for (size_t i = 0; i < json.len; i++) {
		branches += json.ptr[i] == '{' || json.ptr[i] == '[';
		values += json.ptr[i] == ',';
	}
	return branches <= BRANCHES_MAX && values <= VALUES_MAX;
}

static struct json_object *parse(struct hw_slice json)
{
	struct json_tokener *tokener;
	struct json_object *root;

	if (!is_modest(json))
		return NULL;
	tokener = lib.tokener_new_ex(DEPTH_MAX);
	if (!tokener)
		return NULL;
	lib.tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	root = lib.tokener_parse_ex(tokener, (const char *)json.ptr, (int)json.len);
	lib.tokener_free(tokener);
	return root;
}

/*
 * containers/storage, containers.go; the metadata is a text with JSON of its own, by
 * Podman or CRI-O; "image-name" is in both.
 */
static void add_storage(struct hw_description *d, struct json_object *root, struct hw_slice id)
{
	struct json_object *container = find_id(root, id), *metadata;
	const struct hw_slice image_id = id_of(text_member(container, "image"));
	struct json_object *names = member(container, "names");

	if (lib.object_is_type(names, json_type_array))
		put(d, &d->name, text_of(lib.object_array_get_idx(names, 0)));
	metadata = parse(text_member(container, "metadata"));
	put(d, &d->image, text_member(metadata, "image-name"));
	lib.object_put(metadata);
	put_pinned(d, d->image);
	put(d, &d->image_id, image_id);
}

/* containers/storage, images.go */
static void add_storage_images(struct hw_description *d, struct json_object *root)
{
	put_digest(d, text_member(find_id(root, d->image_id), "digest"));
}

void hw_description_add(struct hw_description *d, enum hw_description_form form, struct hw_slice id,
			struct hw_slice json)
{
	struct json_object *root = hw_description_load() ? parse(json) : NULL;

	if (!root)
		return;
	switch (form) {
	case HW_FORM_DOCKER:
		add_docker(d, root, id);
		break;
	case HW_FORM_DOCKER_IMAGES:
		add_docker_images(d, root);
		break;
	case HW_FORM_BUNDLE:
		add_bundle(d, root);
		break;
	case HW_FORM_STORAGE:
		add_storage(d, root, id);
		break;
	case HW_FORM_STORAGE_IMAGES:
		add_storage_images(d, root);
		break;
	}
	lib.object_put(root);
}

bool hw_description_wants(const struct hw_description *d, enum hw_description_form form)
{
	switch (form) {
	case HW_FORM_DOCKER:
	case HW_FORM_BUNDLE:
		return hw_description_is_empty(d);
	case HW_FORM_STORAGE:
		return !d->name.len || !d->image.len;
	case HW_FORM_DOCKER_IMAGES:
		return d->image_id.len && (!d->image.len || !d->image_digest.len);
	case HW_FORM_STORAGE_IMAGES:
		return d->image_id.len && !d->image_digest.len;
	}
	return false;
}

static void take(struct hw_slice *field, struct hw_slice known)
{
	if (known.len)
		*field = known;
}

void hw_description_fill(const struct hw_description *d, struct hw_process *process)
{
	take(&process->container_name, d->name);
	take(&process->container_image, d->image);
	take(&process->container_image_digest, d->image_digest);
	take(&process->pod_name, d->pod_name);
	take(&process->pod_namespace, d->pod_namespace);
	take(&process->pod_uid, d->pod_uid);
	process->pod_sandbox |= d->pod_sandbox;
}

void hw_description_library(char *ret, size_t max)
{
	if (hw_description_load())
		snprintf(ret, max, "json-c %s", lib.c_version());
	else
		snprintf(ret, max, "json-c: not installed");
}
