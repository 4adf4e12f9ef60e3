/// All nodes of a document, in the order of the file: a collection is followed by all that is in it.
///
/// Flat, so that a hostile file cannot make anything recurse, and freeing it is freeing two arrays.
final class NodeStorage: Sendable {
    let file: String
    let records: [NodeRecord]
    /// The texts of all scalars, one after the other.
    let text: [UInt8]

    init(file: String, records: [NodeRecord], text: [UInt8]) {
        (self.file, self.records, self.text) = (file, records, text)
    }
}

/// One node, in 24 bytes.
struct NodeRecord {
    enum Shape: UInt8 { case plain, quoted, sequence, mapping, alias }

    var shape: Shape
    var line: UInt32
    var column: UInt32
    var lastLine: UInt32
    /// Scalar: where its text begins. Collection: how many direct children. Alias: the node it stands for.
    var first: UInt32
    /// Scalar: how many bytes. Collection: the index after its last descendant.
    var second: UInt32

    var isScalar: Bool { shape == .plain || shape == .quoted }

    /// The index after this node and all that is in it.
    func endIndex(at index: Int) -> Int {
        shape == .sequence || shape == .mapping ? Int(second) : index + 1
    }
}
