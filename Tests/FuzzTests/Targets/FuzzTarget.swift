/// A reader of foreign bytes, and what must hold for it whatever the bytes are.
///
/// `scripts/fuzz` looks for bytes that break it. What it found, and what it began with, lies in `Corpus`, a folder
/// for each target; the tests replay that.
enum FuzzTarget: String, CaseIterable, Sendable {
    case yaml, imports = "import"
    case frames, httpAnswer = "http-answer", httpRequest = "http-request", proxy, settings
    case azure, peers, privateKey = "private-key"
    case keys

    /// Reads the bytes. That it returns at all, in time and in memory, is the first of its promises.
    /// - Returns: the promise that was broken, if one was.
    func broken(by bytes: [UInt8]) -> String? {
        switch self {
        case .yaml: YAMLFuzzing.broken(by: bytes)
        case .imports: ImportFuzzing.broken(by: bytes)
        case .frames: FrameFuzzing.broken(by: bytes)
        case .httpAnswer: HTTPFuzzing.answer(bytes)
        case .httpRequest: HTTPFuzzing.request(bytes)
        case .proxy: ProxyFuzzing.broken(by: bytes)
        case .settings: SettingFuzzing.broken(by: bytes)
        case .azure: AzureFuzzing.broken(by: bytes)
        case .peers: PeerFuzzing.broken(by: bytes)
        case .privateKey: PrivateKeyFuzzing.broken(by: bytes)
        case .keys: KeyFuzzing.broken(by: bytes)
        }
    }
}
