/* cmocka.h - cmocka, after the headers that it asks for. */
#ifndef STATOR_TEST_SUPPORT_CMOCKA_H
#define STATOR_TEST_SUPPORT_CMOCKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* After the four above. */
#include <cmocka.h>

#endif
