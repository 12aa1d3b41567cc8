/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/base/library.h - a library that is loaded when it is asked for
 *
 * Some bring so many others that these would be a third of the time that a program takes to
 * start, and their code would be in it, for all who need none of it. Not for the engine, which
 * opens no files.
 */
#ifndef HW_BASE_LIBRARY_H
#define HW_BASE_LIBRARY_H

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/*
 * Load `file`, unless it is there, and put the functions `names[0..nr)` into `functions`, a struct
 * of pointers in that order. It stays until the end. Returns whether all are there; dlerror() says what
 * is not.
 */
static inline bool hw_library_load(const char *file, const char *const *names, size_t nr,
				   void *functions)
{
	void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0; i < nr; i++) {
		void *function = library ? dlsym(library, names[i]) : NULL;

		if (!function)
			return false;
		memcpy((char *)functions + i * sizeof(function), &function, sizeof(function));
	}
	return true;
}

#endif
