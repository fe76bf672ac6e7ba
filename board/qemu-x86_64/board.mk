# SPDX-License-Identifier: MIT
# What the Makefile and scripts/kernel need to know of this board.
TARGET = x86_64
KERNEL_PACKAGE = linux-image-6.1.0-50-cloud-amd64
