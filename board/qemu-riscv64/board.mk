# SPDX-License-Identifier: MIT
# What the Makefile and scripts/kernel need to know of this board.
TARGET = riscv64
