/* crc32c.h - the checksum of RocksDB's log: CRC-32C (Castagnoli), as in RFC 3720, appendix B.4.
 * Speed:   some gigabytes a second where the processor has the instruction (SSE4.2, looked up when first asked), one
 *          elsewhere.
 * Threads: any. */
#ifndef STATOR_BASE_CRC32C_H
#define STATOR_BASE_CRC32C_H

#include "base/slice.h"

#include <stdint.h>

uint32_t crc32c(struct slice bytes);

/* The same by tables, whatever the processor has. */
uint32_t crc32c_by_tables(struct slice bytes);

#endif
