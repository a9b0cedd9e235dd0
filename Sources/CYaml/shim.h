/// libyaml, of Debian's libyaml-dev: what reads the configuration.
#include <yaml.h>
