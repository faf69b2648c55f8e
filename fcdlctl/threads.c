// SPDX-License-Identifier: GPL-2.0-or-later
/* What the threads of a process are doing, from /proc. They come and go meanwhile: what is gone is left out. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mem.h"
#include "threads.h"

static const char *const states[] = { "running", "sleeping", "blocked", "stopped", "dead" };

static const char *state_of(char letter)
{
	switch (letter) {
	case 'R':
		return states[0];
	case 'D':
		return states[2];
	case 'T':
	case 't':
		return states[3];
	case 'Z':
	case 'X':
	case 'x':
		return states[4];
	default: /* S, I, P, ... */
		return states[1];
	}
}

int threads_parse(const char *line, struct thread *thread)
{
	/* the name is in parentheses and may hold any of them itself: it ends at the last one */
	const char *open = strchr(line, '('), *close = strrchr(line, ')');
	size_t len;

	if (!open || !close || close < open || close[1] != ' ' || !close[2])
		return -EINVAL;
	memset(thread, 0, sizeof(*thread));
	thread->tid = atoi(line);
	thread->state = state_of(close[2]);
	len = (size_t)(close - open - 1);
	if (len >= sizeof(thread->comm))
		len = sizeof(thread->comm) - 1;
	memcpy(thread->comm, open + 1, len);
	return 0;
}

static int read_line(int pid, int tid, const char *file, char *line, size_t size)
{
	char path[80];
	size_t got;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", pid, tid, file);
	in = fopen(path, "re");
	if (!in)
		return -errno;
	/* not by lines: a thread's name may hold a newline */
	got = fread(line, 1, size - 1, in);
	line[got] = '\0';
	fclose(in);
	return got ? 0 : -ENOENT;
}

void threads_wait(int pid, int tid, char *wait)
{
	/* a thread that runs has a 0 there, and so has one of a kernel that does not tell */
	if (read_line(pid, tid, "wchan", wait, THREAD_WAIT) || strcmp(wait, "0") == 0)
		wait[0] = '\0';
}

size_t threads_read(int pid, struct thread **threads)
{
	struct thread *all = NULL;
	struct dirent *entry;
	size_t count = 0;
	char line[512];
	DIR *dir;
	int tid;

	snprintf(line, sizeof(line), "/proc/%d/task", pid);
	dir = opendir(line);
	*threads = NULL;
	if (!dir)
		return 0;
	while ((entry = readdir(dir))) {
		tid = atoi(entry->d_name);
		if (tid <= 0 || read_line(pid, tid, "stat", line, sizeof(line)))
			continue;
		all = mem_grow(all, count + 1, sizeof(*all));
		if (threads_parse(line, &all[count]))
			continue;
		threads_wait(pid, tid, all[count].wait);
		count++;
	}
	closedir(dir);
	*threads = all;
	return count;
}

static bool alike(const struct thread *one, const struct thread *other)
{
	return one->state == other->state && strcmp(one->wait, other->wait) == 0;
}

/* How many threads do what thread @i does, told where the first of them stands; 0 at the others. */
static size_t like(const struct thread *threads, size_t count, size_t i, int but)
{
	size_t j, n = 0;

	for (j = 0; j < count; j++) {
		if (threads[j].tid == but || !alike(&threads[j], &threads[i]))
			continue;
		if (j < i)
			return 0;
		n++;
	}
	return n;
}

char *threads_words(const struct thread *threads, size_t count, int but)
{
	char *words = mem_grow(NULL, count + 1, THREAD_WAIT + 64);
	const char *unit;
	size_t i, n, at = 0;

	words[0] = '\0';
	for (i = 0; i < count; i++) {
		n = threads[i].tid == but ? 0 : like(threads, count, i, but);
		if (!n)
			continue;
		/* only the first number says of what */
		unit = at ? "" : n == 1 ? " thread" : " threads";
		at += (size_t)sprintf(words + at, "%s%zu%s %s%s%s", at ? ", " : "", n, unit, threads[i].state,
				      threads[i].wait[0] ? " in " : "", threads[i].wait);
	}
	if (!at)
		strcpy(words, "no threads");
	return words;
}
