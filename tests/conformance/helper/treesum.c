// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * treesum - one line for each object of a tree: what two runs of the same work must have in common
 *
 *	treesum [--times GLOB]... [--skip GLOB]... DIR
 *
 * Name, type, permissions, owner, links (of all but directories, where file systems count as they like; and which names are
 * links to one file), size, content (a hash), target or device, extended attributes with their values. --times: the time of
 * the last change as well, for names that match: only what sets times itself has the same ones twice. --skip: not the
 * size and the content of files that match. Names are seen from DIR, sorted by their bytes.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#define GLOBS 32
#define BUFFER (1 << 17)

struct globs {
	const char *glob[GLOBS];
	int count;
};

struct linked {
	dev_t dev;
	ino_t ino;
	char *name;
};

static struct globs times, skip;
static struct linked *links;
static size_t links_count;
static unsigned char buffer[BUFFER];

static void die(const char *what)
{
	fprintf(stderr, "treesum: %s: %s\n", what, strerror(errno));
	exit(1);
}

static bool in(const struct globs *globs, const char *name)
{
	int i;

	for (i = 0; i < globs->count; i++) {
		if (!fnmatch(globs->glob[i], name, 0))
			return true;
	}
	return false;
}

/* FNV-1a: it has to tell apart what went wrong, not what somebody made to look alike */
static uint64_t hash(uint64_t h, const unsigned char *bytes, size_t n)
{
	while (n--)
		h = (h ^ *bytes++) * UINT64_C(1099511628211);
	return h;
}

#define HASH_BEGIN UINT64_C(14695981039346656037)

static uint64_t content(int dir, const char *entry, const char *name)
{
	uint64_t h = HASH_BEGIN;
	ssize_t n;
	int fd;

	fd = openat(dir, entry, O_RDONLY | O_NOFOLLOW | O_NOATIME);
	if (fd < 0)
		die(name);
	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		h = hash(h, buffer, (size_t)n);
	if (n < 0)
		die(name);
	close(fd);
	return h;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void attributes(const char *path, const char *name)
{
	static char list[65536], value[65536];
	char *names[1024], *p;
	ssize_t size, n;
	size_t count = 0, i;

	size = llistxattr(path, list, sizeof(list));
	if (size < 0 && (errno == ENOTSUP || errno == EOPNOTSUPP))
		return;
	if (size < 0)
		die(name);
	for (p = list; p < list + size && count < 1024; p += strlen(p) + 1)
		names[count++] = p;
	qsort(names, count, sizeof(names[0]), by_bytes);
	for (i = 0; i < count; i++) {
		n = lgetxattr(path, names[i], value, sizeof(value));
		if (n < 0)
			die(name);
		printf(" %s=%zd:%016" PRIx64, names[i], n, hash(HASH_BEGIN, (unsigned char *)value, (size_t)n));
	}
}

/* the first name of the same file; this one if there was none */
static const char *first_name(const struct stat *st, const char *name)
{
	size_t i;

	for (i = 0; i < links_count; i++) {
		if (links[i].dev == st->st_dev && links[i].ino == st->st_ino)
			return links[i].name;
	}
	links = realloc(links, (links_count + 1) * sizeof(*links));
	if (!links)
		die(name);
	links[links_count++] = (struct linked){ st->st_dev, st->st_ino, strdup(name) };
	return name;
}

static void print_name(const char *name)
{
	for (; *name; name++) {
		if (*name > ' ' && *name < 0x7f && *name != '\\')
			putchar(*name);
		else
			printf("\\%03o", (unsigned char)*name);
	}
}

static void object(const char *root, int dir, const char *entry, const char *name)
{
	char path[8192], target[4096];
	struct stat st;
	ssize_t n;

	if (fstatat(dir, entry, &st, AT_SYMLINK_NOFOLLOW))
		die(name);
	print_name(name);
	printf(" %06o %u:%u", st.st_mode, st.st_uid, st.st_gid);
	if (!S_ISDIR(st.st_mode)) {
		printf(" links=%ju", (uintmax_t)st.st_nlink);
		if (st.st_nlink > 1) {
			fputs(" is=", stdout);
			print_name(first_name(&st, name));
		}
	}
	if (S_ISREG(st.st_mode) && !in(&skip, name))
		printf(" size=%jd content=%016" PRIx64, (intmax_t)st.st_size, content(dir, entry, name));
	if (S_ISLNK(st.st_mode)) {
		n = readlinkat(dir, entry, target, sizeof(target) - 1);
		if (n < 0)
			die(name);
		target[n] = '\0';
		fputs(" target=", stdout);
		print_name(target);
	}
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		printf(" device=%u:%u", major(st.st_rdev), minor(st.st_rdev));
	if (in(&times, name))
		printf(" mtime=%jd.%09ld", (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", root, name) < sizeof(path))
		attributes(path, name);
	putchar('\n');
}

static void tree(const char *root, int dir, const char *prefix)
{
	char **entries = NULL, name[8192];
	size_t count = 0, i;
	struct dirent *e;
	struct stat st;
	DIR *d;
	int fd;

	d = fdopendir(dir);
	if (!d)
		die(prefix);
	while ((errno = 0, e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		entries = realloc(entries, (count + 1) * sizeof(*entries));
		if (!entries)
			die(prefix);
		entries[count++] = strdup(e->d_name);
	}
	if (errno)
		die(prefix);
	if (count)
		qsort(entries, count, sizeof(*entries), by_bytes);
	for (i = 0; i < count; i++) {
		if ((size_t)snprintf(name, sizeof(name), "%s%s", prefix, entries[i]) >= sizeof(name) - 1) {
			errno = ENAMETOOLONG;
			die(prefix);
		}
		object(root, dir, entries[i], name);
		if (!fstatat(dir, entries[i], &st, AT_SYMLINK_NOFOLLOW) && S_ISDIR(st.st_mode)) {
			fd = openat(dir, entries[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
			if (fd < 0)
				die(name);
			strcat(name, "/");
			tree(root, fd, name);
		}
		free(entries[i]);
	}
	free(entries);
	closedir(d);
}

int main(int argc, char **argv)
{
	struct globs *globs;
	int fd;

	for (; argc > 3; argv += 2, argc -= 2) {
		globs = !strcmp(argv[1], "--times") ? &times : &skip;
		if (globs->count == GLOBS)
			return 2;
		globs->glob[globs->count++] = argv[2];
	}
	if (argc != 2) {
		fputs("usage: treesum [--times GLOB]... [--skip GLOB]... DIR\n", stderr);
		return 2;
	}
	fd = open(argv[1], O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		die(argv[1]);
	tree(argv[1], fd, "");
	return fflush(stdout) || ferror(stdout) ? 1 : 0;
}
