// Kernel structs and macros that Swift cannot import, ring acquire/release, variadic calls.
#ifndef EARSHOT_CLINUX_H
#define EARSHOT_CLINUX_H

#include "command.h"
#include "packet_ring.h"
#include "probe.h"
#include "process.h"
#include "sandbox.h"

#endif
