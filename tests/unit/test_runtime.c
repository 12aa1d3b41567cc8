/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/test_runtime.c
 *
 * Trees of files as the runtimes write them: Podman's are what Podman 4.3.1 wrote, the
 * others follow the sources named in description.c, cut to what matters and a little more.
 */
#include "unit/unit.h"

#include <errno.h>
#include <ftw.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "event/event.h"
#include "live/runtime.h"
#include "live/state_file.h"

#define ID "9d7b854e6078b964c981f55c7a208718119ff6bbc9e70a2fe11d098d496821c1"
#define OTHER_ID "35f3a71a9b7128210f792817f650b5f66187eeb77ef5444ca43e2c6c80bb97cd"
#define IMAGE_ID "732b3eeca6d2b2f16d5e7d84d0655a0aff0aa14415dd9300b7000a57fb80a338"
#define DIGEST "sha256:b0295ee0c1570d36b2692e5c8ea34184df9573354589710ab8b838afe299d059"
#define POD_UID "ec5b1520-9319-4167-8c74-fc4f0db36526"

#define DOCKER "/var/lib/docker/"
#define TASKS "/run/containerd/io.containerd.runtime.v2.task/"
#define STORAGE "/var/lib/containers/storage/"
#define SECOND_NS UINT64_C(1000000000)

struct tree {
	char root[64];
	struct hw_runtimes *runtimes;
};

static void make_dirs(char *path)
{
	for (char *at = path + 1; (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		if (mkdir(path, 0700) != 0)
			assert_int_equal(errno, EEXIST);
		*at = '/';
	}
}

static void path_of(const struct tree *t, const char *path, char ret[512])
{
	assert_in_range(snprintf(ret, 512, "%s%s", t->root, path), 1, 511);
	make_dirs(ret);
}

static void put(const struct tree *t, const char *path, const char *text)
{
	char whole[512];
	FILE *file;

	path_of(t, path, whole);
	file = fopen(whole, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
}

static int setup(void **state)
{
	struct tree *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	snprintf(t->root, sizeof(t->root), "/tmp/hw-runtime-XXXXXX");
	assert_non_null(mkdtemp(t->root));
	assert_int_equal(hw_runtimes_new(&t->runtimes, t->root), 0);
	*state = t;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	struct tree *t = *state;

	hw_runtimes_free(t->runtimes);
	nftw(t->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(t);
	return 0;
}

/* The texts in their order: name, image, digest, pod, namespace, uid. */
struct want {
	const char *name, *image, *digest, *pod, *namespace, *uid;
	bool sandbox;
};

static void assert_text(struct hw_slice got, const char *want)
{
	assert_slice_equal(got, hw_slice_text(want ? want : ""));
}

static void assert_description(const struct hw_description *d, struct want want)
{
	assert_non_null(d);
	assert_text(d->name, want.name);
	assert_text(d->image, want.image);
	assert_text(d->image_digest, want.digest);
	assert_text(d->pod_name, want.pod);
	assert_text(d->pod_namespace, want.namespace);
	assert_text(d->pod_uid, want.uid);
	assert_int_equal(d->pod_sandbox, want.sandbox);
}

static const struct hw_description *find_at(struct tree *t, uint64_t now_ns)
{
	return hw_runtimes_find(t->runtimes, hw_slice_text(ID), now_ns);
}

static const struct hw_description *find(struct tree *t)
{
	return find_at(t, SECOND_NS);
}

static void knows_docker(void **state)
{
	struct tree *t = *state;

	put(t, DOCKER "containers/" ID "/config.v2.json",
	    "{\"StreamConfig\":{},\"State\":{\"Running\":true,\"Pid\":7},\"ID\":\"" ID "\","
	    "\"Created\":\"2026-11-26T02:18:51Z\",\"Args\":[],\"Config\":{\"Hostname\":\"9d7b\","
	    "\"Image\":\"nginx:1.25\",\"Labels\":{}},\"Image\":\"sha256:" IMAGE_ID "\","
	    "\"ImageManifest\":null,\"Name\":\"/web\",\"Driver\":\"overlay2\"}\n");
	put(t, DOCKER "image/overlay2/repositories.json",
	    "{\"Repositories\":{\"b\":{\"b:1\":\"sha256:" OTHER_ID "\"},"
	    "\"z\":{\"z@" DIGEST "\":\"sha256:" IMAGE_ID "\"},\"nginx\":{"
	    "\"nginx:1.25\":\"sha256:" IMAGE_ID "\",\"nginx:1\":\"sha256:" IMAGE_ID "\","
	    "\"nginx@" DIGEST "\":\"sha256:" IMAGE_ID "\"}}}");
	assert_description(
		find(t),
		(struct want){ .name = "web", .image = "nginx:1.25", .digest = "nginx@" DIGEST });
}

/* cri-dockerd starts containers by the image's ID and tells of the pod in labels. */
static void knows_docker_in_kubernetes(void **state)
{
	struct tree *t = *state;

	put(t, DOCKER "containers/" ID "/config.v2.json",
	    "{\"ID\":\"" ID "\",\"Config\":{\"Image\":\"sha256:" IMAGE_ID "\",\"Labels\":{"
	    "\"io.kubernetes.container.name\":\"POD\",\"io.kubernetes.docker.type\":"
	    "\"podsandbox\",\"io.kubernetes.pod.name\":\"web-0\","
	    "\"io.kubernetes.pod.namespace\":\"shop\",\"io.kubernetes.pod.uid\":\"" POD_UID
	    "\"}},\"Image\":\"sha256:" IMAGE_ID "\",\"Name\":\"/k8s_POD_web-0\"}");
	put(t, DOCKER "image/overlay2/repositories.json",
	    "{\"Repositories\":{\"r:5000/pause\":{\"r:5000/pause:3.9\":\"sha256:" IMAGE_ID
	    "\",\"r:5000/pause:3\":\"sha256:" IMAGE_ID "\"}}}");
	assert_description(find(t), (struct want){ .name = "k8s_POD_web-0",
						   .image = "r:5000/pause:3",
						   .pod = "web-0",
						   .namespace = "shop",
						   .uid = POD_UID,
						   .sandbox = true });
}

/* Docker 29 keeps images in containerd unless told otherwise. */
static void knows_docker_with_images_in_containerd(void **state)
{
	struct tree *t = *state;

	put(t, DOCKER "containers/" ID "/config.v2.json",
	    "{\"ID\":\"" ID "\",\"Config\":{\"Image\":\"r:5000/shop/web:2\"},"
	    "\"Image\":\"" DIGEST "\",\"ImageManifest\":{\"mediaType\":"
	    "\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"sha256:" OTHER_ID
	    "\",\"size\":1},\"Name\":\"/web\",\"Driver\":\"overlayfs\"}");
	assert_description(find(t), (struct want){ .name = "web",
						   .image = "r:5000/shop/web:2",
						   .digest = "r:5000/shop/web@" DIGEST });
}

static void knows_a_docker_image_by_its_digest(void **state)
{
	struct tree *t = *state;

	put(t, DOCKER "containers/" ID "/config.v2.json",
	    "{\"ID\":\"" ID "\",\"Config\":{\"Image\":\"nginx:1@" DIGEST "\"},\"Name\":\"web\"}");
	assert_description(find(t), (struct want){ .name = "web",
						   .image = "nginx:1@" DIGEST,
						   .digest = "nginx@" DIGEST });
}

static void knows_containerd_in_kubernetes(void **state)
{
	struct tree *t = *state;

	put(t, TASKS "k8s.io/" ID "/config.json",
	    "{\"ociVersion\":\"1.2.0\",\"process\":{\"args\":[\"nginx\"]},\"annotations\":{"
	    "\"io.kubernetes.cri.container-name\":\"nginx\","
	    "\"io.kubernetes.cri.container-type\":\"container\","
	    "\"io.kubernetes.cri.image-name\":\"docker.io/library/nginx:1.25\","
	    "\"io.kubernetes.cri.sandbox-id\":\"" OTHER_ID "\","
	    "\"io.kubernetes.cri.sandbox-name\":\"web-0\","
	    "\"io.kubernetes.cri.sandbox-namespace\":\"shop\","
	    "\"io.kubernetes.cri.sandbox-uid\":\"" POD_UID "\"}}");
	assert_description(find(t), (struct want){ .name = "nginx",
						   .image = "docker.io/library/nginx:1.25",
						   .pod = "web-0",
						   .namespace = "shop",
						   .uid = POD_UID });
}

static void knows_a_sandbox_of_k3s(void **state)
{
	struct tree *t = *state;

	put(t, "/run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/" ID "/config.json",
	    "{\"annotations\":{\"io.kubernetes.cri.container-type\":\"sandbox\","
	    "\"io.kubernetes.cri.sandbox-name\":\"web-0\","
	    "\"io.kubernetes.cri.sandbox-namespace\":\"shop\"}}");
	assert_description(find(t),
			   (struct want){ .pod = "web-0", .namespace = "shop", .sandbox = true });
}

static void knows_nerdctl(void **state)
{
	struct tree *t = *state;

	put(t, TASKS "default/" ID "/config.json",
	    "{\"annotations\":{\"nerdctl/hostname\":\"9d7b\",\"nerdctl/name\":\"web\","
	    "\"nerdctl/namespace\":\"default\"}}");
	assert_description(find(t), (struct want){ .name = "web" });
}

#define CRIO_POD                                                                         \
	"\"io.kubernetes.pod.name\":\"web-0\",\"io.kubernetes.pod.namespace\":\"shop\"," \
	"\"io.kubernetes.pod.uid\":\"" POD_UID "\""

static void knows_crio(void **state)
{
	struct tree *t = *state;

	put(t, STORAGE "overlay-containers/" ID "/userdata/config.json",
	    "{\"annotations\":{\"io.container.manager\":\"cri-o\","
	    "\"io.kubernetes.container.name\":\"nginx\"," CRIO_POD ","
	    "\"io.kubernetes.cri-o.ContainerType\":\"container\","
	    "\"io.kubernetes.cri-o.Image\":\"nginx:1.25\","
	    "\"io.kubernetes.cri-o.ImageName\":\"docker.io/library/nginx:1.25\","
	    "\"io.kubernetes.cri-o.ImageRef\":\"" IMAGE_ID "\","
	    "\"io.kubernetes.cri-o.Name\":\"k8s_nginx_web-0_shop_" POD_UID "_0\"}}");
	put(t, STORAGE "overlay-images/images.json",
	    "[{\"id\":\"" OTHER_ID "\"},{\"id\":\"" IMAGE_ID "\",\"digest\":\"" DIGEST "\"}]");
	assert_description(find(t), (struct want){ .name = "nginx",
						   .image = "docker.io/library/nginx:1.25",
						   .digest = "docker.io/library/nginx@" DIGEST,
						   .pod = "web-0",
						   .namespace = "shop",
						   .uid = POD_UID });
}

static void knows_a_sandbox_of_old_crio(void **state)
{
	struct tree *t = *state;

	put(t, STORAGE "overlay-containers/" ID "/userdata/config.json",
	    "{\"annotations\":{\"io.kubernetes.cri-o.ContainerName\":\"k8s_POD_web-0\","
	    "\"io.kubernetes.cri-o.ContainerType\":\"sandbox\","
	    "\"io.kubernetes.cri-o.ImageName\":\"k8s.gcr.io/pause:3\","
	    "\"io.kubernetes.cri-o.ImageRef\":\"k8s.gcr.io/pause@" DIGEST "\","
	    "\"io.kubernetes.cri-o.KubeName\":\"web-0\","
	    "\"io.kubernetes.cri-o.Namespace\":\"shop\"}}");
	assert_description(find(t), (struct want){ .name = "k8s_POD_web-0",
						   .image = "k8s.gcr.io/pause:3",
						   .digest = "k8s.gcr.io/pause@" DIGEST,
						   .pod = "web-0",
						   .namespace = "shop",
						   .sandbox = true });
}

#define PODMAN_CONFIG                                                                         \
	"{\"ociVersion\":\"1.0.2-dev\",\"annotations\":{\"io.container.manager\":\"libpod\"," \
	"\"io.kubernetes.cri-o.Created\":\"2026-11-26T02:18:51.753276028Z\","                 \
	"\"io.kubernetes.cri-o.TTY\":\"false\",\"io.podman.annotations.init\":\"FALSE\","     \
	"\"org.opencontainers.image.stopSignal\":\"15\"}}"
#define PODMAN_ENTRY(id, name, image, image_id)                                               \
	"{\"id\":\"" id "\",\"names\":[\"" name "\"],\"image\":\"" image_id "\",\"layer\":\"" \
	"34faf1249f5868cbb4ea51c4ca47178d2a676112ea5f5acc6a528c07ae8999d6\",\"metadata\":\""  \
	"{\\\"image-name\\\":\\\"" image "\\\",\\\"image-id\\\":\\\"" image_id "\\\","        \
	"\\\"name\\\":\\\"" name "\\\",\\\"created-at\\\":1795659531}\","                     \
	"\"created\":\"2026-11-26T02:18:51.760873534Z\","                                     \
	"\"flags\":{\"MountLabel\":\"\",\"ProcessLabel\":\"\",\"Volatile\":true}}"
#define PODMAN_IMAGES \
	"[{\"id\":\"" IMAGE_ID "\",\"digest\":\"" DIGEST "\",\"names\":[\"localhost/bb:1\"]}]"
#define PODMAN_WANT                                                                           \
	{                                                                                     \
		.name = "rt-run", .image = "localhost/bb:1", .digest = "localhost/bb@" DIGEST \
	}

static void put_podman(const struct tree *t, const char *storage, const char *list)
{
	char path[256];

	snprintf(path, sizeof(path), "%soverlay-containers/" ID "/userdata/config.json", storage);
	put(t, path, PODMAN_CONFIG);
	snprintf(path, sizeof(path), "%soverlay-containers/%s", storage, list);
	put(t, path,
	    "[" PODMAN_ENTRY(OTHER_ID, "x", "", "") "," PODMAN_ENTRY(ID, "rt-run", "localhost/bb:1",
								     IMAGE_ID) "]");
	snprintf(path, sizeof(path), "%soverlay-images/images.json", storage);
	put(t, path, PODMAN_IMAGES);
}

static void knows_podman(void **state)
{
	put_podman(*state, STORAGE, "containers.json");
	assert_description(find(*state), (struct want)PODMAN_WANT);
}

static void knows_podman_run_rm(void **state)
{
	put(*state, STORAGE "overlay-containers/containers.json", "[]");
	put_podman(*state, STORAGE, "volatile-containers.json");
	assert_description(find(*state), (struct want)PODMAN_WANT);
}

static void knows_podman_of_a_user(void **state)
{
	put_podman(*state, "/home/ann/.local/share/containers/storage/", "containers.json");
	assert_description(find(*state), (struct want)PODMAN_WANT);
}

static void knows_podman_without_an_image(void **state)
{
	put(*state, STORAGE "overlay-containers/containers.json",
	    "[" PODMAN_ENTRY(ID, "rt-rootfs", "", "") "]");
	assert_description(find(*state), (struct want){ .name = "rt-rootfs" });
}

static void believes_the_system_first(void **state)
{
	put_podman(*state, "/home/ann/.local/share/containers/storage/", "containers.json");
	put(*state, TASKS "default/" ID "/config.json",
	    "{\"annotations\":{\"nerdctl/name\":\"true\"}}");
	assert_description(find(*state), (struct want){ .name = "true" });
}

/* Whatever it is: not an answer, and not a crash; the file behind it is still found. */
static void says_nothing_of_what_is_not_of_the_form(void **state)
{
	static const char *const texts[] = {
		"",
		" ",
		"\n",
		"null",
		"true",
		"\"annotations\"",
		"[]",
		"{}",
		"[[[[",
		"{\"annotations\":null}",
		"{\"annotations\":[]}",
		"{\"annotations\":\"nerdctl/name\"}",
		"{\"annotations\":{\"nerdctl/name\":1}}",
		"{\"annotations\":{\"nerdctl/name\":null}}",
		"{\"annotations\":{\"nerdctl/name\":[\"x\"]}}",
		"{\"annotations\":{\"nerdctl/name\":\"\"}}",
		"{\"annotations\":{\"nerdctl/name\":\"x\"}",
		"{\"annotations\":{\"nerdctl/name\":\"x\"}}}",
		"{\"annotations\":{\"nerdctl/name\":\"x\"}} {",
		"{'annotations':{'nerdctl/name':'x'}}",
		"{\"annotations\":{\"nerdctl/name\":\"x\"}} /* */",
		"\xef\xbb\xbf{\"annotations\":{\"nerdctl/name\":\"x\"}}",
		"{\"Annotations\":{\"nerdctl/name\":\"x\"}}",
		"{\"annotations\":{\"io.kubernetes.cri.container-type\":\"sandbox\"}}",
	};
	struct tree *t = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		put(t, TASKS "default/" ID "/config.json", texts[i]);
		put(t, STORAGE "overlay-containers/containers.json", texts[i]);
		put(t, DOCKER "containers/" ID "/config.v2.json", texts[i]);
		assert_null(find_at(t, (i + 1) * SECOND_NS));
	}
	put(t, TASKS "other/" ID "/config.json", "{\"annotations\":{\"nerdctl/name\":\"x\"}}");
	assert_description(find_at(t, 100 * SECOND_NS), (struct want){ .name = "x" });
}

static void says_nothing_of_another_container(void **state)
{
	put(*state, DOCKER "containers/" ID "/config.v2.json",
	    "{\"ID\":\"" OTHER_ID "\",\"Config\":{\"Image\":\"i\"},\"Name\":\"/n\"}");
	put(*state, STORAGE "overlay-containers/containers.json",
	    "[" PODMAN_ENTRY(OTHER_ID, "x", "i", IMAGE_ID) "]");
	assert_null(find(*state));
}

static void add(struct hw_description *d, enum hw_description_form form, const char *json)
{
	memset(d, 0, sizeof(*d));
	hw_description_add(d, form, hw_slice_text(ID), hw_slice_text(json));
}

/* `times` of `open`, a middle, `times` of `close`; free() it. */
static char *nest(const char *open, size_t times, const char *middle, char close)
{
	const size_t len = strlen(open), middle_len = strlen(middle);
	char *text = malloc(times * (len + 1) + middle_len + 1), *at = text;

	assert_non_null(text);
	for (size_t i = 0; i < times; i++, at += len)
		memcpy(at, open, len);
	memcpy(at, middle, middle_len);
	at += middle_len;
	for (size_t i = 0; i < times && close; i++)
		*at++ = close;
	*at = '\0';
	return text;
}

static void is_not_made_to_take_much(void **state)
{
	static const struct {
		const char *open, *middle;
		size_t times;
		char close; /* NUL: in a list */
		bool empty;
	} cases[] = {
		{ "[", "1", 30, ']', false },
		{ "[", "1", 31, ']', true },
		{ "[", "1", 500000, ']', true },
		{ "{\"a\":", "1", 31, '}', true },
		{ "{},", "1", 16000, '\0', false },
		{ "{},", "1", 17000, '\0', true },
		{ "1,", "1", 131000, '\0', false },
		{ "1,", "1", 132000, '\0', true },
		{ " ", "1", HW_DESCRIPTION_JSON_MAX - 100, '\0', false },
		{ " ", "1", HW_DESCRIPTION_JSON_MAX, '\0', true },
	};
	struct hw_description d;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static char json[2 * HW_DESCRIPTION_JSON_MAX];
		char *text = nest(cases[i].open, cases[i].times, cases[i].middle, cases[i].close);
		const bool list = cases[i].close == '\0';

		snprintf(json, sizeof(json),
			 "{\"annotations\":{\"nerdctl/name\":\"x\"},\"more\":%s%s%s}",
			 list ? "[" : "", text, list ? "]" : "");
		add(&d, HW_FORM_BUNDLE, json);
		assert_int_equal(hw_description_is_empty(&d), cases[i].empty);
		free(text);
	}
}

static void leaves_out_what_has_no_room(void **state)
{
	char *name = nest("n", HW_DESCRIPTION_TEXT_MAX + 1, "", '\0');
	char *json = malloc(HW_DESCRIPTION_TEXT_MAX + 256);
	struct hw_description d;

	(void)state;
	assert_non_null(json);
	snprintf(json, HW_DESCRIPTION_TEXT_MAX + 256,
		 "{\"annotations\":{\"nerdctl/name\":\"%s\","
		 "\"io.kubernetes.cri.image-name\":\"i\"}}",
		 name);
	add(&d, HW_FORM_BUNDLE, json);
	assert_text(d.name, "");
	assert_text(d.image, "i");

	name[HW_DESCRIPTION_TEXT_MAX] = '\0';
	snprintf(json, HW_DESCRIPTION_TEXT_MAX + 256,
		 "{\"annotations\":{\"nerdctl/name\":\"%s\","
		 "\"io.kubernetes.cri.image-name\":\"i\"}}",
		 name);
	add(&d, HW_FORM_BUNDLE, json);
	assert_text(d.name, name);
	assert_text(d.image, "");
	free(json);
	free(name);
}

static void keeps_any_bytes(void **state)
{
	struct hw_description d;

	(void)state;
	add(&d, HW_FORM_BUNDLE, "{\"annotations\":{\"nerdctl/name\":\"a\\u0000\\u001b\xff\"}}");
	assert_slice_equal(d.name, hw_slice("a\0\x1b\xff", 4));
}

static void does_not_say_more_when_cut(void **state)
{
	static const char json[] =
		"{\"ID\":\"" ID "\",\"Config\":{\"Image\":\"i\"},\"Name\":\"n\"}";
	struct hw_description d;

	(void)state;
	for (size_t len = 0; len <= strlen(json); len++) {
		char *copy = malloc(len + 1);

		assert_non_null(copy);
		memcpy(copy, json, len);
		memset(&d, 0, sizeof(d));
		hw_description_add(&d, HW_FORM_DOCKER, hw_slice_text(ID), hw_slice(copy, len));
		assert_int_equal(hw_description_is_empty(&d), len < strlen(json));
		free(copy);
	}
}

static void takes_only_ids(void **state)
{
	static const char *const ids[] = {
		"",
		"../../../../etc/passwd",
		"9d7b854e6078b964c981f55c7a208718119ff6bbc9e70a2fe11d098d496821c",
		"9d7b854e6078b964c981f55c7a208718119ff6bbc9e70a2fe11d098d496821c1a",
		"9D7B854E6078B964C981F55C7A208718119FF6BBC9E70A2FE11D098D496821C1",
		"../854e6078b964c981f55c7a208718119ff6bbc9e70a2fe11d098d496821c1b2",
		"9d7b854e6078b964c981f55c7a20871%119ff6bbc9e70a2fe11d098d496821c1",
	};
	struct tree *t = *state;

	put(t, TASKS "default/" ID "/config.json", "{\"annotations\":{\"nerdctl/name\":\"x\"}}");
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		assert_null(hw_runtimes_find(t->runtimes, hw_slice_text(ids[i]), SECOND_NS));
}

/* A link in the place of `path`, to what is otherwise a good `file`. */
static void link_to(const struct tree *t, const char *path, const char *target)
{
	char from[512], to[512];

	path_of(t, path, from);
	path_of(t, target, to);
	assert_int_equal(symlink(to, from), 0);
}

static void follows_no_links(void **state)
{
	struct tree *t = *state;
	char path[512];

	put(t, "/elsewhere/" ID "/config.json", "{\"annotations\":{\"nerdctl/name\":\"x\"}}");
	link_to(t, TASKS "file/" ID "/config.json", "/elsewhere/" ID "/config.json");
	link_to(t, TASKS "dir/" ID, "/elsewhere/" ID);
	put(t, TASKS "near/real/config.json", "{\"annotations\":{\"nerdctl/name\":\"x\"}}");
	path_of(t, TASKS "near/" ID, path);
	assert_int_equal(symlink("real", path), 0);
	put_podman(t, "/elsewhere/share/containers/storage/", "containers.json");
	link_to(t, "/home/ann/.local/share", "/elsewhere/share");
	put_podman(t, "/elsewhere/bob/.local/share/containers/storage/", "containers.json");
	link_to(t, "/home/bob", "/elsewhere/bob");
	assert_null(find(t));
}

/* An administrator may put a runtime's state on another disk. */
static void follows_the_link_to_a_state_directory(void **state)
{
	struct tree *t = *state;

	put_podman(t, "/disk/storage/", "containers.json");
	link_to(t, "/var/lib/containers/storage", "/disk/storage");
	assert_description(find(t), (struct want)PODMAN_WANT);
}

static void waits_for_no_pipe(void **state)
{
	const struct hw_state_dir dir = { .path = ((struct tree *)*state)->root };
	struct tree *t = *state;
	struct hw_buf buf;
	char path[512];

	path_of(t, TASKS "default/" ID "/config.json", path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(find(t));

	hw_buf_init(&buf, 16, NULL);
	assert_int_equal(hw_state_file_read(&dir, &path[strlen(t->root) + 1], &buf), -EINVAL);
	assert_int_equal(hw_state_file_read(&dir, "run", &buf), -EINVAL);
	assert_int_equal(hw_state_file_read(&dir, "../etc", &buf), -EXDEV);
	assert_int_equal(hw_state_file_read(&dir, "/etc/passwd", &buf), -EXDEV);
	assert_int_equal(hw_state_file_read(&dir, "none", &buf), -ENOENT);
	assert_int_equal(buf.len, 0);
	hw_buf_clear(&buf);
}

static void reads_a_file_up_to_a_length(void **state)
{
	const struct hw_state_dir dir = { .path = ((struct tree *)*state)->root };
	struct hw_buf buf;

	put(*state, "/f", "0123456789abcde");
	hw_buf_init(&buf, 16, NULL);
	assert_int_equal(hw_state_file_read(&dir, "f", &buf), 0);
	assert_slice_equal(hw_buf_slice(&buf), HW_SLICE("0123456789abcde"));
	buf.len = 0;
	put(*state, "/f", "0123456789abcdef");
	assert_int_equal(hw_state_file_read(&dir, "f", &buf), -ENOBUFS);
	assert_int_equal(buf.len, 0);
	hw_buf_clear(&buf);
}

static void finds_who_comes_late(void **state)
{
	struct tree *t = *state;

	assert_null(find_at(t, 5 * SECOND_NS));
	put(t, TASKS "default/" ID "/config.json", "{\"annotations\":{\"nerdctl/na");
	assert_null(find_at(t, 6 * SECOND_NS));
	put(t, TASKS "default/" ID "/config.json", "{\"annotations\":{\"nerdctl/name\":\"x\"}}");
	assert_null(find_at(t, 7 * SECOND_NS - 1));
	assert_non_null(find_at(t, 7 * SECOND_NS));
}

static void finds_who_comes_late_when_the_clock_is_set_back(void **state)
{
	struct tree *t = *state;

	assert_null(find_at(t, 5 * SECOND_NS));
	put(t, TASKS "default/" ID "/config.json", "{\"annotations\":{\"nerdctl/name\":\"x\"}}");
	assert_non_null(find_at(t, 3 * SECOND_NS));
}

static void remembers_who_is_gone(void **state)
{
	struct tree *t = *state;
	char path[512];

	put(t, TASKS "default/" ID "/config.json", "{\"annotations\":{\"nerdctl/name\":\"x\"}}");
	assert_non_null(find_at(t, SECOND_NS));
	path_of(t, TASKS "default/" ID "/config.json", path);
	assert_int_equal(unlink(path), 0);
	assert_description(find_at(t, 1000 * SECOND_NS), (struct want){ .name = "x" });
}

static struct hw_slice numbered(char id[65], unsigned int number)
{
	snprintf(id, 65, "%064x", number);
	return hw_slice(id, 64);
}

static void sees_who_is_renamed(void **state)
{
	struct tree *t = *state;

	put(t, DOCKER "containers/" ID "/config.v2.json", "{\"ID\":\"" ID "\",\"Name\":\"/old\"}");
	assert_description(find_at(t, SECOND_NS), (struct want){ .name = "old" });
	put(t, DOCKER "containers/" ID "/config.v2.json", "{\"ID\":\"" ID "\",\"Name\":\"/new\"}");
	assert_description(find_at(t, 2 * SECOND_NS - 1), (struct want){ .name = "old" });
	assert_description(find_at(t, 2 * SECOND_NS), (struct want){ .name = "new" });
	put(t, DOCKER "containers/" ID "/config.v2.json", "{\"ID\":\"" ID "\",\"Na");
	assert_description(find_at(t, 3 * SECOND_NS), (struct want){ .name = "new" });
}

/* Half of what there is to read is not believed instead of what is known. */
static void stays_who_it_is_if_too_much_is_to_be_read(void **state)
{
	struct tree *t = *state;
	char *list = nest(" ", HW_DESCRIPTION_JSON_MAX - 2, "[]", '\0'), id[65];

	put(t, TASKS "default/" ID "/config.json", "{\"annotations\":{\"nerdctl/name\":\"old\"}}");
	assert_description(find_at(t, SECOND_NS), (struct want){ .name = "old" });
	put(t, STORAGE "overlay-containers/containers.json", list);
	free(list);
	put(t, TASKS "default/" ID "/config.json", "{\"annotations\":{\"nerdctl/name\":\"new\"}}");
	for (unsigned int i = 0; i < 9; i++)
		assert_null(hw_runtimes_find(t->runtimes, numbered(id, i), 9 * SECOND_NS));
	assert_description(find_at(t, 9 * SECOND_NS), (struct want){ .name = "old" });
	assert_description(find_at(t, 11 * SECOND_NS), (struct want){ .name = "new" });
}

static void fills_what_is_known(void **state)
{
	struct tree *t = *state;
	struct hw_process p = { .container_id = HW_SLICE(ID), .pod_uid = HW_SLICE("of cgroup") };

	assert_null(find_at(t, SECOND_NS));
	put(t, TASKS "k8s.io/" ID "/config.json",
	    "{\"annotations\":{\"io.kubernetes.cri.container-type\":\"sandbox\","
	    "\"io.kubernetes.cri.sandbox-name\":\"web-0\","
	    "\"io.kubernetes.cri.sandbox-namespace\":\"shop\"}}");
	hw_description_fill(find_at(t, 2 * SECOND_NS), &p);
	assert_text(p.container_name, "");
	assert_text(p.pod_name, "web-0");
	assert_text(p.pod_namespace, "shop");
	assert_text(p.pod_uid, "of cgroup");
	assert_text(p.container_image, "");
	assert_true(p.pod_sandbox);
}

/* Who is asked for often stays, however many others nobody knows. */
static void forgets_the_unknown_first(void **state)
{
	struct tree *t = *state;
	char path[512], id[65];

	put(t, TASKS "default/" ID "/config.json", "{\"annotations\":{\"nerdctl/name\":\"x\"}}");
	assert_non_null(find(t));
	path_of(t, TASKS "default/" ID "/config.json", path);
	assert_int_equal(unlink(path), 0);
	for (unsigned int i = 0; i < 20000; i++)
		assert_null(hw_runtimes_find(t->runtimes, numbered(id, i), SECOND_NS));
	assert_non_null(find(t));
}

/* The bundle of the container `from` becomes that of `to`. */
static void rename_bundle(const struct tree *t, const char *from, const char *to)
{
	char old[512], new[512];

	snprintf(old, sizeof(old), "%s" TASKS "default/%s", t->root, from);
	snprintf(new, sizeof(new), "%s" TASKS "default/%s", t->root, to);
	assert_int_equal(rename(old, new), 0);
}

static void forgets_who_was_not_asked_for(void **state)
{
	struct tree *t = *state;
	char last[65] = ID, id[65];

	put(t, TASKS "default/" ID "/config.json", "{\"annotations\":{\"nerdctl/name\":\"x\"}}");
	assert_non_null(find(t));
	for (unsigned int i = 0; i < HW_RUNTIMES_CONTAINERS_MAX; i++) {
		rename_bundle(t, last, (const char *)numbered(id, i).ptr);
		assert_non_null(hw_runtimes_find(t->runtimes, hw_slice_text(id), SECOND_NS));
		assert_non_null(find(t));
		memcpy(last, id, sizeof(last));
	}
}

static void remembers_so_many_and_no_more(void **state)
{
	enum { NR = 2 * HW_RUNTIMES_CONTAINERS_MAX };
	struct tree *t = *state;
	char last[65] = ID, id[65];
	size_t known = 0;

	put(t, TASKS "default/" ID "/config.json", "{\"annotations\":{\"nerdctl/name\":\"x\"}}");
	for (unsigned int i = 0; i < NR; i++) {
		rename_bundle(t, last, (const char *)numbered(id, i).ptr);
		assert_non_null(hw_runtimes_find(t->runtimes, hw_slice_text(id), i * SECOND_NS));
		memcpy(last, id, sizeof(last));
	}
	rename_bundle(t, last, ID);
	for (unsigned int i = 0; i < NR; i++)
		known += hw_runtimes_find(t->runtimes, numbered(id, i), 0) != NULL;
	assert_in_range(known, HW_RUNTIMES_CONTAINERS_MAX / 2, HW_RUNTIMES_CONTAINERS_MAX);
}

/* 8 MiB a second: with a list of 1 MiB, that many lookups and no more. */
static void reads_only_so_much_in_a_second(void **state)
{
	struct tree *t = *state;
	char *list = nest(" ", HW_DESCRIPTION_JSON_MAX - 2, "[]", '\0'), id[65];

	put(t, STORAGE "overlay-containers/containers.json", list);
	free(list);
	put(t, TASKS "default/" ID "/config.json", "{\"annotations\":{\"nerdctl/name\":\"x\"}}");
	for (unsigned int i = 0; i < 9; i++)
		assert_null(hw_runtimes_find(t->runtimes, numbered(id, i), SECOND_NS));
	assert_null(find_at(t, SECOND_NS));
	assert_null(find_at(t, SECOND_NS * 2 - 1));
	assert_non_null(find_at(t, SECOND_NS * 3));
}

static void lists_what_is_here(void **state)
{
	struct tree *t = *state;
	struct hw_runtime_presence p;
	size_t nr = 0;

	put(t, "/run/podman/podman.sock", "");
	put(t, DOCKER "containers/" ID "/config.v2.json", "");
	for (; hw_runtimes_list(t->root, nr, &p); nr++) {
		const bool docker = strcmp(p.name, "Docker") == 0;

		assert_int_equal(p.socket != NULL, strcmp(p.name, "Podman") == 0);
		assert_int_equal(p.state != NULL, docker);
		assert_int_equal(p.state_readable, docker);
	}
	assert_int_equal(nr, 4);
}

/* Where names are looked for, it is said that they can be. */
static void lists_every_place_of_containerd(void **state)
{
	static const char *const dirs[] = { "/run/containerd", "/run/k3s/containerd",
					    "/run/k0s/containerd",
					    "/var/snap/microk8s/common/run/containerd" };
	struct tree *t = *state;
	struct hw_runtime_presence p;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		char path[128];

		snprintf(path, sizeof(path), "%s/io.containerd.runtime.v2.task/k8s.io/x", dirs[i]);
		put(t, path, "");
		assert_true(hw_runtimes_list(t->root, 1, &p));
		assert_string_equal(p.name, "containerd");
		assert_non_null(p.state);
		assert_memory_equal(p.state, dirs[i], strlen(dirs[i]));
		assert_true(p.state_readable);
		nftw(t->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
		assert_int_equal(mkdir(t->root, 0700), 0);
	}
}

/* As under systemd's RestrictSUIDSGID=. */
static int lose_openat2(void **state)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	(void)state;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -errno;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0 ? -errno : 0;
}

/* Before anything else has loaded what reads JSON. */
static void takes_what_is_no_json_first(void **state)
{
	static const enum hw_description_form forms[] = { HW_FORM_DOCKER, HW_FORM_DOCKER_IMAGES,
							  HW_FORM_BUNDLE, HW_FORM_STORAGE,
							  HW_FORM_STORAGE_IMAGES };
	struct hw_description d;

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		memset(&d, 0, sizeof(d));
		hw_description_add(&d, forms[i], HW_SLICE(ID), HW_SLICE("{\0}"));
		assert_true(hw_description_is_empty(&d));
	}
}

int main(void)
{
	int failed;

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_is_no_json_first),
		TEST(knows_docker),
		TEST(knows_docker_in_kubernetes),
		TEST(knows_docker_with_images_in_containerd),
		TEST(knows_a_docker_image_by_its_digest),
		TEST(knows_containerd_in_kubernetes),
		TEST(knows_a_sandbox_of_k3s),
		TEST(knows_nerdctl),
		TEST(knows_crio),
		TEST(knows_a_sandbox_of_old_crio),
		TEST(knows_podman),
		TEST(knows_podman_run_rm),
		TEST(knows_podman_of_a_user),
		TEST(knows_podman_without_an_image),
		TEST(believes_the_system_first),
		TEST(says_nothing_of_what_is_not_of_the_form),
		TEST(says_nothing_of_another_container),
		cmocka_unit_test(is_not_made_to_take_much),
		cmocka_unit_test(leaves_out_what_has_no_room),
		cmocka_unit_test(keeps_any_bytes),
		cmocka_unit_test(does_not_say_more_when_cut),
		TEST(takes_only_ids),
		TEST(follows_no_links),
		TEST(follows_the_link_to_a_state_directory),
		TEST(waits_for_no_pipe),
		TEST(reads_a_file_up_to_a_length),
		TEST(finds_who_comes_late),
		TEST(finds_who_comes_late_when_the_clock_is_set_back),
		TEST(remembers_who_is_gone),
		TEST(sees_who_is_renamed),
		TEST(stays_who_it_is_if_too_much_is_to_be_read),
		TEST(fills_what_is_known),
		TEST(forgets_the_unknown_first),
		TEST(forgets_who_was_not_asked_for),
		TEST(remembers_so_many_and_no_more),
		TEST(reads_only_so_much_in_a_second),
		TEST(lists_what_is_here),
		TEST(lists_every_place_of_containerd),
	};

	failed = cmocka_run_group_tests(tests, NULL, NULL);
	return failed + cmocka_run_group_tests(tests, lose_openat2, NULL);
}
