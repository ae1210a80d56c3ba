/* notify.h - tells a service manager that the server is ready or stopping (the sd_notify protocol: one
 * datagram to the socket named in NOTIFY_SOCKET). Does nothing where there is none. */
#ifndef STATOR_SERVER_NOTIFY_H
#define STATOR_SERVER_NOTIFY_H

/* `state` is for example "READY=1" or "STOPPING=1". */
void notify_service_manager(const char *state);

#endif
