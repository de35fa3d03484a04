/// A number of people in words.
package enum PeopleCount {
    /// `1 person`, `2 people`.
    package static func words(_ people: UInt64) -> String { people == 1 ? "1 person" : "\(people) people" }
}
