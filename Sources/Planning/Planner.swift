package import Diagnostics
package import Profiles

/// Decides how to reach a profile's target. Pure: equal inputs give equal plans.
package struct Planner: Sendable {
    package init() {}

    /// - Throws: one diagnostic for each rule that the profile breaks.
    package func plan(
        _ profile: Profile, for request: PlanRequest, given facts: Facts
    ) throws(Problems) -> Plan {
        Plan(profile: profile.name, bastion: profile.host, target: profile.target, steps: [])
    }

    /// The plan with what was read of its host, after the rules that need it.
    ///
    /// - Throws: one diagnostic for each rule that the host breaks.
    package func confirm(_ plan: Plan, host: HostFacts) throws(Problems) -> Plan { plan }
}
