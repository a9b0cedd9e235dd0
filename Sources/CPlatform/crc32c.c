#include "crc32c.h"

#include <stdatomic.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <nmmintrin.h>
#elif defined(__aarch64__)
#include <arm_acle.h>
#if defined(__linux__)
#include <sys/auxv.h>
#endif
#endif

// One entry per byte value, made on first use: the reflected polynomial 0x82F63B78, eight steps each.
static uint32_t table[256];
static atomic_int table_ready;

static void make_table(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (crc & 1 ? 0x82F63B78u : 0);
        }
        // Threads that meet here write the same words.
        __atomic_store_n(&table[byte], crc, __ATOMIC_RELAXED);
    }
    atomic_store_explicit(&table_ready, 1, memory_order_release);
}

uint32_t tsunagi_crc32c_table(uint32_t seed, const void *bytes, size_t count) {
    if (!atomic_load_explicit(&table_ready, memory_order_acquire)) {
        make_table();
    }
    const uint8_t *next = bytes;
    uint32_t crc = ~seed;
    while (count-- > 0) {
        crc = (crc >> 8) ^ __atomic_load_n(&table[(crc ^ *next++) & 0xFF], __ATOMIC_RELAXED);
    }
    return ~crc;
}

#if defined(__x86_64__)

__attribute__((target("sse4.2")))
static uint32_t by_instruction(uint32_t seed, const void *bytes, size_t count) {
    const uint8_t *next = bytes;
    uint64_t crc = (uint32_t)~seed;
    while (count >= 8) {
        uint64_t word;
        memcpy(&word, next, 8);
        crc = _mm_crc32_u64(crc, word);
        next += 8;
        count -= 8;
    }
    while (count-- > 0) {
        crc = _mm_crc32_u8((uint32_t)crc, *next++);
    }
    return ~(uint32_t)crc;
}

static int has_instruction(void) {
    unsigned int a, b, c = 0, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSE4_2) != 0;
}

#elif defined(__aarch64__)

__attribute__((target("crc")))
static uint32_t by_instruction(uint32_t seed, const void *bytes, size_t count) {
    const uint8_t *next = bytes;
    uint32_t crc = ~seed;
    while (count >= 8) {
        uint64_t word;
        memcpy(&word, next, 8);
        crc = __crc32cd(crc, word);
        next += 8;
        count -= 8;
    }
    while (count-- > 0) {
        crc = __crc32cb(crc, *next++);
    }
    return ~crc;
}

static int has_instruction(void) {
#if defined(__linux__)
    return (getauxval(AT_HWCAP) & (1ul << 7)) != 0;  // HWCAP_CRC32
#else
    return 1;
#endif
}

#else

static uint32_t by_instruction(uint32_t seed, const void *bytes, size_t count) {
    return tsunagi_crc32c_table(seed, bytes, count);
}

static int has_instruction(void) { return 0; }

#endif

uint32_t tsunagi_crc32c(uint32_t seed, const void *bytes, size_t count) {
    // 0 not asked yet, 1 yes, 2 no.
    static atomic_int known;
    int state = atomic_load_explicit(&known, memory_order_relaxed);
    if (state == 0) {
        state = has_instruction() ? 1 : 2;
        atomic_store_explicit(&known, state, memory_order_relaxed);
    }
    return state == 1 ? by_instruction(seed, bytes, count) : tsunagi_crc32c_table(seed, bytes, count);
}
