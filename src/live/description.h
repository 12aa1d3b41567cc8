/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/live/description.h - what the files of a container runtime say of a container
 *
 * The files are JSON. Some are written by users who are not trusted, so any bytes may
 * come: what is not of the form, too long or too nested says nothing. Does no I/O.
 */
#ifndef HW_LIVE_DESCRIPTION_H
#define HW_LIVE_DESCRIPTION_H

#include "base/slice.h"

struct hw_process;

enum {
	HW_DESCRIPTION_JSON_MAX = 1 << 20, /* bytes of a file; a longer one says nothing */
	HW_DESCRIPTION_TEXT_MAX = 2048,	   /* bytes of all texts of a container together */
};

/*
 * All zero: nothing is known. An empty text is not known. The texts lie in the struct: it
 * may not be copied. They are as the runtime wrote them: any bytes.
 */
struct hw_description {
	struct hw_slice name;
	struct hw_slice image;	      /* as the user or the pod named it */
	struct hw_slice image_digest; /* "REPOSITORY@sha256:…"; "sha256:…": in none */
	struct hw_slice image_id;     /* 64 hex digits: of its configuration, in the store */
	struct hw_slice pod_name, pod_namespace, pod_uid;
	bool pod_sandbox; /* holds the pod's namespaces, runs nothing of it */

	size_t used; /* private */
	char text[HW_DESCRIPTION_TEXT_MAX];
};

enum hw_description_form {
	HW_FORM_DOCKER,	       /* Docker's config.v2.json, of one container */
	HW_FORM_DOCKER_IMAGES, /* Docker's repositories.json */
	HW_FORM_BUNDLE,	       /* an OCI bundle's config.json, of one container */
	HW_FORM_STORAGE,       /* containers.json of containers/storage: Podman, CRI-O */
	HW_FORM_STORAGE_IMAGES /* images.json of containers/storage */
};

/*
 * Load json-c: before rights are given up. Returns false if it is not installed: then nothing is
 * added, by any file.
 */
bool hw_description_load(void);
#define HW_DESCRIPTION_LIBRARY \
	"the library json-c, package libjson-c5" /* what is to be installed */

/*
 * Fill what is empty in `d` with what `json` says of the container `id` (for the forms
 * without images) or of the image d->image_id (for those with). A file that is not of
 * this form, or of others, changes nothing.
 */
void hw_description_add(struct hw_description *d, enum hw_description_form form, struct hw_slice id,
			struct hw_slice json);

/* Can a file of this form say something that `d` does not have? */
bool hw_description_wants(const struct hw_description *d, enum hw_description_form form);

/* Fill what a process has for containers and pods; it borrows. What is empty stays as it is. */
void hw_description_fill(const struct hw_description *d, struct hw_process *process);

static inline bool hw_description_is_empty(const struct hw_description *d)
{
	return d->used == 0;
}

/* The library that reads JSON, as it calls itself: "json-c 0.16". */
void hw_description_library(char *ret, size_t max);

#endif
