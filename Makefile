# SPDX-License-Identifier: MIT
# Builds davit: one pass over all rooms, everything that is made goes to build/BOARD.
#
## make                    davit for this machine, static: build/native/davit
## make BOARD=NAME         davit for board/NAME: build/NAME/davit
## make menuconfig         choose what is built in (.config); also oldconfig, olddefconfig, savedefconfig
## make NAME_defconfig     start from a profile or board: DEFCONFIGS
## make demo               install what is needed, build, launch an app here and on a 24 MiB board
## make test               install what is needed, build, run every test; check is one of them
## make test-long          every kind of fault at every system call, more power cuts, a board killed a hundred times (hours)
## make check              style, layers and static analysis
## make size               what the armv7 build weighs, and each option in it
## make bench              launch time, system calls and memory beside the least possible and others, here and on a board
## make deps               install every package that the goals above need (Debian)
## make install            to DESTDIR and PREFIX (/usr)
## make clean, distclean   remove what was built for one board; everything that was made
##
## Variables: V=1 shows the commands. O=DIR builds there. CONFIG_FILE=FILE serves instead of .config or the board's;
## EXTRA_CONFIG="CONFIG_X=n ..." comes after it: make O=build/native-fault EXTRA_CONFIG=CONFIG_FAULT=y
## SANITIZE=1 builds with the host's gcc, ASan and UBSan in build/native-san. CC= or CROSS_COMPILE=, PKG_CONFIG=,
## STRIP= and STATIC= (-static-pie, -static or nothing) take another toolchain than scripts/toolchain; CPPFLAGS,
## CFLAGS and LDFLAGS are added to the build's own. KCONFIG_CONF= and KCONFIG_MCONF= take another kconfig.

VERSION := 0.1.0
BOARD ?= native
PREFIX ?= /usr
WERROR ?= -Werror
KCONFIG_CONF ?= kconfig-conf
KCONFIG_MCONF ?= kconfig-mconf
O ?= build/$(BOARD)$(if $(SANITIZE),-san)
defconfigs := $(wildcard board/*_defconfig board/*/davit_defconfig)
quiet := $(or $(V),$(findstring s,$(firstword -$(MAKEFLAGS))))
Q := $(if $(V),,@)
MAKEFLAGS += -rR
.SUFFIXES:
.DELETE_ON_ERROR:

all: $(O)/davit

# The goals that need neither a configuration nor a compiler; the rest of this file is not for them.
plain := help clean distclean deps demo test test-long size bench check config menuconfig oldconfig olddefconfig savedefconfig \
	%_defconfig
goals := $(filter-out $(plain),$(or $(MAKECMDGOALS),all))

# FORCE when FILE does not hold TEXT: $(call changed,FILE,TEXT)
same = $(and $(findstring x$(1)x,x$(2)x),$(findstring x$(2)x,x$(1)x))
changed = $(if $(call same,$(strip $(file <$(1))),$(strip $(2))),,FORCE)

ifneq ($(goals),)
ifeq ($(BOARD),native)
TARGET := $(patsubst armv7%,armv7,$(shell uname -m))
CONFIG_FILE ?= $(or $(wildcard .config),board/maker_defconfig)
else
include board/$(BOARD)/board.mk
CONFIG_FILE ?= board/$(BOARD)/davit_defconfig
endif

# --- configuration -----------------------------------------------------------------------------------

configuration := $(CONFIG_FILE) $(EXTRA_CONFIG)
$(O)/configuration: $(call changed,$(O)/configuration,$(configuration)) | $(O)
	@:$(file >$@,$(configuration))

$(O)/.config: $(O)/configuration $(CONFIG_FILE) Kconfig
	@command -v $(KCONFIG_CONF) >/dev/null || scripts/deps --check build
	@{ cat $(CONFIG_FILE); printf '%s\n' $(EXTRA_CONFIG); } > $@
	@KCONFIG_CONFIG=$@ $(KCONFIG_CONF) --olddefconfig Kconfig > /dev/null

$(O)/config.mk: $(O)/.config scripts/config-h Makefile
	@scripts/config-h $(O) $(VERSION)

$(O)/config.h: $(O)/config.mk ;

$(O):
	@mkdir -p $@

include $(O)/config.mk
include launcher/sources.mk

# --- compiler: ours, or the CC or CROSS_COMPILE that was asked for ------------------------------------

own := $(filter-out default undefined,$(origin CC))
ifneq ($(SANITIZE)$(CROSS_COMPILE)$(own),)
CC := $(if $(own),$(CC),$(CROSS_COMPILE)gcc)
STRIP ?= $(CROSS_COMPILE)strip
PKG_CONFIG ?= pkg-config
STATIC ?= $(if $(filter /%,$(shell $(CC) -print-file-name=rcrt1.o)),-static-pie,-static)
else
toolchain := $(shell scripts/toolchain --dir $(TARGET))
ifeq ($(toolchain),)
$(error scripts/toolchain has nothing for $(TARGET); give CC= or CROSS_COMPILE=)
endif
CC := $(toolchain)/bin/cc
STRIP := $(toolchain)/bin/strip
PKG_CONFIG := $(toolchain)/bin/pkg-config
STATIC ?= -static-pie
$(toolchain)/done:
	@scripts/toolchain $(TARGET) > /dev/null
endif

libraries-$(or $(CONFIG_SECCOMP_COMPILE),$(CONFIG_IMAGE_OCI)) += libcjson
libraries-$(or $(CONFIG_IMAGE_ZIP),$(CONFIG_SAVE)) += zlib
libraries-$(CONFIG_BUILD) += libarchive
libraries-$(CONFIG_CONVERT_ZSTD) += libzstd
# mbedTLS 2 tells pkg-config nothing, where it is a distribution's; our toolchain, which may not be there yet, does.
MBEDTLS ?= $(if $(toolchain)$(shell $(PKG_CONFIG) --exists mbedtls && echo yes),,-lmbedtls -lmbedx509 -lmbedcrypto)
ifneq ($(CONFIG_DIGEST),)
libraries-$(if $(MBEDTLS),,y) += mbedtls
libs += $(MBEDTLS)
endif

warnings := -Wall -Wextra -Wundef -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wwrite-strings -Wpointer-arith -Wcast-align -Wformat=2 -Wredundant-decls -Wdate-time $(WERROR)
cppflags := -Ilauncher -I$(O) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64
cflags := -std=gnu11 -g $(warnings) -ffile-prefix-map=$(CURDIR)=.
ifeq ($(SANITIZE),)
# _FORTIFY_SOURCE does nothing with musl, and serves where a foreign toolchain brings glibc.
cppflags += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
cflags += -Os -fPIE -fstack-protector-strong -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables
ldflags := $(STATIC) -Wl,--gc-sections,--build-id=none,-z,relro,-z,now,-z,noexecstack,-z,max-page-size=4096
else
cflags += -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
ldflags := -fsanitize=address,undefined
endif
flags := $(CC) $(cppflags) $(CPPFLAGS) $(cflags) $(CFLAGS) $(ldflags) $(LDFLAGS) $(libraries-y) $(libs) $(PKG_CONFIG)
compile = $(CC) $(cppflags) $(CPPFLAGS) $(cflags) $(CFLAGS)

# --- davit -------------------------------------------------------------------------------------------

objects := $(src-y:%.c=$(O)/%.o)

$(O)/flags: $(call changed,$(O)/flags,$(flags)) | $(O)
	@:$(file >$@,$(flags))

# What pkg-config says, as files that the compiler reads.
$(O)/libraries: $(O)/flags $(if $(toolchain),| $(toolchain)/done)
	@$(if $(libraries-y),$(PKG_CONFIG) --cflags $(libraries-y),:) > $@.cflags
	@$(if $(libraries-y),$(PKG_CONFIG) $(if $(SANITIZE),,--static) --libs $(libraries-y),:) > $@
	@echo "$(libs)" >> $@

# The policy in the numbers of the machine that is built for.
made-$(CONFIG_SECCOMP) += $(O)/seccomp_table.h
$(O)/seccomp_table.h: launcher/sandbox/seccomp.policy scripts/seccomp-table $(O)/libraries
	@scripts/seccomp-table '$(CC) $(CFLAGS)' $< > $@

# The names of calls on all machines, for policies that people write.
made-$(CONFIG_SECCOMP_COMPILE) += $(O)/seccomp_names_table.h
$(O)/seccomp_names_table.h: launcher/sandbox/seccomp.policy scripts/seccomp-table $(O)/libraries
	@scripts/seccomp-table --names '$(CC) $(CFLAGS)' $< > $@

$(O)/%.o: %.c $(O)/libraries | $(O)/config.h $(made-y)
	@$(if $(quiet),,echo '  CC    $<')
	@mkdir -p $(@D)
	$(Q)$(compile) @$(O)/libraries.cflags -MMD -MP -c -o $@ $<

# What a davit needs that waits for its app lies together, sandbox/ beside the C library: it keeps few pages.
late := $(filter %/supervise.o %/execute.o %/launch.o %/streams.o %/trim.o %/ring.o %/terminal.o,$(objects))
$(O)/davit.debug: $(objects) $(O)/config.h launcher/sources.mk
	@$(if $(quiet),,echo '  LINK  $(O)/davit')
	$(Q)$(CC) $(cflags) $(CFLAGS) $(ldflags) $(LDFLAGS) -o $@ $(filter-out $(late),$(objects)) @$(O)/libraries \
		$(late) @$(O)/libraries

$(O)/davit: $(O)/davit.debug
	$(Q)$(STRIP) -R .comment -o $@ $<

-include $(objects:.o=.d)

# How this build compiles, for scripts that compile more than davit: eval "$(make -s settings)".
settings: $(O)/libraries $(O)/config.h $(made-y)
	@echo "CC='$(CC)' STRIP='$(STRIP)' PKG_CONFIG='$(PKG_CONFIG)' O='$(O)' TARGET='$(TARGET)'"
	@echo "CPPFLAGS='$(cppflags) $(CPPFLAGS) $(strip $(file <$(O)/libraries.cflags))'"
	@echo "CFLAGS='$(cflags) $(CFLAGS)' LDFLAGS='$(ldflags) $(LDFLAGS)' LIBS='$(strip $(file <$(O)/libraries))'"
	@echo "SOURCES='$(src-y)'"

install: $(O)/davit
	install -D -m 755 $(O)/davit $(DESTDIR)$(PREFIX)/bin/davit
	install -D -m 644 launcher/davit.1 $(DESTDIR)$(PREFIX)/share/man/man1/davit.1
	install -D -m 644 launcher/davit-seccomp.5 $(DESTDIR)$(PREFIX)/share/man/man5/davit-seccomp.5
	install -D -m 644 launcher/davit.conf.5 $(DESTDIR)$(PREFIX)/share/man/man5/davit.conf.5

endif

# --- goals for people --------------------------------------------------------------------------------

# kconfig reads and writes .config; Buildroot looks for these rules by name.
config: .deps
	$(KCONFIG_CONF) --oldaskconfig Kconfig
oldconfig: .deps
	$(KCONFIG_CONF) --oldconfig Kconfig
olddefconfig: .deps
	$(KCONFIG_CONF) --olddefconfig Kconfig
savedefconfig: .deps
	$(KCONFIG_CONF) --savedefconfig=defconfig Kconfig
menuconfig: .deps
	$(KCONFIG_MCONF) Kconfig
.deps:
	@command -v $(KCONFIG_CONF) >/dev/null || scripts/deps --check build

# tiny_defconfig from board/tiny_defconfig, NAME_defconfig from board/NAME/davit_defconfig
define defconfig-rule
$(subst /davit_,_,$(1:board/%=%)): .deps
	$$(KCONFIG_CONF) --defconfig=$(1) Kconfig
endef
$(foreach file,$(defconfigs),$(eval $(call defconfig-rule,$(file))))

size check test demo bench:
	@scripts/$@
test-long:
	@scripts/test fault-long cuts-long
deps:
	scripts/deps build check test qemu

clean:
	rm -rf $(O)
distclean:
	rm -rf build .config .config.old defconfig

help:
	@sed -n 's/^## \{0,1\}//p' Makefile | sed 's|DEFCONFIGS|$(subst /davit_,_,$(defconfigs:board/%=%))|'

FORCE:
.PHONY: all settings install config oldconfig olddefconfig savedefconfig menuconfig .deps size check test test-long demo deps \
	bench clean distclean help FORCE
