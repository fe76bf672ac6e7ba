/* SPDX-License-Identifier: MIT */
/* Dockerfiles: cut into instructions and words as Docker cuts them, or refused with file, line and
 * instruction. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "build/dockerfile.h"
#include "build/expand.h"
#include "said.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* "NAME [flag] word|word <<name:text" of each instruction, a line each. */
static const char *show(struct arena *arena, const struct dockerfile *dockerfile)
{
	struct string out = { 0 };
	size_t i, j;

	for (i = 0; i < dockerfile->count; i++) {
		const struct instruction *one = &dockerfile->instructions[i];

		string_add(arena, &out, "%s%u %s", i ? "\n" : "", one->line, one->name);
		for (j = 0; j < one->flags.count; j++)
			string_add(arena, &out, " [%s]", one->flags.items[j]);
		for (j = 0; j < one->words.count; j++)
			string_add(arena, &out, "%s%s",
				   j            ? "|" :
				   one->is_exec ? " exec " :
						  " ",
				   one->words.items[j]);
		for (j = 0; j < one->document_count; j++)
			string_add(arena, &out, " <<%s%s:%s", one->documents[j].name,
				   one->documents[j].is_literal ? "'" : "", one->documents[j].text);
	}
	return out.text;
}

static void what_people_write_is_understood(void **state)
{
	static const struct {
		const char *text, *shown;
	} rows[] = {
		{ "FROM a", "1 FROM a" },
		{ "\xef\xbb\xbf"
		  "FROM a\r\nRUN x\r\n",
		  "1 FROM a\n2 RUN x" },
		{ "\n# comment\n  from a as b", "3 FROM a|as|b" },
		{ "ARG V=1\nFROM --platform=linux/arm/v7 a:$V AS b",
		  "1 ARG V=1\n2 FROM [platform=linux/arm/v7] a:$V|AS|b" },
		{ "FROM a\nRUN x \\\n  # no\n\n  y \\ \n z", "1 FROM a\n2 RUN x   y  z" },
		{ "FROM a\nRUN x \\\\\nRUN y", "1 FROM a\n2 RUN x \\\\\n3 RUN y" },
		{ "# escape=`\nFROM a\nRUN c:\\ `\nx", "2 FROM a\n3 RUN c:\\ x" },
		{ "#syntax = docker/dockerfile:1\n# Escape = `\n\nFROM a\nRUN x`\ny",
		  "4 FROM a\n5 RUN xy" },
		{ "# comment\n# escape=`\nFROM a\nRUN x\\\ny", "3 FROM a\n4 RUN xy" },
		{ "FROM a\nRUN [\"a\", \"b c\", \"\\u0041\"]", "1 FROM a\n2 RUN exec a|b c|A" },
		{ "FROM a\nRUN [ -e /x ] && y", "1 FROM a\n2 RUN [ -e /x ] && y" },
		{ "FROM a\nCMD []", "1 FROM a\n2 CMD" },
		{ "FROM a\nCMD echo \"a  b\"", "1 FROM a\n2 CMD echo \"a  b\"" },
		{ "FROM a\nCOPY --from=b --chown=1:2 a 'b c' d\\ e /f",
		  "1 FROM a\n2 COPY [from=b] [chown=1:2] a|'b c'|d\\ e|/f" },
		{ "FROM a\nCOPY [\"a b\", \"c\"]", "1 FROM a\n2 COPY exec a b|c" },
		{ "FROM a\nCOPY --link a b", "1 FROM a\n2 COPY [link] a|b" },
		{ "FROM a\nENV A=1 B=\"2 3\" C=4\\ 5", "1 FROM a\n2 ENV A=1|B=\"2 3\"|C=4\\ 5" },
		{ "FROM a\nENV A b  c", "1 FROM a\n2 ENV A=b  c" },
		{ "FROM a\nLABEL \"a b\"=c d='e'", "1 FROM a\n2 LABEL \"a b\"=c|d='e'" },
		{ "FROM a\nHEALTHCHECK --interval=1s CMD x y",
		  "1 FROM a\n2 HEALTHCHECK [interval=1s] CMD-SHELL|x y" },
		{ "FROM a\nHEALTHCHECK CMD [\"x\", \"y\"]", "1 FROM a\n2 HEALTHCHECK exec CMD|x|y" },
		{ "FROM a\nHEALTHCHECK none", "1 FROM a\n2 HEALTHCHECK NONE" },
		{ "FROM a\nRUN <<E\nx $y\n\n# z\nE\nUSER b",
		  "1 FROM a\n2 RUN <<E <<E:x $y\n\n# z\n\n7 USER b" },
		{ "FROM a\nRUN cat <<-'E' > f\n\tx\n\tE\nUSER b",
		  "1 FROM a\n2 RUN cat <<-'E' > f <<E':x\n\n5 USER b" },
		{ "FROM a\nCOPY <<A <<\"B\" c /d/\n1\nA\n2\nB",
		  "1 FROM a\n2 COPY c|/d/ <<A:1\n <<B':2\n" },
		{ "FROM a\nRUN echo $((1 << 3)) $((1<<3))",
		  "1 FROM a\n2 RUN echo $((1 << 3)) $((1<<3))" },
		{ "FROM a\nRUN x \\", "1 FROM a\n2 RUN x " },
		{ "FROM a\nEXPOSE 80 53/udp\nVOLUME /a /b\nSTOPSIGNAL INT",
		  "1 FROM a\n2 EXPOSE 80|53/udp\n3 VOLUME /a|/b\n4 STOPSIGNAL INT" },
		{ "FROM a\nSHELL [\"/bin/sh\", \"-ec\"]", "1 FROM a\n2 SHELL exec /bin/sh|-ec" },
		{ "FROM a\nMAINTAINER A B", "1 FROM a\n2 MAINTAINER A B" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct arena arena = { 0 };
		struct dockerfile dockerfile;

		assert_int_equal(dockerfile_parse(&dockerfile, &arena, rows[i].text, "D"), 0);
		assert_string_equal(show(&arena, &dockerfile), rows[i].shown);
		arena_close(&arena);
	}
}

static void what_is_wrong_is_said_with_its_line(void **state)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
		{ "", "davit: D: expected a FROM, it has none" },
		{ "RUN x", "davit: D:1: RUN: expected FROM before it" },
		{ "FROM a\n\nRUNN x", "davit: D:3: RUNN: unknown instruction (is RUN meant?)" },
		{ "FROM a\nXYZZYX x", "davit: D:2: XYZZYX: unknown instruction" },
		{ "FROM a\nONBUILD RUN x",
		  "davit: D:2: ONBUILD: is not supported: what it would do belongs into the Dockerfiles that build on this image" },
		{ "FROM", "davit: D:1: FROM: expected IMAGE [AS NAME]" },
		{ "FROM a b", "davit: D:1: FROM: expected IMAGE [AS NAME]" },
		{ "FROM a is b", "davit: D:1: FROM: expected IMAGE [AS NAME]" },
		{ "FROM a\nCOPY a", "davit: D:2: COPY: expected SOURCE… DESTINATION" },
		{ "FROM a\nCOPY --form=b a b",
		  "davit: D:2: COPY: unknown option --form; it knows from chown chmod link parents exclude" },
		{ "FROM a\nCOPY --from a b", "davit: D:2: COPY: --from needs a value: --from=…" },
		{ "FROM a\nCOPY --from=a --from=b a b", "davit: D:2: COPY: --from is there twice" },
		{ "FROM a\nENV A", "davit: D:2: ENV: A has no value; expected NAME=VALUE…" },
		{ "FROM a\nENV A=1 B", "davit: D:2: ENV: B has no value; expected NAME=VALUE…" },
		{ "FROM a\nENV =1", "davit: D:2: ENV: =1 has no name" },
		{ "FROM a\nSHELL sh -c",
		  "davit: D:2: SHELL: expected [\"PROGRAM\", \"ARG\"…], as a list of JSON" },
		{ "FROM a\nHEALTHCHECK x",
		  "davit: D:2: HEALTHCHECK: expected NONE, or CMD and a command" },
		{ "FROM a\nHEALTHCHECK CMD",
		  "davit: D:2: HEALTHCHECK: expected a command behind CMD" },
		{ "FROM a\nRUN", "davit: D:2: RUN: expected a command, or [\"PROGRAM\", \"ARG\"…]" },
		{ "FROM a\nRUN []",
		  "davit: D:2: RUN: expected a command, or [\"PROGRAM\", \"ARG\"…]" },
		{ "FROM a\nRUN [\"\"]", "davit: D:2: RUN: the program has an empty name" },
		{ "FROM a\nRUN <<E\nx", "davit: D:2: RUN: the here-document <<E has no end" },
		{ "FROM a\nWORKDIR", "davit: D:2: WORKDIR: expected PATH" },
		{ "# escape=x\nFROM a", "davit: D:1: expected escape=\\ or escape=`" },
		{ "# escape=`\n# escape=`\nFROM a", "davit: D:2: a directive may be there only once" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct arena arena = { 0 };
		struct dockerfile dockerfile;
		struct said said;
		int ret;

		said_begin(&said);
		ret = dockerfile_parse(&dockerfile, &arena, rows[i].text, "D");
		assert_string_equal(said_end(&said), rows[i].said);
		assert_true(ret < 0);
		arena_close(&arena);
	}
}

/* set: "a.tar.gz"; empty: ""; any other is not there. */
static const char *find(void *data, const char *name, size_t length)
{
	(void)data;
	if (length == 3 && !strncmp(name, "set", 3))
		return "a.tar.gz";
	return length == 5 && !strncmp(name, "empty", 5) ? "" : NULL;
}

static void variables_are_replaced_as_docker_does(void **state)
{
	static const struct {
		const char *word, *out;
	} rows[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "$set", "a.tar.gz" },
		{ "x${set}y", "xa.tar.gzy" },
		{ "$set_", "" },
		{ "$none", "" },
		{ "\\$set", "$set" },
		{ "'$set'", "$set" },
		{ "\"$set b\"", "a.tar.gz b" },
		{ "\"a\\\"b\\c\\$\"", "a\"b\\c$" },
		{ "a\\ b", "a b" },
		{ "a'b'\"c\"", "abc" },
		{ "$", "$" },
		{ "a$/b", "a$/b" },
		{ "${none:-x}", "x" },
		{ "${none-x}", "x" },
		{ "${empty:-x}", "x" },
		{ "${empty-x}", "" },
		{ "${set:-x}", "a.tar.gz" },
		{ "${set:+x}", "x" },
		{ "${set+x}", "x" },
		{ "${empty:+x}", "" },
		{ "${empty+x}", "x" },
		{ "${none+x}", "" },
		{ "${none:-$set}", "a.tar.gz" },
		{ "${none:-${none:-\"y z\"}}", "y z" },
		{ "${set:?no}", "a.tar.gz" },
		{ "${empty?no}", "" },
		{ "${set#*.}", "tar.gz" },
		{ "${set##*.}", "gz" },
		{ "${set%.*}", "a.tar" },
		{ "${set%%.*}", "a" },
		{ "${set#?}", ".tar.gz" },
		{ "${set#x}", "a.tar.gz" },
		{ "${set/a/b}", "b.tar.gz" },
		{ "${set//a/b}", "b.tbr.gz" },
		{ "${set//./}", "atargz" },
		{ "${set/t*z/zip}", "a.zip" },
		{ "a\\", "a" },
	};
	static const struct expansion expansion = { .escape = '\\', .find = find };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct arena arena = { 0 };
		const char *out;

		assert_null(expand_word(&out, &arena, rows[i].word, &expansion));
		assert_string_equal(out, rows[i].out);
		arena_close(&arena);
	}
}

static void bad_substitutions_are_said(void **state)
{
	static const struct {
		const char *word, *wrong;
	} rows[] = {
		{ "${", "expected a name behind ${" },
		{ "${}", "expected a name behind ${" },
		{ "${set", "${ has no }" },
		{ "${set:-x", "${ has no }" },
		{ "${set^}", "${NAME is followed by what is no operator (:- :+ :? # % /)" },
		{ "${none:?must be set}", "none: must be set" },
		{ "${empty:?}", "empty: is not set" },
		{ "'a", "a single quote has no end" },
		{ "\"a", "a double quote has no end" },
		{ "${set/a}", "expected ${NAME/PATTERN/TEXT}" },
	};
	static const struct expansion expansion = { .escape = '\\', .find = find };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct arena arena = { 0 };
		const char *out;

		assert_string_equal(expand_word(&out, &arena, rows[i].word, &expansion),
				    rows[i].wrong);
		arena_close(&arena);
	}
}

static void documents_keep_their_quotes(void **state)
{
	static const struct expansion expansion = { .escape = '\\', .find = find };
	struct arena arena = { 0 };
	const char *out;

	(void)state;
	assert_null(expand_document(&out, &arena, "a \"$set\" '$set' \\$set \\n", &expansion));
	assert_string_equal(out, "a \"a.tar.gz\" 'a.tar.gz' $set \\n");
	arena_close(&arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_people_write_is_understood),
		cmocka_unit_test(what_is_wrong_is_said_with_its_line),
		cmocka_unit_test(variables_are_replaced_as_docker_does),
		cmocka_unit_test(bad_substitutions_are_said),
		cmocka_unit_test(documents_keep_their_quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
