# SPDX-License-Identifier: Apache-2.0
# The lab: three virtual machines that become a cluster. All as root.
#
#   make up [CONF=folder]       from nothing to a Ready cluster; KUBE_BIN=folder brings Kubernetes along
#   make down                   leaves nothing but packages and /var/cache/nodeseed
#   make check-cluster          `make up` as a test, and growing by a fourth machine
#   make check-lab SCENARIO=x   one of tests/cluster/scenarios/, with its figures

PACKAGES_LAB := mmdebstrap cpio zstd udev grub-common grub-pc-bin grub-efi-amd64-bin ipxe ovmf qemu-system-x86 qemu-utils dnsmasq-base iproute2 iputils-ping procps e2fsprogs fdisk \
	mount dosfstools mtools extlinux syslinux-common jq openssl socat curl musl-tools dpkg-dev xz-utils
# Of one scenario alone. Of busybox there are two packages, and either will do.
PACKAGES_disk-contents := lvm2 mdadm cryptsetup-bin kmod $(if $(shell command -v busybox),,busybox-static)
PACKAGES_KUBERNETES := golang-1.19-go golang-github-modern-go-reflect2-dev rsync gcc libc6-dev make

# Of some scenarios alone.
PACKAGES_storage-network := ceph-mon ceph-osd ceph-common
PACKAGES_provisioners := $(PACKAGES_storage-network)

.PHONY: up down check-cluster check-lab deps-lab lab-built
deps-lab: deps
	@images/install-packages $(PACKAGES_LAB) $(if $(KUBE_BIN),,$(PACKAGES_KUBERNETES)) $(PACKAGES_$(SCENARIO))

# As for `make check`: the packages are there only now.
lab-built: deps-lab
	@$(MAKE) -j$$(nproc) all

up: lab-built
	@images/lab/up $(CONF)

down:
	@images/lab/down

check-cluster: lab-built
	tests/run --build $(BUILD) tests/cluster/test_cluster

check-lab: lab-built
	@test -x 'tests/cluster/scenarios/$(SCENARIO)' || \
		{ echo 'which one? make check-lab SCENARIO=$(notdir $(firstword $(wildcard tests/cluster/scenarios/*)))' >&2; exit 2; }
	@images/install-packages $(PACKAGES_$(SCENARIO))
	@$(MAKE) test-tools
	tests/run --build $(BUILD) tests/cluster/scenarios/$(SCENARIO)
