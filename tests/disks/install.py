# SPDX-License-Identifier: Apache-2.0
"""For the tests of the installer: OS images, a machine of loop devices with a sysfs of the test's own
(loop devices have no serial), and a taskbox that hands out what an installer asks for."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "boot"))
from taskbox import File, Taskbox, bootstrap  # noqa: E402

MIB = 1024 * 1024
CLUSTER = "cccccccc-0000-4000-8000-000000000003"
ROOT_UUID = "aaaaaaaa-0000-5000-8000-00000000000a"
DISK_GUID = "bbbbbbbb-0000-5000-8000-00000000000b"
OLD_UUID = "12345678-1234-4234-8234-123456789abc"
MARK = 960 * 1024
PACKERS = {"none": ["cat"], "gzip": ["gzip", "-1", "-c"], "xz": ["xz", "-0", "-c"],
           "zstd": ["zstd", "-1", "-q", "-c"]}


def enter_namespace():
    """Mounts of our own, and a tmpfs: many small syncs are not for this machine's disk."""
    if os.getuid() != 0 or not os.path.exists("/dev/loop-control"):
        print("1..0 # SKIP needs root and loop devices")
        sys.exit(0)
    if not os.environ.get("IN_NAMESPACE"):
        os.environ["IN_NAMESPACE"] = "1"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", *sys.argv])
    folder = tempfile.mkdtemp(prefix="test-install.", dir="/tmp")
    run("mount", "-t", "tmpfs", "-o", "size=1500m", "test-install", folder)
    return folder


def run(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())
    os.chmod(path, mode)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def make_tree(folder, baked=True):
    """A root file system, as far as an installer looks at it."""
    write(f"{folder}/usr/lib/systemd/systemd", "#!/bin/true\n", 0o755)
    write(f"{folder}/etc/fstab", f"UUID={OLD_UUID} / ext4 errors=remount-ro 0 1\nUUID=1A2B-3C4D /boot/efi vfat umask=0077 0 1\n")
    write(f"{folder}/boot/grub/grub.cfg", f"search --fs-uuid --set=root {OLD_UUID}\nlinux /vmlinuz root=UUID={OLD_UUID} ro\n")
    write(f"{folder}/etc/machine-id", "0123456789abcdef0123456789abcdef\n", 0o444)
    write(f"{folder}/etc/ssh/ssh_host_ed25519_key", "the key of whoever made the image\n", 0o600)
    write(f"{folder}/etc/ssh/ssh_host_ed25519_key.pub", "its public half\n")
    write(f"{folder}/etc/systemd/network/90-dhcp.network", "[Match]\nName=en*\n\n[Network]\nDHCP=yes\n")
    write(f"{folder}/usr/lib/systemd/systemd-networkd", "#!/bin/true\n", 0o755)
    os.makedirs(f"{folder}/etc/systemd/system/multi-user.target.wants")
    os.symlink("/lib/systemd/system/systemd-networkd.service",
               f"{folder}/etc/systemd/system/multi-user.target.wants/systemd-networkd.service")
    write(f"{folder}/var/lib/nodeseed/key.pem", "somebody's\n", 0o600)
    write(f"{folder}/srv/payload", os.urandom(6 * MIB))
    if baked:
        write(f"{folder}/etc/systemd/system/seed-bootstrap.service", "[Service]\n")


def make_image(work, table, name="image", mib=48, baked=True, size=None):
    """path of a raw image; table: a script for sfdisk whose partitions with 'type=L', 'type=83' or no
    type get a root file system."""
    path, tree, part = f"{work}/{name}.img", f"{work}/{name}.tree", f"{work}/{name}.part"
    shutil.rmtree(tree, ignore_errors=True)
    make_tree(tree, baked)
    with open(path, "wb") as f:
        f.truncate(size or mib * MIB)
    subprocess.run(["sfdisk", "-q", path], input=table, text=True, check=True)
    layout = json.loads(run("sfdisk", "--json", path))["partitiontable"]
    root = [p for p in layout["partitions"] if p["type"] in ("83", "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
                                                              "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709")][-1]
    with open(part, "wb") as f:
        f.truncate(root["size"] * 512)
    run("mkfs.ext4", "-q", "-F", "-U", OLD_UUID, "-d", tree, part)
    run("dd", f"if={part}", f"of={path}", "bs=512", f"seek={root['start']}", "conv=notrunc,sparse")
    with open(path, "r+b") as f:  # boot code, so that a first sector is told from an empty one
        f.write(b"\xeb\x63\x90boot code")
    os.unlink(part)
    return path


def pack(path, compression):
    return subprocess.run([*PACKERS[compression], path], check=True, capture_output=True).stdout


class Disk:
    """A loop device with a serial number in a machine's sysfs."""

    def __init__(self, work, name, mib, serial):
        self.file, self.serial, self.mib = f"{work}/{name}.disk", serial, mib
        self.place = name
        with open(self.file, "wb") as f:
            f.truncate(mib * MIB)
        self.node = run("losetup", "-f", "--show", self.file).strip()
        self.name = os.path.basename(self.node)

    def blank(self):
        with open(self.file, "r+b") as f:
            f.truncate(0)
            f.truncate(self.mib * MIB)
        run("blockdev", "--flushbufs", self.node)

    def read(self, offset=0, size=None):
        run("blockdev", "--flushbufs", self.node)
        with open(self.node, "rb") as f:
            f.seek(offset)
            return f.read(size if size is not None else self.mib * MIB - offset)

    def put(self, offset, data):
        with open(self.node, "r+b") as f:
            f.seek(offset)
            f.write(data)
            f.flush()
            os.fsync(f.fileno())

    def digest(self):
        return hashlib.sha256(self.read()).hexdigest()

    def mark(self):
        """What the installer's mark says; None without one that is whole."""
        block = self.read(MARK, 4096)
        if hashlib.sha256(block[:-32]).digest() != block[-32:]:
            return None
        return json.loads(block[:-32].rstrip(b"\0"))

    def bootable(self):
        """Could firmware find anything to start: a first sector, or a GPT at either end?"""
        return any(self.read(0, 512)) or self.read(512, 8) == b"EFI PART" or \
            self.read(self.mib * MIB - 512, 8) == b"EFI PART"

    def layout(self):
        return json.loads(run("sfdisk", "--json", self.node))["partitiontable"]

    def detach(self):
        subprocess.run(["losetup", "-d", self.node], check=False)


class Machine:
    def __init__(self, work, name="machine"):
        self.root = f"{work}/{name}"
        self.reset()

    def reset(self):
        """Power off and on: the installer's memory is gone, mounts are, and the disks stay."""
        with open("/proc/self/mountinfo", encoding="ascii") as f:
            for place in sorted((line.split()[4] for line in f), reverse=True):
                if place.startswith(self.root):
                    run("umount", "-l", place)
        shutil.rmtree(self.root, ignore_errors=True)
        for folder in ("run", "etc", "sys/block", "sys/class/net"):
            os.makedirs(f"{self.root}/{folder}")
        os.symlink("/dev", f"{self.root}/dev")
        os.symlink("/proc", f"{self.root}/proc")
        os.symlink("/sys/dev", f"{self.root}/sys/dev")
        write(f"{self.root}/sys/class/dmi/id/product_serial", "SERIAL1\n")

    def plug(self, disk, address="05.0"):
        folder = f"{self.root}/sys/devices/pci0000:00/0000:00:{address}/virtio1/block/{disk.name}"
        os.makedirs(f"{folder}/holders", exist_ok=True)
        os.symlink(folder, f"{self.root}/sys/block/{disk.name}")
        write(f"{folder}/dev", read(f"/sys/block/{disk.name}/dev"))
        write(f"{folder}/size", f"{disk.mib * MIB // 512}\n")
        write(f"{folder}/ro", "0\n")
        write(f"{folder}/serial", f"{disk.serial}\n")

    def forget_partitions(self, disk):
        """As a restart would: the kernel does not remember what the installer told it."""
        for entry in os.listdir(f"/sys/block/{disk.name}"):
            if os.path.exists(f"/sys/block/{disk.name}/{entry}/partition"):
                run("delpart", disk.node, read(f"/sys/block/{disk.name}/{entry}/partition").decode().strip())

    def install(self, box, cut=None, timeout=120):
        cmdline = f"{self.root}/cmdline"
        write(cmdline, f"BOOT_IMAGE=x nodeseed.server=https://127.0.0.1:{box.tls} "
                       f"nodeseed.plain=http://127.0.0.1:{box.plain} nodeseed.pin={box.ca.pin} quiet BOOTIF=01-52-54-00-00-00-02\n")
        return bootstrap(self.root, "--install", "--once", "--config", cmdline, timeout=timeout,
                         env={"NODESEED_CUT_AT": f"install:{cut}"} if cut else None,
                         program="tests/seed-bootstrap")


class Installer(Taskbox):
    """The part of the API that an installer uses. config() may be changed between runs."""

    def __init__(self, folder):
        super().__init__(folder)
        self.tokens = 0
        self.done = []
        self.reports = []
        self.enrolments = []
        self.install = None
        self.answers.update({
            ("GET", "/v1/install"): lambda body: (200, json.dumps(self.install)),
            ("POST", "/v1/install/handover"): self.handover,
            ("POST", "/v1/install/done"): self.note_done,
            ("POST", "/v1/install/reports"): self.note_report,
            ("POST", "/v1/install/log"): lambda body: (204, ""),
            ("POST", "/v1/enrol"): self.note_enrolment,
        })

    def note_enrolment(self, body):
        """A certificate in the host's name, whatever the request calls itself."""
        folder = self.ca.folder
        self.enrolments.append(json.loads(body))
        write(f"{folder}/node1.csr", self.enrolments[-1]["csr"])
        self.ca.sign("node1", self.at, "-cert", "ca.crt", "-keyfile", "ca.key", "-subj", "/CN=node1")
        return 200, json.dumps({"host": "node1", "certificate": read(f"{folder}/node1.crt").decode(),
                                "ca": read(f"{folder}/ca.crt").decode()})

    def handover(self, body):
        self.tokens += 1
        return 200, json.dumps({"token": f"token-number-{self.tokens:06d}"})

    def note_done(self, body):
        self.done.append(json.loads(body))
        return 204, ""

    def note_report(self, body):
        self.reports.append(json.loads(body))
        return 204, ""

    def offer(self, raw, compression="none", serial="OS1", breaks=(), **more):
        """The image file raw for the disk of that serial. Returns the File that is served."""
        data = pack(raw, compression)
        digest = hashlib.sha256(data).hexdigest()
        self.files = {f"/artifacts/{digest}": File(data, digest, breaks)}
        self.install = {
            "version": 1, "plan": "p1", "cluster": {"id": CLUSTER}, "host": {"name": "node1", "ip": "127.0.0.1"},
            "incarnation": 1, "root_uuid": ROOT_UUID, "disk_guid": DISK_GUID, "reinstall": False,
            "disk": {"match": {"serial": serial}},
            "image": {"name": "debian", "url": f"http://127.0.0.1:{self.plain}/artifacts/{digest}",
                      "sha256": digest, "size": len(data), "compression": compression,
                      "raw_size": os.path.getsize(raw)},
            "preflight": {"memory_mb": 16, "modules": []}, "network": None,
            "seed": {"server": f"https://127.0.0.1:{self.tls}", "plain": f"http://127.0.0.1:{self.plain}",
                     "pin": self.ca.pin, "host": "node1"}} | more
        return self.files[f"/artifacts/{digest}"]


class Mounted:
    """with Mounted(disk, partition, folder) as root: …"""

    def __init__(self, disk, partition, folder):
        self.disk, self.partition, self.folder = disk, partition, folder

    def __enter__(self):
        os.makedirs(self.folder, exist_ok=True)
        run("mount", "-o", f"ro,loop,offset={self.partition['start'] * 512},"
                           f"sizelimit={self.partition['size'] * 512}", self.disk.node, self.folder)
        return self.folder

    def __exit__(self, *_):
        run("umount", "-d", self.folder)
