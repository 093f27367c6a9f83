#pragma once
/* Only the codec of hiredis is used: formatting commands and reading replies. Sockets are NIO's. */
#include <stdlib.h>
#include <hiredis/hiredis.h>
#include <hiredis/read.h>
