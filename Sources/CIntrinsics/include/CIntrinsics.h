// The processor's own instructions for CRC-32C and SHA-256, a comparison that takes the same time for all bytes, and
// the search of sixteen bytes at a time. Whether the processor has the first two is a question of run time: the binary
// is built for the oldest processor of its kind. That one has the last.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// What the processor has, found out before `main`. Ask with the functions below. For measuring and testing what older
/// processors run, the environment can take something away: `TREMOLO_CPU=no-sha` the second, `portable` both.
extern struct tremolo_processor {
    bool has_crc32c;
    bool has_sha256;
} tremolo_processor;

/// True when `tremolo_crc32c_update` may be called on this processor.
static inline bool tremolo_crc32c_is_accelerated(void) { return tremolo_processor.has_crc32c; }

/// The CRC-32C register after `count` more bytes. No inversion at either end.
uint32_t tremolo_crc32c_update(uint32_t state, const uint8_t *bytes, size_t count);

/// True when `tremolo_sha256_compress` may be called on this processor.
static inline bool tremolo_sha256_is_accelerated(void) { return tremolo_processor.has_sha256; }

/// Runs the SHA-256 compression function of FIPS 180-4, 6.2.2 over whole blocks of 64 bytes.
void tremolo_sha256_compress(uint32_t *state, const uint8_t *blocks, size_t block_count);

/// Memory of zeros for a large table, in large pages where the kernel has them; NULL when there is none.
void *tremolo_zeroed_memory(size_t bytes);

/// Gives it back, all of it.
void tremolo_release_memory(void *memory, size_t bytes);

/// True when both runs of `count` bytes are the same; not for secrets.
static inline bool tremolo_equals(const uint8_t *left, const uint8_t *right, size_t count) {
    return memcmp(left, right, count) == 0;
}

/// True when both runs of `count` bytes are the same, in a time that depends on `count` alone.
bool tremolo_constant_time_equals(const uint8_t *left, const uint8_t *right, size_t count);

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// Marks those of the sixteen bytes at `bytes` that are `value`: bit n of the result stands for byte n.
static inline uint32_t tremolo_marks_equal(const uint8_t *bytes, uint8_t value) {
#if defined(__SSE2__)
    const __m128i block = _mm_loadu_si128((const __m128i *)bytes);
    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8((char)value)));
#else
    uint32_t marks = 0;
    for (int index = 0; index < 16; index++) {
        marks |= (uint32_t)(bytes[index] == value) << index;
    }
    return marks;
#endif
}

/// Marks those of the sixteen bytes at `bytes` that are at most `value`.
static inline uint32_t tremolo_marks_at_most(const uint8_t *bytes, uint8_t value) {
#if defined(__SSE2__)
    const __m128i block = _mm_loadu_si128((const __m128i *)bytes);
    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8((char)value)), block));
#else
    uint32_t marks = 0;
    for (int index = 0; index < 16; index++) {
        marks |= (uint32_t)(bytes[index] <= value) << index;
    }
    return marks;
#endif
}

/// True when the `length` bytes at `bytes` are those of `word`, the lowest first, by the rules of the search below.
static inline bool tremolo_is_word(const uint8_t *bytes, uint64_t word, size_t length) {
    for (size_t index = 0; index < length; index++) {
        if ((bytes[index] | 0x20) != (uint8_t)(word >> (8 * index))) return false;
    }
    return true;
}

/// False when `word` stands nowhere in the `count` bytes at `bytes`, ASCII letters compared without regard to case.
///
/// The word has 2 to 8 small letters and digits, the first in the lowest byte. Control characters may pass for digits.
static inline bool tremolo_may_hold_word(const uint8_t *bytes, size_t count, uint64_t word, size_t length) {
    if (count < length) return false;
    size_t offset = 0;
#if defined(__SSE2__)
    const __m128i small = _mm_set1_epi8(0x20);
    const __m128i first = _mm_set1_epi8((char)word), second = _mm_set1_epi8((char)(word >> 8));
    // Sixteen places at a time at which the word may begin, with the byte behind each.
    for (; offset + 17 <= count; offset += 16) {
        const __m128i here = _mm_or_si128(_mm_loadu_si128((const __m128i *)(bytes + offset)), small);
        const __m128i next = _mm_or_si128(_mm_loadu_si128((const __m128i *)(bytes + offset + 1)), small);
        const __m128i both = _mm_and_si128(_mm_cmpeq_epi8(here, first), _mm_cmpeq_epi8(next, second));
        for (uint32_t marks = (uint32_t)_mm_movemask_epi8(both); marks != 0; marks &= marks - 1) {
            const size_t start = offset + (size_t)__builtin_ctz(marks);
            if (count - start >= length && tremolo_is_word(bytes + start, word, length)) return true;
        }
    }
#endif
    for (; offset + length <= count; offset++) {
        if (tremolo_is_word(bytes + offset, word, length)) return true;
    }
    return false;
}

/// Has the processor fetch the memory around `address`, which is read soon. It may be any address.
static inline void tremolo_fetch_ahead(const void *address) { __builtin_prefetch(address); }

/// Writes the 32 small hexadecimal digits of sixteen bytes.
static inline void tremolo_hexadecimal_digits(const uint8_t *bytes, uint8_t *digits) {
#if defined(__SSE2__)
    const __m128i low_bits = _mm_set1_epi8(0x0F);
    const __m128i block = _mm_loadu_si128((const __m128i *)bytes);
    const __m128i high = _mm_and_si128(_mm_srli_epi16(block, 4), low_bits);
    const __m128i low = _mm_and_si128(block, low_bits);
    __m128i halves[2] = {_mm_unpacklo_epi8(high, low), _mm_unpackhi_epi8(high, low)};
    for (int half = 0; half < 2; half++) {
        const __m128i letters = _mm_cmpgt_epi8(halves[half], _mm_set1_epi8(9));
        const __m128i offset = _mm_add_epi8(_mm_set1_epi8('0'), _mm_and_si128(letters, _mm_set1_epi8('a' - '0' - 10)));
        _mm_storeu_si128((__m128i *)(digits + 16 * half), _mm_add_epi8(halves[half], offset));
    }
#else
    for (int index = 0; index < 16; index++) {
        const uint8_t high = bytes[index] >> 4, low = bytes[index] & 15;
        digits[2 * index] = (uint8_t)(high < 10 ? '0' + high : 'a' + high - 10);
        digits[2 * index + 1] = (uint8_t)(low < 10 ? '0' + low : 'a' + low - 10);
    }
#endif
}
