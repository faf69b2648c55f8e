/* SPDX-License-Identifier: GPL-2.0-or-later */
/* threads.h - what the threads of a process are doing, from /proc */
#ifndef FCDLCTL_THREADS_H
#define FCDLCTL_THREADS_H

#include <stddef.h>

/* Longest word about where a thread sleeps, with its NUL. */
#define THREAD_WAIT 64

/**
 * struct thread - one thread
 * @tid:	its id
 * @state:	a word: running, sleeping, blocked, stopped, dead
 * @comm:	its name, bytes
 * @wait:	function of the kernel that it sleeps in; empty: none or not known
 */
struct thread {
	int tid;
	const char *state;
	char comm[16];
	char wait[THREAD_WAIT];
};

/** threads_read() - all threads of @pid. Return: how many, @threads for free(); 0 if there is no such process. */
size_t threads_read(int pid, struct thread **threads);

/** threads_parse() - one line of /proc/PID/task/TID/stat. Return: 0, or -EINVAL. */
int threads_parse(const char *line, struct thread *thread);

/** threads_wait() - where one thread sleeps, into @wait; empty if it is not known */
void threads_wait(int pid, int tid, char *wait);

/**
 * threads_words() - "2 threads sleeping in do_nanosleep, 1 stopped": a summary for free()
 * @but:	a thread to leave out; 0: none
 */
char *threads_words(const struct thread *threads, size_t count, int but);

#endif /* FCDLCTL_THREADS_H */
