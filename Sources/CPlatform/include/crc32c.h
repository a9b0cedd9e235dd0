#ifndef TSUNAGI_CRC32C_H
#define TSUNAGI_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli) of `count` bytes, continuing `seed` (0 to begin, else an earlier result).
/// Uses the processor's instruction where there is one, else a table.
uint32_t tsunagi_crc32c(uint32_t seed, const void *bytes, size_t count);

/// The same by table alone; for tests.
uint32_t tsunagi_crc32c_table(uint32_t seed, const void *bytes, size_t count);

#endif
