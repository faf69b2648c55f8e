/* SPDX-License-Identifier: GPL-2.0-or-later */
/* journal.h - records of the log as entries of systemd's journal */
#ifndef FCDLCTL_JOURNAL_H
#define FCDLCTL_JOURNAL_H

#include <json-c/json.h>
#include <sys/uio.h>

/* MESSAGE_ID= of each kind of record; written down in fcdlctl(8), never to change */
#define JOURNAL_EVENT_ID "1b120e257cf649a3a08398098fcbc9ac"
#define JOURNAL_LOST_ID "00adb094eb914a27844544afd903ea21"
#define JOURNAL_NOTE_ID "2f6c00f15b3e43f3b40b6f10e772f07e"

/**
 * journal_entry() - write an entry
 * @message:	MESSAGE=
 * @priority:	PRIORITY=, as in syslog(3)
 * @id:		MESSAGE_ID=
 * @record:	the record as --format json has it, but names as they are: what its strings hold may be any bytes
 *
 * "key" becomes FCDL_KEY=, "key" in "object" FCDL_OBJECT_KEY=, an array one field for each element; null is left out.
 *
 * Return: 0 or -errno of journal_send().
 */
int journal_entry(const char *message, int priority, const char *id, struct json_object *record);

/* ---- The way to journald (journald.c); unit tests have their own ---- */

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define JOURNAL_LIBRARY "libsystemd.so.0"

/** journal_open() - is somebody there? Return: 0; -ELIBACC: no JOURNAL_LIBRARY; -errno of JOURNAL_SOCKET */
int journal_open(void);
/** journal_send() - an entry of @nr fields, each KEY=VALUE. Return: 0 or -errno */
int journal_send(const struct iovec *fields, int nr);

#endif /* FCDLCTL_JOURNAL_H */
