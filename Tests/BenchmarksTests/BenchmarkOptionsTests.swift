import Testing

@testable import Benchmarks

@Suite struct BenchmarkOptionsTests {
    @Test func `keeps every value of an option that stands twice`() throws {
        let options = try BenchmarkOptions(["echo", "--process", "a=1", "--process", "b=2", "--port", "80"])
        #expect(options.subcommand == "echo")
        #expect(options.all("process") == ["a=1", "b=2"])
        let port: UInt16 = try options.number("port")
        #expect(port == 80)
        let count: Int = try options.number("count", default: 7)
        #expect(count == 7)
    }

    @Test(arguments: [
        ([], BenchmarkOptions.Failure.noSubcommand), (["echo", "port"], .notAnOption("port")),
        (["echo", "--port"], .missingValue("--port")), (["echo"], .missing("--port")),
        (["echo", "--port", "0"], .unusable("--port", value: "0")),
        (["echo", "--port", "65536"], .unusable("--port", value: "65536")),
    ])
    func `says what is wrong`(arguments: [String], failure: BenchmarkOptions.Failure) {
        #expect(throws: failure) {
            let _: UInt16 = try BenchmarkOptions(arguments).number("port")
        }
    }
}
