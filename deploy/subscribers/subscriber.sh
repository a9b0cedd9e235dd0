#!/usr/bin/env bash
# Prints what a partner is told, a line for each value; README.md says how it is started.
set -euo pipefail
: "${TSUNAGI_USER:?is the name of the partner}" "${TSUNAGI_PASSWORD_FILE:?is the file of its password}"
: "${TSUNAGI_KEYS:?is the key set of the sender}"

# The password goes into a file of our own: a command line can be read by everybody on the machine.
own=$(mktemp -d)
trap 'kill "${!-}" 2>/dev/null || true; rm -rf "$own"' EXIT
trap 'exit 143' INT TERM
{
    echo "-h ${TSUNAGI_HOST:-localhost}"
    echo "-p ${TSUNAGI_PORT:-$([ -n "${TSUNAGI_CA-}" ] && echo 8883 || echo 1883)}"
    echo "-u $TSUNAGI_USER"
    echo "-P $(head -n 1 "$TSUNAGI_PASSWORD_FILE")"
    [ -z "${TSUNAGI_CA-}" ] || echo "--cafile $TSUNAGI_CA"
} >"$own/mosquitto_sub"

# END  AGREEMENT/GRANT  PRODUCT  SITE  VALUE  UNIT  QUALITY
lines='
    if .type != "tsunagi.release/1" then "\(.type // "another form")\t\($topic)"
    elif "tsunagi/v1/p/\(.recipient)/\(.agreement)/\(.grant)" != $topic then error("not of this topic")
    else "\(.bucket.end)\t\(.agreement)/\(.grant)\t" +
        if .status == "released" then
            .values[] | "\(.product)\t\(.site)\t\(.value | if type == "object" then "\(.from // "")..\(.below // "")" else . end)\t\(.unit // "")\t\(.quality)"
        else .status end
    end'

refuse() { printf 'refused\t%s\t%s\n' "$topic" "$1" >&2; }

declare -A seen=()
while IFS='|' read -r topic properties payload; do
    if [[ ! $properties =~ (^|' ')jws:(eyJ[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]+) ]]; then
        refuse "not signed"
    elif ! why=$(printf %s "$payload" | tsunagi verify --keys "$TSUNAGI_KEYS" --jws "${BASH_REMATCH[2]}" 2>&1); then
        refuse "${why#error: }"
    elif ! text=$(jq -r --arg topic "$topic" "$lines" <<<"$payload" 2>&1); then
        refuse "$text"
    else
        id=$(jq -r '.id // empty' <<<"$payload")
        [ -z "${seen[+$id]:-}" ] || continue
        [ "${#seen[@]}" -lt 10000 ] || seen=()
        [ -z "$id" ] || seen[+$id]=1
        printf '%s\n' "$text"
    fi
done < <(XDG_CONFIG_HOME=$own exec mosquitto_sub -V 5 -q 1 -c -x 604800 -i "$TSUNAGI_USER-shell" \
    -t "tsunagi/v1/p/$TSUNAGI_USER/#" -F '%t|%P|%p')
wait "$!"
