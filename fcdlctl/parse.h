/* SPDX-License-Identifier: GPL-2.0-or-later */
/* parse.h - words of the command line into numbers, and numbers of the kernel into words */
#ifndef FCDLCTL_PARSE_H
#define FCDLCTL_PARSE_H

#include <stddef.h>
#include "fcdlctl_abi.h"

/* Room for errno_text(). */
#define ERRNO_TEXT 80
/* Room for verdict_text(): "deny:" and an errno's name or number. */
#define VERDICT_TEXT 32

/**
 * parse_ms() - a time such as 1500, 1500ms, 1.5s or 2m
 * @text:	the text
 * @unit_ms:	milliseconds of one unit where the text names none
 * @ms:		out: milliseconds
 *
 * Return: 0, or -EINVAL for what is no such time or does not fit into 32 bits.
 */
int parse_ms(const char *text, unsigned int unit_ms, long *ms);

/** parse_errno() - EACCES, eacces or 13 into 13. Return: 1 to 4095, or -EINVAL. */
int parse_errno(const char *text);

/**
 * parse_verdict() - allow, wait, deny (with EPERM) or deny:ERRNO
 *
 * Return: 0, or -EINVAL. Which of them a policy takes is not its business.
 */
int parse_verdict(const char *text, struct fcdlctl_verdict *verdict);

/** parse_policy() - one KEY=VALUE into @policy and its valid bits. Return: 0; -ENOENT: no such key; -EINVAL: value. */
int parse_policy(const char *text, struct fcdlctl_policy *policy);

/** parse_rule() - the words include|exclude and single|subtree, in either order, into RFS_PATH_ bits, or -EINVAL */
int parse_rule(const char *first, const char *second);

/** errno_name() - "EROFS"; for numbers without a name the number, in @buf */
const char *errno_name(int error, char *buf, size_t size);
/** errno_text() - "read-only file system": the system's text, in English and beginning in lower case, in @buf */
const char *errno_text(int error, char *buf);
/** verdict_text() - "allow", "deny:EROFS", "wait", "-" */
const char *verdict_text(const struct fcdlctl_verdict *verdict, char *buf);

const char *kind_word(unsigned int kind);
const char *state_word(unsigned int state);
const char *hook_word(unsigned int hook);
const char *receiver_word(unsigned int state);
/** op_word() - name of an operation; for a number without one the number, in @buf */
const char *op_word(unsigned int op, char *buf, size_t size);

#endif /* FCDLCTL_PARSE_H */
