/* SPDX-License-Identifier: MIT */
/* Reads the header of a program, and ARM's build attributes. */
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

#include "base/sys.h"
#include "image/elf.h"

#if defined(__aarch64__)
enum { OWN_MACHINE = EM_AARCH64, OWN_BITS = 64 };
#elif defined(__arm__)
enum { OWN_MACHINE = EM_ARM, OWN_BITS = 32 };
#elif defined(__riscv)
enum { OWN_MACHINE = EM_RISCV, OWN_BITS = __riscv_xlen };
#elif defined(__x86_64__)
enum { OWN_MACHINE = EM_X86_64, OWN_BITS = 64 };
#elif defined(__i386__)
enum { OWN_MACHINE = EM_386, OWN_BITS = 32 };
#else
enum { OWN_MACHINE = EM_NONE, OWN_BITS = 8 * sizeof(void *) };
#endif

/* Tags of ARM's attributes, and HWCAP_VFP of <asm/hwcap.h>. */
enum { TAG_FILE = 1, TAG_CPU_ARCH = 6, TAG_COMPATIBILITY = 32, TAG_VFP_ARGS = 28, OWN_VFP = 64 };

enum { SECTIONS_MOST = 128, ATTRIBUTES_MOST = 512, HEADER_32 = 52 };

/* A number of BYTES in the order of the file. */
static uint64_t number(const struct elf *elf, const unsigned char *at, unsigned int bytes)
{
	uint64_t value = 0;
	unsigned int i;

	for (i = 0; i < bytes; i++)
		value = value << 8 | at[elf->big ? i : bytes - 1 - i];
	return value;
}

/* A number of ARM's attributes, or what is left of one. */
static uint64_t take_uleb(const unsigned char **at, const unsigned char *end)
{
	uint64_t value = 0;
	unsigned int shift = 0;

	while (*at < end) {
		const unsigned char byte = *(*at)++;

		if (shift < 63)
			value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
		if (!(byte & 0x80))
			break;
	}
	return value;
}

static void skip_text(const unsigned char **at, const unsigned char *end)
{
	while (*at < end && *(*at)++)
		;
}

/* Which ARM a value of Tag_CPU_arch is. */
static unsigned int arm_level(uint64_t value)
{
	static const unsigned char levels[] = { 0, 4, 4, 5, 5, 5, 6, 6, 6, 6, 7, 6,
						6, 7, 8, 8, 8, 8, 0, 0, 0, 8, 9 };

	return value < sizeof(levels) ? levels[value] : 0;
}

/* The attributes of a whole file: a tag each, and a number or a text, or both. */
static void read_attributes(struct elf *elf, const unsigned char *at, const unsigned char *end)
{
	while (at < end) {
		const uint64_t tag = take_uleb(&at, end);
		uint64_t value = 0;

		/* CPU_raw_name and CPU_name, then the odd ones from 32 on. */
		if (tag == 4 || tag == 5 || (tag > TAG_COMPATIBILITY && tag % 2))
			skip_text(&at, end);
		else
			value = take_uleb(&at, end);
		if (tag == TAG_COMPATIBILITY)
			skip_text(&at, end);
		if (tag == TAG_CPU_ARCH)
			elf->level = arm_level(value);
		if (tag == TAG_VFP_ARGS && value == 1)
			elf->floats = FLOAT_HARD;
	}
}

/* Version A; of each vendor a length, a name, and parts of a tag, a length and attributes. */
static void read_section(struct elf *elf, const unsigned char *at, size_t length)
{
	const unsigned char *end = at + length;
	uint64_t part;

	/* 'A', the length of the vendor's, "aeabi", the tag of a file, and its length. */
	if (length < 16 || at[0] != 'A' || memcmp(at + 5, "aeabi", 6) != 0 || at[11] != TAG_FILE)
		return;
	part = number(elf, at + 12, 4);
	if (part >= 5 && part <= length - 11)
		end = at + 11 + part;
	read_attributes(elf, at + 16, end);
}

/* What cannot be read says nothing: the header has been enough to know the machine. */
static int find_attributes(struct elf *elf, const struct elf_file *file, const unsigned char *header)
{
	const uint64_t place = number(elf, header + 32, 4);
	const uint64_t size = number(elf, header + 46, 2), count = number(elf, header + 48, 2);
	unsigned char section[40], data[ATTRIBUTES_MOST];
	uint64_t i;
	int ret = 0;

	if (place == 0 || size != sizeof(section) || count > SECTIONS_MOST)
		return 0;
	/* It stands near the end. */
	for (i = count; i-- > 0 && ret == 0;) {
		size_t length;

		ret = file->read(file->data, section, sizeof(section), place + i * size);
		if (ret < 0 || number(elf, section + 4, 4) != SHT_ARM_ATTRIBUTES)
			continue;
		length = (size_t)number(elf, section + 20, 4);
		if (length > sizeof(data))
			length = sizeof(data);
		ret = file->read(file->data, data, length, number(elf, section + 16, 4));
		if (ret == 0)
			read_section(elf, data, length);
		break;
	}
	return ret == -ENODATA ? 0 : ret;
}

int elf_read(struct elf *out, const struct elf_file *file, bool attributes)
{
	unsigned char header[HEADER_32];
	uint64_t flags, type;
	int ret = file->read(file->data, header, sizeof(header), 0);

	if (ret < 0)
		return ret == -ENODATA ? -ENOEXEC : ret;
	if (memcmp(header, ELFMAG, SELFMAG) != 0 || header[EI_CLASS] > ELFCLASS64 ||
	    header[EI_CLASS] == ELFCLASSNONE || header[EI_DATA] > ELFDATA2MSB ||
	    header[EI_DATA] == ELFDATANONE)
		return -ENOEXEC;
	*out = (struct elf){ .big = header[EI_DATA] == ELFDATA2MSB,
			     .bits = header[EI_CLASS] == ELFCLASS64 ? 64 : 32 };
	type = number(out, header + 16, 2);
	out->machine = (unsigned int)number(out, header + 18, 2);
	if (type != ET_EXEC && type != ET_DYN)
		return -ENOEXEC;
	if (out->machine != EM_ARM || out->bits != 32)
		return 0;
	flags = number(out, header + 36, 4);
	if (flags & EF_ARM_ABI_FLOAT_HARD)
		out->floats = FLOAT_HARD;
	else if (flags & EF_ARM_ABI_FLOAT_SOFT)
		out->floats = FLOAT_SOFT;
	return attributes ? find_attributes(out, file, header) : 0;
}

void elf_own(struct elf *out)
{
	const uint16_t order = 1;
	const char *platform;

	*out = (struct elf){ .machine = OWN_MACHINE,
			     .bits = OWN_BITS,
			     .big = *(const unsigned char *)&order == 0 };
	if (OWN_MACHINE != EM_ARM)
		return;
	platform = sys_platform();
	/* "v7l": Linux, arch/arm/mm/proc-v7.S */
	if (platform[0] == 'v' && platform[1] >= '4' && platform[1] <= '9')
		out->level = (unsigned int)(platform[1] - '0');
	out->floats = getauxval(AT_HWCAP) & OWN_VFP ? FLOAT_HARD : FLOAT_SOFT;
}

bool elf_fits(const struct elf *machine, const struct elf *program)
{
	/* Where the kernel has been built for it; it says so itself if not. */
	if ((machine->machine == EM_AARCH64 && program->machine == EM_ARM) ||
	    (machine->machine == EM_X86_64 && program->machine == EM_386))
		return !program->big;
	if (program->machine != machine->machine || program->big != machine->big)
		return false;
	if (program->bits > machine->bits)
		return false;
	if (machine->level && program->level > machine->level)
		return false;
	return program->floats != FLOAT_HARD || machine->floats != FLOAT_SOFT;
}

void elf_print(char text[ELF_TEXT], const struct elf *elf, bool is_board)
{
	static const struct {
		unsigned int machine, bits;
		const char *name;
	} names[] = {
		{ EM_AARCH64, 64, "arm64" }, { EM_X86_64, 64, "amd64" },
		{ EM_X86_64, 32, "x32" },    { EM_386, 32, "386" },
		{ EM_RISCV, 64, "riscv64" }, { EM_RISCV, 32, "riscv32" },
		{ EM_MIPS, 32, "mips" },     { EM_MIPS, 64, "mips64" },
		{ EM_PPC, 32, "powerpc" },   { EM_PPC64, 64, "powerpc64" },
		{ EM_S390, 64, "s390x" },    { 258, 64, "loongarch64" },
		{ EM_SH, 32, "sh4" },
	};
	const char *floats = elf->floats == FLOAT_HARD && !is_board ? " hard-float" :
			     elf->floats == FLOAT_SOFT              ? " soft-float" :
								      "";
	size_t i;

	snprintf(text, ELF_TEXT, "machine %u", elf->machine);
	if (elf->machine == EM_ARM && elf->level)
		snprintf(text, ELF_TEXT, "armv%u%s", elf->level, floats);
	else if (elf->machine == EM_ARM)
		snprintf(text, ELF_TEXT, "arm%s", floats);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (elf->machine == names[i].machine && elf->bits == names[i].bits)
			snprintf(text, ELF_TEXT, "%s%s", names[i].name,
				 elf->big && elf->machine == EM_AARCH64 ? " big-endian" : "");
	}
}
