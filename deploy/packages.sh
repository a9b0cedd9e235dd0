# Sourced by deploy/quickstart and Tests/run: finds out which Debian packages are missing and installs them.
# It says so first, asks apt and nobody else, and starts no service: a broker that is already on the machine
# is left alone, and one that comes with a package does not start.

# What a Swift toolchain needs to build on a bare Debian, and what tsunagi links and runs.
build_packages=(
    binutils ca-certificates gcc git libc6-dev libcurl4 libedit2 libgcc-12-dev libncurses6
    libsqlite3-0 libstdc++-12-dev libxml2 libz3-4 pkg-config tzdata zlib1g-dev
    libmosquitto-dev libyaml-dev mosquitto qrencode libjs-dygraphs
)

# What `tsunagi-bench store` measures beside the ring store; the libraries are opened while it runs.
bench_packages=(victoria-metrics prometheus influxdb librrd8 rrdcached python3 python3-whisper libsqlite3-0 gzip)

# The names of those packages among the arguments that are not installed.
missing_packages() {
    local name
    for name in "$@"; do
        dpkg-query -W -f='${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || printf '%s\n' "$name"
    done
}

# Installs what is missing of the arguments; returns 1 with the command to run when it may not.
install_missing() {
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [ "${#missing[@]}" -eq 0 ] && return 0
    echo "Installing from Debian: ${missing[*]}"
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "error: these packages are missing; install them as root: apt-get install ${missing[*]}" >&2
            return 1
        fi
        as_root=(sudo)
    fi
    # While this file answers 101, no package may start a service. One that was there stays as it is.
    local policy=/usr/sbin/policy-rc.d
    local ours=""
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
        "${as_root[@]}" chmod 755 "$policy"
        ours=1
    fi
    local result=0
    "${as_root[@]}" apt-get -qq update &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null || result=1
    [ -n "$ours" ] && "${as_root[@]}" rm -f "$policy"
    # These would start their own services at the next boot; we start what we need as children.
    local service
    for service in mosquitto victoria-metrics prometheus influxdb rrdcached; do
        if printf '%s\n' "${missing[@]}" | grep -qx "$service" && command -v update-rc.d >/dev/null; then
            "${as_root[@]}" update-rc.d "$service" disable >/dev/null 2>&1 || true
        fi
    done
    if [ "$result" -ne 0 ]; then
        echo "error: apt could not install ${missing[*]}; its message stands above" >&2
    fi
    return "$result"
}

# Installs what the benchmark measures beside the ring store; what this Debian does not have is named and left out.
install_peers() {
    install_missing "${bench_packages[@]}" && return 0
    local name
    for name in "${bench_packages[@]}"; do
        install_missing "$name" || echo "Left out of the benchmark: $name" >&2
    done
}

# Finds swift 6.2 or later on PATH; returns 1 with what to do.
require_swift() {
    if ! command -v swift >/dev/null; then
        echo "error: no swift on PATH; install a toolchain of 6.2 or later from https://www.swift.org/install" >&2
        return 1
    fi
    local version
    version=$(swift --version 2>/dev/null | grep -oE 'Swift version [0-9]+\.[0-9]+' | head -n 1 | grep -oE '[0-9.]+$')
    if [ "$(printf '6.2\n%s\n' "${version:-0}" | sort -V | head -n 1)" != 6.2 ]; then
        echo "error: swift ${version:-unknown} is too old; tsunagi needs 6.2 or later" >&2
        return 1
    fi
}
