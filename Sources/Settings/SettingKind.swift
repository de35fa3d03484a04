import LinuxSystem

/// How values of one kind are read and written. Kinds are put together: an optional list of hosts is
/// `.optional(.list(of: .host, limit: 10))`.
struct SettingKind<Value: Equatable & Sendable>: Sendable {
    /// True when one text is enough for it.
    let isScalar: Bool
    /// Reads a value, or notes what is wrong with it and returns nil.
    let decode: @Sendable (SettingValue, inout SettingReading) -> Value?
    /// Writes a value so that reading it gives the same one.
    let encode: @Sendable (Value) -> SettingText

    init(
        isScalar: Bool = true, decode: @escaping @Sendable (SettingValue, inout SettingReading) -> Value?,
        encode: @escaping @Sendable (Value) -> SettingText
    ) {
        self.isScalar = isScalar
        self.decode = decode
        self.encode = encode
    }
}

// Texts

extension SettingKind where Value == String {
    /// A text that is not empty and has no control characters.
    static let text = SettingKind { value, reading in
        reading.printableText(value)
    } encode: {
        .quoted($0)
    }

    /// The path of a file or folder.
    static let path = text

    /// What the admin listener asks for. It travels in a header, and it is never printed.
    static let secret = SettingKind { value, reading in
        guard let text = reading.text(value) else { return nil }
        return SecretFile.isSecret(text) ? text : reading.note(.badSecret, at: value)
    } encode: { _ in
        .secret
    }

    /// A pattern of hosts.
    static let host = checked { $0.hostPattern }

    /// A URL that clicks may be sent to.
    static let fallback = checked { $0.fallback }

    /// The name of a time zone.
    static let timezone = checked { $0.timezone }

    /// The path of a country database.
    static let countryDatabase = checked { $0.geoip }

    /// The URL of a ClickHouse server.
    static let clickHouseEndpoint = checked { $0.clickHouseEndpoint }

    private static func checked(
        _ check: @escaping @Sendable (ConfigurationChecks) -> (String) -> String?
    ) -> SettingKind {
        SettingKind { value, reading in
            guard let text = reading.printableText(value) else { return nil }
            guard let why = check(reading.checks)(text) else { return text }
            return reading.note(.refused(why: why), at: value)
        } encode: {
            .quoted($0)
        }
    }

    /// The path of a request that is answered as the setting says.
    static let requestPath = SettingKind { value, reading in
        guard let text = reading.printableText(value) else { return nil }
        guard let why = reading.problem(ofPath: text) else { return text }
        return reading.note(.refused(why: why), at: value)
    } encode: {
        .quoted($0)
    }

    /// The name of a field in a URL's query, percent-encoded as it stands there.
    static let queryName = SettingKind { value, reading in
        guard let text = reading.printableText(value) else { return nil }
        let isName = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"&=#?".utf8.contains($0) }
        return isName ? text : reading.note(.badCharacter, at: value)
    } encode: {
        .quoted($0)
    }
}

// Numbers and quantities

extension SettingKind where Value == Int {
    static func wholeNumber(_ range: ClosedRange<Int>) -> SettingKind {
        SettingKind { value, reading in
            reading.wholeNumber(value, in: range)
        } encode: {
            .literal(String($0))
        }
    }
}

extension SettingKind where Value == ByteSize {
    static func size(_ range: ClosedRange<ByteSize>) -> SettingKind {
        SettingKind { value, reading in
            guard let text = reading.text(value, expected: .size) else { return nil }
            return reading.quantity(at: value, in: range) { () throws(QuantityError) in try ByteSize(text) }
        } encode: {
            .quoted("\($0)")
        }
    }
}

extension SettingKind where Value == TimeSpan {
    static func span(_ range: ClosedRange<TimeSpan>) -> SettingKind {
        SettingKind { value, reading in
            guard let text = reading.text(value, expected: .span) else { return nil }
            let isFromFile = if case .json = value.content { true } else { false }
            return reading.quantity(at: value, in: range) { () throws(QuantityError) in
                try TimeSpan(text, bareSeconds: !isFromFile)
            }
        } encode: {
            .quoted("\($0)")
        }
    }
}

extension SettingKind where Value == MonthSpan {
    static func months(_ range: ClosedRange<MonthSpan>) -> SettingKind {
        SettingKind { value, reading in
            guard let text = reading.text(value, expected: .months) else { return nil }
            return reading.quantity(at: value, in: range) { () throws(QuantityError) in try MonthSpan(text) }
        } encode: {
            .quoted("\($0)")
        }
    }
}

extension SettingReading {
    fileprivate mutating func quantity<Value: Comparable>(
        at value: SettingValue, in range: ClosedRange<Value>, _ read: () throws(QuantityError) -> Value
    ) -> Value? {
        do throws(QuantityError) {
            let quantity = try read()
            guard range.contains(quantity) else {
                return note(.outOfRange(minimum: "\(range.lowerBound)", maximum: "\(range.upperBound)"), at: value)
            }
            return quantity
        } catch {
            return note(.quantity(error), at: value)
        }
    }
}

// Choices

extension SettingKind where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the cases, by its name.
    ///
    /// - Parameter without: cases that this setting does not take.
    static func choice(without: [Value] = []) -> SettingKind {
        SettingKind { value, reading in
            guard let text = reading.text(value) else { return nil }
            let available = Value.allCases.filter { !without.contains($0) }.map(\.rawValue)
            guard let chosen = Value(rawValue: text), !without.contains(chosen) else {
                return reading.note(
                    .notAChoice(known: available, nearest: NearestName.find(text, among: available)), at: value)
            }
            return chosen
        } encode: {
            .quoted($0.rawValue)
        }
    }
}

// Addresses

extension SettingKind where Value == SocketAddress {
    /// An IP address with its port.
    static let address = SettingKind { value, reading in
        guard let text = reading.text(value) else { return nil }
        guard let address = SocketAddress(text), address.ipAddress != nil else {
            return reading.note(.badAddress, at: value)
        }
        return address
    } encode: {
        .quoted("\($0)")
    }
}

extension SettingKind where Value == NetworkPrefix {
    /// A range of addresses.
    static let network = SettingKind { value, reading in
        guard let text = reading.text(value) else { return nil }
        return NetworkPrefix(text) ?? reading.note(.badNetwork, at: value)
    } encode: {
        .quoted("\($0)")
    }
}
