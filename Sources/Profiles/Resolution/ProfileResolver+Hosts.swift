package import Diagnostics
internal import YAML

/// A bastion host or a cloud by itself, with what needs trust before it may be used.
package struct ResolvedDefinition<Value: Hashable & Sendable>: Hashable, Sendable {
    package var value: Value
    package var warnings: [Diagnostic]
    package var gatedRequests: [GatedRequest]
}

// MARK: - Hosts and clouds without a profile

extension ProfileResolver {
    /// The bastion host of a short name, with its cloud.
    ///
    /// - Throws: `profile.unknown-host`, or all that is wrong with the host and its cloud (65).
    package func host(named name: String) throws(Problems) -> ResolvedDefinition<BastionHost> {
        try definition { $0.host(named: name, at: nil) }
    }

    /// A cloud of the files, or a built-in one.
    ///
    /// - Throws: `profile.unknown-cloud`, or all that is wrong with the cloud (65).
    package func cloud(named name: String) throws(Problems) -> ResolvedDefinition<Cloud> {
        try definition { $0.cloud(named: name, at: nil) }
    }

    /// The short names of the bastion hosts of all files, sorted.
    package var hostNames: [String] { index.names(.hosts).sorted() }

    /// The names of the clouds that the hosts of all files lie in, sorted; a host that names none lies in AzureCloud.
    package var cloudNamesOfHosts: [String] {
        let names = index.names(.hosts).compactMap { name in
            index.all(.hosts, name).first.map { number in
                index.definitions[number].entry.value["cloud"]?.text ?? "AzureCloud"
            }
        }
        return Set(names).sorted()
    }

    private func definition<Value>(_ find: (inout Resolution) -> Value?) throws(Problems)
        -> ResolvedDefinition<Value>
    {
        var resolution = Resolution(index, context, configuration)
        let value = find(&resolution)
        let problems = withLines(resolution.problems)
        try problems.throwIfAny()
        guard let value else { throw problems }
        return ResolvedDefinition(
            value: value, warnings: problems.warnings, gatedRequests: resolution.gatedRequests)
    }
}
