package import Diagnostics

/// One value of a document, with its place. Aliases are followed: a node is what its anchor marks.
///
/// A node is an index into its document's flat storage; copying it costs one reference count.
package struct YAMLNode: Sendable {
    package enum Kind: Hashable, Sendable { case scalar, sequence, mapping }

    let storage: NodeStorage
    let index: Int

    init(_ storage: NodeStorage, at index: Int) {
        self.storage = storage
        let record = storage.records[index]
        self.index = record.shape == .alias ? Int(record.first) : index
    }

    private var record: NodeRecord { storage.records[index] }

    package var kind: Kind {
        switch record.shape {
        case .sequence: .sequence
        case .mapping: .mapping
        case .plain, .quoted, .alias: .scalar
        }
    }

    /// Whether this is a scalar without quotes; only such text can be a number, a boolean or null.
    package var isPlain: Bool { record.shape == .plain }

    /// Whether nothing was written: an empty plain scalar, `~` or `null`.
    package var isNull: Bool {
        guard isPlain, record.second <= 4 else { return false }
        return switch text {
        case "", "~", "null", "Null", "NULL": true
        default: false
        }
    }

    /// The text of a scalar after quotes, escapes and folding; empty for a collection.
    package var text: String {
        utf8.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// The bytes of a scalar's text; nil for a collection.
    package var utf8: ArraySlice<UInt8>? {
        let record = record
        guard record.isScalar else { return nil }
        return storage.text[Int(record.first)..<Int(record.first) + Int(record.second)]
    }

    package var location: SourceLocation {
        SourceLocation(file: storage.file, line: Int(record.line), column: Int(record.column))
    }

    /// The lines that the node covers, from 1.
    package var lines: ClosedRange<Int> {
        Int(record.line)...max(Int(record.line), Int(record.lastLine))
    }

    /// How many elements a sequence or pairs a mapping has.
    package var count: Int {
        switch kind {
        case .scalar: 0
        case .sequence: Int(record.first)
        case .mapping: Int(record.first) / 2
        }
    }

    /// The elements of a sequence; nothing for other nodes.
    package var elements: NodeChildren { NodeChildren(of: self, where: record.shape == .sequence) }

    /// The pairs of a mapping in the order of the file; nothing for other nodes.
    package var pairs: NodePairs {
        NodePairs(children: NodeChildren(of: self, where: record.shape == .mapping))
    }

    /// The value of a mapping's key, found by going through the pairs.
    package subscript(_ key: String) -> YAMLNode? {
        for pair in pairs where pair.key.utf8?.elementsEqual(key.utf8) == true { return pair.value }
        return nil
    }
}

/// The direct children of a collection, in order.
package struct NodeChildren: Sequence, IteratorProtocol, Sendable {
    private let storage: NodeStorage
    private var position: Int
    private let end: Int

    init(of node: YAMLNode, where isWanted: Bool) {
        storage = node.storage
        position = node.index + 1
        end = isWanted ? Int(node.storage.records[node.index].second) : position
    }

    package mutating func next() -> YAMLNode? {
        guard position < end else { return nil }
        let index = position
        position = storage.records[index].endIndex(at: index)
        return YAMLNode(storage, at: index)
    }
}

/// The keys and values of a mapping, in order.
package struct NodePairs: Sequence, IteratorProtocol, Sendable {
    var children: NodeChildren

    package mutating func next() -> (key: YAMLNode, value: YAMLNode)? {
        guard let key = children.next(), let value = children.next() else { return nil }
        return (key, value)
    }
}
