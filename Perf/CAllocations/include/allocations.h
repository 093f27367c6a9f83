#include <stdint.h>

// How many times this thread has asked the heap for memory since it began; counted in programs that link this.
uint64_t riffle_allocations(void);
