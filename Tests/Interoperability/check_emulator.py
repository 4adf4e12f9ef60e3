"""A client of Azure Bastion that shares no code with this project, against a running bastion-emulator.

Sign-in, host, token, a WebSocket to a local echo server, close, DELETE; then the emulator's log is checked.
"""
import asyncio
import base64
import contextlib
import hashlib
import http.client
import json
import os
import pathlib
import signal
import ssl
import subprocess
import sys
import tempfile
import urllib.parse

import websockets

TENANT = "22222222-2222-2222-2222-222222222222"
CLIENT = "33333333-3333-3333-3333-333333333333"
SECRET = "a secret that must not be logged"
GROUPS = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups"
HOST = GROUPS + "/rg-hub/providers/Microsoft.Network/bastionHosts/bas-hub"
MACHINE = GROUPS + "/rg-dev/providers/Microsoft.Compute/virtualMachines/echo"
secrets = [SECRET]


def configuration(port):
    return f"""
version: 1
listen: 127.0.0.1:0
tenants:
  {TENANT}:
    clients:
      {CLIENT}: {{clientSecret: "{SECRET}"}}
hosts:
  - {{resourceId: {HOST}, sku: Standard}}
targets:
  - resourceId: {MACHINE}
    ports: {{22: "127.0.0.1:{port}", 9: "127.0.0.1:1"}}
"""


# For the fourth token that is asked for.
FAULTS = """
faults:
  - {on: tokens, nth: 4, times: 1, status: 429, retryAfter: 3}
"""


class Cloud:
    def __init__(self, ready, ca_file):
        self.values = ready
        self.context = ssl.create_default_context(cafile=ca_file)
        self.port = int(urllib.parse.urlsplit(ready["authority"]).port)

    def request(self, method, url, body=None, headers=None):
        """Connects to 127.0.0.1 whatever the name is, and verifies the certificate for the name."""
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPSConnection(parts.hostname, parts.port, context=self.context, timeout=10)
        connection._create_connection = lambda address, *rest: __import__("socket").create_connection(
            ("127.0.0.1", parts.port), 10)
        target = parts.path + ("?" + parts.query if parts.query else "")
        connection.request(method, target, body=body, headers=headers or {})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders()), content

    def form(self, url, fields, headers=None):
        fields = urllib.parse.urlencode(fields)
        return self.request(
            "POST", url, fields, {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})})

    def sign_in(self):
        url = f"{self.values['authority']}/{TENANT}/oauth2/v2.0/token"
        status, _, content = self.form(url, {
            "grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET,
            "scope": "https://management.core.windows.net//.default"})
        check(status == 200, f"sign-in: {status} {content}")
        token = json.loads(content)["access_token"]
        secrets.append(token)
        return token

    def tunnel(self, host, token, port):
        status, headers, content = self.form(f"https://{host}/api/tokens", {
            "resourceId": MACHINE, "protocol": "tcptunnel", "workloadHostPort": port, "aztoken": token})
        if status == 200:
            check("Content-Length" not in headers, "the answer has a Content-Length")
            check(headers.get("Transfer-Encoding") == "chunked", "the answer is not chunked")
            session = json.loads(content)
            secrets.extend([session["authToken"], session["websocketToken"]])
            return status, session
        return status, (headers, content)

    def connect(self, host, session, node=None, **options):
        url = f"wss://{host}/webtunnelv2/{session['websocketToken']}?X-Node-Id={node or session['nodeId']}"
        return websockets.connect(
            url, ssl=self.context, host="127.0.0.1", port=self.port, origin=f"https://{host}", proxy=None,
            max_size=None, **options)


def check(condition, message):
    if not condition:
        raise SystemExit(f"FAILED: {message}")


async def echo(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def exchange(cloud, host, token):
    status, session = cloud_call(cloud.tunnel(host, token, 22))
    payload = os.urandom(3_000_000)
    async with cloud.connect(host, session) as tunnel:
        received = bytearray()

        async def send():
            for start in range(0, len(payload), 4096):
                await tunnel.send(payload[start:start + 4096])

        sending = asyncio.create_task(send())
        while len(received) < len(payload):
            message = await asyncio.wait_for(tunnel.recv(), 20)
            check(isinstance(message, bytes), "a text message")
            received += message
        await sending
        check(hashlib.sha256(received).digest() == hashlib.sha256(payload).digest(), "the bytes differ")
        await asyncio.wait_for(await tunnel.ping(b"are you there"), 10)
    check(tunnel.close_code == 1000, f"close code {tunnel.close_code}")
    return session


def cloud_call(pair):
    check(pair[0] == 200, f"POST /api/tokens: {pair}")
    return pair


async def ends(cloud, host, session, code, what, sending=None):
    """Opens a tunnel, sends a message if there is one, expects nothing but this close code, deletes the session."""
    async with cloud.connect(host, session) as tunnel:
        if sending:
            await tunnel.send(sending)
        try:
            await asyncio.wait_for(tunnel.recv(), 10)
            check(False, f"a message after {what}")
        except websockets.exceptions.ConnectionClosed:
            pass
    check(tunnel.close_code == code, f"{what} closes with {tunnel.close_code}")
    node = {"X-Node-Id": session["nodeId"]}
    cloud.request("DELETE", f"https://{host}/api/tokens/{session['authToken']}", headers=node)


async def refused(cloud, host, session, **options):
    try:
        async with cloud.connect(host, session, **options):
            check(False, "a tunnel opened that must not")
    except websockets.exceptions.InvalidStatus as failure:
        return failure.response.status_code


async def run(cloud, port_of_echo):
    token = cloud.sign_in()
    bearer = {"Authorization": f"Bearer {token}"}
    url = f"{cloud.values['resourceManager']}{HOST.upper().replace('/SUBSCRIPTIONS', '/subscriptions')}"
    status, headers, _ = cloud.request("GET", url + "?api-version=2024-01-01")
    check(status == 401 and "authorization_uri=" in headers["WWW-Authenticate"], f"no token: {status}")
    status, _, content = cloud.request("GET", url + "?api-version=2024-01-01", headers=bearer)
    check(status == 200, f"GET host: {status} {content}")
    properties = json.loads(content)["properties"]
    host = properties["dnsName"]
    check(host == cloud.values["dnsName"] and properties["enableTunneling"], "the host's properties")

    session = await exchange(cloud, host, token)                                    # POST 1
    check(await refused(cloud, host, session) == 404, "a websocketToken is good for one use")
    delete = f"https://{host}/api/tokens/{session['authToken']}"
    node = {"X-Node-Id": session["nodeId"]}
    check(cloud.request("DELETE", delete, headers={"X-Node-Id": "other"})[0] == 404, "DELETE on another node")
    check(cloud.request("DELETE", delete, headers=node)[0] == 204, "DELETE")
    check(cloud.request("DELETE", delete, headers=node)[0] == 404, "DELETE again")

    status, session = cloud_call(cloud.tunnel(host, token, 9))                      # POST 2
    check(await refused(cloud, host, session, node="node9") == 404, "a wrong node")
    await ends(cloud, host, session, 1011, "a closed port")

    status, session = cloud_call(cloud.tunnel(host, token, 22))                     # POST 3
    await ends(cloud, host, session, 1002, "a fragmented message", sending=[b"one", b"two"])

    status, (headers, _) = cloud.tunnel(host, token, 22)                            # POST 4
    check(status == 429 and headers["Retry-After"] == "3", "the fault")
    body = json.dumps({"resourceId": MACHINE, "aztoken": token})
    status, _, content = cloud.request(
        "POST", f"https://{host}/api/tokens", body, {"Content-Type": "application/json"})
    check(status == 500 and json.loads(content)["message"], f"JSON is answered {status}")


def check_log(path):
    text = path.read_text()
    for secret in secrets:
        check(secret not in text, "a secret is in the log")
        check(base64.b64encode(secret.encode()).decode() not in text, "an encoded secret is in the log")
    entries = [json.loads(line) for line in text.splitlines()]
    events = [entry["event"] for entry in entries if entry["event"] != "request"]
    opened = ["session-opened", "session-answered", "websocket-opened", "websocket-closed", "session-deleted"]
    check(events == opened * 3, f"events: {events}")
    closed = [entry for entry in entries if entry["event"] == "websocket-closed"]
    check([entry["ending"] for entry in closed] == ["client-closed", "target-unreachable", "violation"], str(closed))
    check(closed[0]["bytesUp"] == closed[0]["bytesDown"] == 3_000_000, str(closed[0]))
    check(closed[2]["violation"] == "fragmentedMessage", str(closed[2]))
    return len(entries)


@contextlib.contextmanager
def running(emulator, folder, port_of_echo, faults=""):
    """The emulator, with its files in the folder, as long as the body runs."""
    folder = pathlib.Path(folder)
    (folder / "emulator.yaml").write_text(configuration(port_of_echo) + faults)
    process = subprocess.Popen(
        [emulator, "--config", str(folder / "emulator.yaml"), "--state", str(folder / "emulator"),
         "--log", str(folder / "log")], stdout=subprocess.PIPE, text=True)
    try:
        ready = {}
        while "dnsName" not in ready:
            line = process.stdout.readline()
            check(line, "the emulator ended before it was ready")
            key, _, value = line.strip().partition("=")
            ready[key] = value
        yield Cloud(ready, ready["caFile"])
    finally:
        process.send_signal(signal.SIGTERM)
        status = process.wait(10)
    check(status == 0, f"the emulator exits with {status}")


async def main(emulator):
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        with running(emulator, folder, port, FAULTS) as cloud:
            await run(cloud, port)
        count = check_log(pathlib.Path(folder) / "log")
        print(f"ok: websockets {websockets.__version__} against bastion-emulator, {count} log entries")


if __name__ == "__main__":
    asyncio.run(main(f"{sys.argv[1]}/bastion-emulator"))
