// Who keeps the clock set, as the kernel knows it: a header of glibc's that its own module leaves out.
#include <sys/timex.h>
