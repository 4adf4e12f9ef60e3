"""Runs the table of conformance_cases.py against bastion-up and bastion-emulator, by each of two other implementations.

Usage: check_conformance.py PROGRAMS [NUMBER]...   With numbers: these cases alone (`7`, `5.3`), and all that is wrong.
"""
import asyncio
import logging
import os
import secrets
import signal
import ssl
import struct
import sys
import tempfile

import bastion_server
import check_emulator
from conformance_cases import BINARY, CASES, CLOSE, GROUPS, PING, PONG, Case, Frame, close, payload
from conformance_peers import PEERS, Violation

PATIENCE = 20
PROBE = b"still there?"


class Exchange:
    """A peer's side of one case: sends what the case has, and notes all that comes."""

    def __init__(self, peer, case, reader, writer):
        self.peer, self.case, self.reader, self.writer = peer, case, reader, writer
        self.data, self.pongs, self.close, self.ended = bytearray(), [], "none", False
        self.problems = []

    async def send(self, *frames):
        data = b"".join(self.peer.write(frame) for frame in frames)
        size = self.case.chop or 1 << 18
        try:
            for start in range(0, len(data), size):
                self.writer.write(data[start:start + size])
                await self.writer.drain()
        except (ConnectionError, ssl.SSLError):
            pass    # It may close before it has heard all of it.

    async def read_until(self, condition):
        """- Returns: whether it came true before the connection ended."""
        while not condition():
            try:
                data = await self.reader.read(1 << 18)
            except (ConnectionError, ssl.SSLError):
                data = b""
            if not data:
                self.ended = True
                return condition()
            try:
                for opcode, content, is_final in self.peer.read(data):
                    self.note(opcode, content, is_final)
            except Violation as violation:
                self.problems.append(f"{self.peer.name} objects: {violation}")
                return False
        return True

    def note(self, opcode, content, is_final):
        if self.close != "none":
            self.problems.append(f"a frame of opcode {opcode} behind the close frame")
        if opcode == BINARY and is_final:
            self.data += content
        elif opcode == PONG:
            self.pongs.append(content)
        elif opcode == CLOSE:
            self.close = struct.unpack("!H", content[:2])[0] if content else None
        elif opcode != PING:
            self.problems.append(f"opcode {opcode}, final: {is_final}")

    async def run(self, echoes=False):
        """- Parameter echoes: whether the data comes back."""
        is_alive = self.case.close == "alive"
        # What comes is read meanwhile: an end that cannot send does not read.
        sending = asyncio.create_task(self.send(*self.case.frames, *([Frame(PING, PROBE)] if is_alive else [])))
        if is_alive:
            wanted = len(self.case.data) if echoes else 0
            await self.read_until(lambda: PROBE in self.pongs and len(self.data) >= wanted)
            await sending
            await self.send(close(1000))
            if self.pongs[-1:] == [PROBE]:
                self.pongs.pop()
        await self.read_until(lambda: self.close != "none")
        await sending
        self.expect("close", self.close, 1000 if is_alive else self.case.close)
        self.expect("pongs", tuple(self.pongs), self.case.pongs)

    def expect(self, what, found, wanted):
        if found != wanted:
            self.problems.append(f"{what}: {shown(found)}, not {shown(wanted)}")


def judged(cases, make_peer):
    return [case for case in cases if not case.unknown_to or not make_peer.name.startswith(case.unknown_to)]


def shown(value):
    text = repr(value)
    return text if len(text) < 100 else text[:60] + f"… ({len(value)})"


# bastion-up, with the other implementation as the service


class Service(bastion_server.Bastion):
    """Takes a case at a time; the other end says when it is there."""
    make_peer = case = result = None

    async def upgraded(self, reader, writer, head, session):
        if b"sec-websocket-extensions" in head.lower() or b"sec-websocket-protocol" in head.lower():
            self.problems.append("an extension or a protocol was offered")
        peer = self.make_peer(is_client=False)
        writer.write(peer.accept(head))
        exchange = Exchange(peer, self.case, reader, writer)
        if not await exchange.read_until(lambda: exchange.data.startswith(b"go")):
            return
        exchange.data = exchange.data[2:]
        case, result = self.case, self.result
        exchange.case = case
        await exchange.send(Frame(BINARY, b"+"))
        if isinstance(case, Upload):
            await exchange.read_until(lambda: len(exchange.data) >= len(case.data))
            exchange.expect("data", bytes(exchange.data), case.data)
        await exchange.run()
        if not result.done():
            result.set_result(exchange)


class Upload(Case):
    """What bastion-up sends by itself: `data`, in whole messages."""


UPLOADS = [Upload(f"1.6.{index + 1}", f"bastion-up sends {size} bytes", [], payload(size, 5))
           for index, size in enumerate([1, 125, 126, 127, 65_535, 65_536, 65_537, 1 << 20, 8 << 20])]


async def against_client(program, folder, cases, report):
    secret = secrets.token_urlsafe(20)
    service = Service(folder, secret, {22: 1})
    await service.start()
    environment = bastion_server.prepare(folder, service.port, secret)
    tunnel = await asyncio.create_subprocess_exec(
        program, "tunnel", "dev-linux", env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    try:
        line = (await asyncio.wait_for(tunnel.stdout.readline(), PATIENCE)).decode()
        port = int(line.split(" ")[0].rsplit(":", 1)[1])
        for make_peer in PEERS:
            for case in judged(cases, make_peer):
                service.make_peer, service.case = make_peer, case
                service.result = asyncio.get_running_loop().create_future()
                problems = await local_end(port, case, service)
                report("bastion-up", make_peer.name, case, problems + service.problems)
                service.problems.clear()
    finally:
        tunnel.send_signal(signal.SIGTERM)
        _, errors = await asyncio.wait_for(tunnel.communicate(), PATIENCE)
    return errors.decode()


async def local_end(port, case, service):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 26)
    received = bytearray()
    wanted = b"+" if isinstance(case, Upload) else b"+" + case.data

    async def deliver():
        writer.write(b"go" + (case.data if isinstance(case, Upload) else b""))
        await writer.drain()
        try:
            while data := await reader.read(1 << 18):
                received.extend(data)
        except ConnectionError:
            pass
    delivering = asyncio.create_task(deliver())
    try:
        exchange = await asyncio.wait_for(service.result, PATIENCE)
        await asyncio.wait_for(delivering, PATIENCE)
    except TimeoutError:
        delivering.cancel()
        return [f"no end after {PATIENCE} s; {len(received)} bytes came"]
    finally:
        writer.close()
    if bytes(received) != wanted:
        exchange.problems.append(f"delivered {shown(bytes(received))}, not {shown(wanted)}")
    return exchange.problems


# bastion-emulator, with the other implementation as the client


class Target:
    """Echoes, and keeps what it was sent by the last connection."""

    async def start(self):
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.forget()
        return server.sockets[0].getsockname()[1]

    def forget(self):
        self.received, self.is_over = bytearray(), asyncio.Event()

    async def serve(self, reader, writer):
        received, is_over = self.received, self.is_over
        try:
            while data := await reader.read(1 << 18):
                received.extend(data)
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        is_over.set()
        writer.close()


async def against_emulator(program, folder, cases, report):
    target = Target()
    with check_emulator.running(program, folder, await target.start()) as cloud:
        token = cloud.sign_in()
        host = cloud.values["dnsName"]
        for make_peer in PEERS:
            for case in judged(cases, make_peer):
                target.forget()
                _, session = check_emulator.cloud_call(cloud.tunnel(host, token, 22))
                try:
                    problems = await asyncio.wait_for(remote_end(cloud, host, session, make_peer, case, target), PATIENCE)
                except TimeoutError:
                    problems = [f"no end after {PATIENCE} s; {len(target.received)} bytes came"]
                report("emulator", make_peer.name, case, problems)
                cloud.request("DELETE", f"https://{host}/api/tokens/{session['authToken']}",
                              headers={"X-Node-Id": session["nodeId"]})


async def remote_end(cloud, host, session, make_peer, case, target):
    peer = make_peer(is_client=True)
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", cloud.port, ssl=cloud.context, server_hostname=host.split(":")[0], limit=1 << 26)
    try:
        url = f"wss://{host}/webtunnelv2/{session['websocketToken']}?X-Node-Id={session['nodeId']}"
        writer.write(peer.request(url, f"https://{host}"))
        peer.check_answer(await reader.readuntil(b"\r\n\r\n"))
        exchange = Exchange(peer, case, reader, writer)
        await exchange.run(echoes=True)
        if case.close == "alive":
            exchange.expect("echo", bytes(exchange.data), case.data)
        if case.close in ("alive", None, 1000):
            # The service is the one that ends the connection (section 7.1.1); it says nothing more before.
            await exchange.read_until(lambda: exchange.ended)
        writer.close()
        await target.is_over.wait()
        exchange.expect("target", bytes(target.received), case.data)
        return exchange.problems
    except Violation as violation:
        return [str(violation)]
    finally:
        writer.close()


# The report


class Report:
    def __init__(self, is_verbose):
        self.is_verbose = is_verbose
        self.counts, self.failures, self.differences = {}, [], set()

    def __call__(self, subject, peer, case, problems):
        counts = self.counts.setdefault((case.group, subject, peer), [0, 0])
        counts[0] += not problems
        counts[1] += 1
        if case.differs:
            self.differences.add((subject, case.differs))
        if problems:
            self.failures.append(f"{case.number} {case.title} ({subject}, {peer}): {'; '.join(problems)}")
            print(f"FAILED: {self.failures[-1]}", flush=True)
        elif self.is_verbose:
            print(f"ok: {case.number} {case.title} ({subject}, {peer})", flush=True)

    def table(self):
        columns = sorted({key[1:] for key in self.counts})
        print("group".ljust(24) + "".join(f"{subject}, {peer}".rjust(32) for subject, peer in columns))
        for group, name in GROUPS.items():
            cells = [self.counts.get((group, *column)) for column in columns]
            texts = ["-" if cell is None else f"{cell[0]} of {cell[1]}" for cell in cells]
            print(f"{group:>2} {name}".ljust(24) + "".join(text.rjust(32) for text in texts))
        for subject, difference in sorted(self.differences):
            print(f"deliberately different, {subject}: {difference}")
        total = sum(counts[1] for counts in self.counts.values())
        print(f"{total - len(self.failures)} of {total} conformance cases passed")


async def main(programs, numbers):
    # Says of every write to a connection that has ended that it has.
    logging.getLogger("asyncio").setLevel(logging.ERROR)

    def chosen(cases, other):
        return [case for case in cases if case.only != other and (
            not numbers or any(case.number == number or case.number.startswith(number + ".") for number in numbers))]
    report = Report(is_verbose=bool(numbers))
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o700)
        bastion_server.make_certificates(folder)
        errors = await against_client(f"{programs}/bastion-up", folder, chosen(CASES + UPLOADS, "emulator"), report)
        await against_emulator(f"{programs}/bastion-emulator", folder, chosen(CASES, "client"), report)
    if numbers:
        print(errors[-4000:])
    report.table()
    return 1 if report.failures else 0


sys.exit(asyncio.run(main(os.path.abspath(sys.argv[1]), sys.argv[2:])))
