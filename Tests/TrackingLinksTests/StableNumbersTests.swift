import Testing
import TrackingLinks

@Suite("What stands in stored events never changes its number or its name")
struct StableNumbersTests {
    @Test func fields() {
        let names = TrackingField.allCases.map { "\($0.rawValue) \($0.name)" }
        #expect(
            names == [
                "0 cuid", "1 cuidType", "2 sec", "3 expId", "4 expVer", "5 expVisitId", "6 mech", "7 smech", "8 va",
                "9 pExpId", "10 pExpVer", "11 pExpVisitId", "12 pMech", "13 pSmech", "14 pVa", "15 targetUrl",
                "16 tlink", "17 tsig", "18 active_consent_accepted",
            ])
    }

    @Test func resourcesAndOutcomes() {
        #expect(TrackingResource.allCases.map { "\($0.rawValue) \($0.name)" } == ["1 click", "2 open"])
        #expect(
            Outcome.allCases.map { "\($0.rawValue) \($0.name)" }
                == ["1 redirected", "2 asked", "3 fallback", "4 refused", "5 pixel"])
    }

    @Test func reasons() {
        #expect(
            DecisionReason.allCases.map { "\($0.rawValue) \($0.name)" } == [
                "1 open", "2 listed", "3 unlistedHost", "4 unlistableHost", "5 unknownSection", "6 missingTarget",
                "7 observedHost", "8 signed", "9 unsigned", "10 badSignature", "11 expiredSignature", "12 killedLink",
                "13 expiredLink", "14 rewrittenLink", "32 targetNotAbsolute", "33 targetOtherScheme",
                "34 targetControlByte",
                "35 targetSpace", "36 targetBackslash", "37 targetUserInfo", "38 targetEmptyHost",
                "39 targetHostSyntax",
                "40 targetIPv4Spelling", "41 targetIPv6Syntax", "42 targetPort", "43 targetTooLong",
                "44 targetNested",
            ])
        for reason in DecisionReason.allCases { #expect(DecisionReason(rawValue: reason.rawValue) == reason) }
        let known = Set(DecisionReason.allCases.map(\.rawValue))
        for byte in UInt8.min...UInt8.max where !known.contains(byte) { #expect(DecisionReason(rawValue: byte) == nil) }
    }

    @Test func repairs() {
        #expect(
            LinkRepair.named.map { "\($0.repair.rawValue.trailingZeroBitCount) \($0.name)" } == [
                "0 brokenEscape", "1 unfilledMergeTag", "2 repeatedField", "3 overlongField", "4 tooManyFields",
                "5 rawNonASCII", "6 lostFragment", "7 badSignature", "8 ampersandEntity", "9 numericEntity",
                "10 encodedEntity",
                "11 doubleEncoded", "12 decodedAmpersand", "13 quotedPrintableEquals", "14 softLineBreak",
                "15 lostEquals", "16 gluedTail", "17 nestedLink",
            ])
        #expect(LinkRepair(rawValue: .max).names.count == LinkRepair.named.count)
        #expect(LinkRepair([.gluedTail, .brokenEscape]).names == ["brokenEscape", "gluedTail"])
    }
}
