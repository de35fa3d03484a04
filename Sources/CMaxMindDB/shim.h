// The system's reader of MaxMind databases (libmaxminddb-dev), seen from Swift as the module CMaxMindDB.
#include <arpa/inet.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <string.h>

/// Looks an address up. IPv4 stands in the upper half of `high`, IPv6 in both, as numbers.
///
/// Returns MMDB_SUCCESS and sets `found`, `offset` (of the record in the data section) and `prefix` (the bits of the
/// tree's network, counted as the address' own family does), or an error of the library.
static inline int tremolo_geoip_lookup(
    const MMDB_s *database, int is_ipv6, uint64_t high, uint64_t low, int *found, uint32_t *offset, int *prefix) {
    int code = MMDB_SUCCESS;
    MMDB_lookup_result_s result;
    if (is_ipv6) {
        struct sockaddr_in6 address;
        memset(&address, 0, sizeof address);
        address.sin6_family = AF_INET6;
        for (int index = 0; index < 8; index++) {
            address.sin6_addr.s6_addr[index] = (uint8_t)(high >> (56 - 8 * index));
            address.sin6_addr.s6_addr[8 + index] = (uint8_t)(low >> (56 - 8 * index));
        }
        result = MMDB_lookup_sockaddr(database, (const struct sockaddr *)&address, &code);
    } else {
        struct sockaddr_in address;
        memset(&address, 0, sizeof address);
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl((uint32_t)(high >> 32));
        result = MMDB_lookup_sockaddr(database, (const struct sockaddr *)&address, &code);
    }
    if (code != MMDB_SUCCESS) return code;
    *found = result.found_entry;
    *offset = result.found_entry ? result.entry.offset : 0;
    *prefix = result.netmask;
    // In a tree of IPv6 addresses the IPv4 ones lie below 96 bits.
    if (!is_ipv6 && database->metadata.ip_version == 6) *prefix = *prefix > 96 ? *prefix - 96 : 0;
    return MMDB_SUCCESS;
}
