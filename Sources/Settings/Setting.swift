/// A type whose settings are described by a table: one row reads a setting, checks it and writes it.
protocol SettingsGroup: Equatable, Sendable {
    /// The defaults.
    init()
    /// Its settings, in the order they are printed.
    static var schema: [Setting<Self>] { get }
}

/// One row of a group's table.
struct Setting<Model: SettingsGroup>: Sendable {
    let name: String
    /// True when one text is enough for it, so that a variable or a flag can give it.
    let isScalar: Bool
    /// Reads a value into the model, or notes what is wrong with it.
    let read: @Sendable (SettingValue, inout Model, inout SettingReading) -> Void
    /// The model's value, to be printed.
    let write: @Sendable (Model) -> SettingText

    init<Value: Equatable & Sendable>(
        _ name: String, _ keyPath: any WritableKeyPath<Model, Value> & Sendable, _ kind: SettingKind<Value>
    ) {
        self.name = name
        isScalar = kind.isScalar
        read = { value, model, reading in
            reading.remember(value)
            if let decoded = kind.decode(value, &reading) { model[keyPath: keyPath] = decoded }
        }
        write = { kind.encode($0[keyPath: keyPath]) }
    }
}
