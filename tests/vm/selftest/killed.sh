#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: a test that a signal kills is red
# expect: FAIL ^killed by SIGSEGV
kill -SEGV $$
