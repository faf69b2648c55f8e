// SPDX-License-Identifier: GPL-2.0-or-later
/* What the threads of a process are doing, from /proc. They come and go meanwhile: what is gone is left out. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mem.h"
#include "threads.h"

static const char *const states[] = { "running", "sleeping", "blocked", "stopped", "dead" };
#define STATES (sizeof(states) / sizeof(states[0]))

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

char *threads_words(const struct thread *threads, size_t count)
{
	size_t i, n, state, at = 0;
	char *words = mem_grow(NULL, STATES * 40, 1);

	words[0] = '\0';
	for (state = 0; state < STATES; state++) {
		for (i = 0, n = 0; i < count; i++)
			n += threads[i].state == states[state];
		if (!n)
			continue;
		if (at)
			at += (size_t)sprintf(words + at, ", %zu %s", n, states[state]);
		else
			at += (size_t)sprintf(words, "%zu thread%s %s", n, n == 1 ? "" : "s", states[state]);
	}
	if (!at)
		strcpy(words, "no threads");
	return words;
}
