#include "signer.h"

#include "tool.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SIGNED_HEADERS "content-type;host;x-amz-date;x-amz-target"
#define CONTENT_TYPE   "application/x-amz-json-1.0"

static void hex32(const unsigned char *in, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < 32; i++) {
        out[2 * i] = digits[in[i] >> 4];
        out[2 * i + 1] = digits[in[i] & 15];
    }
}

static void hmac(const void *key, size_t key_bytes, const char *text, unsigned char *out)
{
    unsigned n = 32;
    HMAC(EVP_sha256(), key, (int)key_bytes, (const unsigned char *)text, strlen(text), out, &n);
}

void signer_init(struct signer *s, const char *host, const char *key_id, const char *secret,
                 const char *region)
{
    memset(s, 0, sizeof *s);
    snprintf(s->host, sizeof s->host, "%s", host);
    snprintf(s->key_id, sizeof s->key_id, "%s", key_id);
    snprintf(s->secret, sizeof s->secret, "%s", secret);
    snprintf(s->region, sizeof s->region, "%s", region);
}

static void derive_key(struct signer *s, const char *day)
{
    char start[80];
    unsigned char a[32];
    unsigned char b[32];
    snprintf(start, sizeof start, "AWS4%s", s->secret);
    hmac(start, strlen(start), day, a);
    hmac(a, sizeof a, s->region, b);
    hmac(b, sizeof b, "dynamodb", a);
    hmac(a, sizeof a, "aws4_request", s->key);
    memcpy(s->key_day, day, sizeof s->key_day);
}

/* The fields are those that an SDK sends, in number and length, so that servers have as much to parse. */
void request_build(struct request *r, const struct signer *s, const char *target, const char *body,
                   size_t body_bytes)
{
    size_t needed = 1024 + body_bytes;
    if (r->capacity_bytes < needed) {
        r->bytes = tool_realloc(r->bytes, needed);
        r->capacity_bytes = needed;
    }
    int head =
        snprintf(r->bytes, 1024,
                 "POST / HTTP/1.1\r\n"
                 "Host: %s\r\n"
                 "Content-Type: " CONTENT_TYPE "\r\n"
                 "X-Amz-Target: DynamoDB_20120810.%s\r\n"
                 "X-Amz-Date: 00000000T000000Z\r\n"
                 "User-Agent: loadgen/1 ua/2.1 os/linux#6.1.0 lang/c md/epoll api/dynamodb#1.0.0 m/E\r\n"
                 "amz-sdk-invocation-id: 3f0c1b5e-6a55-4d6a-9e0e-0d6a3c1f7b42\r\n"
                 "amz-sdk-request: attempt=1; max=3\r\n"
                 "Authorization: AWS4-HMAC-SHA256 Credential=%s/00000000/%s/dynamodb/aws4_request, "
                 "SignedHeaders=" SIGNED_HEADERS ", Signature=%064d\r\n"
                 "Content-Length: %zu\r\n\r\n",
                 s->host, target, s->key_id, s->region, 0, body_bytes);
    memcpy(r->bytes + head, body, body_bytes);
    r->size_bytes = (size_t)head + body_bytes;
    r->date_at = (size_t)(strstr(r->bytes, "X-Amz-Date: ") - r->bytes) + 12;
    r->scope_day_at = (size_t)(strstr(r->bytes, "Credential=") - r->bytes) + 11 + strlen(s->key_id) + 1;
    r->signature_at = (size_t)(strstr(r->bytes, "Signature=0") - r->bytes) + 10;
    r->signed_at_s = 0;
    snprintf(r->target, sizeof r->target, "%s", target);
    unsigned char hash[32];
    SHA256((const unsigned char *)body, body_bytes, hash);
    hex32(hash, r->body_hash);
    r->body_hash[64] = '\0';
}

void request_sign(struct request *r, struct signer *s, int64_t now_s)
{
    char date[17];
    char day[9];
    time_t now = (time_t)now_s;
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(date, sizeof date, "%Y%m%dT%H%M%SZ", &utc);
    memcpy(day, date, 8);
    day[8] = '\0';
    if (strcmp(day, s->key_day) != 0) {
        derive_key(s, day);
    }

    char text[512];
    unsigned char hash[32];
    char hash_hex[65] = {0};
    int n = snprintf(text, sizeof text,
                     "POST\n/\n\ncontent-type:" CONTENT_TYPE
                     "\nhost:%s\nx-amz-date:%s\nx-amz-target:DynamoDB_20120810.%s\n\n" SIGNED_HEADERS "\n%s",
                     s->host, date, r->target, r->body_hash);
    SHA256((const unsigned char *)text, (size_t)n, hash);
    hex32(hash, hash_hex);
    snprintf(text, sizeof text, "AWS4-HMAC-SHA256\n%s\n%s/%s/dynamodb/aws4_request\n%s", date, day, s->region,
             hash_hex);
    hmac(s->key, sizeof s->key, text, hash);

    memcpy(r->bytes + r->date_at, date, 16);
    memcpy(r->bytes + r->scope_day_at, day, 8);
    hex32(hash, r->bytes + r->signature_at);
    r->signed_at_s = now_s;
}

void request_release(struct request *r)
{
    free(r->bytes);
    memset(r, 0, sizeof *r);
}
