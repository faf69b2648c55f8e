// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: reads and writes through filters that change data give a program what a plain file would, however it makes them
 * fs: ext4 xfs btrfs tmpfs overlay
 * load: redirfs rfs_test
 * timeout: 180
 */
#include <liburing.h>
#include <linux/aio_abi.h>
#include <sys/syscall.h>

#include "data.h"

static const size_t sizes[] = { 1, 15, 4096, 4097, 65535, 65536, 65537, 200001 };
#define NSIZES (sizeof(sizes) / sizeof(*sizes))

/* at odd places, over each other and behind the end */
static void plain(void)
{
	struct twin t;
	off_t at = 0;

	want(twin_open(&t, "plain", O_RDWR | O_CREAT | O_TRUNC));
	for (unsigned int i = 0; i < NSIZES; i++) {
		fill_both(i, sizes[i]);
		want_eq(TWICE(&t, pwrite(fd, buf, sizes[i], at)), sizes[i]);
		at += (off_t)(sizes[i] / 2 + 777);
	}
	for (unsigned int i = 0; i < NSIZES; i++) {
		at = (off_t)(sizes[i] * 3 % 300000);
		TWICE(&t, pread(fd, buf, sizes[i], at));
		both_same("pread", sizes[i]);
	}
	want_eq(TWICE(&t, pread(fd, buf, 0, 0)), 0);
	want_eq(TWICE(&t, pwrite(fd, buf, 0, 0)), 0);
	want_eq(TWICE(&t, pread(fd, buf, 100, 10000000)), 0);
	/* by the file's own position */
	want_eq(TWICE(&t, lseek(fd, 3, SEEK_SET)), 3);
	fill_both(99, 100000);
	want_eq(TWICE(&t, write(fd, buf, 100000)), 100000);
	want_eq(TWICE(&t, lseek(fd, 0, SEEK_CUR)), 100003);
	TWICE(&t, read(fd, buf, 300000));
	TWICE(&t, lseek(fd, 0, SEEK_CUR));
	twin_close(&t);
	twin_same("plain");
}

static void vectored(void)
{
	struct iovec v[2][7];
	struct twin t;
	char *p;

	want(twin_open(&t, "vectored", O_RDWR | O_CREAT | O_TRUNC));
	for (int o = 0; o < 2; o++) {
		p = data_buf[o];
		for (size_t i = 0; i < 7; i++) {
			v[o][i].iov_base = p;
			v[o][i].iov_len = i == 3 ? 0 : i * 13001 + 1;
			p += v[o][i].iov_len + 5;
		}
	}
	fill_both(7, 400000);
	TWICE(&t, pwritev(fd, v[out], 7, 11));
	TWICE(&t, pwritev2(fd, v[out], 5, 0, RWF_SYNC));
	memset(data_buf[0], 1, 400000);
	memset(data_buf[1], 1, 400000);
	TWICE(&t, preadv(fd, v[out], 7, 9));
	both_same("preadv", 400000);
	twin_close(&t);
	twin_same("vectored");
}

static void append(void)
{
	struct iovec v[2];
	struct twin t;

	want(twin_open(&t, "append", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND));
	for (unsigned int i = 0; i < NSIZES; i++) {
		fill_both(i + 50, sizes[i]);
		want_eq(TWICE(&t, write(fd, buf, sizes[i])), sizes[i]);
		TWICE(&t, lseek(fd, 0, SEEK_CUR));
	}
	twin_close(&t);
	twin_same("append");
	/* one call of a file that is not open for appending */
	want(twin_open(&t, "append", O_WRONLY));
	for (int o = 0; o < 2; o++)
		v[o] = (struct iovec){ .iov_base = data_buf[o], .iov_len = 100000 };
	fill_both(77, 100000);
	/* overlayfs does not hand RWF_APPEND down before 6.6 */
	if (strcmp(getenv("FS"), "overlay"))
		TWICE(&t, pwritev2(fd, &v[out], 1, 5, RWF_APPEND));
	twin_close(&t);
	twin_same("append");
}

/* What is cut off is gone, and what comes back is zero */
static void truncation(void)
{
	struct twin t;

	want(twin_open(&t, "trunc", O_RDWR | O_CREAT | O_TRUNC));
	fill_both(5, 300000);
	TWICE(&t, pwrite(fd, buf, 300000, 0));
	want_eq(TWICE(&t, ftruncate(fd, 70001)), 0);
	fill_both(6, 1000);
	/* a gap of several pieces */
	want_eq(TWICE(&t, pwrite(fd, buf, 1000, 270001)), 1000);
	if (!(data_filters & PLACE))
		want_eq(TWICE(&t, ftruncate(fd, 400000)), 0);
	twin_close(&t);
	twin_same("trunc");
	want(twin_open(&t, "trunc", O_RDWR | O_TRUNC));
	fill_both(8, 10);
	TWICE(&t, write(fd, buf, 10));
	twin_close(&t);
	twin_same("trunc");
}

static void big(void)
{
	size_t n = (16 << 20) + 4321;
	off_t far = (5LL << 30) + 3;
	struct twin t;

	want(twin_open(&t, "big", O_RDWR | O_CREAT | O_TRUNC));
	fill_both(3, n);
	want_eq(TWICE(&t, pwrite(fd, buf, n, 0)), (long)n);
	memset(data_buf[0], 0, n);
	memset(data_buf[1], 0, n);
	want_eq(TWICE(&t, pread(fd, buf, DATA_MAX, 1)), (long)n - 1);
	both_same("16 MiB", n);
	twin_close(&t);
	twin_same_from("big", 16 << 20);
	/* behind 4 GiB; with the place it would have no hole before it, which takes its time */
	if (!(data_filters & PLACE)) {
		want(twin_open(&t, "far", O_RDWR | O_CREAT | O_TRUNC | O_LARGEFILE));
		fill_both(4, 100000);
		want_eq(TWICE(&t, pwrite(fd, buf, 100000, far)), 100000);
		want_eq(TWICE(&t, pread(fd, buf, 100000, far - 5000)), 100000);
		both_same("behind 4 GiB", 100000);
		twin_close(&t);
		twin_same_from("far", far - 70000);
		unlink(data_path(false, "far"));
		unlink(data_path(true, "far"));
	}
}

static void direct(void)
{
	struct twin t;

	/* tmpfs has none before 6.6 */
	if (!twin_open(&t, "direct", O_RDWR | O_CREAT | O_TRUNC | O_DIRECT))
		return;
	fill_both(20, 300 * 1024);
	want_eq(TWICE(&t, pwrite(fd, buf, 300 * 1024, 0)), 300 * 1024);
	want_eq(TWICE(&t, pwrite(fd, buf + 4096, 8192, 300 * 1024)), 8192);
	TWICE(&t, pwrite(fd, buf, 4096, 512 * 1024));
	/* the place or the length does not fit */
	TWICE(&t, pwrite(fd, buf, 4096, 3));
	TWICE(&t, pwrite(fd, buf, 100, 0));
	TWICE(&t, pread(fd, buf, 1 << 20, 0));
	both_same("O_DIRECT", 512 * 1024 + 4096);
	TWICE(&t, pread(fd, buf, 4096, 4096));
	twin_close(&t);
	twin_same("direct");
}

static long aio(int fd, int opcode, char *buf, size_t length, off_t at)
{
	struct iocb cb = {
		.aio_fildes = (uint32_t)fd,
		.aio_lio_opcode = (uint16_t)opcode,
		.aio_buf = (uint64_t)(uintptr_t)buf,
		.aio_nbytes = length,
		.aio_offset = at,
	}, *list = &cb;
	aio_context_t ctx = 0;
	struct io_event event;

	want(!syscall(SYS_io_setup, 1, &ctx));
	if (syscall(SYS_io_submit, ctx, 1L, &list) != 1)
		return -1;
	want_eq(syscall(SYS_io_getevents, ctx, 1L, 1L, &event, NULL), 1);
	syscall(SYS_io_destroy, ctx);
	if (event.res < 0) {
		errno = (int)-event.res;
		return -1;
	}
	return event.res;
}

static long uring(int fd, bool write, char *buf, size_t length, off_t at)
{
	struct io_uring_cqe *cqe;
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	long ret;

	want(!io_uring_queue_init(4, &ring, 0));
	sqe = io_uring_get_sqe(&ring);
	if (write)
		io_uring_prep_write(sqe, fd, buf, (unsigned int)length, (uint64_t)at);
	else
		io_uring_prep_read(sqe, fd, buf, (unsigned int)length, (uint64_t)at);
	want_eq(io_uring_submit(&ring), 1);
	want(!io_uring_wait_cqe(&ring, &cqe));
	ret = cqe->res;
	io_uring_cqe_seen(&ring, cqe);
	io_uring_queue_exit(&ring);
	if (ret < 0) {
		errno = (int)-ret;
		return -1;
	}
	return ret;
}

static void asynchronous(int flags)
{
	struct twin t;

	if (!twin_open(&t, "async", O_RDWR | O_CREAT | O_TRUNC | flags))
		return;
	fill_both(30, 256 * 1024);
	want_eq(TWICE(&t, aio(fd, IOCB_CMD_PWRITE, buf, 256 * 1024, 0)), 256 * 1024);
	want_eq(TWICE(&t, uring(fd, true, buf + 8192, 128 * 1024, 192 * 1024)), 128 * 1024);
	want_eq(TWICE(&t, aio(fd, IOCB_CMD_PREAD, buf, 100 * 1024, 4096)), 100 * 1024);
	both_same("aio", 100 * 1024);
	want_eq(TWICE(&t, uring(fd, false, buf, 512 * 1024, 4096)), 316 * 1024);
	both_same("io_uring", 316 * 1024);
	twin_close(&t);
	twin_same("async");
}

int main(void)
{
	static const unsigned int sets[] = { SWAP, PLACE, SWAP | PLACE | BEHIND };

	for (unsigned int i = 0; i < 3; i++) {
		data_begin(sets[i]);
		plain();
		vectored();
		append();
		truncation();
		big();
		direct();
		asynchronous(0);
		asynchronous(O_DIRECT);
		data_end();
	}
	return 0;
}
