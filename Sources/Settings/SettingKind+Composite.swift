import Bytes
import LinuxSystem

// Kinds that are made of others.

extension SettingKind {
    /// A value, or `null` for none. A variable or flag gives none by the empty text.
    static func optional<Wrapped>(_ kind: SettingKind<Wrapped>) -> SettingKind where Value == Wrapped? {
        SettingKind(isScalar: kind.isScalar) { value, reading in
            switch value.content {
            case .json(let json):
                if case .null = json.kind { return .some(nil) }
            case .text(let text):
                if text.isEmpty { return .some(nil) }
            }
            return kind.decode(value, &reading).map { .some($0) }
        } encode: {
            $0.map(kind.encode) ?? .literal("null")
        }
    }

    /// Values in their order. One bad value spoils the list and is noted; so is every other bad one.
    static func list<Element>(of kind: SettingKind<Element>, limit: Int) -> SettingKind where Value == [Element] {
        SettingKind(isScalar: false) { value, reading in
            guard let elements = reading.elements(value, limit: limit) else { return nil }
            var decoded: [Element] = []
            for element in elements {
                if let one = kind.decode(element, &reading) { decoded.append(one) }
            }
            return decoded.count == elements.count ? decoded : nil
        } encode: {
            .list($0.map(kind.encode))
        }
    }
}

extension SettingKind where Value: SettingsGroup {
    /// Named settings; those that are missing keep their defaults.
    static func group() -> SettingKind {
        SettingKind(isScalar: false) { value, reading in
            var model = Value()
            reading.group(value, into: &model)
            return model
        } encode: {
            .group($0.members)
        }
    }
}

extension SettingsGroup {
    /// Every setting with its value.
    var members: [SettingText.Member] {
        Self.schema.map { SettingText.Member(name: $0.name, value: $0.write(self)) }
    }
}

extension SettingKind where Value == [ListenSettings] {
    /// One address, or a list of addresses and of settings with an address in them. A variable or flag separates the
    /// addresses by commas.
    static let listeners = SettingKind { value, reading in
        if case .json(let json) = value.content {
            switch json.kind {
            case .string:
                return SettingKind<SocketAddress>.address.decode(value, &reading).map { [ListenSettings(address: $0)] }
            case .array: break
            default: return reading.note(.wrongType(expected: .addresses, found: SettingType(of: json)), at: value)
            }
        }
        guard let elements = reading.elements(value, limit: SettingsLimits.listenersMax) else { return nil }
        guard !elements.isEmpty else { return reading.note(.empty, at: value) }
        var listeners: [ListenSettings] = []
        var isGood = true
        for element in elements {
            guard let listener = listener(element, &reading) else {
                isGood = false
                continue
            }
            if listeners.contains(where: { $0.address == listener.address && $0.address.port != 0 }) {
                reading.note(.repeated, setting: element.path, origin: element.origin)
            }
            listeners.append(listener)
        }
        return isGood ? listeners : nil
    } encode: { listeners in
        if listeners.count == 1, let only = listeners.first, only.proxyProtocol == nil {
            return .quoted("\(only.address)")
        }
        return .list(listeners.map { $0.proxyProtocol == nil ? .quoted("\($0.address)") : .group($0.members) })
    }

    private static func listener(_ value: SettingValue, _ reading: inout SettingReading) -> ListenSettings? {
        guard case .json(let json) = value.content, case .object(let members) = json.kind else {
            return SettingKind<SocketAddress>.address.decode(value, &reading).map { ListenSettings(address: $0) }
        }
        guard members.contains(where: { $0.key == "address" }) else {
            return reading.note(.needs("address", because: "a listener has an address"), at: value)
        }
        var listener = ListenSettings()
        reading.group(value, into: &listener)
        return listener
    }
}

extension SettingKind where Value == [SectionSettings] {
    /// Sections by their ids.
    static let sections = SettingKind(isScalar: false) { value, reading in
        guard let members = reading.members(value) else { return nil }
        guard members.count <= SettingsLimits.sectionsMax else {
            return reading.note(.tooMany(SettingsLimits.sectionsMax), at: value)
        }
        var sections: [SectionSettings] = []
        for member in members {
            let path = "\(value.path).\(member.key)"
            if !SectionSettings.isIdentifier(member.key) {
                reading.note(.badIdentifier, setting: path, origin: value.origin.moved(to: member.keyPlace))
            }
            var section = SectionSettings(id: member.key)
            let origin = value.origin.moved(to: member.value.place)
            reading.group(SettingValue(content: .json(member.value), path: path, origin: origin), into: &section)
            sections.append(section)
        }
        return sections
    } encode: { sections in
        .group(sections.map { SettingText.Member(name: $0.id, value: .group($0.members)) })
    }
}

extension SectionSettings {
    /// True for `[A-Za-z0-9_-]{1,64}`.
    package static func isIdentifier(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            }
    }
}
