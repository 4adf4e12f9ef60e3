"""Two implementations of WebSockets that are not ours, each as a service and as a client: `websockets` and `wsproto`.

They shake hands, write every frame that they are willing to write, and judge every byte that comes back.
"""
import secrets
import struct

import websockets
import wsproto
from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Close, Frame as WebSocketsFrame, Opcode
from websockets.server import ServerProtocol
from websockets.streams import StreamReader
from websockets.uri import parse_uri
from wsproto.connection import ConnectionType
from wsproto.events import AcceptConnection, Request
from wsproto.frame_protocol import FrameProtocol
from wsproto.handshake import H11Handshake

from conformance_cases import BINARY, CLOSE, CONTINUATION, PING, PONG


class Violation(Exception):
    """The other implementation does not accept what we sent."""


def by_hand(frame, is_client):
    """A frame that no implementation would write."""
    size = len(frame.payload) if frame.claimed is None else frame.claimed
    is_masked = is_client if frame.mask is None else frame.mask
    head = bytes([(0x80 if frame.fin else 0) | frame.reserved << 4 | frame.opcode])
    bit = 0x80 if is_masked else 0
    form = frame.length_form or (0 if size < 126 else 2 if size < 65_536 else 8)
    if form == 0:
        head += bytes([bit | size])
    elif form == 2:
        head += bytes([bit | 126]) + struct.pack("!H", size)
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", size)
    if not is_masked:
        return head + frame.payload
    key = secrets.token_bytes(4)
    return head + key + bytes(byte ^ key[index % 4] for index, byte in enumerate(frame.payload))


class WebSocketsPeer:
    name = f"websockets {websockets.__version__}"

    def __init__(self, is_client):
        self.is_client = is_client
        self.reader = StreamReader()
        self.parser = None

    def accept(self, head):
        protocol = ServerProtocol()
        protocol.receive_data(head)
        request = protocol.events_received()[0]
        protocol.send_response(protocol.accept(request))
        return b"".join(protocol.data_to_send())

    def request(self, url, origin):
        self.protocol = ClientProtocol(parse_uri(url), origin=origin, extensions=[ClientPerMessageDeflateFactory()])
        self.protocol.send_request(self.protocol.connect())
        return b"".join(self.protocol.data_to_send())

    def check_answer(self, head):
        self.protocol.receive_data(head)
        self.protocol.events_received()
        if self.protocol.handshake_exc is not None:
            raise Violation(f"the answer to the upgrade: {self.protocol.handshake_exc!r}")
        if self.protocol.extensions:
            raise Violation("an extension was taken")

    def write(self, frame):
        if not frame.is_regular:
            return by_hand(frame, self.is_client)
        return WebSocketsFrame(Opcode(frame.opcode), frame.payload, frame.fin).serialize(mask=self.is_client)

    def read(self, data):
        """The frames that are complete: opcode, payload, whether final."""
        self.reader.feed_data(data)
        while True:
            if self.parser is None:
                self.parser = WebSocketsFrame.parse(self.reader.read_exact, mask=not self.is_client)
            try:
                next(self.parser)
                return
            except StopIteration as result:
                frame, self.parser = result.value, None
                if frame.opcode is Opcode.CLOSE and frame.data:
                    try:
                        Close.parse(frame.data)
                    except Exception as error:
                        raise Violation(repr(error)) from error
                yield int(frame.opcode), bytes(frame.data), frame.fin
            except Exception as error:
                raise Violation(repr(error)) from error


class WSProtoPeer:
    name = f"wsproto {wsproto.__version__}"

    def __init__(self, is_client):
        self.is_client = is_client
        self.protocol = FrameProtocol(client=is_client, extensions=[])
        self.is_in_message = False
        self.part = bytearray()

    def accept(self, head):
        handshake = H11Handshake(ConnectionType.SERVER)
        handshake.receive_data(head)
        next(handshake.events())
        return handshake.send(AcceptConnection())

    def request(self, url, origin):
        host, _, target = url.removeprefix("wss://").partition("/")
        self.handshake = H11Handshake(ConnectionType.CLIENT)
        return self.handshake.send(
            Request(host=host, target="/" + target, extra_headers=[(b"Origin", origin.encode())]))

    def check_answer(self, head):
        self.handshake.receive_data(head)
        event = next(self.handshake.events())
        if not isinstance(event, AcceptConnection):
            raise Violation(f"the answer to the upgrade: {event!r}")
        if event.extensions:
            raise Violation("an extension was taken")

    def write(self, frame):
        if frame.is_regular:
            if frame.opcode == PING:
                return bytes(self.protocol.ping(frame.payload))
            if frame.opcode == PONG:
                return bytes(self.protocol.pong(frame.payload))
            if frame.opcode == (CONTINUATION if self.is_in_message else BINARY):
                self.is_in_message = not frame.fin
                return bytes(self.protocol.send_data(frame.payload, frame.fin))
        return by_hand(frame, self.is_client)

    def read(self, data):
        self.protocol.receive_bytes(data)
        try:
            for frame in self.protocol.received_frames():
                if frame.opcode == CLOSE:
                    code, reason = frame.payload
                    yield CLOSE, b"" if code == 1005 else struct.pack("!H", code) + reason.encode(), True
                    continue
                self.part += frame.payload
                if frame.frame_finished:
                    whole, self.part = bytes(self.part), bytearray()
                    yield int(frame.opcode), whole, frame.message_finished
        except wsproto.frame_protocol.ParseFailed as error:
            raise Violation(repr(error)) from error


PEERS = (WebSocketsPeer, WSProtoPeer)
