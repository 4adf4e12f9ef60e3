internal import COpenSSL

/// OpenSSL's queue of errors of the calling thread.
package enum ErrorQueue {
    /// Empties the queue.
    /// - Returns: OpenSSL's words for each error, oldest first, such as `wrong version number`.
    package static func drain() -> [String] {
        var reasons: [String] = []
        while true {
            let code = ERR_get_error()
            if code == 0 { return reasons }
            if let text = ERR_reason_error_string(code) {
                reasons.append(String(cString: text))
            } else {
                reasons.append("error \(code)")
            }
        }
    }
}
