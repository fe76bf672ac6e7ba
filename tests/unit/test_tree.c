/* SPDX-License-Identifier: MIT */
/* Opens, makes and attacks paths in hostile trees, by openat2(2) and by the walk: both must agree. */
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "hostile_tree.h"

/* --- opening --- */

static void test_open(void **state)
{
	static const struct {
		const char *path;
		int flags;
		const char *real;
		int error;
	} rows[] = {
		{ "dir/file", READ, "dir/file", 0 },
		{ "/dir/file", READ, "dir/file", 0 },
		{ "//dir//file", READ, "dir/file", 0 },
		{ "./dir/./file", READ, "dir/file", 0 },
		{ "dir/sub/../file", READ, "dir/file", 0 },
		{ "..", O_PATH, ".", 0 },
		{ "../../../..", READ, ".", 0 },
		{ "../../../../dir/file", READ, "dir/file", 0 },
		{ "/", READ, ".", 0 },
		{ "//", O_PATH, ".", 0 },
		{ ".", READ, ".", 0 },
		{ "", READ, NULL, ENOENT },
		{ "absolute", READ, "dir/file", 0 },
		{ "relative", READ, "dir/file", 0 },
		{ "up", READ, "dir/file", 0 },
		{ "many", READ, "dir/file", 0 },
		{ "to_dir/file", READ, "dir/file", 0 },
		{ "to_dir", O_PATH, "dir", 0 },
		{ "to_dir", NOFOLLOW, "to_dir", 0 },
		{ "to_dir/", NOFOLLOW, "dir", 0 },
		{ "to_dir", NOFOLLOW | O_DIRECTORY, NULL, ENOTDIR },
		{ "to_dir", READ | O_NOFOLLOW, NULL, ELOOP },
		{ "to_dir/file", READ | O_NOFOLLOW, "dir/file", 0 },
		{ "slash", O_PATH, "dir", 0 },
		{ "file_slash", O_PATH, NULL, ENOTDIR },
		{ "top", O_PATH, ".", 0 },
		{ "top/top/../top/dir", O_PATH, "dir", 0 },
		{ "real_root/dir", O_PATH, "dir", 0 },
		{ "self/self/self/file", READ, "file", 0 },
		{ "dir/back/back/sub/up", READ, "file", 0 },
		{ "to_dir/sub/../../file", READ, "file", 0 },
		{ "to_dir/sub/home", READ, "file", 0 },
		{ "out", READ, NULL, ENOENT },
		{ "out", NOFOLLOW, "out", 0 },
		{ "absolute_out", READ, NULL, ENOENT },
		{ "../outside/secret", READ, NULL, ENOENT },
		{ "dangling", O_PATH, NULL, ENOENT },
		{ "dangling", NOFOLLOW, "dangling", 0 },
		{ "loop", READ, NULL, ELOOP },
		{ "loop", NOFOLLOW, "loop", 0 },
		{ "loop/x", NOFOLLOW, NULL, ELOOP },
		{ "ping", O_PATH, NULL, ELOOP },
		{ "chain40", READ, "file", 0 },
		{ "chain41", READ, NULL, ELOOP },
		{ "fifo", READ, "fifo", 0 },
		{ "to_fifo", O_PATH, "fifo", 0 },
		{ "fifo/x", READ, NULL, ENOTDIR },
		{ "file/", READ, NULL, ENOTDIR },
		{ "file/.", READ, NULL, ENOTDIR },
		{ "file/..", READ, NULL, ENOTDIR },
		{ "file/x", READ, NULL, ENOTDIR },
		{ "file", READ | O_DIRECTORY, NULL, ENOTDIR },
		{ "dir/", READ, "dir", 0 },
		{ "dir//", O_PATH | O_DIRECTORY, "dir", 0 },
		{ "dir/.", READ, "dir", 0 },
		{ "dir/..", READ, ".", 0 },
		{ "dir", O_WRONLY, NULL, EISDIR },
		{ "missing/..", O_PATH, NULL, ENOENT },
		{ "missing", READ, NULL, ENOENT },
		{ "file", READ | O_CREAT, NULL, EINVAL },
		{ ".", O_TMPFILE | O_WRONLY, NULL, EINVAL },
		{ "file", O_PATH | O_NONBLOCK | O_WRONLY | O_APPEND, "file", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		expect_both(rows[i].path, rows[i].flags, rows[i].real, rows[i].error);
}

static void test_long(void **state)
{
	char path[PATH_MAX + 1];
	size_t i;

	(void)state;
	memset(path, 'x', sizeof(path));
	path[255] = '\0';
	expect_both(path, O_PATH, NULL, ENOENT);
	path[255] = 'x';
	path[256] = '\0';
	expect_both(path, O_PATH, NULL, ENAMETOOLONG);
	for (i = 0; i < PATH_MAX; i++)
		path[i] = i % 2 ? '/' : '.';
	path[PATH_MAX] = '\0';
	expect_both(path, O_PATH, NULL, ENAMETOOLONG);
	path[PATH_MAX - 1] = '\0';
	expect_both(path, O_PATH, ".", 0);
	memset(path, '/', PATH_MAX - 1);
	expect_both(path, O_PATH, ".", 0);
	/* Longer than the buffer once the link is resolved: the kernel can, the walk says so. */
	memcpy(path, "relative", 8);
	expect(tree_open, path, O_PATH, NULL, ENOTDIR);
	memcpy(path, "up//////", 8);
	expect(tree_open_walk, path, O_PATH, NULL, ENAMETOOLONG);
}

static int same(int a, int b)
{
	struct stat x, y;

	if (a < 0 || b < 0)
		return a == b;
	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_ino == y.st_ino && x.st_dev == y.st_dev;
}

static void test_random(void **state)
{
	static const int flags[] = {
		O_PATH, NOFOLLOW, READ, READ | O_NOFOLLOW, O_PATH | O_DIRECTORY, READ | O_DIRECTORY
	};
	static const char *const more[] = { ".",   "..",   "",        "dir", "file",
					    "sub", "back", "outside", "x" };
	char path[256];
	unsigned int seed = 1;
	int i, parts, one, two, flag;
	size_t pick;

	(void)state;
	for (i = 0; i < 20000; i++) {
		path[0] = '\0';
		for (parts = rand_r(&seed) % 7; parts >= 0; parts--) {
			pick = (size_t)rand_r(&seed) % (COUNT(links) + 2 * COUNT(more));
			strcat(path, pick < COUNT(links) ? links[pick].name :
							   more[(pick - COUNT(links)) % COUNT(more)]);
			if (parts > 0 || rand_r(&seed) % 4 == 0)
				strcat(path, "/");
		}
		flag = flags[(size_t)rand_r(&seed) % COUNT(flags)];
		one = tree_open(root, path, flag);
		two = tree_open_walk(root, path, flag);
		if (!same(one, two))
			fail_msg("%s, flags %#o: %d and %d", path, flag, one, two);
		if (one >= 0)
			close(one);
		if (two >= 0)
			close(two);
	}
}

static void test_magic(void **state)
{
	static const char *const names[] = { "root", "root/etc", "cwd", "exe", "fd/0", "ns/mnt" };
	int slash = open("/", O_PATH | O_CLOEXEC);
	char path[64];
	size_t i;

	(void)state;
	assert_true(slash >= 0);
	if (access("/proc/self/root", F_OK) < 0)
		skip();
	for (i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof(path), "proc/%d/%s", getpid(), names[i]);
		assert_int_equal(tree_open(slash, path, O_PATH), -ELOOP);
		assert_int_equal(tree_open_walk(slash, path, O_PATH), -ELOOP);
	}
	snprintf(path, sizeof(path), "proc/%d/exe", getpid());
	expect_fd(tree_open(slash, path, NOFOLLOW));
	expect_fd(tree_open_walk(slash, path, NOFOLLOW));
	snprintf(path, sizeof(path), "proc/%d/status", getpid());
	expect_fd(tree_open_walk(slash, path, O_RDONLY));
	assert_int_equal(tree_open_walk(slash, "proc/self/status", O_RDONLY), -ELOOP);
	close(slash);
}

/* Filters of container hosts that are older than openat2. */
static void test_fallback(void **state)
{
	static const int errors[] = { ENOSYS, EPERM };
	size_t i;
	int status;

	(void)state;
	for (i = 0; i < COUNT(errors); i++) {
		struct sock_filter code[] = {
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)errors[i]),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		};
		struct sock_fprog program = { .len = COUNT(code), .filter = code };
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
			    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
				_exit(77);
			if (syscall(SYS_openat2, -1, NULL, NULL, 0) != -1 || errno != errors[i])
				_exit(1);
			_exit(tree_open(root, "absolute", O_RDONLY) < 0 ||
			      tree_open(root, "out", O_RDONLY) != -ENOENT ||
			      tree_mkdir(root, "to_dir/sub", 0755) < 0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
			skip();
		assert_int_equal(status, 0);
	}
}

/* --- making --- */

static void test_mkdir(void **state)
{
	(void)state;
	expect_fd(tree_mkdir(root, "new/one/two", 0700));
	assert_int_equal(mode_of("new/one"), S_IFDIR | 0755);
	assert_int_equal(mode_of("new/one/two"), S_IFDIR | 0700);
	expect_fd(tree_mkdir(root, "/new/one/two/", 0755));
	assert_int_equal(mode_of("new/one/two"), S_IFDIR | 0700);
	expect_fd(tree_mkdir(root, "/", 0755));
	expect_fd(tree_mkdir(root, "../../outside/made", 0755));
	assert_int_equal(mode_of("outside/made"), S_IFDIR | 0755);
	expect_fd(tree_mkdir(root, "to_dir/sub/a/../b//", 0755));
	assert_int_equal(mode_of("dir/sub/b"), S_IFDIR | 0755);
	expect_fd(tree_mkdir(root, "dangling/x", 0755));
	assert_int_equal(mode_of("nowhere/at/all/x"), S_IFDIR | 0755);
	assert_int_equal(mode_of("dangling") & S_IFMT, S_IFLNK);
	assert_int_equal(tree_mkdir(root, "file/x", 0755), -ENOTDIR);
	assert_int_equal(tree_mkdir(root, "file", 0755), -ENOTDIR);
	assert_int_equal(tree_mkdir(root, "absolute", 0755), -ENOTDIR);
	assert_int_equal(tree_mkdir(root, "fifo", 0755), -ENOTDIR);
	assert_int_equal(tree_mkdir(root, "loop/x", 0755), -ELOOP);
	assert_int_equal(tree_mkdir(root, "ping", 0755), -ELOOP);
	assert_int_equal(tree_mkdir(root, "", 0755), -ENOENT);
	expect_fd(tree_mkdir(root, "absolute_out/deep", 0755));
	outside_is_unchanged();
}

static void test_create(void **state)
{
	char text[8] = "";
	int fd;

	(void)state;
	expect_fd(tree_create(root, "etc/conf.d/one", O_PATH, 0640));
	assert_int_equal(mode_of("etc/conf.d"), S_IFDIR | 0755);
	assert_int_equal(mode_of("etc/conf.d/one"), S_IFREG | 0640);
	expect_fd(tree_create(root, "etc/conf.d/one", O_PATH | O_NOFOLLOW, 0600));
	assert_int_equal(mode_of("etc/conf.d/one"), S_IFREG | 0640);
	fd = tree_create(root, "/absolute", O_RDONLY, 0600);
	assert_int_equal(read(fd, text, sizeof(text)), 6);
	assert_string_equal(text, "inside");
	expect_fd(fd);
	assert_int_equal(tree_create(root, "absolute", O_PATH | O_NOFOLLOW, 0600), -ELOOP);
	assert_int_equal(tree_create(root, "absolute", O_RDONLY | O_NOFOLLOW, 0600), -ELOOP);
	assert_int_equal(symlinkat("../../run/resolve/conf", root, "etc/resolv.conf"), 0);
	assert_int_equal(tree_create(root, "etc/resolv.conf", O_PATH | O_NOFOLLOW, 0600), -ELOOP);
	expect_fd(tree_create(root, "etc/resolv.conf", O_PATH, 0600));
	assert_int_equal(mode_of("run/resolve/conf"), S_IFREG | 0600);
	assert_int_equal(tree_create(root, "out", O_PATH | O_NOFOLLOW, 0600), -ELOOP);
	expect_fd(tree_create(root, "out", O_WRONLY, 0600));
	assert_int_equal(mode_of("outside/secret"), S_IFREG | 0600);
	assert_int_equal(tree_create(root, "dir", O_PATH, 0600), -EISDIR);
	assert_int_equal(tree_create(root, "to_dir", O_PATH, 0600), -EISDIR);
	assert_int_equal(tree_create(root, "dir/..", O_PATH, 0600), -EISDIR);
	assert_int_equal(tree_create(root, "dir/", O_PATH, 0600), -EISDIR);
	assert_int_equal(tree_create(root, "missing/", O_PATH, 0600), -EISDIR);
	assert_int_equal(tree_create(root, "/", O_PATH, 0600), -EISDIR);
	assert_int_equal(tree_create(root, "file/x", O_PATH, 0600), -ENOTDIR);
	assert_int_equal(tree_create(root, "file/", O_PATH, 0600), -ENOTDIR);
	assert_int_equal(tree_create(root, "fifo", O_RDONLY, 0600), -EINVAL);
	expect_fd(tree_create(root, "fifo", O_PATH, 0600));
	assert_int_equal(tree_create(root, "loop", O_PATH, 0600), -ELOOP);
	assert_int_equal(tree_create(root, "", O_PATH, 0600), -ENOENT);
	assert_int_equal(tree_create(root, "new_file", O_WRONLY | O_CREAT, 0600), -EINVAL);
	outside_is_unchanged();
}

static void test_nodes(void **state)
{
	(void)state;
	assert_int_equal(tree_mknod(root, "dev/bus/fifo", S_IFIFO | 0622, 0), 0);
	assert_int_equal(mode_of("dev/bus/fifo"), S_IFIFO | 0622);
	assert_int_equal(tree_mknod(root, "/dev/bus/fifo", S_IFIFO | 0600, 0), -EEXIST);
	assert_int_equal(tree_mknod(root, "fifo2", S_IFIFO | 0600, 0), 0);
	assert_int_equal(tree_mknod(root, "/fifo3", S_IFIFO | 0600, 0), 0);
	assert_int_equal(tree_mknod(root, "pong", S_IFIFO | 0600, 0), -EEXIST);
	assert_int_equal(tree_mknod(root, "absolute_out", S_IFIFO | 0600, 0), -EEXIST);
	assert_int_equal(tree_mknod(root, "", S_IFIFO | 0600, 0), -EINVAL);
	assert_int_equal(tree_mknod(root, "dir/", S_IFIFO | 0600, 0), -EINVAL);
	assert_int_equal(tree_mknod(root, "dir/..", S_IFIFO | 0600, 0), -EINVAL);
	assert_int_equal(tree_mknod(root, "file/x", S_IFIFO | 0600, 0), -ENOTDIR);
	assert_int_equal(tree_symlink(root, "top/dev/fd", "/proc/self/fd"), 0);
	assert_int_equal(mode_of("dev/fd") & S_IFMT, S_IFLNK);
	assert_int_equal(tree_symlink(root, "dev/fd", "/x"), -EEXIST);
	assert_int_equal(tree_symlink(root, "../../dev/../../outside2/link", "/x"), 0);
	assert_int_equal(mode_of("outside2/link") & S_IFMT, S_IFLNK);
	outside_is_unchanged();
}

/* --- races --- */

/* Until killed: move a directory out of root and back, and swap another for a link that leads out. */
static void attack(void)
{
	for (;;) {
		renameat(root, "race/moved", outside, "moved");
		renameat(outside, "moved", root, "race/moved");
		renameat(root, "race/swap", root, "race/real");
		renameat(root, "race/link", root, "race/swap");
		renameat(root, "race/swap", root, "race/link");
		renameat(root, "race/real", root, "race/swap");
	}
}

static void test_race(void **state)
{
	static const char *const paths[] = {
		"race/moved/in/../../../outside/secret",
		"race/moved/in/../../../../../../../../../../../etc/passwd",
		"race/moved/in/../../secret",
		"race/moved/../secret",
		"race/swap/secret",
		"race/swap/../../secret",
	};
	static tree_opener *const openers[] = { tree_open, tree_open_walk };
	time_t end = time(NULL) + 2;
	int fd, found = 0;
	size_t i = 0;
	pid_t pid;

	(void)state;
	assert_int_equal(unlinkat(root, "outside/secret", 0) < 0 && errno != ENOENT, 0);
	expect_fd(tree_mkdir(root, "race/moved/in", 0755));
	expect_fd(tree_mkdir(root, "race/swap", 0755));
	assert_int_equal(symlinkat("../../outside", root, "race/link"), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		attack();
	for (i = 0; time(NULL) < end && found == 0; i++) {
		fd = openers[i % 2](root, paths[i / 2 % COUNT(paths)], O_RDONLY);
		found += fd >= 0;
		if (fd >= 0)
			close(fd);
		else if (fd != -ENOENT && fd != -ENOTDIR && fd != -ELOOP && fd != -EAGAIN &&
			 fd != -EXDEV)
			found = fd;
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	renameat(outside, "moved", root, "race/moved");
	assert_int_equal(found, 0);
	assert_true(i > 100);
	outside_is_unchanged();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		{ .name = "hostile-paths-stay-in-the-root", .test_func = test_open },
		{ .name = "long-paths-are-refused", .test_func = test_long },
		{ .name = "walk-does-what-openat2-does", .test_func = test_random },
		{ .name = "magic-links-are-refused", .test_func = test_magic },
		{ .name = "walk-takes-over-where-openat2-is-blocked", .test_func = test_fallback },
		{ .name = "directories-are-made-in-the-root", .test_func = test_mkdir },
		{ .name = "files-are-made-in-the-root", .test_func = test_create },
		{ .name = "nodes-and-links-are-made-in-the-root", .test_func = test_nodes },
		{ .name = "renames-meanwhile-lead-nowhere", .test_func = test_race },
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
