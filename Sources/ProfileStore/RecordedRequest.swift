package import Profiles

/// A gated request as it was shown and allowed: without its place, which edits move.
package struct RecordedRequest: Codable, Hashable, Sendable {
    /// `profiles.win.rdp.clipboard`
    package var keyPath: String
    /// What it means, in plain words.
    package var sentence: String
    /// The value as written in the file.
    package var value: String

    package init(_ request: GatedRequest) {
        (keyPath, sentence, value) = (request.keyPath, request.sentence, request.value)
    }

    /// The requests sorted and each once: the same for the same requests in whatever order the file has them.
    static func canonical(_ requests: [GatedRequest]) -> [RecordedRequest] {
        Set(requests.map(RecordedRequest.init)).sorted { left, right in
            (left.keyPath, left.sentence, left.value) < (right.keyPath, right.sentence, right.value)
        }
    }
}
