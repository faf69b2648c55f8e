/* SPDX-License-Identifier: GPL-2.0-or-later */
/* service.h - being a service of systemd's */
#ifndef FCDLCTL_SERVICE_H
#define FCDLCTL_SERVICE_H

/** service_ready() - tell who started this, if it wants to know (Type=notify), that the log has begun */
void service_ready(void);

#endif /* FCDLCTL_SERVICE_H */
