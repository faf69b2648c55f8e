// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * log.c - what the library has to say goes to the program, which prints it or does not
 */
#include <stdarg.h>
#include <stdio.h>

#include "internal.h"

#define LINE_SIZE 256

void urfs_log(struct urfs_impl *conn, enum urfs_log_level level, const char *fmt, ...)
{
	void (*log)(void *data, enum urfs_log_level level, const char *text);
	void *data;
	char line[LINE_SIZE];
	va_list args;

	pthread_rwlock_rdlock(&conn->log_lock);
	log = conn->log;
	data = conn->log_data;
	pthread_rwlock_unlock(&conn->log_lock);
	if (!log)
		return;
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	log(data, level, line);
}

int urfs_set_log(struct urfs_conn *conn, void (*log)(void *data, enum urfs_log_level level, const char *text),
		 void *data)
{
	struct urfs_impl *impl;
	int err = urfs_conn_get(conn, &impl);

	if (err)
		return err;
	pthread_rwlock_wrlock(&impl->log_lock);
	impl->log = log;
	impl->log_data = data;
	pthread_rwlock_unlock(&impl->log_lock);
	return 0;
}
