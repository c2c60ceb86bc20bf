/* SPDX-License-Identifier: Apache-2.0 */
#include "partition_grow.h"

#include <dirent.h>
#include <fcntl.h>

#include "common/buf.h"
#include "common/file.h"
#include "common/parse.h"
#include "common/process.h"
#include "host.h"

#define SECTOR 512 /* what sysfs counts in, whatever the disk's own are */
#define TOOL_MS 300000
#define OUTPUT_MAX (64 * 1024)

/* Of an MBR (UEFI specification, 5.2): four entries of 16 bytes, the type in the fifth of each. */
#define MBR_ENTRIES 446
#define MBR_PRIMARIES 4
#define MBR_SIGNATURE 510
#define MBR_TYPE_GPT 0xee /* a GPT is what counts */

/* A number in a file of sysfs; 0 when it is not there. */
static uint64_t read_number(const char *folder, const char *name)
{
    _cleanup_free_ char *path = path_join(folder, name);
    uint64_t value;
    char line[32];

    if (!path || !file_read_line(AT_FDCWD, path, line, sizeof(line)) ||
        parse_uint(line, UINT64_MAX, &value, NULL) < 0)
        return 0;
    return value;
}

static bool is_dos(const uint8_t mbr[PARTITION_MBR_SIZE])
{
    size_t i;

    if (mbr[MBR_SIGNATURE] != 0x55 || mbr[MBR_SIGNATURE + 1] != 0xaa)
        return false;
    for (i = 0; i < MBR_PRIMARIES; i++)
        if (mbr[MBR_ENTRIES + i * 16 + 4] == MBR_TYPE_GPT)
            return false;
    return true;
}

/* The start of the first partition that begins at that sector or later; limit when none does. */
static uint64_t next_start(const char *disk, uint64_t from, uint64_t limit)
{
    DIR *dir = opendir(disk);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        _cleanup_free_ char *folder = path_join(disk, entry->d_name);
        uint64_t start;

        if (!folder || read_number(folder, "partition") == 0)
            continue;
        start = read_number(folder, "start");
        if (start >= from && start < limit)
            limit = start;
    }
    if (dir)
        (void)closedir(dir); /* only read */
    return limit;
}

uint64_t partition_room(const char *folder, const uint8_t mbr[PARTITION_MBR_SIZE])
{
    _cleanup_free_ char *disk = strdup(folder);
    char *slash = disk ? strrchr(disk, '/') : NULL;
    uint64_t end = read_number(folder, "start") + read_number(folder, "size"), limit, block;

    if (!slash || end == 0)
        return 0;
    *slash = '\0';
    limit = read_number(disk, "size");
    if (is_dos(mbr)) {
        if (read_number(folder, "partition") > MBR_PRIMARIES)
            return 0;
        block = read_number(disk, "queue/logical_block_size");
        if (block < SECTOR)
            block = SECTOR;
        if (limit > (UINT64_C(1) << 32) * (block / SECTOR))
            limit = (UINT64_C(1) << 32) * (block / SECTOR);
    }
    limit = next_start(disk, end, limit);
    return limit > end ? (limit - end) * SECTOR : 0;
}

/* It ends with 1 both when it fails and when there is nothing to do, which it says. */
static int run_growpart(struct context *c, const char *disk, const char *number, struct error *e)
{
    const char *const argv[] = {"growpart", disk, number, NULL};
    _cleanup_buf_ struct buf said = BUF_INIT(OUTPUT_MAX);
    struct error why = ERROR_INIT;
    int r = step_run_program(c, argv, TOOL_MS, &said, &why);

    if (r == -ECHILD && said.len && strncmp(said.data, "NOCHANGE:", strlen("NOCHANGE:")) == 0) {
        step_note(c, "partition %s of %s stays as large as it is", number, disk);
        return 0;
    }
    return r < 0 ? error_set(e, r, "%s", why.message) : 0;
}

/* ", +" to sfdisk: where it begins now, as long as it can be. It moves GPT's second table to the
 * disk's end. The disk is in use, so it is partx that tells the kernel. */
static int run_sfdisk(struct context *c, const char *disk, const char *number, struct error *e)
{
    const char *const partx[] = {"partx", "--update", "--nr", number, disk, NULL};
    const char *const sfdisk[] = {"sfdisk", "--force", "--no-reread", "-N", number, disk, NULL};
    const struct process p = {
        .argv = sfdisk, .input = ", +\n", .input_len = 4, .timeout_ms = TOOL_MS};
    int r = step_run_process(c, &p, e);

    return r < 0 ? r : step_run_program(c, partx, TOOL_MS, NULL, e);
}

int partition_grow(struct context *c, const char *disk, const char *number, struct error *e)
{
    return host_has(c, "/usr/bin/growpart") ? run_growpart(c, disk, number, e)
                                            : run_sfdisk(c, disk, number, e);
}
