/*
 * unit_test.h - cmocka, with the headers that it wants before it.
 */
#ifndef PAGELEAK_UNIT_TEST_H
#define PAGELEAK_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define TEST(name) static void name(void **state __attribute__((unused)))

#endif
