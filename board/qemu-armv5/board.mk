# SPDX-License-Identifier: MIT
# What the Makefile and scripts/kernel need to know of this board.
TARGET = armv5
KERNEL_TREE = versatile-pb.dtb
