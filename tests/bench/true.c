/* SPDX-License-Identifier: MIT */
/* The app of the benchmarks: nothing. */
int main(void)
{
	return 0;
}
