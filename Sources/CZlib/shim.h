#pragma once
/* zlib's gzip streams. Its initialisers are macros, which Swift can't see. */
#include <string.h>
#include <zlib.h>

/* The deflate stream within a gzip body. */
static inline int czlib_begin_deflate(z_stream *stream, int level, int window_bits, int memory_level) {
    return deflateInit2(stream, level, Z_DEFLATED, -window_bits, memory_level, Z_DEFAULT_STRATEGY);
}

static inline int czlib_begin_gunzip(z_stream *stream) {
    return inflateInit2(stream, 16 + MAX_WBITS);
}
