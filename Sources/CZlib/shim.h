#pragma once
/* zlib's gzip streams. Its initialisers are macros, which Swift can't see. */
#include <string.h>
#include <zlib.h>

static inline int czlib_begin_gzip(z_stream *stream, int level, int window_bits, int memory_level) {
    return deflateInit2(stream, level, Z_DEFLATED, 16 + window_bits, memory_level, Z_DEFAULT_STRATEGY);
}

static inline int czlib_begin_gunzip(z_stream *stream) {
    return inflateInit2(stream, 16 + MAX_WBITS);
}
