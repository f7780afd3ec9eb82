import Testing

@testable import Host

@Suite struct UserIdentityTests {
    private func caller(
        effective: UInt32 = 0, real: UserIdentity = UserIdentity(user: 0, group: 0), _ environment: [String: String]
    ) -> UserIdentity? {
        UserIdentity.caller(effective: effective, real: real) { environment[$0] }
    }

    @Test func `under sudo it is who called`() {
        #expect(caller(["SUDO_UID": "1000", "SUDO_GID": "1001"]) == UserIdentity(user: 1000, group: 1001))
    }

    @Test func `root alone works on nobody's behalf`() {
        #expect(caller([:]) == nil)
        #expect(caller(["SUDO_UID": "0", "SUDO_GID": "0"]) == nil)
    }

    @Test(arguments: ["", "-1", "4294967295", "4294967296", "root", "1000 ", "0x3e8"])
    func `what is no user is not believed`(text: String) {
        #expect(caller(["SUDO_UID": text, "SUDO_GID": "1001"]) == nil)
        #expect(caller(["SUDO_UID": "1000", "SUDO_GID": text]) == nil)
    }

    @Test func `a set-user-ID program believes no environment`() {
        let real = UserIdentity(user: 1000, group: 1000)
        #expect(caller(real: real, ["SUDO_UID": "1", "SUDO_GID": "1"]) == real)
        #expect(caller(effective: 1000, real: real, ["SUDO_UID": "1", "SUDO_GID": "1"]) == nil)
    }

    @Test func `users have names and numbers`() throws {
        #expect(try UserIdentity(named: "root") == UserIdentity(user: 0, group: 0))
        #expect(try UserIdentity(named: "0") == UserIdentity(user: 0, group: 0))
        #expect(throws: HostError.self) { try UserIdentity(named: "no-such-user") }
    }
}
