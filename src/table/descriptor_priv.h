/* descriptor_priv.h - what writing and reading of catalog records share. Private to src/table. */
#ifndef STATOR_TABLE_DESCRIPTOR_PRIV_H
#define STATOR_TABLE_DESCRIPTOR_PRIV_H

enum { CATALOG_RECORD_VERSION = 1 };

#endif
