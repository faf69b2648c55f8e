/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fake.h - a urfs.ko inside the test's process, for what liburfs does with each message
 *
 * It keeps the words of urfs_abi.h: ids, quarantine, late replies, COMMAND_REPLY ahead of others. One connection at a
 * time.
 */
#ifndef FAKE_H
#define FAKE_H

#include <stdbool.h>
#include <stdint.h>
#include <urfs_abi.h>

#define FAKE_ARENA (1024 * 1024)
#define FAKE_BLOCK 4096
/* when everything happens: rfs_time() */
#define FAKE_TIME_NS 123456789
/* descriptor of an operation's first object, which is open nowhere */
#define FAKE_OBJECT 23456

/* how the handshake and the commands go wrong; 0: they do not */
struct fake_faults {
	int open;
	int hello;
	int map;
	uint32_t version;
	uint32_t msg_size;
	int command; /* this command type is refused ... */
	int command_error; /* ... with this */
	int cookie;
};

/* Begin anew. The transport of liburfs leads here from now on. */
void fake_reset(void);
extern struct fake_faults fake_faults;

/* ---- What the caller in the kernel would do ---- */

struct fake_event {
	uint32_t filter;
	uint32_t op;
	uint32_t flags; /* URFS_MSG_ */
	uint64_t operation;
	uint64_t deadline_ms; /* 0: no deadline in the message */
	int64_t result;
	const char *rule;
	const char *rest;
	const char *rest2;
	const char *target;
	const char *exe;
	const char *data; /* with URFS_MSG_PIECE: the bytes, a string without its NUL */
	uint64_t data_offset;
	void (*spoil)(struct urfs_msg *msg, struct urfs_event *event);
};

/* Put a question on the list. Return: its id, which is also its place */
uint64_t fake_ask(const struct fake_event *event);
uint64_t fake_modify(uint32_t filter, uint32_t mod, const char *path, uint32_t path_flags);
void fake_message(const struct urfs_msg *msg);
/* The caller stops waiting. */
void fake_cancel(uint64_t id, uint32_t why);
/* Wait for the answer, at most @ms. Return: false if none came */
bool fake_answer(uint64_t id, unsigned int ms, struct urfs_reply *reply);
bool fake_is_received(uint64_t id);
/* The piece of data in the block of a request, also after it was answered, as long as there is no newer one. */
const char *fake_data(uint64_t id);
/* Wait until no request is queued or open, at most @ms. */
bool fake_idle(unsigned int ms);
/* The cookie that the kernel keeps there. Return: it; and from now on it is @instead */
uint64_t fake_cookie(uint32_t which, uint32_t flags, uint64_t instead);
/* The connection dies. */
void fake_die(void);

/* ---- What the library did ---- */

/* How often this command came, and the last of its kind. @text: its string, if it had one */
unsigned int fake_commands(uint32_t type, struct urfs_cmd *last, char *text);
/* Place of the last command of this type among all commands and replies, from 1; 0: none */
unsigned int fake_when(uint32_t type);
unsigned int fake_late(void);
bool fake_is_open(void);
/* How often urfs_ioctl was called with room for messages. */
unsigned int fake_waiting(void);
/* How many commands were written to wake a loop. */
unsigned int fake_kicked(void);

#endif /* FAKE_H */
