/* contract.h - asserts that read as contracts. They guard against our own mistakes, never against
 * input, and stay on in release builds: a broken invariant must not go on to write data. */
#ifndef STATOR_BASE_CONTRACT_H
#define STATOR_BASE_CONTRACT_H

/* Logs the broken contract to stderr and aborts. Never returns. */
_Noreturn void contract_broken(const char *kind, const char *text, const char *file, int line);

#define CONTRACT_CHECK(kind, condition) \
    ((condition) ? (void)0 : contract_broken(kind, #condition, __FILE__, __LINE__))

/* What the caller must have made true; what this function has made true; what always holds. */
#define PRE(condition)       CONTRACT_CHECK("precondition", condition)
#define POST(condition)      CONTRACT_CHECK("postcondition", condition)
#define INVARIANT(condition) CONTRACT_CHECK("invariant", condition)
/* a implies b. */
#define ERGO(a, b) CONTRACT_CHECK("implication", !(a) || (b))
/* Control cannot come here. */
#define UNREACHABLE() contract_broken("unreachable", "", __FILE__, __LINE__)

#endif
