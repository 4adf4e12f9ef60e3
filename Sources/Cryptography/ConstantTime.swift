internal import COpenSSL

/// Comparisons whose duration says nothing about where the difference is.
package enum ConstantTime {
    /// Whether both are the same bytes. The duration depends on the counts alone.
    package static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }
}
