#define _GNU_SOURCE
#include "CPosix.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

int bu_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int bu_epoll_add(int epoll, int fd, uint64_t token) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.u64 = token};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

int bu_epoll_remove(int epoll, int fd) { return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL); }

int bu_epoll_wait(int epoll, struct bu_event *events, int capacity, int timeout_ms) {
    struct epoll_event raw[128];
    if (capacity > 128) capacity = 128;
    int count = epoll_wait(epoll, raw, capacity, timeout_ms);
    for (int i = 0; i < count; i++) {
        uint32_t e = raw[i].events;
        events[i].token = raw[i].data.u64;
        events[i].ready = (e & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR) ? BU_READABLE : 0) |
                          (e & (EPOLLOUT | EPOLLHUP | EPOLLERR) ? BU_WRITABLE : 0) |
                          (e & (EPOLLRDHUP | EPOLLHUP | EPOLLERR) ? BU_ENDED : 0);
    }
    return count;
}

int bu_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

int bu_signalfd(const int *signals, int count) {
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < count; i++) sigaddset(&set, signals[i]);
    int failure = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (failure) {
        errno = failure;
        return -1;
    }
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int bu_signalfd_read(int fd, int *is_sent) {
    struct signalfd_siginfo info;
    ssize_t count = read(fd, &info, sizeof info);
    *is_sent = count == (ssize_t)sizeof info && info.ssi_code <= 0;
    return count == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
}

static __thread void *thread_loop;
void *bu_thread_loop(void) { return thread_loop; }
void bu_set_thread_loop(void *loop) { thread_loop = loop; }

struct start { void (*body)(void *); void *context; };

static void *run_thread(void *argument) {
    struct start start = *(struct start *)argument;
    free(argument);
    start.body(start.context);
    return NULL;
}

int bu_start_thread(void (*body)(void *), void *context) {
    struct start *start = malloc(sizeof *start);
    if (!start) return ENOMEM;
    *start = (struct start){body, context};
    sigset_t all, old;
    sigfillset(&all);
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int failure = pthread_create(&thread, &attributes, run_thread, start);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attributes);
    if (failure) free(start);
    return failure;
}

int bu_accept(int listener, void *address, uint32_t *length) {
    socklen_t size = *length;
    int fd = accept4(listener, address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    *length = size;
    return fd;
}

int bu_socket_pair(int fds[2]) {
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds);
}

int bu_pipe(int fds[2]) { return pipe2(fds, O_CLOEXEC); }

int bu_peer_credentials(int fd, pid_t *pid, uid_t *uid) {
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return -1;
    *pid = credentials.pid;
    *uid = credentials.uid;
    return 0;
}

int bu_send_descriptor(int socket, int fd) {
    char byte = 0;
    struct iovec part = {&byte, 1};
    union { struct cmsghdr align; char space[CMSG_SPACE(sizeof(int))]; } control;
    memset(&control, 0, sizeof control);
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space,
                             .msg_controllen = sizeof control.space};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    return sendmsg(socket, &message, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

int bu_set_tcp_options(int fd, int idle_s, int interval_s, int count, int user_timeout_ms) {
    int on = 1;
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) return -1;
    if (idle_s <= 0) return 0;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, sizeof user_timeout_ms);
    return 0;
}

void bu_raise_open_files(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int bu_unacknowledged(int fd) {
    int domain = 0, count = 0;
    socklen_t size = sizeof domain;
    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0) return -1;
    if (domain != AF_INET && domain != AF_INET6) return -1;
    return ioctl(fd, SIOCOUTQ, &count) == 0 ? count : -1;
}

int bu_open(const char *path, int flags, unsigned mode) { return open(path, flags | O_CLOEXEC, (mode_t)mode); }

int bu_fsync_folder(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return -1;
    int result = fsync(fd);
    close(fd);
    return result;
}

int bu_socket_owner(int family, const void *source, uint16_t source_port, const void *destination,
                    uint16_t destination_port, uint32_t *uid, uint32_t *inode) {
    struct { struct nlmsghdr header; struct inet_diag_req_v2 body; } request;
    memset(&request, 0, sizeof request);
    size_t size = family == AF_INET ? 4 : 16;
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.header.nlmsg_flags = NLM_F_REQUEST;
    request.body.sdiag_family = (uint8_t)family;
    request.body.sdiag_protocol = IPPROTO_TCP;
    request.body.idiag_states = ~0U;
    request.body.id.idiag_sport = htons(source_port);
    request.body.id.idiag_dport = htons(destination_port);
    request.body.id.idiag_cookie[0] = request.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    memcpy(request.body.id.idiag_src, source, size);
    memcpy(request.body.id.idiag_dst, destination, size);
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd < 0) return -1;
    struct timeval patience = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    char answer[8192] __attribute__((aligned(8)));
    ssize_t count = -1;
    if (send(fd, &request, sizeof request, 0) == (ssize_t)sizeof request) count = recv(fd, answer, sizeof answer, 0);
    int failure = errno;
    close(fd);
    if (count < (ssize_t)sizeof(struct nlmsghdr)) {
        errno = failure;
        return -1;
    }
    struct nlmsghdr *header = (struct nlmsghdr *)answer;
    if (header->nlmsg_type == NLMSG_ERROR && count >= (ssize_t)(NLMSG_LENGTH(0) + sizeof(struct nlmsgerr))) {
        struct nlmsgerr *refusal = NLMSG_DATA(header);
        errno = refusal->error < 0 ? -refusal->error : EPROTO;
        return -1;
    }
    if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
        count < (ssize_t)(NLMSG_LENGTH(0) + sizeof(struct inet_diag_msg))) {
        errno = EPROTO;
        return -1;
    }
    struct inet_diag_msg *found = NLMSG_DATA(header);
    /* Where there is no such connection, one that listens at the source is found instead. */
    if (found->idiag_state == TCP_LISTEN || found->id.idiag_sport != request.body.id.idiag_sport ||
        found->id.idiag_dport != request.body.id.idiag_dport) {
        errno = ENOENT;
        return -1;
    }
    *uid = found->idiag_uid;
    *inode = found->idiag_inode;
    return 0;
}

int bu_spawn(pid_t *pid, const char *path, char *const argv[], char *const envp[], const int *maps, int map_count,
             int apart) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_init(&actions);
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
    if (apart == BU_OWN_GROUP) flags |= POSIX_SPAWN_SETPGROUP;
    if (apart == BU_OWN_SESSION) flags |= POSIX_SPAWN_SETSID;
    posix_spawnattr_setflags(&attributes, flags);
    int above = 3;
    for (int i = 0; i < map_count; i++) {
        posix_spawn_file_actions_adddup2(&actions, maps[2 * i], maps[2 * i + 1]);
        if (maps[2 * i + 1] >= above) above = maps[2 * i + 1] + 1;
    }
    posix_spawn_file_actions_addclosefrom_np(&actions, above);
    int failure = posix_spawnp(pid, path, &actions, &attributes, argv, envp);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failure;
}

int bu_wait(pid_t pid, int *kind, int *value) {
    int status = 0;
    pid_t found = waitpid(pid, &status, WNOHANG | WUNTRACED | WCONTINUED);
    *kind = 0;
    *value = 0;
    if (found < 0) return -1;
    if (found == 0) return 0;
    if (WIFEXITED(status)) {
        *kind = 1;
        *value = WEXITSTATUS(status);
    } else if (WIFSIGNALED(status)) {
        *kind = 2;
        *value = WTERMSIG(status);
    } else if (WIFSTOPPED(status)) {
        *kind = 3;
        *value = WSTOPSIG(status);
    } else if (WIFCONTINUED(status)) {
        *kind = 4;
    }
    return 0;
}

static struct {
    volatile sig_atomic_t is_raw;
    int fd;
    struct termios before;
    char farewell[64];
    size_t farewell_size;
} raw;

void bu_terminal_restore(void) {
    if (!raw.is_raw) return;
    raw.is_raw = 0;
    int failure = errno;
    for (size_t done = 0; done < raw.farewell_size;) {
        ssize_t count = write(raw.fd, raw.farewell + done, raw.farewell_size - done);
        if (count > 0) done += (size_t)count;
        struct pollfd ready = {raw.fd, POLLOUT, 0};
        if (count < 0 && errno != EINTR && (errno != EAGAIN || poll(&ready, 1, 1000) != 1)) break;
    }
    /* From the background we would be stopped, and the settings are those of another program by now. */
    pid_t owner = tcgetpgrp(raw.fd);
    if (owner <= 0 || owner == getpgrp()) tcsetattr(raw.fd, TCSANOW, &raw.before);
    errno = failure;
}

static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS};
enum { crash_count = sizeof crashes / sizeof *crashes };
static struct sigaction before_ours[crash_count];

/* Hands on to whoever was to have the signal: a fault comes again when its instruction is repeated. */
static void crashed(int number, siginfo_t *info, void *context) {
    (void)context;
    bu_terminal_restore();
    for (int i = 0; i < crash_count; i++)
        if (crashes[i] == number) sigaction(number, &before_ours[i], NULL);
    if (info->si_code <= 0) raise(number);
}

int bu_terminal_raw(int fd, const char *farewell) {
    size_t size = strlen(farewell);
    if (raw.is_raw || size > sizeof raw.farewell) {
        errno = EINVAL;
        return -1;
    }
    struct termios settings;
    if (tcgetattr(fd, &settings) != 0) return -1;
    raw.before = settings;
    raw.fd = fd;
    raw.farewell_size = size;
    memcpy(raw.farewell, farewell, size);
    settings.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR | ISTRIP | IXON | PARMRK);
    settings.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | IEXTEN);
    settings.c_cc[VMIN] = 1;
    settings.c_cc[VTIME] = 0;
    for (int i = 0; i < crash_count; i++) {
        struct sigaction ours = {.sa_sigaction = crashed, .sa_flags = SA_SIGINFO | SA_ONSTACK}, found;
        if (sigaction(crashes[i], NULL, &found) != 0 || found.sa_sigaction == crashed) continue;
        before_ours[i] = found;
        sigaction(crashes[i], &ours, NULL);
    }
    raw.is_raw = 1;
    if (tcsetattr(fd, TCSADRAIN, &settings) == 0) return 0;
    raw.is_raw = 0;
    return -1;
}

void bu_wipe(void *memory, size_t count) { explicit_bzero(memory, count); }
int bu_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

char *bu_login_name(void) {
    struct passwd entry, *found = NULL;
    char buffer[4096];
    if (getpwuid_r(geteuid(), &entry, buffer, sizeof buffer, &found) != 0 || !found) return NULL;
    return strdup(found->pw_name);
}

char *bu_home_folder(void) {
    struct passwd entry, *found = NULL;
    char buffer[4096];
    if (getpwuid_r(geteuid(), &entry, buffer, sizeof buffer, &found) != 0 || !found) return NULL;
    return strdup(found->pw_dir);
}

void bu_error_text(int number, char *buffer, size_t size) {
    char *text = strerror_r(number, buffer, size);
    if (text != buffer && size > 0) {
        strncpy(buffer, text, size - 1);
        buffer[size - 1] = 0;
    }
}
