// How the shim calls the kernel: a result, or the negated errno. Included first by every file of the shim.
#pragma once

#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>

#define ONCE(expression)                                                                                              \
    ({                                                                                                                \
        long once_result = (long)(expression);                                                                        \
        once_result < 0 ? -(long)errno : once_result;                                                                 \
    })

#define RETRY(expression)                                                                                             \
    ({                                                                                                                \
        long retry_result;                                                                                            \
        do {                                                                                                          \
            retry_result = ONCE(expression);                                                                          \
        } while (retry_result == -EINTR);                                                                             \
        retry_result;                                                                                                 \
    })
