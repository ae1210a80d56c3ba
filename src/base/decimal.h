/* decimal.h - digits of numbers, two at a time. */
#ifndef STATOR_BASE_DECIMAL_H
#define STATOR_BASE_DECIMAL_H

/* 00, 01, ... 99 one after another: the digits of n stand at 2n. Behind them are zeros, so that any byte is an index. */
extern const char decimal_pairs[256];

#endif
