"""A small Azure Bastion whose WebSockets are those of the PyPI package `websockets` (its sans-I/O server).

Shares no code with bastion-up or its emulator: what both sides of those agree on by mistake shows here.
One TLS port serves sign-in, Resource Manager and the data plane.
"""
import asyncio
import json
import os
import secrets
import ssl
import subprocess
import urllib.parse

from websockets.frames import Opcode
from websockets.server import ServerProtocol

TENANT = "22222222-2222-2222-2222-222222222222"
CLIENT = "33333333-3333-3333-3333-333333333333"
HOST_ID = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-hub/providers/Microsoft.Network/bastionHosts/bas-hub"
VM_ID = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-dev/providers/Microsoft.Compute/virtualMachines/dev-linux"


def make_certificates(folder):
    """A certificate authority, and a certificate for localhost signed by it, by the openssl program."""
    def run(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
    run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
        "-subj", "/CN=interoperability CA", "-addext", "basicConstraints=critical,CA:TRUE")
    run("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    with open(os.path.join(folder, "server.ext"), "w") as file:
        file.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    run("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
        "-out", "server.pem", "-extfile", "server.ext")


class Bastion:
    def __init__(self, folder, client_secret, targets):
        self.client_secret = client_secret
        self.targets = targets              # port of the target -> local port
        self.tokens, self.sessions = set(), {}
        self.opened, self.deleted, self.problems = 0, 0, []
        self.next_upgrade_plain = False     # a 101 without Upgrade and Connection
        self.refuse_upgrades = 0            # so many upgrades are answered 503
        self.fragments = False              # send fragmented messages, with pings between
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(os.path.join(folder, "server.pem"), os.path.join(folder, "server.key"))

    async def start(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, ssl=self.context)
        self.port = self.server.sockets[0].getsockname()[1]
        return self.port

    async def serve(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lines = head.decode("latin-1").split("\r\n")
                method, target, _ = lines[0].split(" ")
                headers = {k.strip().lower(): v.strip() for k, v in (l.split(":", 1) for l in lines[1:] if l)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                if headers.get("upgrade", "").lower() == "websocket":
                    return await self.tunnel(reader, writer, head, target, headers)
                status, answer = self.answer(method, target, headers, body)
                data = b"" if answer is None else json.dumps(answer).encode()
                if status == 204:
                    writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
                else:   # chunked, as the service does
                    writer.write(b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
                                 % (status, len(data), data))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    def answer(self, method, target, headers, body):
        form = dict(urllib.parse.parse_qsl(body.decode()))
        path = target.split("?")[0]
        if method == "POST" and path == f"/{TENANT}/oauth2/v2.0/token":
            if form.get("grant_type") != "client_credentials" or form.get("client_secret") != self.client_secret:
                return 401, {"error": "invalid_client", "error_description": "AADSTS7000215: wrong secret"}
            token = secrets.token_urlsafe(40)
            self.tokens.add(token)
            return 200, {"token_type": "Bearer", "expires_in": 3599, "access_token": token}
        if method == "GET" and path.lower() == HOST_ID.lower():
            if headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
                return 401, {"error": {"code": "InvalidAuthenticationToken", "message": "no"}}
            return 200, {"id": HOST_ID, "name": "bas-hub", "sku": {"name": "Standard"}, "properties": {
                "dnsName": f"localhost:{self.port}", "enableTunneling": True, "provisioningState": "Succeeded"}}
        if method == "POST" and path == "/api/tokens":
            if form.get("aztoken") not in self.tokens or "authorization" in headers:
                return 401, {"message": "bad token"}
            if form.get("protocol") != "tcptunnel" or form.get("resourceId", "").lower() != VM_ID.lower():
                return 403, {"message": "java.lang.NullPointerException"}
            auth, web, node = (secrets.token_hex(16) for _ in range(3))
            self.sessions[auth] = {"web": web, "node": node, "port": int(form["workloadHostPort"])}
            self.opened += 1
            return 200, {"authToken": auth, "username": "u", "dataSource": "d", "availableDataSources": ["d"],
                         "nodeId": node, "websocketToken": web}
        if method == "DELETE" and path.startswith("/api/tokens/"):
            session = self.sessions.pop(path.rsplit("/", 1)[1], None)
            if session is None:
                return 404, {"message": "gone"}
            if headers.get("x-node-id") != session["node"]:
                self.problems.append("DELETE with the wrong node")
            self.deleted += 1
            return 204, None
        return 404, {"message": f"no {method} {path}"}

    async def tunnel(self, reader, writer, head, target, headers):
        url = urllib.parse.urlsplit(target)
        web = url.path.removeprefix("/webtunnelv2/")
        session = next((s for s in self.sessions.values() if s["web"] == web), None)
        node = urllib.parse.parse_qs(url.query).get("X-Node-Id", [""])[0]
        if self.refuse_upgrades > 0 or session is None or node != session["node"]:
            self.refuse_upgrades -= 1
            writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy")
            return await writer.drain()
        session["web"] = None       # for one WebSocket
        await self.upgraded(reader, writer, head, session)

    async def upgraded(self, reader, writer, head, session):
        protocol = ServerProtocol()
        protocol.receive_data(head)
        request = protocol.events_received()[0]
        protocol.send_response(protocol.accept(request))
        answer = b"".join(protocol.data_to_send())
        if self.next_upgrade_plain:
            self.next_upgrade_plain = False
            answer = b"\r\n".join(l for l in answer.split(b"\r\n")
                                  if not l.lower().startswith((b"upgrade:", b"connection:")))
        writer.write(answer)
        local, remote = await asyncio.open_connection("127.0.0.1", self.targets[session["port"]])
        down = asyncio.create_task(self.down(local, writer, protocol))
        try:
            while not protocol.close_expected() or protocol.state.name == "OPEN":
                data = await reader.read(65536)
                protocol.receive_data(data) if data else protocol.receive_eof()
                for frame in protocol.events_received():
                    if frame.opcode is Opcode.BINARY:
                        if not frame.fin:
                            self.problems.append("a fragmented message from the client")
                        remote.write(bytes(frame.data))
                    elif frame.opcode in (Opcode.TEXT, Opcode.CONT):
                        self.problems.append(f"a {frame.opcode.name} frame from the client")
                await remote.drain()
                for part in protocol.data_to_send():
                    if part:
                        writer.write(part)
                if not data or protocol.state.name != "OPEN":
                    break
            if protocol.parser_exc is not None:
                self.problems.append(f"protocol error: {protocol.parser_exc!r}")
        finally:
            remote.close()
            await asyncio.wait([down], timeout=5)
            await writer.drain()

    async def down(self, local, writer, protocol):
        try:
            while data := await local.read(1 << 20):
                if protocol.state.name != "OPEN":
                    return
                if self.fragments and len(data) > 3:
                    third = len(data) // 3
                    protocol.send_binary(data[:third], fin=False)
                    protocol.send_ping(b"still there?")
                    protocol.send_continuation(data[third:2 * third], fin=False)
                    protocol.send_continuation(data[2 * third:], fin=True)
                else:
                    protocol.send_binary(data)
                for part in protocol.data_to_send():
                    writer.write(part)
                await writer.drain()
            if protocol.state.name == "OPEN":
                protocol.send_close(1000)
                for part in protocol.data_to_send():
                    writer.write(part)
                await writer.drain()
        except (ConnectionError, ssl.SSLError):
            pass


def profile(port, folder):
    return f"""version: 1
clouds:
  lab:
    authority: https://localhost:{port}
    resourceManager: https://localhost:{port}
    bastionSuffix: localhost
    caFile: {folder}/ca.pem
hosts:
  hub: {{resourceId: {HOST_ID}, tenant: {TENANT}, cloud: lab}}
profiles:
  dev-linux:
    host: hub
    target: {{resourceId: {VM_ID}}}
    auth: {{type: ssh-key, key: {folder}/id, username: root}}
"""


def prepare(folder, port, secret):
    """Writes the profile into the folder.
    - Returns: the environment that bastion-up is to be run with."""
    os.makedirs(f"{folder}/config/bastion-up/profiles", mode=0o700, exist_ok=True)
    with open(f"{folder}/config/bastion-up/profiles/lab.yaml", "w") as file:
        file.write(profile(port, folder))
    return {
        "PATH": os.environ["PATH"], "HOME": folder, "XDG_CONFIG_HOME": f"{folder}/config",
        "XDG_STATE_HOME": f"{folder}/state", "XDG_CACHE_HOME": f"{folder}/cache",
        "AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT, "AZURE_CLIENT_SECRET": secret}
