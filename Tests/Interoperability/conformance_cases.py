"""What one end of a WebSocket sends, and what the other has to make of it (RFC 6455), as a table.

The groups are numbered as those of the Autobahn test suite (1-7, 9, 10, 12), whose topics they follow; the cases are
our own. Each is run from both ends: as the service against bastion-up, and as the client against bastion-emulator.

`differs` marks what is deliberate here and that a general implementation would do otherwise:
- a tunnel carries bytes: text messages are refused with 1003, whatever stands in them;
- the service takes no continuation frames, so neither does its emulator: 1002.
"""
import dataclasses
import struct

TEXT, BINARY, CLOSE, PING, PONG, CONTINUATION = 1, 2, 8, 9, 10, 0


@dataclasses.dataclass
class Frame:
    """A frame to be sent. Whatever an implementation would refuse to write is written by hand."""
    opcode: int
    payload: bytes = b""
    fin: bool = True
    reserved: int = 0
    mask: bool | None = None        # None: as the role wants it
    length_form: int | None = None  # 2 or 8 bytes of length where fewer would do
    claimed: int | None = None      # a length that is not the payload's

    @property
    def is_regular(self):
        known = self.opcode in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG)
        is_long = self.opcode >= 8 and (len(self.payload) > 125 or not self.fin)
        return (known and not is_long and not self.reserved and self.mask is None
                and self.length_form is None and self.claimed is None)


@dataclasses.dataclass
class Case:
    number: str
    title: str
    frames: list                    # in order; bytes are sent as they are
    data: bytes = b""               # what the receiver hands on, all messages in a row
    pongs: tuple = ()               # what it answers, in order
    close: object = "alive"         # the code of its close frame; None for one without a code; "alive": it goes on
    chop: int | None = None         # so many bytes at a time
    differs: str = ""
    only: str = ""                  # "client" or "emulator": the other one is another case
    unknown_to: str = ""            # an implementation that knows less than the registries do

    @property
    def group(self):
        return self.number.split(".")[0]


GROUPS = {
    "1": "framing", "2": "pings and pongs", "3": "reserved bits", "4": "reserved opcodes", "5": "fragmentation",
    "6": "UTF-8", "7": "close handling", "9": "limits", "10": "auto-fragmentation", "12": "extensions",
}
NO_TEXT = "a tunnel carries bytes alone"
NO_FRAGMENTS = "the service refuses continuation frames"


def payload(count, salt=0):
    """Bytes that show it if a part is lost, doubled or moved."""
    unit = bytes((salt + index * 167 + (index >> 8) * 13) & 0xFF for index in range(min(count, 65_521)))
    return (unit * (count // max(1, len(unit)) + 1))[:count]


def close(code, reason=b""):
    return Frame(CLOSE, struct.pack("!H", code) + reason)


def message(data, size=None):
    """One message, in fragments of the size."""
    if size is None or size >= len(data):
        return [Frame(BINARY, data)]
    parts = [data[start:start + size] for start in range(0, len(data), size)]
    return [Frame(BINARY if index == 0 else CONTINUATION, part, fin=index == len(parts) - 1)
            for index, part in enumerate(parts)]


def fragmented(number, title, frames, data, pongs=(), **rest):
    """Taken by bastion-up; the emulator refuses it as the service does, after whatever pings came before."""
    before = []
    for frame in frames:
        if frame.opcode == CONTINUATION or not frame.fin and frame.opcode < 8:
            break
        before.append(frame)
    return [
        Case(number, title, frames, data, tuple(pongs), only="client", **rest),
        Case(number, title, frames, b"".join(f.payload for f in before if f.opcode == BINARY),
             tuple(f.payload for f in before if f.opcode == PING), close=1002, only="emulator",
             differs=NO_FRAGMENTS, chop=rest.get("chop")),
    ]


def framing():
    sizes = [0, 1, 125, 126, 127, 128, 65_535, 65_536, 65_537]
    for index, size in enumerate(sizes):
        yield Case(f"1.1.{index + 1}", f"text of {size} bytes", [Frame(TEXT, b"*" * size)], close=1003, differs=NO_TEXT)
        yield Case(f"1.2.{index + 1}", f"binary of {size} bytes", [Frame(BINARY, payload(size))], payload(size))
    for index, (size, chop) in enumerate([(125, 1), (128, 1), (65_535, 997), (65_536, 997), (65_536, 1000)]):
        yield Case(f"1.3.{index + 1}", f"binary of {size} bytes, {chop} at a time", [Frame(BINARY, payload(size))],
                   payload(size), chop=chop)
    for index, (size, form) in enumerate([(0, 2), (125, 2), (5, 8), (126, 8), (65_535, 8)]):
        yield Case(f"1.4.{index + 1}", f"{size} written as a length of {form} bytes",
                   [Frame(BINARY, payload(size), length_form=form)], close=1002)
    yield Case("1.4.6", "a length above 2^63", [Frame(BINARY, b"", length_form=8, claimed=1 << 63)], close=1002)
    yield Case("1.5.1", "a mask where none belongs", [Frame(BINARY, b"abc", mask=True)], close=1002, only="client")
    yield Case("1.5.2", "no mask where one belongs", [Frame(BINARY, b"abc", mask=False)], close=1002, only="emulator")
    yield Case("1.5.3", "a ping that is masked wrongly", [Frame(PING, b"abc", mask=True)], close=1002, only="client")
    yield Case("1.5.4", "a ping that is masked wrongly", [Frame(PING, b"abc", mask=False)], close=1002, only="emulator")


def pings():
    yield Case("2.1", "an empty ping", [Frame(PING)], pongs=(b"",))
    yield Case("2.2", "a ping with text", [Frame(PING, b"Hello, world!")], pongs=(b"Hello, world!",))
    yield Case("2.3", "a ping with bytes that are no text", [Frame(PING, b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff")],
               pongs=(b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff",))
    yield Case("2.4", "a ping of 125 bytes", [Frame(PING, b"\xfe" * 125)], pongs=(b"\xfe" * 125,))
    yield Case("2.5", "a ping of 126 bytes", [Frame(PING, b"\xfe" * 126)], close=1002)
    yield Case("2.6", "a ping of 125 bytes, one at a time", [Frame(PING, payload(125))], pongs=(payload(125),), chop=1)
    yield Case("2.7", "a pong that nobody asked for, empty", [Frame(PONG)])
    yield Case("2.8", "a pong that nobody asked for", [Frame(PONG, b"unsolicited")])
    yield Case("2.9", "such a pong, and a ping", [Frame(PONG, b"unsolicited"), Frame(PING, b"ping")], pongs=(b"ping",))
    many = [b"payload-%d" % index for index in range(10)]
    yield Case("2.10", "ten pings", [Frame(PING, each) for each in many], pongs=tuple(many))
    yield Case("2.11", "ten pings, one byte at a time", [Frame(PING, each) for each in many], pongs=tuple(many), chop=1)
    yield Case("2.12", "a pong of 126 bytes", [Frame(PONG, b"x" * 126)], close=1002)
    yield Case("2.13", "a ping between two messages", [Frame(BINARY, b"one"), Frame(PING, b"?"), Frame(BINARY, b"two")],
               b"onetwo", (b"?",))


def reserved_bits():
    for bits in range(1, 8):
        yield Case(f"3.{bits}.1", f"RSV {bits:03b} on data", [Frame(BINARY, b"abc", reserved=bits)], close=1002)
        yield Case(f"3.{bits}.2", f"RSV {bits:03b} behind a good message",
                   [Frame(BINARY, b"good"), Frame(BINARY, b"bad", reserved=bits), Frame(PING)], b"good", close=1002)
        yield Case(f"3.{bits}.3", f"RSV {bits:03b} on a ping, one byte at a time",
                   [Frame(BINARY, b"good"), Frame(PING, b"?", reserved=bits)], b"good", close=1002, chop=1)
        yield Case(f"3.{bits}.4", f"RSV {bits:03b} on a close",
                   [Frame(CLOSE, struct.pack("!H", 1000), reserved=bits)], close=1002)


def reserved_opcodes():
    for opcode in [*range(3, 8), *range(11, 16)]:
        kind = "1" if opcode < 8 else "2"
        yield Case(f"4.{kind}.{opcode}a", f"opcode {opcode}", [Frame(opcode)], close=1002)
        yield Case(f"4.{kind}.{opcode}b", f"opcode {opcode} with a payload", [Frame(opcode, b"reserved")], close=1002)
        yield Case(f"4.{kind}.{opcode}c", f"opcode {opcode} behind a good message",
                   [Frame(BINARY, b"good"), Frame(opcode, b"bad"), Frame(PING)], b"good", close=1002)
        yield Case(f"4.{kind}.{opcode}d", f"opcode {opcode} behind a good message, one byte at a time",
                   [Frame(BINARY, b"good"), Frame(opcode, b"bad"), Frame(PING)], b"good", close=1002, chop=1)


def fragmentation():
    yield Case("5.1", "a ping in two frames", [Frame(PING, b"fr", fin=False), Frame(CONTINUATION, b"ag")], close=1002)
    yield Case("5.2", "a pong in two frames", [Frame(PONG, b"fr", fin=False), Frame(CONTINUATION, b"ag")], close=1002)
    two = [Frame(BINARY, b"frag1", fin=False), Frame(CONTINUATION, b"frag2")]
    yield from fragmented("5.3", "a message in two frames", two, b"frag1frag2")
    yield from fragmented("5.4", "a message in two frames, two bytes at a time", two, b"frag1frag2", chop=2)
    yield from fragmented("5.5", "a message in two frames, one byte at a time", two, b"frag1frag2", chop=1)
    between = [Frame(BINARY, b"frag1", fin=False), Frame(PING, b"p"), Frame(CONTINUATION, b"frag2")]
    yield from fragmented("5.6", "a ping between two frames", between, b"frag1frag2", [b"p"])
    yield from fragmented("5.7", "a ping between two frames, four bytes at a time", between, b"frag1frag2", [b"p"], chop=4)
    yield from fragmented("5.8", "a ping between two frames, one byte at a time", between, b"frag1frag2", [b"p"], chop=1)
    loose = [Frame(CONTINUATION, b"nothing to continue"), Frame(BINARY, b"good")]
    yield Case("5.9", "a last continuation of nothing", loose, close=1002)
    yield Case("5.10", "the same, one byte at a time", loose, close=1002, chop=1)
    open_end = [Frame(CONTINUATION, b"nothing to continue", fin=False), Frame(BINARY, b"good")]
    yield Case("5.11", "a continuation of nothing", open_end, close=1002)
    yield Case("5.12", "the same, one byte at a time", open_end, close=1002, chop=1)
    yield Case("5.13", "a continuation behind a whole message", [Frame(BINARY, b"good"), Frame(CONTINUATION, b"bad")],
               b"good", close=1002)
    over = [*two, Frame(CONTINUATION, b"frag3", fin=False), Frame(BINARY, b"good")]
    yield Case("5.15", "a continuation behind a fragmented message", over, b"frag1frag2", close=1002, only="client")
    yield Case("5.15", "a continuation behind a fragmented message", over, close=1002, only="emulator", differs=NO_FRAGMENTS)
    broken = [Frame(BINARY, b"frag1", fin=False), Frame(BINARY, b"frag2")]
    yield Case("5.18", "a message inside another one", broken, b"frag1", close=1002, only="client")
    yield Case("5.18", "a message inside another one", broken, close=1002, only="emulator", differs=NO_FRAGMENTS)
    parts = [Frame(BINARY, b"1", fin=False), Frame(CONTINUATION, b"2", fin=False), Frame(PING, b"a"),
             Frame(CONTINUATION, b"3", fin=False), Frame(CONTINUATION, b"4", fin=False), Frame(PING, b"b"),
             Frame(CONTINUATION, b"5")]
    yield from fragmented("5.19", "five frames with pings between", parts, b"12345", [b"a", b"b"])
    yield from fragmented("5.20", "five frames with pings between, one byte at a time", parts, b"12345", [b"a", b"b"], chop=1)
    empty = [Frame(BINARY, fin=False), Frame(CONTINUATION, fin=False), Frame(CONTINUATION)]
    yield from fragmented("5.21", "a message of empty frames", empty, b"")
    yield from fragmented("5.22", "empty frames around one with bytes",
                          [Frame(BINARY, fin=False), Frame(CONTINUATION, b"x", fin=False), Frame(CONTINUATION)], b"x")


UTF8_GOOD = [
    b"", b"Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xa0\xc3\xa1-UTF-8!!", b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5",
    b"\x00", b"\x7f", b"\xc2\x80", b"\xdf\xbf", b"\xe0\xa0\x80", b"\xed\x9f\xbf", b"\xee\x80\x80", b"\xef\xbf\xbd",
    b"\xef\xbf\xbe", b"\xef\xbf\xbf", b"\xf0\x90\x80\x80", b"\xf4\x8f\xbf\xbf", b"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb",
]
UTF8_BAD = [
    b"\xce\xba\xe1\xbd\xb9\xcf\x83\xed\xa0\x80edited", b"\x80", b"\xbf", b"\xfe", b"\xff", b"\xc0\x80", b"\xc1\xbf",
    b"\xe0\x80\x80", b"\xe0\x9f\xbf", b"\xf0\x80\x80\x80", b"\xf0\x8f\xbf\xbf", b"\xed\xa0\x80", b"\xed\xbf\xbf",
    b"\xed\xa0\x80\xed\xb0\x80", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80",
    b"\xc2", b"\xe2\x82", b"\xf0\x9f\x91", b"\xc2a", b"\xe2\x82a", b"abc\xffdef",
]


def utf8():
    for index, reason in enumerate(UTF8_GOOD):
        yield Case(f"6.1.{index + 1}", f"a reason of {reason!r}", [close(1000, reason)], close=1000)
    for index, reason in enumerate(UTF8_BAD):
        yield Case(f"6.2.{index + 1}", f"a reason of {reason!r}", [close(1000, reason)], close=1007)
    for index, text in enumerate([UTF8_GOOD[1], UTF8_BAD[0], b"\xff"]):
        yield Case(f"6.3.{index + 1}", f"text of {text!r}", [Frame(TEXT, text)], close=1003, differs=NO_TEXT)
    for index, text in enumerate([UTF8_GOOD[2], UTF8_BAD[5]]):
        yield Case(f"6.4.{index + 1}", f"binary of {text!r}", [Frame(BINARY, text)], text)
    text = [Frame(TEXT, b"\xce", fin=False), Frame(CONTINUATION, b"\xba")]
    yield Case("6.5", "text in two frames, parted in a character", text, close=1003, differs=NO_TEXT)


GOOD_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]
BAD_CODES = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]


def closing():
    good = close(1000)
    yield Case("7.1.1", "a message, and the end", [Frame(BINARY, b"Hello"), good], b"Hello", close=1000)
    yield Case("7.1.2", "two close frames", [good, close(1001)], close=1000)
    yield Case("7.1.3", "a ping behind the close frame", [good, Frame(PING, b"late")], close=1000)
    yield Case("7.1.4", "a message behind the close frame", [good, Frame(BINARY, b"late")], close=1000)
    yield Case("7.1.5", "what breaks the rules behind the close frame", [good, Frame(3, b"late", reserved=7)], close=1000)
    yield from fragmented("7.1.6", "a close frame in mid-message", [Frame(BINARY, b"half", fin=False), good], b"half",
                          close=1000)
    big = payload(256 * 1024)
    yield Case("7.1.7", "256 KiB, and the end", [Frame(BINARY, big), good, Frame(PING)], big, close=1000)
    yield Case("7.3.1", "no code", [Frame(CLOSE)], close=None)
    yield Case("7.3.2", "half a code", [Frame(CLOSE, b"\x03")], close=1002)
    yield Case("7.3.3", "a code", [good], close=1000)
    yield Case("7.3.4", "a code and a reason", [close(1000, b"Hello World!")], close=1000)
    yield Case("7.3.5", "a reason of 123 bytes", [close(1000, b"*" * 123)], close=1000)
    yield Case("7.3.6", "a reason of 124 bytes", [close(1000, b"*" * 124)], close=1002)
    yield Case("7.3.7", "a reason of 123 bytes, one byte at a time", [close(1000, b"*" * 123)], close=1000, chop=1)
    yield Case("7.5.1", "a reason that is no UTF-8", [close(1000, UTF8_BAD[0])], close=1007)
    for index, code in enumerate(GOOD_CODES):
        yield Case(f"7.7.{index + 1}", f"the code {code}", [close(code, b"why")], close=code,
                   unknown_to="wsproto" if code == 1014 else "")
    for index, code in enumerate(BAD_CODES):
        yield Case(f"7.9.{index + 1}", f"the code {code}", [close(code, b"why")], close=1002)
    yield Case("7.10.1", "a close frame in two", [Frame(CLOSE, struct.pack("!H", 1000), fin=False)], close=1002)


def limits():
    for index, size in enumerate([64 << 10, 256 << 10, 1 << 20, 4 << 20, 8 << 20, 16 << 20]):
        yield Case(f"9.2.{index + 1}", f"a message of {size >> 10} KiB", [Frame(BINARY, payload(size))], payload(size))
    four = payload(4 << 20)
    for index, size in enumerate([64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20]):
        yield from fragmented(f"9.4.{index + 1}", f"4 MiB in frames of {size} bytes", message(four, size), four)
    one = payload(1 << 20)
    for index, chop in enumerate([64, 128, 256, 512, 1024, 2048]):
        yield Case(f"9.6.{index + 1}", f"1 MiB, {chop} bytes at a time", [Frame(BINARY, one)], one, chop=chop)
    for index, size in enumerate([0, 16, 64, 256, 1024, 4096, 16_384]):
        data = payload(size)
        yield Case(f"9.8.{index + 1}", f"1000 messages of {size} bytes", [Frame(BINARY, data)] * 1000, data * 1000)
    yield Case("9.9.1", "1000 pings between 1000 messages", [Frame(BINARY, b"m"), Frame(PONG, b"p")] * 1000, b"m" * 1000)


def auto_fragmentation():
    cases = [(size, part) for size in (1, 1299, 1300, 1301, 65_536) for part in (1, 1300) if size < 65_536 or part > 1]
    for index, (size, part) in enumerate(cases):
        data = payload(size)
        frames = message(data, part)
        title = f"{size} bytes in frames of {part}"
        if len(frames) == 1:
            yield Case(f"10.1.{index + 1}", title, frames, data)
        else:
            yield from fragmented(f"10.1.{index + 1}", title, frames, data)


def extensions():
    """Nothing is offered and nothing taken, so a compressed message is one with a reserved bit."""
    yield Case("12.1", "a compressed message", [Frame(BINARY, b"\xf2\x48\xcd\xc9\xc9\x07\x00", reserved=4)], close=1002)


CASES = [case for make in (framing, pings, reserved_bits, reserved_opcodes, fragmentation, utf8, closing, limits,
                           auto_fragmentation, extensions) for case in make()]
