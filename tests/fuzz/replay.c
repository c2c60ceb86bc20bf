/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for libFuzzer where the seed corpus is only replayed: feeds every file of the folders
 * named as arguments, or of tests/fuzz/corpus/MODULE for a program called fuzz_MODULE, to the
 * target. A crash or a sanitizer's report ends the program, which tests/run sees. */
#include <errno.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t inputs;

static int replay_file(const char *path, const struct stat *st, int type, struct FTW *where)
{
    size_t len = (size_t)st->st_size;
    uint8_t *data;
    FILE *f;

    (void)where;
    if (type != FTW_F)
        return 0;
    /* Exactly as long as the input, so that reading one byte past its end is seen. */
    data = malloc(len ? len : 1);
    f = fopen(path, "re");
    if (!data || !f || fread(data, 1, len, f) != len) {
        printf("not ok 1 - reading %s: %s\n", path, strerror(errno));
        exit(1);
    }
    (void)fclose(f); /* only read from */
    fprintf(stderr, "# %s\n", path);
    (void)LLVMFuzzerTestOneInput(data, len); /* always 0 by libFuzzer's contract */
    free(data);
    inputs++;
    return 0;
}

int main(int argc, char **argv)
{
    const char *name = strrchr(argv[0], '/');
    char folder[512];

    name = name ? name + 1 : argv[0];
    name = strncmp(name, "fuzz_", 5) == 0 ? name + 5 : name;
    (void)snprintf(folder, sizeof(folder), "tests/fuzz/corpus/%s", name);
    for (int i = 1; i < argc || i == 1; i++) {
        const char *path = argc > 1 ? argv[i] : folder;

        if (nftw(path, replay_file, 16, FTW_PHYS) < 0) {
            printf("not ok 1 - reading %s: %s\n", path, strerror(errno));
            return 1;
        }
    }
    if (inputs == 0) {
        printf("not ok 1 - %s: the corpus is empty\n", name);
        return 1;
    }
    printf("ok 1 - %s: %zu inputs\n1..1\n", name, inputs);
    return 0;
}
