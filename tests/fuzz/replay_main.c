/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/fuzz/replay_main.c - run a fuzz target once on every file of a folder */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

/* In a block of exactly its size, so that a read past the end is seen by a sanitizer. */
static int replay(const char *path)
{
	struct stat st;
	FILE *f = fopen(path, "rbe");
	uint8_t *data;
	int err = -1;

	if (!f)
		return -1;
	if (fstat(fileno(f), &st) == 0 && (data = malloc((size_t)st.st_size + !st.st_size))) {
		if (fread(data, 1, (size_t)st.st_size, f) == (size_t)st.st_size)
			err = LLVMFuzzerTestOneInput(data, (size_t)st.st_size);
		free(data);
	}
	fclose(f);
	return err;
}

int main(int argc, char **argv)
{
	DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
	const struct dirent *entry;
	int nr = 0;

	if (!dir) {
		fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return 2;
	}
	while ((entry = readdir(dir))) {
		char path[4096];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
		if (replay(path) != 0) {
			fprintf(stderr, "%s: cannot replay\n", path);
			closedir(dir);
			return 1;
		}
		nr++;
	}
	closedir(dir);
	printf("%d inputs replayed\n", nr);
	return nr > 0 ? 0 : 1;
}
