#ifndef TSUNAGI_CPLATFORM_H
#define TSUNAGI_CPLATFORM_H

#include "crc32c.h"

#include "tsunagi_child.h"
#include "tsunagi_wait.h"
#endif
