#include "create.h"
#include "client.h"
#include "signer.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static void call(const struct options *o, struct signer *signer, const char *target, const struct text *body,
                 struct text *buffer, struct reply *reply)
{
    struct request r = {0};
    request_build(&r, signer, target, body->bytes, body->size_bytes);
    request_sign(&r, signer, tool_wall_s());
    client_call_once(o->address, o->port, &r, buffer, reply);
    request_release(&r);
}

static bool says(const struct reply *reply, const char *text)
{
    return memmem(reply->body, reply->body_bytes, text, strlen(text)) != NULL;
}

static void wait_for_table(const struct options *o, const struct workload *w, struct signer *signer,
                           bool there)
{
    struct text body = {0};
    struct text buffer = {0};
    struct reply reply;
    text_add(&body, "{\"TableName\":\"%s\"}", w->table);
    for (unsigned tries = 0;; tries++) {
        call(o, signer, "DescribeTable", &body, &buffer, &reply);
        bool absent = reply.status == 400 && says(&reply, "ResourceNotFoundException");
        if (there ? reply.status == 200 && says(&reply, "\"ACTIVE\"") : absent) {
            break;
        }
        if ((reply.status != 200 && !absent) || tries == 600) {
            tool_fail("DescribeTable: status %u: %.*s", reply.status, (int)reply.body_bytes, reply.body);
        }
        nanosleep(&(struct timespec){0, 50000000}, NULL);
    }
    text_release(&body);
    text_release(&buffer);
}

void create_table(const struct options *o, const struct workload *w)
{
    struct signer signer;
    struct text body = {0};
    struct text buffer = {0};
    struct reply reply;
    char host[80];
    snprintf(host, sizeof host, "%s:%u", o->address, o->port);
    signer_init(&signer, host, o->access_key, o->secret, o->region);
    text_add(&body, "{\"TableName\":\"%s\"}", w->table);
    call(o, &signer, "DeleteTable", &body, &buffer, &reply);
    if (reply.status == 200) {
        wait_for_table(o, w, &signer, false);
    }
    body.size_bytes = 0;
    workload_table_body(w, &body);
    call(o, &signer, "CreateTable", &body, &buffer, &reply);
    if (reply.status != 200) {
        tool_fail("CreateTable: status %u: %.*s", reply.status, (int)reply.body_bytes, reply.body);
    }
    wait_for_table(o, w, &signer, true);
    if (o->ttl) {
        body.size_bytes = 0;
        text_add(&body,
                 "{\"TableName\":\"%s\",\"TimeToLiveSpecification\":{\"Enabled\":true,"
                 "\"AttributeName\":\"expires\"}}",
                 w->table);
        call(o, &signer, "UpdateTimeToLive", &body, &buffer, &reply);
        if (reply.status != 200) {
            tool_fail("UpdateTimeToLive: status %u: %.*s", reply.status, (int)reply.body_bytes, reply.body);
        }
    }
    text_release(&body);
    text_release(&buffer);
}
