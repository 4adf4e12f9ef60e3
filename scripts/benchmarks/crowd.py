"""Many connections of one process to a local port, each proven open by one byte that comes back."""
import resource
import select
import socket
import struct
import time

from .setting import Trouble

ORDER = struct.Struct(">cQ")
ECHO = b"e"
PATIENCE = 60


def ask_sessions(port):
    """(sessions that are open, sessions ever opened), by the server at its plain port."""
    with socket.create_connection(("127.0.0.1", port)) as asked:
        asked.sendall(ORDER.pack(b"c", 0))
        answer = b""
        while len(answer) < 16:
            part = asked.recv(16)
            if not part:
                raise Trouble("the server does not say how many sessions are open")
            answer += part
    return struct.unpack(">QQ", answer)


def open_at_once(port, count):
    """Connects all of them before anything is awaited. Gives the sockets whose byte came back."""
    sockets = []
    for _ in range(count):
        opened = socket.socket()
        opened.setblocking(False)
        opened.connect_ex(("127.0.0.1", port))
        sockets.append(opened)
    poller = select.epoll()
    by_number = {opened.fileno(): opened for opened in sockets}
    for number in by_number:
        poller.register(number, select.EPOLLOUT)
    answered = []
    waiting = len(sockets)
    end = time.monotonic() + PATIENCE
    while waiting and time.monotonic() < end:
        for number, event in poller.poll(0.5):
            opened = by_number[number]
            if event & select.EPOLLOUT and not event & (select.EPOLLERR | select.EPOLLHUP):
                opened.send(ORDER.pack(ECHO, 1) + b"x")
                poller.modify(number, select.EPOLLIN)
                continue
            poller.unregister(number)
            waiting -= 1
            try:
                if opened.recv(1) == b"x":
                    answered.append(opened)
                    continue
            except OSError:
                pass
            opened.close()
    poller.close()
    for opened in set(sockets) - set(answered):
        opened.close()
    return answered


def open_in_turn(port, count):
    """One after the other, each answered before the next."""
    sockets = []
    for _ in range(count):
        opened = socket.create_connection(("127.0.0.1", port))
        opened.settimeout(PATIENCE)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.sendall(ORDER.pack(ECHO, 1) + b"x")
        if opened.recv(1) != b"x":
            raise Trouble(f"connection {len(sockets) + 1} of {count} was closed")
        sockets.append(opened)
    return sockets


def close_all(sockets):
    for opened in sockets:
        opened.close()


def wait_until(is_so, what, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise Trouble(f"after {seconds} s still not: {what}")
        time.sleep(0.02)


def allow_descriptors(count):
    """Says early that the machine does not allow so many."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count:
        raise Trouble(f"{count} descriptors are needed and the hard limit is {soft}: raise it with ulimit -Hn")
