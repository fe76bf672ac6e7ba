/* SPDX-License-Identifier: MIT */
/* How long a health check may fail, whatever numbers an image has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "service/health.h"

#define MILLION UINT64_C(1000000)
#define DAY UINT64_C(86400000)

static uint64_t patience(uint64_t start, uint64_t interval, uint64_t retries)
{
	const struct health check = { .start_period = start * MILLION,
				      .interval = interval * MILLION,
				      .retries = retries };

	return health_patience(&check);
}

static void the_start_period_and_all_retries_are_waited_for(void **state)
{
	(void)state;
	assert_int_equal(patience(0, 0, 0), 90000);
	assert_int_equal(patience(5000, 1000, 2), 7000);
	assert_int_equal(patience(0, 0, 1), 30000);
}

static void no_number_makes_it_more_than_a_day(void **state)
{
	const struct health least = { .interval = 1, .retries = 1 };
	const struct health most = { .start_period = INT64_MAX,
				     .interval = INT64_MAX,
				     .retries = INT64_MAX };

	(void)state;
	assert_int_equal(health_patience(&most), DAY);
	/* Both are 0 modulo 2^64. */
	assert_int_equal(patience(0, UINT64_C(1) << 32, UINT64_C(1) << 32), DAY);
	assert_int_equal(patience(0, 16, UINT64_C(1) << 60), DAY);
	assert_int_equal(patience(DAY - 1, DAY, 1), DAY);
	assert_int_equal(patience(0, 1000, 1000000), DAY);
	/* No time would be for ever. */
	assert_int_equal(health_patience(&least), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_start_period_and_all_retries_are_waited_for),
		cmocka_unit_test(no_number_makes_it_more_than_a_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
