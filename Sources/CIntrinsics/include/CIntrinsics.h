// The processor's own instructions for CRC-32C and SHA-256, and a comparison that takes the same time for all bytes.
// Whether the processor has them is a question of run time: the binary is built for the oldest processor of its kind.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// True when `tremolo_crc32c_update` may be called on this processor. It asks the processor: keep the answer.
bool tremolo_crc32c_is_accelerated(void);

/// The CRC-32C register after `count` more bytes. No inversion at either end.
uint32_t tremolo_crc32c_update(uint32_t state, const uint8_t *bytes, size_t count);

/// True when `tremolo_sha256_compress` may be called on this processor. It asks the processor: keep the answer.
bool tremolo_sha256_is_accelerated(void);

/// Runs the SHA-256 compression function of FIPS 180-4, 6.2.2 over whole blocks of 64 bytes.
void tremolo_sha256_compress(uint32_t *state, const uint8_t *blocks, size_t block_count);

/// True when both runs of `count` bytes are the same, in a time that depends on `count` alone.
bool tremolo_constant_time_equals(const uint8_t *left, const uint8_t *right, size_t count);
