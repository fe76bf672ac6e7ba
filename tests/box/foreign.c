/* SPDX-License-Identifier: MIT */
/* Ends well, if the machine and the filter let a program of this instruction set make calls. */
int main(void)
{
	return 0;
}
