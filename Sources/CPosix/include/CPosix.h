/* What Swift cannot call or would need _GNU_SOURCE for. Functions return -1 and set errno unless said otherwise. */
#ifndef BASTION_UP_CPOSIX_H
#define BASTION_UP_CPOSIX_H
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* epoll(7), edge-triggered for reading, writing and peer shutdown. */
enum { BU_READABLE = 1, BU_WRITABLE = 2, BU_ENDED = 4 };
struct bu_event { uint64_t token; uint32_t ready; };
int bu_epoll_create(void);
int bu_epoll_add(int epoll, int fd, uint64_t token);
int bu_epoll_remove(int epoll, int fd);
int bu_epoll_wait(int epoll, struct bu_event *events, int capacity, int timeout_ms);

int bu_eventfd(void);
/* Blocks the signals in the calling thread (call before any other thread exists) and opens a signalfd for them. */
int bu_signalfd(const int *signals, int count);
/* The next pending signal number, 0 when there is none. is_sent: a process sent it, and not the terminal or the kernel. */
int bu_signalfd_read(int fd, int *is_sent);

/* A value for each thread: the event loop that runs on it. */
void *bu_thread_loop(void);
void bu_set_thread_loop(void *loop);
/* Sets the soft limit of open files (RLIMIT_NOFILE) to the hard one. */
void bu_raise_open_files(void);

/* Bytes that a TCP peer's kernel has not acknowledged, or -1 for other descriptors. */
int bu_unacknowledged(int fd);

/* Starts a detached thread with all signals blocked. Returns an errno value, 0 on success. */
int bu_start_thread(void (*body)(void *), void *context);

/* accept4 with SOCK_NONBLOCK | SOCK_CLOEXEC. */
int bu_accept(int listener, void *address, uint32_t *length);
int bu_socket_pair(int fds[2]);
int bu_pipe(int fds[2]);
/* The peer of a unix socket (SO_PEERCRED). */
int bu_peer_credentials(int fd, pid_t *pid, uid_t *uid);
/* Passes one descriptor with one byte (SCM_RIGHTS). */
int bu_send_descriptor(int socket, int fd);
int bu_set_tcp_options(int fd, int idle_s, int interval_s, int count, int user_timeout_ms);
int bu_open(const char *path, int flags, unsigned mode);
int bu_fsync_folder(const char *path);

/* Whose socket is (source -> destination)? NETLINK_SOCK_DIAG (sock_diag(7)); addresses in network order, 4 or 16 bytes.
   Returns 0 and fills uid and inode, or -1 (ENOENT: no such socket). Inode 0 means that its program has closed it; before Linux
   6.17 and in TIME-WAIT the uid is 0 then, whoever it was. */
int bu_socket_owner(int family, const void *source, uint16_t source_port, const void *destination,
                    uint16_t destination_port, uint32_t *uid, uint32_t *inode);

/* posix_spawnp with default signal actions, an empty mask and close-on-exec of everything from 3 up but the kept.
   maps: pairs of (ours, child's), ended by count. Returns an errno value, 0 on success. */
enum { BU_SHARED_GROUP = 0, BU_OWN_GROUP = 1, BU_OWN_SESSION = 2 };
int bu_spawn(pid_t *pid, const char *path, char *const argv[], char *const envp[], const int *maps, int map_count,
             int apart);
/* waitpid with WNOHANG | WUNTRACED | WCONTINUED. kind: 0 nothing, 1 exited(value), 2 killed(signal), 3 stopped(signal), 4 continued. */
int bu_wait(pid_t pid, int *kind, int *value);

/* Saves the terminal's settings and makes it raw: input byte by byte as it is typed, unseen; its keys for signals stay.
   From here on a crash puts the settings back too. One terminal at a time; the farewell has 64 bytes at most. */
int bu_terminal_raw(int fd, const char *farewell);
/* Writes the farewell and puts the saved settings back, once. For signal handlers as well. */
void bu_terminal_restore(void);

/* The words for an errno value; writes at most size bytes, always terminated. */
void bu_error_text(int number, char *buffer, size_t size);
void bu_wipe(void *memory, size_t count);
int bu_forbid_dumps(void);
/* The login name of the effective user, malloc'ed; the caller frees. NULL when unknown. */
char *bu_login_name(void);
char *bu_home_folder(void);
#endif
