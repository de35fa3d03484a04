#include "CIntrinsics.h"

#include <stdlib.h>
#include <string.h>

bool tremolo_constant_time_equals(const uint8_t *left, const uint8_t *right, size_t count) {
    uint8_t difference = 0;
    for (size_t offset = 0; offset < count; offset++) {
        difference |= left[offset] ^ right[offset];
        // The compiler can't see through this, so it can't leave the loop early once a bit is set.
        __asm__ volatile("" : "+r"(difference));
    }
    return difference == 0;
}

#if defined(__x86_64__) || defined(__aarch64__)

// FIPS 180-4, 4.2.2.
static const uint32_t round_constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

#endif

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

static bool finds_crc32c(void) {
    unsigned int a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSE4_2);
}

__attribute__((target("sse4.2")))
uint32_t tremolo_crc32c_update(uint32_t state, const uint8_t *bytes, size_t count) {
    uint64_t wide = state;
    for (; count >= 8; bytes += 8, count -= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        wide = _mm_crc32_u64(wide, word);
    }
    state = (uint32_t)wide;
    for (; count > 0; bytes++, count--) {
        state = _mm_crc32_u8(state, *bytes);
    }
    return state;
}

static bool finds_sha256(void) {
    unsigned int a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) || !(c & bit_SSE4_1)) {
        return false;
    }
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

__attribute__((target("sha,sse4.1,ssse3")))
void tremolo_sha256_compress(uint32_t *state, const uint8_t *blocks, size_t block_count) {
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);

    // The instructions want the eight words as (a, b, e, f) and (c, d, g, h), the first of each in the top lane.
    __m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xB1);
    __m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1B);
    __m128i abef = _mm_alignr_epi8(low, high, 8);
    __m128i cdgh = _mm_blend_epi16(high, low, 0xF0);

    for (; block_count > 0; blocks += 64, block_count--) {
        const __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i words[4];
        for (int group = 0; group < 4; group++) {
            words[group] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(blocks + 16 * group)), big_endian);
        }
#pragma clang loop unroll(full)
        for (int group = 0; group < 16; group++) {
            const __m128i current = words[group & 3];
            const __m128i constants = _mm_load_si128((const __m128i *)(round_constants + 4 * group));
            const __m128i sum = _mm_add_epi32(current, constants);
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0E));
            if (group < 12) {
                const __m128i last = words[(group + 3) & 3];
                __m128i next = _mm_sha256msg1_epu32(current, words[(group + 1) & 3]);
                next = _mm_add_epi32(next, _mm_alignr_epi8(last, words[(group + 2) & 3], 4));
                words[group & 3] = _mm_sha256msg2_epu32(next, last);
            }
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }

    low = _mm_shuffle_epi32(abef, 0x1B);
    high = _mm_shuffle_epi32(cdgh, 0xB1);
    _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(low, high, 0xF0));
    _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(high, low, 8));
}

#elif defined(__aarch64__)

#include <arm_acle.h>
#include <arm_neon.h>
#include <sys/auxv.h>

// From Linux' uapi/asm/hwcap.h; C libraries don't all pass these on.
#define CAPABILITY_SHA2 (1ul << 6)
#define CAPABILITY_CRC32 (1ul << 7)

static bool finds_crc32c(void) {
    return (getauxval(AT_HWCAP) & CAPABILITY_CRC32) != 0;
}

__attribute__((target("crc")))
uint32_t tremolo_crc32c_update(uint32_t state, const uint8_t *bytes, size_t count) {
    for (; count >= 8; bytes += 8, count -= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        state = __crc32cd(state, word);
    }
    for (; count > 0; bytes++, count--) {
        state = __crc32cb(state, *bytes);
    }
    return state;
}

static bool finds_sha256(void) {
    return (getauxval(AT_HWCAP) & CAPABILITY_SHA2) != 0;
}

__attribute__((target("sha2")))
void tremolo_sha256_compress(uint32_t *state, const uint8_t *blocks, size_t block_count) {
    uint32x4_t abcd = vld1q_u32(state), efgh = vld1q_u32(state + 4);
    for (; block_count > 0; blocks += 64, block_count--) {
        const uint32x4_t abcd_before = abcd, efgh_before = efgh;
        uint32x4_t words[4];
        for (int group = 0; group < 4; group++) {
            words[group] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(blocks + 16 * group)));
        }
#pragma clang loop unroll(full)
        for (int group = 0; group < 16; group++) {
            const uint32x4_t sum = vaddq_u32(words[group & 3], vld1q_u32(round_constants + 4 * group));
            if (group < 12) {
                const uint32x4_t next = vsha256su0q_u32(words[group & 3], words[(group + 1) & 3]);
                words[group & 3] = vsha256su1q_u32(next, words[(group + 2) & 3], words[(group + 3) & 3]);
            }
            const uint32x4_t abcd_now = abcd;
            abcd = vsha256hq_u32(abcd, efgh, sum);
            efgh = vsha256h2q_u32(efgh, abcd_now, sum);
        }
        abcd = vaddq_u32(abcd, abcd_before);
        efgh = vaddq_u32(efgh, efgh_before);
    }
    vst1q_u32(state, abcd);
    vst1q_u32(state + 4, efgh);
}

#else

static bool finds_crc32c(void) {
    return false;
}

uint32_t tremolo_crc32c_update(uint32_t state, const uint8_t *bytes, size_t count) {
    (void)state, (void)bytes, (void)count;
    __builtin_trap();
}

static bool finds_sha256(void) {
    return false;
}

void tremolo_sha256_compress(uint32_t *state, const uint8_t *blocks, size_t block_count) {
    (void)state, (void)blocks, (void)block_count;
    __builtin_trap();
}

#endif

struct tremolo_processor tremolo_processor;

__attribute__((constructor)) static void look_at_processor(void) {
    const char *named = getenv("TREMOLO_CPU");
    const char *kind = named ? named : "";
    const bool is_portable = strcmp(kind, "portable") == 0;
    tremolo_processor.has_crc32c = !is_portable && finds_crc32c();
    tremolo_processor.has_sha256 = !is_portable && strcmp(kind, "no-sha") != 0 && finds_sha256();
}
