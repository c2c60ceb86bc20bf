# shellcheck shell=bash disable=SC2317
# SPDX-License-Identifier: Apache-2.0
# What may be on a disk that is somebody's, for test_contents: put_KIND IMAGE makes it in a file of zeros.
# File systems come from their own mkfs where Debian has it; where it has none, or the kind needs a kernel
# or a size that the test does not have, the bytes that its format is known by are written at their place.
# Each line of `contents` is a kind and the words that the refusal must have ("" for any).

MIB=$((1024 * 1024))

# shellcheck disable=SC2059 # the format is the point
le32() { printf "\\x$(printf %02x $(($1 & 255)))\\x$(printf %02x $(($1 >> 8 & 255)))\\x$(printf %02x $(($1 >> 16 & 255)))\\x$(printf %02x $(($1 >> 24 & 255)))"; }
size_of() { stat -c %s "$1"; }
# larger MIB IMAGE COMMAND…: of a file system that wants more room than the disks here have, the beginning.
larger() {
    local size=$1 image=$2 big=$WORK/larger.img
    shift 2
    rm -f "$big"
    truncate -s "${size}M" "$big"
    "$@" "$big" >/dev/null 2>&1 && head -c "$(size_of "$image")" "$big" | dd of="$image" bs=1M conv=notrunc,sparse iflag=fullblock status=none
    rm -f "$big"
}
tree() { mkdir -p "$WORK/tree" && echo text >"$WORK/tree/file"; }

put_ext2() { mkfs.ext2 -q -F "$1"; }
put_ext3() { mkfs.ext3 -q -F "$1"; }
put_ext4() { mkfs.ext4 -q -F -L home "$1"; }
put_ext4_with_a_bad_superblock() {
    mkfs.ext4 -q -F "$1"
    printf '\377' | write_at "$1" $((1024 + 0x3fc)) # its checksum
}
put_a_journal_of_ext4() { mke2fs -q -F -O journal_dev "$1"; }
put_xfs() { larger 320 "$1" mkfs.xfs -q; }
put_btrfs() { larger 114 "$1" mkfs.btrfs -q -f; }
put_fat16() { mkfs.vfat -F 16 "$1" >/dev/null; }
put_fat32() { larger 64 "$1" mkfs.vfat -F 32; }
put_exfat() { mkfs.exfat "$1" >/dev/null; }
put_ntfs() { mkfs.ntfs -q -F "$1" >/dev/null; }
put_f2fs() { larger 128 "$1" mkfs.f2fs -q; }
put_nilfs2() { larger 160 "$1" mkfs.nilfs2 -q; }
put_jfs() { mkfs.jfs -q "$1" >/dev/null; }
put_reiserfs() { larger 64 "$1" mkfs.reiserfs -q -f -f; }
put_udf() { mkudffs "$1" >/dev/null; }
put_iso9660() { tree && genisoimage -quiet -o "$WORK/tree.iso" "$WORK/tree" && dd if="$WORK/tree.iso" of="$1" conv=notrunc status=none; }
put_squashfs() { tree && rm -f "$WORK/tree.sq" && mksquashfs "$WORK/tree" "$WORK/tree.sq" -quiet -no-progress >/dev/null && dd if="$WORK/tree.sq" of="$1" conv=notrunc status=none; }
put_erofs() { tree && mkfs.erofs --quiet "$WORK/tree.erofs" "$WORK/tree" >/dev/null && dd if="$WORK/tree.erofs" of="$1" conv=notrunc status=none; }
put_cramfs() { tree && mkfs.cramfs "$WORK/tree" "$WORK/tree.cramfs" && dd if="$WORK/tree.cramfs" of="$1" conv=notrunc status=none; }
put_minix() { mkfs.minix "$1" >/dev/null; }
put_bfs() { mkfs.bfs "$1" 2>/dev/null; }
put_romfs() { printf -- '-rom1fs-\0\0\2\0' | write_at "$1" 0; }
put_hfsplus() { printf 'H+\0\4\200\0\1\0' | write_at "$1" 1024; }
put_apfs() { printf 'NXSB\0\020\0\0' | write_at "$1" 32; }
put_ocfs2() { printf 'OCFSV2' | write_at "$1" $((2 * 4096)); }
put_gfs2() { printf '\1\26\31\160\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\144' | write_at "$1" 65536; }
put_ufs() { printf '\31\1\124\31' | write_at "$1" $((65536 + 1372)); }
put_vxfs() { printf '\365\374\001\245' | write_at "$1" 1024; }

put_swap() { mkswap -q "$1"; }
put_hibernated_swap() { mkswap -q "$1" && printf 'S1SUSPEND\0' | write_at "$1" 4086; }

put_lvm2() {
    { printf 'LABELONE'; le32 1; le32 0; le32 0; le32 32
      printf 'LVM2 001abcdefghijklmnopqrstuvwxyz012345'; } | write_at "$1" 512
}
put_lvm1() { printf 'HM\1\0' | write_at "$1" 0; }
put_md_0_90() { { le32 0xa92b4efc; le32 0; le32 90; } | write_at "$1" $(($(size_of "$1") / 65536 * 65536 - 65536)); }
put_md_1_0() {
    local at=$((($(size_of "$1") / 512 - 16) / 8 * 8 * 512))
    { le32 0xa92b4efc; le32 1; } | write_at "$1" $at
    le32 $((at / 512)) | write_at "$1" $((at + 144)) # its own place, in sectors
}
put_md_1_1() { { le32 0xa92b4efc; le32 1; } | write_at "$1" 0; }
put_md_1_2() {
    { le32 0xa92b4efc; le32 1; } | write_at "$1" 4096
    le32 8 | write_at "$1" $((4096 + 144))
}
put_intel_raid() { printf 'Intel Raid ISM Cfg Sig. 1.1.00' | write_at "$1" $(($(size_of "$1") - 1024)); }
put_ddf_raid() { printf '\336\021\336\021\0\0\0\0DDF1' | write_at "$1" $(($(size_of "$1") - 512)); }
put_lsi_raid() { printf '$XIDE$' | write_at "$1" $(($(size_of "$1") - 512)); }
put_promise_raid() { printf 'Promise Technology, Inc.' | write_at "$1" $(($(size_of "$1") - 63 * 512)); }
put_luks1() { { printf 'LUKS\272\276\000\001aes'; } | write_at "$1" 0; }
put_luks2() { { printf 'LUKS\272\276\000\002'; } | write_at "$1" 0; }
put_only_the_second_luks2_header() { { printf 'SKUL\272\276\000\002'; } | write_at "$1" 16384; }
put_bitlocker() { printf '\353\130\220-FVE-FS-' | write_at "$1" 0; }
put_dm_verity() { printf 'verity\0\0\1\0\0\0' | write_at "$1" 0; }
put_dm_integrity() { printf 'integrt\0' | write_at "$1" 0; }
put_dm_snapshot() { printf 'SnAp' | write_at "$1" 0; }
put_bcache() {
    printf '\306\205s\366N\032E\312\202e\365\177H\272m\201' | write_at "$1" $((4096 + 24))
    printf '\010' | write_at "$1" $((4096 + 8))
}
put_zfs() {
    local i
    for ((i = 0; i < 16; i++)); do le32 0x00bab10c | write_at "$1" $((131072 + i * 1024)); done
}
put_ceph_bluestore() { printf 'bluestore block device\n' | write_at "$1" 0; }
put_drbd() { printf '\203\164\002\153' | write_at "$1" $(($(size_of "$1") - 4096 + 60)); }
put_stratis() { printf '!Stra0tis\206\377\002^A' | write_at "$1" 516; }
put_vdo() { printf 'dmvdo001' | write_at "$1" 0; }
put_vmfs_volume() { printf '\015\320\001\300' | write_at "$1" $MIB; }
put_ubi() { printf 'UBI#\1' | write_at "$1" 0; }
put_oracle_asm() { printf 'ORCLDISK' | write_at "$1" 32; }

put_gpt() { printf 'label: gpt\nsize=16M\n' | sfdisk -q "$1"; }
put_an_empty_gpt() { printf 'label: gpt\n' | sfdisk -q "$1"; }
put_gpt_without_protective_mbr() { put_gpt "$1" && dd if=/dev/zero of="$1" bs=512 count=1 conv=notrunc status=none; }
put_only_the_backup_gpt() { put_gpt "$1" && dd if=/dev/zero of="$1" bs=1M count=1 conv=notrunc status=none; }
put_gpt_with_a_damaged_header() { put_gpt "$1" && printf '\377' | write_at "$1" $((512 + 16)); }
put_gpt_with_damaged_entries() { put_gpt "$1" && printf '\377' | write_at "$1" $((1024 + 8)); }
put_only_a_protective_mbr() {
    put_gpt "$1"
    dd if=/dev/zero of="$1" bs=512 seek=1 count=63 conv=notrunc status=none
    dd if=/dev/zero of="$1" bs=512 seek=$(($(size_of "$1") / 512 - 63)) count=63 conv=notrunc status=none
}
put_a_hybrid_mbr() { put_gpt "$1" && printf '\0\0\0\0\203\0\0\0\0\10\0\0\0\200\0\0' | write_at "$1" 462; }
put_mbr() { printf 'label: dos\nsize=16M, type=83\n' | sfdisk -q "$1"; }
put_empty_mbr() { printf 'label: dos\n' | sfdisk -q "$1"; }
put_mbr_with_a_bsd_label() { printf 'label: dos\nsize=16M, type=a5\n' | sfdisk -q "$1" && le32 0x82564557 | write_at "$1" $((MIB + 512)); }
put_a_bsd_label() { { le32 0x82564557; } | write_at "$1" 512; }
put_sun_label() { printf 'label: sun\n' | sfdisk -q "$1" 2>/dev/null; }
put_sgi_label() { printf 'label: sgi\n' | sfdisk -q "$1" 2>/dev/null; }
put_apple_partition_map() { printf 'ER\2\0' | write_at "$1" 0 && printf 'PM\0\0\0\0\0\1' | write_at "$1" 512; }
put_atari_partitions() { printf '\1GEM\0\0\10\0\0\0\10\0' | write_at "$1" $((0x1c6)); }
put_boot_code() { printf '\353\074\220' | write_at "$1" 0; }

put_a_byte_at_the_start() { printf x | write_at "$1" 0; }
put_a_byte_at_the_end_of_the_first_16_MiB() { printf x | write_at "$1" $((16 * MIB - 1)); }
put_a_byte_at_the_start_of_the_last_16_MiB() { printf x | write_at "$1" $(($(size_of "$1") - 16 * MIB)); }
put_a_byte_at_the_end() { printf x | write_at "$1" $(($(size_of "$1") - 1)); }
put_random_bytes() { dd if=/dev/urandom of="$1" bs=1M count=1 seek=5 conv=notrunc status=none; }
put_all_ones() { head -c "$(size_of "$1")" /dev/zero | tr '\0' '\377' | dd of="$1" bs=1M conv=notrunc iflag=fullblock status=none; }
put_both_ext4_and_swap() { mkfs.ext4 -q -F "$1" && printf SWAPSPACE2 | write_at "$1" 4086; }
put_both_ext4_and_md() { mkfs.ext4 -q -F "$1" && put_md_0_90 "$1"; }
put_both_luks_and_gpt() { put_gpt "$1" && put_luks1 "$1"; }

contents='
ext2                    ext2 file system
ext3                    ext3 file system
ext4                    ext4 file system labelled '\''home'\''
ext4 with a bad superblock
a journal of ext4
xfs                     xfs file system
btrfs                   btrfs file system
fat16                   vfat file system
fat32                   vfat file system
exfat                   exfat file system
ntfs                    ntfs file system
f2fs                    f2fs file system
nilfs2
jfs                     jfs file system
reiserfs                reiserfs file system
udf                     udf file system
iso9660                 iso9660 file system
squashfs                squashfs file system
erofs                   erofs file system
cramfs                  cramfs file system
minix                   minix file system
bfs
romfs                   romfs file system
hfsplus
apfs
ocfs2
gfs2
ufs
vxfs                    vxfs file system
swap                    swap area
hibernated swap         swsuspend area
lvm2                    LVM2_member volume or RAID member
lvm1
md 0 90                 linux_raid_member volume or RAID member
md 1 0                  linux_raid_member volume or RAID member
md 1 1                  linux_raid_member volume or RAID member
md 1 2                  linux_raid_member volume or RAID member
intel raid              isw_raid_member volume or RAID member
ddf raid
lsi raid
promise raid
luks1                   crypto_LUKS encrypted volume
luks2
only the second luks2 header
bitlocker
dm verity
dm integrity
dm snapshot             DM_snapshot_cow area
bcache
zfs
ceph bluestore          ceph_bluestore
drbd
stratis
vdo
vmfs volume             VMFS_volume_member volume or RAID member
ubi
oracle asm
gpt                     a partition table (gpt)
an empty gpt            a partition table (gpt)
gpt without protective mbr    a partition table (gpt)
only the backup gpt     a partition table (gpt)
gpt with a damaged header
gpt with damaged entries
only a protective mbr
a hybrid mbr            a partition table (
mbr                     a partition table (dos)
empty mbr               a partition table (dos)
mbr with a bsd label    a partition table (dos)
a bsd label
sun label
sgi label
apple partition map
atari partitions
boot code               data of an unknown kind (the first at byte 0)
a byte at the start     data of an unknown kind (the first at byte 0)
a byte at the end of the first 16 MiB
a byte at the start of the last 16 MiB
a byte at the end
random bytes
all ones
both ext4 and swap
both ext4 and md
both luks and gpt
'
