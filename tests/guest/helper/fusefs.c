// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fusefs - a small file system of our own: another folder, through fuse
 *
 *   fusefs [--nocreate] BASE MOUNTPOINT
 *
 * Goes to the background when it is mounted. Its create operation is what the
 * kernel's fuse uses for atomic_open; with --nocreate the kernel falls back to
 * mknod and open, in two steps.
 * libs: -lfuse3
 */
#define FUSE_USE_VERSION 31
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse3/fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* the folder below; paths are relative to it */
static int base;

static const char *rel(const char *path)
{
	return path[1] ? path + 1 : ".";
}

static int done(long ret)
{
	return ret < 0 ? -errno : 0;
}

static int fs_getattr(const char *path, struct stat *st, struct fuse_file_info *fi)
{
	if (fi)
		return done(fstat(fi->fh, st));
	return done(fstatat(base, rel(path), st, AT_SYMLINK_NOFOLLOW));
}

static int fs_readlink(const char *path, char *buf, size_t size)
{
	ssize_t n = readlinkat(base, rel(path), buf, size - 1);

	if (n < 0)
		return -errno;
	buf[n] = 0;
	return 0;
}

static int fs_mknod(const char *path, mode_t mode, dev_t dev)
{
	return done(mknodat(base, rel(path), mode, dev));
}

static int fs_mkdir(const char *path, mode_t mode)
{
	return done(mkdirat(base, rel(path), mode));
}

static int fs_unlink(const char *path)
{
	return done(unlinkat(base, rel(path), 0));
}

static int fs_rmdir(const char *path)
{
	return done(unlinkat(base, rel(path), AT_REMOVEDIR));
}

static int fs_symlink(const char *target, const char *path)
{
	return done(symlinkat(target, base, rel(path)));
}

static int fs_rename(const char *old, const char *new, unsigned int flags)
{
	return done(renameat2(base, rel(old), base, rel(new), flags));
}

static int fs_link(const char *old, const char *new)
{
	return done(linkat(base, rel(old), base, rel(new), 0));
}

static int fs_chmod(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	if (fi)
		return done(fchmod(fi->fh, mode));
	return done(fchmodat(base, rel(path), mode, 0));
}

static int fs_chown(const char *path, uid_t uid, gid_t gid, struct fuse_file_info *fi)
{
	if (fi)
		return done(fchown(fi->fh, uid, gid));
	return done(fchownat(base, rel(path), uid, gid, AT_SYMLINK_NOFOLLOW));
}

static int fs_truncate(const char *path, off_t size, struct fuse_file_info *fi)
{
	int fd, ret;

	if (fi)
		return done(ftruncate(fi->fh, size));
	fd = openat(base, rel(path), O_WRONLY);
	if (fd < 0)
		return -errno;
	ret = done(ftruncate(fd, size));
	close(fd);
	return ret;
}

static int fs_utimens(const char *path, const struct timespec ts[2], struct fuse_file_info *fi)
{
	if (fi)
		return done(futimens(fi->fh, ts));
	return done(utimensat(base, rel(path), ts, AT_SYMLINK_NOFOLLOW));
}

static int fs_open(const char *path, struct fuse_file_info *fi)
{
	int fd = openat(base, rel(path), fi->flags & ~(O_CREAT | O_EXCL));

	if (fd < 0)
		return -errno;
	fi->fh = fd;
	return 0;
}

static int fs_create(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	int fd = openat(base, rel(path), fi->flags | O_CREAT, mode);

	if (fd < 0)
		return -errno;
	fi->fh = fd;
	return 0;
}

static int fs_release(const char *path, struct fuse_file_info *fi)
{
	(void)path;
	close(fi->fh);
	return 0;
}

static int fs_read(const char *path, char *buf, size_t size, off_t off, struct fuse_file_info *fi)
{
	ssize_t n = pread(fi->fh, buf, size, off);

	(void)path;
	return n < 0 ? -errno : n;
}

static int fs_write(const char *path, const char *buf, size_t size, off_t off, struct fuse_file_info *fi)
{
	ssize_t n = pwrite(fi->fh, buf, size, off);

	(void)path;
	return n < 0 ? -errno : n;
}

static int fs_statfs(const char *path, struct statvfs *st)
{
	(void)path;
	return done(fstatvfs(base, st));
}

static int fs_readdir(const char *path, void *buf, fuse_fill_dir_t fill, off_t off, struct fuse_file_info *fi,
		      enum fuse_readdir_flags flags)
{
	int fd = openat(base, rel(path), O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de;

	(void)off;
	(void)fi;
	(void)flags;
	if (!dir)
		return -errno;
	while ((de = readdir(dir))) {
		if (fill(buf, de->d_name, NULL, 0, 0))
			break;
	}
	closedir(dir);
	return 0;
}

static struct fuse_operations ops = {
	.getattr = fs_getattr,
	.readlink = fs_readlink,
	.mknod = fs_mknod,
	.mkdir = fs_mkdir,
	.unlink = fs_unlink,
	.rmdir = fs_rmdir,
	.symlink = fs_symlink,
	.rename = fs_rename,
	.link = fs_link,
	.chmod = fs_chmod,
	.chown = fs_chown,
	.truncate = fs_truncate,
	.utimens = fs_utimens,
	.open = fs_open,
	.create = fs_create,
	.release = fs_release,
	.read = fs_read,
	.write = fs_write,
	.statfs = fs_statfs,
	.readdir = fs_readdir,
};

int main(int argc, char **argv)
{
	char *args[] = { argv[0], NULL, "-o", "allow_other,attr_timeout=0", NULL };

	if (argc > 1 && !strcmp(argv[1], "--nocreate")) {
		ops.create = NULL;
		argv++;
		argc--;
	}
	if (argc != 3) {
		fprintf(stderr, "usage: fusefs [--nocreate] BASE MOUNTPOINT\n");
		return 2;
	}
	base = open(argv[1], O_PATH | O_DIRECTORY);
	if (base < 0) {
		perror(argv[1]);
		return 1;
	}
	umask(0);
	args[1] = argv[2];
	return fuse_main(4, args, &ops, NULL);
}
