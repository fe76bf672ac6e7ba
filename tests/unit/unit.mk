# SPDX-License-Identifier: MIT
# Builds tests/unit/test_NAME.c, each with all of davit but its main.c; scripts/test gives OUT and a sanitized build's settings.

tests := $(patsubst tests/unit/%.c,$(OUT)/%,$(wildcard tests/unit/test_*.c))
objects := $(patsubst %.c,$(O)/%.o,$(filter-out launcher/main.c,$(SOURCES)))
MAKEFLAGS += -rR
.DELETE_ON_ERROR:

all: $(tests)

$(OUT)/davit.a: $(objects)
	@rm -f $@
	@ar rcs $@ $^

$(OUT)/%: tests/unit/%.c $(OUT)/davit.a tests/unit/unit.mk
	@rm -f $@
	@$(CC) $(CPPFLAGS) $(CFLAGS) -Wno-format-truncation -MMD -MP -MF $@.d -o $@ $< $(OUT)/davit.a $(LDFLAGS) $(LIBS) -lcmocka

-include $(tests:=.d)
.PHONY: all
