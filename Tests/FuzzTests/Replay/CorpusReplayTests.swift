import Posix
import Testing

/// Every file of the corpora once more, as it is and a little changed: what was ever found stays found.
@Suite struct CorpusReplayTests {
    private static let folder: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(2).joined(separator: "/") + "/Corpus"
    }()

    private static func files(of target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
        let folder = "\(folder)/\(target.rawValue)"
        return try FolderListing.names(in: folder).sorted().map { name in
            (name, try FileReader.read("\(folder)/\(name)", limit: 1 << 20).bytes)
        }
    }

    @Test(arguments: FuzzTarget.allCases)
    func `keeps its promises over its corpus`(_ target: FuzzTarget) throws {
        let files = try Self.files(of: target)
        #expect(files.count >= 5)
        for file in files {
            if let broken = target.broken(by: file.bytes) { Issue.record("\(file.name): \(broken)") }
        }
    }

    @Test(arguments: FuzzTarget.allCases)
    func `keeps its promises over what is nearly its corpus`(_ target: FuzzTarget) throws {
        var random = Mutator(seed: 7)
        for file in try Self.files(of: target) where file.bytes.count < 2000 {
            for _ in 0..<8 {
                let bytes = random.changed(file.bytes)
                if let broken = target.broken(by: bytes) {
                    Issue.record("\(file.name), as \(bytes): \(broken)")
                }
            }
        }
    }

    @Test func `there is a corpus for each target and no other`() throws {
        let names = try FolderListing.names(in: Self.folder).sorted()
        #expect(names == FuzzTarget.allCases.map(\.rawValue).sorted())
    }
}

/// Changes bytes a little, the same way in every run.
private struct Mutator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    private mutating func number(below limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(truncatingIfNeeded: state >> 33) % max(1, limit)
    }

    /// Marks of the formats that are read here, and the ends of ranges.
    private static let odd: [UInt8] = [
        0, 9, 10, 13, 0x20, 0x22, 0x27, 0x2C, 0x3A, 0x3B, 0x5B, 0x7B, 0x7F, 0x80, 0xC3, 0xFF,
    ]

    mutating func changed(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...number(below: 3) {
            let place = number(below: bytes.count)
            switch number(below: 5) {
            case 0 where !bytes.isEmpty: bytes[place] ^= 1 << UInt8(number(below: 8))
            case 1 where !bytes.isEmpty: bytes[place] = Self.odd[number(below: Self.odd.count)]
            case 2 where !bytes.isEmpty:
                bytes.removeSubrange(place..<min(bytes.count, place + 1 + number(below: 8)))
            case 3: bytes.insert(Self.odd[number(below: Self.odd.count)], at: min(place, bytes.count))
            default: bytes += bytes.prefix(place)
            }
        }
        return bytes
    }
}
