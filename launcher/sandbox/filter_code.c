/* SPDX-License-Identifier: MIT */
/* The instructions of a compiled filter: are they what the kernel takes, and what do they answer?
 *
 * Source: bpf_check_classic() and seccomp_check_filter() of the kernel. */
#include <linux/audit.h>
#include <string.h>

#include "sandbox/filter.h"
#include "seccomp_table.h"

uint32_t filter_own_arch(void)
{
	return SECCOMP_ARCH;
}

/* Bits of BPF_CLASS, BPF_OP and BPF_SRC taken apart: none of a filter's instructions has others. */
static bool is_sum(uint16_t code)
{
	switch (BPF_OP(code)) {
	case BPF_ADD:
	case BPF_SUB:
	case BPF_MUL:
	case BPF_DIV:
	case BPF_OR:
	case BPF_AND:
	case BPF_XOR:
	case BPF_LSH:
	case BPF_RSH:
		return code <= 0xff;
	default:
		return code == (BPF_ALU | BPF_NEG);
	}
}

static bool is_compare(uint16_t code)
{
	const unsigned int op = BPF_OP(code);

	return code <= 0xff && (op == BPF_JEQ || op == BPF_JGT || op == BPF_JGE || op == BPF_JSET);
}

static bool is_memory(uint16_t code)
{
	return code == (BPF_LD | BPF_MEM) || code == (BPF_LDX | BPF_MEM) || code == BPF_ST ||
	       code == BPF_STX;
}

static const char *check_sum(const struct sock_filter *f)
{
	if (f->code == (BPF_ALU | BPF_DIV | BPF_K) && f->k == 0)
		return "division by 0";
	if ((f->code == (BPF_ALU | BPF_LSH | BPF_K) || f->code == (BPF_ALU | BPF_RSH | BPF_K)) &&
	    f->k >= 32)
		return "shifts by 32 bits or more";
	return is_sum(f->code) ? NULL : "no instruction of a filter";
}

static const char *check_load(const struct sock_filter *f)
{
	if (f->code == (BPF_LD | BPF_W | BPF_ABS))
		return f->k % 4 || f->k >= sizeof(struct seccomp_data) ? "reads outside of the call" :
									 NULL;
	if (f->code == (BPF_LD | BPF_IMM) || f->code == (BPF_LDX | BPF_IMM) ||
	    f->code == (BPF_LD | BPF_W | BPF_LEN) || f->code == (BPF_LDX | BPF_W | BPF_LEN))
		return NULL;
	if (!is_memory(f->code))
		return "no instruction of a filter";
	return f->k < BPF_MEMWORDS ? NULL : "memory that there is not";
}

static const char *check_jump(const struct sock_filter *f, size_t behind)
{
	if (f->code == (BPF_JMP | BPF_JA))
		return f->k < behind ? NULL : "jumps behind the end";
	if (!is_compare(f->code))
		return "no instruction of a filter";
	return f->jt < behind && f->jf < behind ? NULL : "jumps behind the end";
}

/* BEHIND instructions follow. */
static const char *check_one(const struct sock_filter *f, size_t behind)
{
	switch (BPF_CLASS(f->code)) {
	case BPF_ALU:
		return check_sum(f);
	case BPF_JMP:
		return check_jump(f, behind);
	case BPF_RET:
		return f->code == (BPF_RET | BPF_K) || f->code == (BPF_RET | BPF_A) ?
			       NULL :
			       "no instruction of a filter";
	case BPF_MISC:
		return f->code == (BPF_MISC | BPF_TAX) || f->code == (BPF_MISC | BPF_TXA) ?
			       NULL :
			       "no instruction of a filter";
	default:
		return check_load(f);
	}
}

/* Memory must have been written on every way to where it is read; bit n of a mask: word n was. The
 * kernel takes no other. Since all jumps lead forward, one pass will do. */
static const char *check_memory(size_t *at, const struct sock_filter *code, size_t count)
{
	uint16_t masks[FILTER_MAX], written = 0;
	size_t i;

	memset(masks, 0xff, sizeof(masks));
	for (i = 0; i < count; i++) {
		const struct sock_filter *f = &code[i];

		written &= masks[i];
		*at = i;
		if (f->code == BPF_ST || f->code == BPF_STX)
			written |= (uint16_t)(1 << f->k);
		else if (is_memory(f->code) && !(written >> f->k & 1))
			return "reads memory before it is written";
		if (f->code == (BPF_JMP | BPF_JA)) {
			masks[i + 1 + f->k] &= written;
		} else if (BPF_CLASS(f->code) == BPF_JMP) {
			masks[i + 1 + f->jt] &= written;
			masks[i + 1 + f->jf] &= written;
		}
		if (BPF_CLASS(f->code) == BPF_JMP)
			written = 0xffff;
	}
	return NULL;
}

const char *filter_check(size_t *at, const struct sock_filter *code, size_t count)
{
	const char *wrong;

	*at = 0;
	if (count == 0 || count > FILTER_MAX)
		return "a filter has 1 to 4096 of them";
	for (; *at < count; ++*at) {
		wrong = check_one(&code[*at], count - *at - 1);
		if (wrong)
			return wrong;
	}
	if (BPF_CLASS(code[--*at].code) != BPF_RET)
		return "the last one does not return";
	return check_memory(at, code, count);
}

struct machine {
	uint32_t a, x, memory[BPF_MEMWORDS];
};

static uint32_t sum(uint16_t code, uint32_t a, uint32_t b)
{
	switch (BPF_OP(code)) {
	case BPF_ADD:
		return a + b;
	case BPF_SUB:
		return a - b;
	case BPF_MUL:
		return a * b;
	case BPF_DIV:
		return a / b;
	case BPF_OR:
		return a | b;
	case BPF_AND:
		return a & b;
	case BPF_XOR:
		return a ^ b;
	case BPF_LSH:
		return a << (b & 31);
	case BPF_RSH:
		return a >> (b & 31);
	default:
		return -a;
	}
}

static bool compare(uint16_t code, uint32_t a, uint32_t b)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ:
		return a == b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	default:
		return a & b;
	}
}

/* Loads and stores. */
static void move(struct machine *m, const struct sock_filter *f, const struct seccomp_data *call)
{
	uint32_t value = f->k;

	if (f->code == (BPF_LD | BPF_W | BPF_ABS))
		memcpy(&value, (const char *)call + f->k, sizeof(value));
	else if (BPF_MODE(f->code) == BPF_LEN)
		value = sizeof(*call);
	else if (BPF_MODE(f->code) == BPF_MEM)
		value = m->memory[f->k];
	if (BPF_CLASS(f->code) == BPF_LD)
		m->a = value;
	else if (BPF_CLASS(f->code) == BPF_LDX)
		m->x = value;
	else
		m->memory[f->k] = f->code == BPF_ST ? m->a : m->x;
}

uint32_t filter_ask(const struct filter *filter, const struct seccomp_data *call, bool *by_argument)
{
	struct machine m = { 0 };
	const struct sock_filter *f = filter->code;

	*by_argument = false;
	for (;; f++) {
		const uint32_t operand = BPF_SRC(f->code) == BPF_X ? m.x : f->k;

		switch (BPF_CLASS(f->code)) {
		case BPF_RET:
			return f->code == (BPF_RET | BPF_K) ? f->k : m.a;
		case BPF_ALU:
			/* The kernel ends the filter, and with it the thread. */
			if (BPF_OP(f->code) == BPF_DIV && operand == 0)
				return SECCOMP_RET_KILL_THREAD;
			m.a = sum(f->code, m.a, operand);
			break;
		case BPF_JMP:
			if (f->code == (BPF_JMP | BPF_JA))
				f += f->k;
			else
				f += compare(f->code, m.a, operand) ? f->jt : f->jf;
			break;
		case BPF_MISC:
			if (f->code == (BPF_MISC | BPF_TAX))
				m.x = m.a;
			else
				m.a = m.x;
			break;
		default:
			*by_argument |= f->code == (BPF_LD | BPF_W | BPF_ABS) &&
					f->k >= offsetof(struct seccomp_data, args);
			move(&m, f, call);
		}
	}
}
