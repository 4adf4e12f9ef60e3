"""Runs bastion-up against an independent Bastion: data intact both ways, many at once, every session deleted."""
import asyncio
import os
import secrets
import signal
import sys
import tempfile

import bastion_server
from bastion_server import Bastion

BINARY = os.path.abspath(f"{sys.argv[1]}/bastion-up")
passed = 0


def check(what, condition, detail=""):
    global passed
    if not condition:
        print(f"FAILED: {what} {detail}")
        sys.exit(1)
    passed += 1
    print(f"ok: {what}")


async def echo(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def exchange(reader, writer, data):
    async def send():
        writer.write(data)
        await writer.drain()
    sending = asyncio.create_task(send())
    received = await asyncio.wait_for(reader.readexactly(len(data)), 60)
    await sending
    return received == data


async def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o700)
        bastion_server.make_certificates(folder)
        secret = secrets.token_urlsafe(20)
        echoing = await asyncio.start_server(echo, "127.0.0.1", 0)
        bastion = Bastion(folder, secret, {22: echoing.sockets[0].getsockname()[1]})
        await bastion.start()
        environment = bastion_server.prepare(folder, bastion.port, secret)

        async def start(*words, **pipes):
            return await asyncio.create_subprocess_exec(
                BINARY, *words, env=environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE, limit=1 << 26, **pipes)

        async def proxy(size):
            data = secrets.token_bytes(size)
            process = await start("proxy", "dev-linux")
            good = await exchange(process.stdout, process.stdin, data)
            process.stdin.close()
            process.send_signal(signal.SIGTERM)
            _, errors = await asyncio.wait_for(process.communicate(), 20)
            return good, process.returncode, errors.decode()

        good, status, errors = await proxy(3_000_000)
        check("proxy carries 3 MB both ways", good, errors)
        check("SIGTERM ends proxy with 143", status == 143, f"{status} {errors}")
        bastion.fragments = True
        good, status, errors = await proxy(3_000_000)
        check("fragmented messages and pings between their parts are put together", good, errors)
        bastion.fragments = False
        bastion.next_upgrade_plain = True
        good, status, errors = await proxy(1000)
        check("a 101 without Upgrade and Connection is accepted", good, errors)
        bastion.refuse_upgrades = 1
        good, status, errors = await proxy(1000)
        check("a refused upgrade is tried again", good, errors)

        tunnel = await start("tunnel", "dev-linux")
        line = (await asyncio.wait_for(tunnel.stdout.readline(), 20)).decode()
        port = int(line.split(" ")[0].rsplit(":", 1)[1])

        async def connect(size):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 26)
            good = await exchange(reader, writer, secrets.token_bytes(size))
            writer.close()
            return good
        results = await asyncio.gather(*(connect(2_000_000) for _ in range(8)), return_exceptions=True)
        if tunnel.returncode is None:
            tunnel.send_signal(signal.SIGINT)
        _, errors = await asyncio.wait_for(tunnel.communicate(), 20)
        check("eight connections of a tunnel at once", all(r is True for r in results), f"{results} {errors.decode()} {bastion.problems}")
        check("SIGINT ends a tunnel with 130", tunnel.returncode == 130, f"{tunnel.returncode} {errors.decode()}")
        check("every session is deleted", bastion.opened == bastion.deleted > 10 and not bastion.sessions,
              f"{bastion.opened} opened, {bastion.deleted} deleted")
        check("the other implementation has nothing to object to", not bastion.problems, str(bastion.problems))
    print(f"{passed} checks passed")


asyncio.run(main())
