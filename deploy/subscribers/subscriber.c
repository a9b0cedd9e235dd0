/* Prints what a partner is told, a line for each value; README.md says how it is started.
 *
 *     cc -O2 -Wall -Wextra subscriber.c -o subscriber -lmosquitto -lcrypto -lcjson
 */
#include <cjson/cJSON.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    week = 7 * 86400,
    jws_max = 4096,
    id_max = 160, /* two names of 64 letters, a time, two strokes */
    seen_max = 1024,
};

static const char *user;
static const cJSON *keys;

static const char *setting(const char *name, const char *usual)
{
    const char *value = getenv(name);
    if (!value) value = usual;
    if (!value) {
        fprintf(stderr, "error: %s is not set\n", name);
        exit(1);
    }
    return value;
}

/* All of a file, with a zero behind it. */
static char *contents(const char *name)
{
    static char text[65536];
    FILE *file = fopen(name, "r");
    if (!file) {
        perror(name);
        exit(1);
    }
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    return text;
}

/* A member's text; "" where there is none. */
static const char *text(const cJSON *object, const char *name)
{
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    return value ? value : "";
}

/* Base 64 of URLs, without padding, to bytes: at most jws_max letters. Returns how many bytes, or -1. */
static int decoded(const char *letters, size_t count, unsigned char bytes[jws_max])
{
    unsigned char padded[jws_max + 4];
    if (count > jws_max) return -1;
    for (size_t at = 0; at < count; at++) {
        padded[at] = letters[at] == '-' ? '+' : letters[at] == '_' ? '/' : letters[at];
    }
    size_t padding = -count & 3;
    memset(padded + count, '=', padding);
    int length = EVP_DecodeBlock(bytes, padded, count + padding);
    return length < (int)padding ? -1 : length - (int)padding;
}

/* The other way; `letters` has room for 4 more than 4/3 of the bytes. Returns how many letters. */
static size_t encoded(const unsigned char *bytes, size_t count, char *letters)
{
    size_t length = EVP_EncodeBlock((unsigned char *)letters, bytes, count);
    while (length > 0 && letters[length - 1] == '=') length--;
    for (size_t at = 0; at < length; at++) {
        if (letters[at] == '+') letters[at] = '-';
        if (letters[at] == '/') letters[at] = '_';
    }
    return length;
}

/* The key of this name, if it is valid now. Times are ISO 8601 in UTC: they sort as texts. */
static const cJSON *key_named(const char *id)
{
    char now[32];
    time_t clock = time(NULL);
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%S.999Z", gmtime(&clock));
    const cJSON *key;
    cJSON_ArrayForEach(key, keys)
    {
        const char *end = text(key, "exp");
        if (!strcmp(text(key, "kid"), id)) {
            return strcmp(now, text(key, "nbf")) >= 0 && (!*end || strcmp(now, end) < 0) ? key : NULL;
        }
    }
    return NULL;
}

static bool is_signature(const unsigned char *signature, const char *message, size_t length, const cJSON *key)
{
    unsigned char x[jws_max];
    const char *letters = text(key, "x");
    if (decoded(letters, strlen(letters), x) != 32) return false;
    EVP_PKEY *public = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x, 32);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool holds = public && context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, public) == 1
        && EVP_DigestVerify(context, signature, 64, (const unsigned char *)message, length) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(public);
    return holds;
}

/* NULL when one of the keys signed exactly these bytes (RFC 7515, appendix F, with EdDSA), or why not. */
static const char *fault(const char *jws, const unsigned char *payload, size_t length)
{
    static const char *malformed = "malformed";
    unsigned char bytes[jws_max], signature[jws_max];
    const char *dot = strchr(jws, '.');
    if (!dot || dot[1] != '.' || decoded(dot + 2, strlen(dot + 2), signature) != 64) return malformed;
    int count = decoded(jws, dot - jws, bytes);
    cJSON *header = count < 0 ? NULL : cJSON_ParseWithLength((char *)bytes, count);
    bool is_ours = !strcmp(text(header, "alg"), "EdDSA") && !cJSON_HasObjectItem(header, "crit")
        && !cJSON_HasObjectItem(header, "b64");
    const cJSON *key = is_ours ? key_named(text(header, "kid")) : NULL;
    cJSON_Delete(header);
    if (!is_ours) return malformed;
    if (!key) return "signed with a key that is not known, or not valid now";

    size_t head = dot - jws + 1;
    char *message = malloc(head + length / 3 * 4 + 8);
    if (!message) return "no memory";
    memcpy(message, jws, head);
    size_t total = head + encoded(payload, length, message + head);
    bool holds = is_signature(signature, message, total, key);
    free(message);
    return holds ? NULL : "these bytes were not signed";
}

/* Whether this id came before. Remembers the last ones. */
static bool is_repeated(const char *id)
{
    static char seen[seen_max][id_max];
    static unsigned next;
    if (!*id) return false;
    for (unsigned at = 0; at < seen_max; at++) {
        if (!strncmp(seen[at], id, id_max - 1)) return true;
    }
    snprintf(seen[next++ % seen_max], id_max, "%s", id);
    return false;
}

/* A number or a text as it is; of a band its edges. */
static void print_value(const cJSON *value)
{
    if (cJSON_IsObject(value)) {
        print_value(cJSON_GetObjectItemCaseSensitive(value, "from"));
        printf("..");
        print_value(cJSON_GetObjectItemCaseSensitive(value, "below"));
    } else if (cJSON_IsNumber(value)) {
        printf("%.15g", value->valuedouble);
    } else if (cJSON_IsString(value)) {
        printf("%s", value->valuestring);
    }
}

/* END  AGREEMENT/GRANT  PRODUCT  SITE  VALUE  UNIT  QUALITY. Returns why not, or NULL. */
static const char *print_lines(const char *topic, const cJSON *release)
{
    const char *type = text(release, "type"), *agreement = text(release, "agreement"), *grant = text(release, "grant");
    char own[256];
    if (strcmp(type, "tsunagi.release/1")) {
        printf("%s\t%s\n", *type ? type : "another form", topic);
        return NULL;
    }
    snprintf(own, sizeof own, "tsunagi/v1/p/%s/%s/%s", text(release, "recipient"), agreement, grant);
    if (strcmp(topic, own)) return "not of this topic";
    if (is_repeated(text(release, "id"))) return NULL;
    const char *end = text(cJSON_GetObjectItemCaseSensitive(release, "bucket"), "end");
    if (strcmp(text(release, "status"), "released")) {
        printf("%s\t%s/%s\t%s\n", end, agreement, grant, text(release, "status"));
        return NULL;
    }
    const cJSON *each;
    cJSON_ArrayForEach(each, cJSON_GetObjectItemCaseSensitive(release, "values"))
    {
        printf("%s\t%s/%s\t%s\t%s\t", end, agreement, grant, text(each, "product"), text(each, "site"));
        print_value(cJSON_GetObjectItemCaseSensitive(each, "value"));
        printf("\t%s\t%s\n", text(each, "unit"), text(each, "quality"));
    }
    return NULL;
}

static void take(struct mosquitto *client, void *context, const struct mosquitto_message *message,
    const mosquitto_property *properties)
{
    (void)client, (void)context;
    const char *why = "not signed";
    char *name = NULL, *value = NULL;
    bool is_next = false;
    while ((properties = mosquitto_property_read_string_pair(
                properties, MQTT_PROP_USER_PROPERTY, &name, &value, is_next))) {
        is_next = true;
        if (!strcmp(name, "jws")) why = fault(value, message->payload, message->payloadlen);
        free(name);
        free(value);
    }
    if (!why) {
        cJSON *release = cJSON_ParseWithLength(message->payload, message->payloadlen);
        why = release ? print_lines(message->topic, release) : "malformed";
        cJSON_Delete(release);
    }
    if (why) fprintf(stderr, "refused\t%s\t%s\n", message->topic, why);
    fflush(stdout);
}

static void subscribe(struct mosquitto *client, void *context, int reason, int flags, const mosquitto_property *properties)
{
    (void)context, (void)flags, (void)properties;
    char filter[256];
    if (reason >= 0x80) {
        fprintf(stderr, "error: the broker refuses the connection: %s\n", mosquitto_reason_string(reason));
        exit(1);
    }
    snprintf(filter, sizeof filter, "tsunagi/v1/p/%s/#", user);
    mosquitto_subscribe(client, NULL, filter, 1);
}

int main(void)
{
    char id[128];
    const char *ca = getenv("TSUNAGI_CA");
    user = setting("TSUNAGI_USER", NULL);
    cJSON *set = cJSON_Parse(contents(setting("TSUNAGI_KEYS", NULL)));
    keys = cJSON_GetObjectItemCaseSensitive(set, "keys");
    if (!cJSON_IsArray(keys)) {
        fprintf(stderr, "error: %s is no key set\n", setting("TSUNAGI_KEYS", NULL));
        return 1;
    }
    char *password = contents(setting("TSUNAGI_PASSWORD_FILE", NULL));
    password[strcspn(password, "\n")] = 0;
    snprintf(id, sizeof id, "%s-c", user);

    mosquitto_lib_init();
    struct mosquitto *client = mosquitto_new(id, false, NULL);
    mosquitto_property *session = NULL;
    mosquitto_property_add_int32(&session, MQTT_PROP_SESSION_EXPIRY_INTERVAL, week);
    mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
    mosquitto_username_pw_set(client, user, password);
    if (ca) mosquitto_tls_set(client, ca, NULL, NULL, NULL, NULL);
    mosquitto_connect_v5_callback_set(client, subscribe);
    mosquitto_message_v5_callback_set(client, take);
    int code = mosquitto_connect_bind_v5(client, setting("TSUNAGI_HOST", "localhost"),
        atoi(setting("TSUNAGI_PORT", ca ? "8883" : "1883")), 60, NULL, session);
    /* From here on it connects again by itself. */
    if (code == MOSQ_ERR_SUCCESS) code = mosquitto_loop_forever(client, -1, 1);
    fprintf(stderr, "error: %s\n", mosquitto_strerror(code));
    return 1;
}
