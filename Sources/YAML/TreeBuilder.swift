internal import CLibYAML
internal import Diagnostics

/// Makes flat storage of events and checks what libyaml leaves open: limits, duplicate keys, aliases, tags.
///
/// Faults that leave the tree whole are gathered; exceeding a limit ends the work (`isExhausted`).
struct TreeBuilder {
    private struct Open {
        var index: Int
        var children = 0
        var lastLine = 0
        /// Nodes below that only exist through aliases.
        var aliased = 0
        /// Levels below, from 0.
        var height = 0
        var anchor: String?
    }

    private struct Anchor {
        var index: Int
        var nodes: Int
        var height: Int
    }

    private let file: String
    private let limits: ParsingLimits
    private(set) var records: [NodeRecord] = []
    private(set) var text: [UInt8] = []
    private(set) var problems = Problems()
    private(set) var isExhausted = false
    private(set) var isFinished = false
    private var open: [Open] = []
    private var anchors: [String: Anchor] = [:]
    private var openAnchors: Set<String> = []
    private var aliasedNodes = 0
    private var documents = 0

    init(file: String, limits: ParsingLimits, expectedBytes: Int) {
        self.file = file
        self.limits = limits
        records.reserveCapacity(min(limits.nodes, expectedBytes / 12))
        text.reserveCapacity(expectedBytes / 2)
    }

    mutating func take(_ event: yaml_event_t) {
        let place = Place(event.start_mark)
        switch event.type {
        case YAML_DOCUMENT_START_EVENT:
            documents += 1
            guard documents > 1 else { break }
            report(
                "yaml.several-documents", "a second document begins here", "make it a file of its own", place)
            isExhausted = true
        case YAML_SCALAR_EVENT:
            addScalar(event, place)
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            refuseTag(start.tag, place)
            openCollection(.sequence, start.anchor, place)
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            refuseTag(start.tag, place)
            openCollection(.mapping, start.anchor, place)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
            closeCollection()
        case YAML_ALIAS_EVENT:
            addAlias(Self.name(event.data.alias.anchor) ?? "", place)
        case YAML_STREAM_END_EVENT:
            isFinished = true
        default:
            break
        }
    }

    // MARK: nodes

    private mutating func addScalar(_ event: yaml_event_t, _ place: Place) {
        let scalar = event.data.scalar
        refuseTag(scalar.tag, place)
        let start = text.count
        text.append(contentsOf: UnsafeBufferPointer(start: scalar.value, count: scalar.length))
        let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
        let endsAtLineStart = event.end_mark.column == 0 && event.end_mark.line > event.start_mark.line
        let lastLine = UInt32(clamping: event.end_mark.line + (endsAtLineStart ? 0 : 1))
        append(
            NodeRecord(
                shape: isPlain ? .plain : .quoted, line: place.line, column: place.column, lastLine: lastLine,
                first: UInt32(clamping: start), second: UInt32(clamping: scalar.length)))
        if let name = Self.name(scalar.anchor) {
            anchors[name] = Anchor(index: records.count - 1, nodes: 1, height: 0)
        }
    }

    private mutating func openCollection(
        _ shape: NodeRecord.Shape, _ anchor: UnsafePointer<yaml_char_t>?, _ place: Place
    ) {
        let index = records.count
        append(
            NodeRecord(
                shape: shape, line: place.line, column: place.column, lastLine: place.line, first: 0,
                second: 0))
        let name = Self.name(anchor)
        if let name { openAnchors.insert(name) }
        open.append(Open(index: index, anchor: name))
        if open.count > limits.depth { refuseDepth(place) }
    }

    private mutating func closeCollection() {
        guard let closed = open.popLast() else { return }
        let lastLine = max(records[closed.index].line, UInt32(clamping: closed.lastLine))
        records[closed.index].first = UInt32(clamping: closed.children)
        records[closed.index].second = UInt32(clamping: records.count)
        records[closed.index].lastLine = lastLine
        if let name = closed.anchor {
            let nodes = records.count - closed.index + closed.aliased
            anchors[name] = Anchor(index: closed.index, nodes: nodes, height: closed.height + 1)
            openAnchors.remove(name)
        }
        if !open.isEmpty {
            let top = open.count - 1
            open[top].lastLine = max(open[top].lastLine, Int(lastLine))
            open[top].aliased += closed.aliased
            open[top].height = max(open[top].height, closed.height + 1)
        }
        if records[closed.index].shape == .mapping {
            let checked = KeyCheck(records: records, text: text, file: file, limit: limits.problems).check(
                mappingAt: closed.index)
            for problem in checked { add(problem) }
        }
    }

    private mutating func addAlias(_ name: String, _ place: Place) {
        guard let anchor = anchors[name], !openAnchors.contains(name) else {
            if openAnchors.contains(name) {
                report(
                    "yaml.recursive-alias", "'*\(name)' stands inside of what it names", "write it out", place
                )
            } else {
                report(
                    "yaml.unknown-alias", "nothing above is marked '&\(name)'",
                    "mark a value, or write it out",
                    place)
            }
            append(placeholder(place))
            return
        }
        aliasedNodes += anchor.nodes
        guard aliasedNodes <= limits.aliasedNodes else {
            report(
                "yaml.alias-bomb", "the aliases of this file repeat more than \(limits.aliasedNodes) values",
                "use 'extends' instead of aliases", place)
            isExhausted = true
            return
        }
        if open.count + anchor.height > limits.depth { refuseDepth(place) }
        var record = placeholder(place)
        record.shape = .alias
        record.first = UInt32(clamping: anchor.index)
        append(record)
        if !open.isEmpty {
            open[open.count - 1].aliased += anchor.nodes
            open[open.count - 1].height = max(open[open.count - 1].height, anchor.height)
        }
    }

    /// An empty plain scalar, for a value that cannot be had.
    private func placeholder(_ place: Place) -> NodeRecord {
        NodeRecord(
            shape: .plain, line: place.line, column: place.column, lastLine: place.line,
            first: UInt32(clamping: text.count), second: 0)
    }

    private mutating func append(_ record: NodeRecord) {
        records.append(record)
        if !open.isEmpty {
            open[open.count - 1].children += 1
            open[open.count - 1].lastLine = max(open[open.count - 1].lastLine, Int(record.lastLine))
        }
        guard records.count > limits.nodes else { return }
        report(
            "yaml.too-many-nodes", "the file holds more than \(limits.nodes) values",
            "split it into several files",
            Place(line: record.line, column: record.column))
        isExhausted = true
    }

    // MARK: problems

    private mutating func refuseTag(_ tag: UnsafePointer<yaml_char_t>?, _ place: Place) {
        guard tag != nil else { return }
        report(
            "yaml.tag", "a value carries a tag", "remove the tag; the kind of a value follows from its key",
            place)
    }

    private mutating func refuseDepth(_ place: Place) {
        report(
            "yaml.too-deep", "values are nested more than \(limits.depth) levels deep", "check the brackets",
            place)
        isExhausted = true
    }

    private mutating func report(_ code: String, _ message: String, _ remedy: String, _ place: Place) {
        let location = SourceLocation(file: file, line: Int(place.line), column: Int(place.column))
        add(Diagnostic(code, message, remedy: remedy, at: location))
    }

    private mutating func add(_ problem: Diagnostic) {
        problems.add(problem)
        if problems.all.count >= limits.problems { isExhausted = true }
    }

    private static func name(_ text: UnsafePointer<yaml_char_t>?) -> String? {
        text.map { String(cString: $0) }
    }
}

/// A place counted from 1.
private struct Place {
    var line: UInt32
    var column: UInt32

    init(line: UInt32, column: UInt32) { (self.line, self.column) = (line, column) }

    init(_ mark: yaml_mark_t) {
        line = UInt32(clamping: mark.line + 1)
        column = UInt32(clamping: mark.column + 1)
    }
}
