/// What lies between the data plane and its clients, and how long the data plane waits for them.
struct ServedNetwork: Sendable {
    /// Nil: nothing lies between them.
    var roundTrip: Duration?
    /// After which idle connections are closed: those that nothing was asked over yet, and the others. Nil: never.
    var freshTime: Duration?
    var usedTime: Duration?
}
