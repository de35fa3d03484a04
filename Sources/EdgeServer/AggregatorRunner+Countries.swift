import GeoIP
import LinuxSystem
import Synchronization

extension AggregatorRunner {
    /// The country database in use; nil where none is configured.
    var countryDatabase: CountryDatabase? { countries.withLock { $0.database } }

    /// Takes over a country database that was replaced: the store is opened anew, and counting goes on at its
    /// checkpoint, as after a restart. One that can't be used is said in the log and in readiness, and the old one
    /// stays. On the aggregator's thread.
    func goOnWithCountries(_ held: inout Held?, _ keeper: inout RetentionKeeper) {
        let (isNew, trouble, before, database) = countries.withLock { countries in
            let before = countries.trouble
            let isNew = countries.look(nowNanoseconds: SystemClock.monotonicNanoseconds())
            return (isNew, countries.trouble, before, countries.database)
        }
        if trouble != before {
            health.set(.countries, trouble)
            if let trouble { log.write(.error, "countries", ("reason", trouble)) }
        }
        guard isNew, let database else { return }
        log.write(.info, "countries-replaced", ("database", database.version))
        close(&held)
        keeper.use(countries: database)
    }
}
