internal import COpenSSL

/// Keyed digests.
package enum MessageAuthentication {
    /// HMAC with SHA-256 (RFC 2104): 32 bytes.
    package static func sha256(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: CUnsignedInt = 0
        let made = HMAC(EVP_sha256(), key, CInt(key.count), message, message.count, &output, &count)
        precondition(made != nil && count == 32, "HMAC with SHA-256 is not available in this OpenSSL")
        return Array(output.prefix(Int(count)))
    }
}
