/// zlib, of Debian's zlib1g-dev: what packs the dictionary of texts.
#include <zlib.h>
